import Foundation
import Testing

/// What once crashed, hung or was taken for sound: each folder of `Corpus` has a `command`, whose first line
/// is the exit code, the second the command, the third what is said, and files that stand for those of
/// `Seeds`.
@Suite struct CorpusTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Corpus")

  static let cases: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

  @Test("each ends with its code and its words", arguments: cases)
  func corpus(name: String) throws {
    let here = Self.folder.appendingPathComponent(name)
    let lines = try String(contentsOf: here.appendingPathComponent("command"), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    try #require(lines.count >= 3)
    let place = FileManager.default.temporaryDirectory
      .appendingPathComponent("planner-hostile-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: Surface.seeds, to: place)
    defer { try? FileManager.default.removeItem(at: place) }
    for file in try FileManager.default.contentsOfDirectory(atPath: here.path) {
      let target = place.appendingPathComponent(file)
      try? FileManager.default.removeItem(at: target)
      try FileManager.default.copyItem(at: here.appendingPathComponent(file), to: target)
    }
    let run = try Surface.run(lines[1].split(separator: " ").map(String.init), in: place)
    #expect("\(run.status)" == lines[0], "\(run.said)")
    #expect(run.said.contains(lines[2]), "\(run.said)")
    #expect(!run.said.unicodeScalars.contains("\u{1B}"), "a terminal would obey")
  }

  @Test("sound files are taken", arguments: Surface.all.filter { !$0.startsProcesses })
  func sound(surface: Surface) throws {
    let place = FileManager.default.temporaryDirectory
      .appendingPathComponent("planner-hostile-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: Surface.seeds, to: place)
    defer { try? FileManager.default.removeItem(at: place) }
    let run = try Surface.run(surface.arguments, in: place)
    #expect(run.status == (surface.isRefused ? 3 : 0), "\(run.said)")
  }
}

extension Surface {
  /// The program, beside the test program.
  static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("planner")

  /// Runs the program in a folder.
  static func run(_ arguments: [String], in folder: URL) throws -> (status: Int32, said: String) {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let said = folder.appendingPathComponent("said")
    try Data().write(to: said)
    let handle = try FileHandle(forWritingTo: said)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : -1
    return (status, String(decoding: try Data(contentsOf: said), as: UTF8.self))
  }
}
