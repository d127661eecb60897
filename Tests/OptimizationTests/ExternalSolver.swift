import Foundation

/// The command-line tools of two solvers, which read the files that we write.
enum ExternalSolver: String, CaseIterable {
  case glpsol
  case cbc

  /// What a tool said about a file.
  struct Answer {
    /// The value of each column by its name in the file, or nil without an optimum.
    var values: [String: Double]?
    /// Everything that the tool printed.
    var log: String
  }

  /// Why there is nothing to compare, or nil if both tools are installed.
  static let missing: String? = {
    let names = allCases.filter { $0.path == nil }.map(\.rawValue)
    if names.isEmpty { return nil }
    return "not installed: \(names.joined(separator: ", ")) (glpk-utils, coinor-cbc)"
  }()

  private var path: String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(rawValue)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Solves a file's text. Both tools exit with 0 whatever happens, so only their files count.
  func solve(_ text: String, isLP: Bool) throws -> Answer {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("planner-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let model = folder.appendingPathComponent(isLP ? "model.lp" : "model.mps")
    try Data(text.utf8).write(to: model)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "")
    process.currentDirectoryURL = folder
    switch self {
    case .glpsol:
      process.arguments = [
        isLP ? "--lp" : "--freemps", model.path, "--wglp", "columns", "--write", "solution",
      ]
    case .cbc: process.arguments = [model.path, "solve", "solution", "solution"]
    }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let log = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let lines = { (name: String) -> [[Substring]] in
      let data = try? Data(contentsOf: folder.appendingPathComponent(name))
      return String(decoding: data ?? Data(), as: UTF8.self).split(separator: "\n")
        .map { $0.split(separator: " ") }
    }
    let values: [String: Double]?
    switch self {
    case .glpsol: values = Self.glpsolValues(lines("columns"), lines("solution"))
    case .cbc: values = Self.cbcValues(lines("solution"))
    }
    return Answer(values: values, log: log)
  }

  /// `n j 3 x(1)` names a column; `s mip 4 5 o 17` or `s bas 4 5 f f 17` is the verdict; `j 3 2` is
  /// a value, after a letter in the solution of a linear program.
  private static func glpsolValues(
    _ columns: [[Substring]], _ solution: [[Substring]]
  ) -> [String: Double]? {
    guard let verdict = solution.first(where: { $0.first == "s" }),
      verdict.count > 5, verdict[4] == "o" || (verdict[4] == "f" && verdict[5] == "f")
    else { return nil }
    var names: [Substring: String] = [:]
    for line in columns where line.count == 4 && line[0] == "n" && line[1] == "j" {
      names[line[2]] = String(line[3])
    }
    var values: [String: Double] = [:]
    for line in solution where line.count > 2 && line[0] == "j" {
      let text = verdict[1] == "mip" ? line[2] : line[3]
      if let name = names[line[1]] { values[name] = Double(text) }
    }
    return values
  }

  /// `Optimal - objective value 17` and one line for each column that isn't 0: index, name, value.
  private static func cbcValues(_ solution: [[Substring]]) -> [String: Double]? {
    guard solution.first?.first == "Optimal" else { return nil }
    var values: [String: Double] = [:]
    for line in solution.dropFirst() {
      let fields = line.drop { $0 == "**" }
      guard fields.count >= 3 else { continue }
      values[String(fields[fields.startIndex + 1])] = Double(fields[fields.startIndex + 2])
    }
    return values
  }
}
