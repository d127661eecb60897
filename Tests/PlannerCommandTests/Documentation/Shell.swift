import Foundation

/// Command lines of a page, run one after the other in a folder that looks like the project's.
struct Shell {
  /// Where the profiles of other programs are, which aren't in the repository; nil where there are none.
  static let samples = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"]

  /// The release build that examples of README.md are run with, which take too long otherwise.
  static let release = ProcessInfo.processInfo.environment["PLANNER_PROGRAM"]

  /// Whether the examples that take more than a few seconds are run, too.
  static let runsAll = ProcessInfo.processInfo.environment["PLANNER_EXAMPLES"] == "all"

  let folder: Folder

  /// Makes the folder, with the program in it and what pages name by relative paths.
  init() throws {
    folder = try Folder()
    let program = Self.release ?? Command.program.path
    for (name, target) in [
      ("planner", program), ("Models", CodeBlock.root.appending(path: "Models").path),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(name), withDestinationPath: target)
    }
  }

  /// Copies a file of the repository or, if its path begins with `samples/`, of the samples.
  ///
  /// - Parameter file: The path; after ` as ` the name that the copy gets.
  /// - Returns: False if there are no samples.
  func add(_ file: String) throws -> Bool {
    let parts = file.components(separatedBy: " as ")
    let name = parts.count > 1 ? parts[1] : URL(filePath: parts[0]).lastPathComponent
    var source = CodeBlock.root.appending(path: parts[0]).path
    if parts[0].hasPrefix("samples/") {
      guard let samples = Self.samples else { return false }
      source = samples + parts[0].dropFirst("samples".count)
    }
    try? FileManager.default.removeItem(atPath: folder.path(name))
    try FileManager.default.copyItem(atPath: source, toPath: folder.path(name))
    return true
  }

  /// Runs a command line and returns its status and the lines of its standard output.
  func run(_ command: String) throws -> (status: Int32, lines: [String], errors: String) {
    let (output, errors) = (folder.path(".stdout"), folder.path(".stderr"))
    for path in [output, errors] { try Data().write(to: URL(filePath: path)) }
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(filePath: folder.path(""))
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    return (
      process.terminationStatus,
      try String(contentsOfFile: output, encoding: .utf8).components(separatedBy: "\n"),
      try String(contentsOfFile: errors, encoding: .utf8)
    )
  }
}
