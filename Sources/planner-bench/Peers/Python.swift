import Foundation

/// Runs the script of peers in a Python of the user's.
///
/// A class, because its folder goes when it does.
final class Python {
  /// How to get the peers.
  static let remedy =
    "left out: no Python with the peers; python3 -m venv V, V/bin/pip install torch pulp highspy, "
    + "then --python V/bin/python"

  /// What the script answers.
  struct Answer: Decodable {
    /// How long the peer took, its imports left out.
    var seconds: Double?
    /// How long it took to read or build the model.
    var building_seconds: Double?
    var objective: Double?
    var bound: Double?
    var point: [Double]?
    /// The items that a knapsack keeps.
    var kept: [Int]?
    var status: String?
    var version: String?
    /// What is missing or went wrong.
    var missing: String?

    /// Why there is no answer, or how the peer ended.
    var words: String { missing.map { "left out: \($0)" } ?? status ?? "" }
  }

  private let path: String
  private let folder: URL

  /// The Python that the user names; nil without one.
  convenience init?(_ setting: Setting) {
    guard let path = setting.python else { return nil }
    self.init(path: path)
  }

  /// A Python at a path; nil if there is none.
  init?(path: String) {
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    self.path = path
    folder = FileManager.default.temporaryDirectory
      .appending(path: "planner-bench-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      _ = try store(PackageResources.peers_py, as: "peers.py")
    } catch {
      return nil
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes a file for the script and returns its path.
  func store(_ bytes: [UInt8], as name: String) throws -> String {
    let file = folder.appending(path: name)
    try Data(bytes).write(to: file)
    return file.path
  }

  /// Runs one command of the script.
  func run(_ arguments: [String]) -> Answer {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: path)
    process.arguments = [folder.appending(path: "peers.py").path] + arguments
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
      let text = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      // Solvers print too; the answer is the last line.
      guard let line = text.split(separator: UInt8(ascii: "\n")).last else {
        return Answer(missing: "the script ended with \(process.terminationStatus) and no answer")
      }
      return try JSONDecoder().decode(Answer.self, from: Data(line))
    } catch {
      return Answer(missing: "the script gave no answer: \(error)")
    }
  }
}
