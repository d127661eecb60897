import ArgumentParser
import Foundation

@testable import planner

/// How a command ended, and what it said and wrote.
struct Outcome {
  let status: Int32
  let output: String
  let errors: String
  /// The file that it was asked to write.
  let file: String

  /// What is wrong with the ending, whatever the input was; nil if nothing is.
  var fault: String? {
    guard [0, 3, 4, 5, 6, 64].contains(status) else { return "exit code \(status)" }
    if status != 0, (output + errors).allSatisfy(\.isWhitespace) { return "nothing is said" }
    if (output + errors).unicodeScalars.contains("\u{1B}") { return "control characters are shown" }
    if file.contains("<script>alert") { return "a script gets into a page" }
    guard status == 0 else { return nil }
    // What a page computes with is no result.
    let shown = (output + errors + file).replacing(Self.script, with: "")
    return shown.firstMatch(of: Self.noNumber).map { "'\($0.0)' is shown as a number" }
  }

  nonisolated(unsafe) private static let script = /(?s)<script.*?<\/script>/
  nonisolated(unsafe) private static let noNumber = /(?:[\s:,=\["(>]|^)-?(?:nan|NaN|inf|Infinity)\b/

  /// Runs a command in this process, where a new one would do the same.
  static func inProcess(_ arguments: [String]) -> (status: Int32, errors: String) {
    do {
      var command = try PlannerCommand.parseAsRoot(arguments)
      try command.run()
      return (0, "")
    } catch let failure as CommandFailure {
      return (failure.status.rawValue, failure.description)
    } catch {
      return (PlannerCommand.exitCode(for: error).rawValue, PlannerCommand.fullMessage(for: error))
    }
  }
}
