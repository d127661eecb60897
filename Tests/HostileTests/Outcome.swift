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
    let said = Data((output + errors).utf8)
    if status != 0, said.allSatisfy({ $0 <= 0x20 }) { return "nothing is said" }
    if said.contains(0x1B) { return "control characters are shown" }
    let written = Data(file.utf8)
    let isPage = written.starts(with: Data("<".utf8))
    if isPage, written.range(of: Data("<script>alert".utf8)) != nil {
      return "a script gets into a page"
    }
    guard status == 0 else { return nil }
    // What a page computes with is no result.
    let page = written.range(of: Data("<script>".utf8))?.lowerBound ?? written.endIndex
    return Self.wordForNumber(said) ?? Self.wordForNumber(written[..<page])
  }

  /// The first `nan` or `inf` that stands where a number should.
  private static func wordForNumber(_ text: Data) -> String? {
    for word in ["nan", "NaN", "inf", "Infinity"] {
      var rest = text.startIndex..<text.endIndex
      while let found = text.range(of: Data(word.utf8), in: rest) {
        rest = found.upperBound..<text.endIndex
        let before = found.lowerBound > text.startIndex ? text[found.lowerBound - 1] : 0x20
        let after = found.upperBound < text.endIndex ? text[found.upperBound] : 0x20
        let isWord = { (byte: UInt8) in
          UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || byte > 0x7F || byte == 0x2E
            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "_")
        }
        if !isWord(before) && !isWord(after) { return "'\(word)' is shown as a number" }
      }
    }
    return nil
  }

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
