import Foundation
import Profiles
import TestSupport
import Testing

/// One run of the program, as a user's shell would start it.
struct Command {
  let status: Int32
  let output: [UInt8]
  let errors: String
  let seconds: Double

  var text: String { String(decoding: output, as: UTF8.self) }

  /// The program: an executable in the folder of the test program.
  static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("planner")

  /// Runs the program to its end.
  static func run(_ arguments: [String], input: [UInt8]? = nil) throws -> Command {
    let folder = try Folder()
    let (output, errors) = (folder.path("stdout"), folder.path("stderr"))
    let standardInput = folder.path("stdin")
    for path in [output, errors] { try Data().write(to: URL(fileURLWithPath: path)) }
    try Data(input ?? []).write(to: URL(fileURLWithPath: standardInput))
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.standardInput = FileHandle(forReadingAtPath: standardInput)
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    let begin = ContinuousClock().now
    try process.run()
    process.waitUntilExit()
    // A signal is no exit code.
    let status = process.terminationReason == .exit ? process.terminationStatus : -1
    return Command(
      status: status, output: try Array(Data(contentsOf: URL(fileURLWithPath: output))),
      errors: try String(contentsOfFile: errors, encoding: .utf8),
      seconds: (ContinuousClock().now - begin) / .seconds(1))
  }
}

/// A folder of its own for one test, removed at its end.
final class Folder {
  private let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("planner-command-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a file and returns its path.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  /// Writes a small profile and returns its path.
  func profile(_ name: String = "p.json", seed: UInt64 = 3, compressed: Bool = false) throws
    -> String
  {
    try file(name, RandomProfile.layered(layers: 5, seed: seed).encoded(compressed: compressed))
  }
}
