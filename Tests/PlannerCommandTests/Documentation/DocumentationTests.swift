import Foundation
import Plans
import Profiles
import Testing

/// Every block of code in README.md and in the articles.
///
/// - A block with prompts is a session: its commands run in order, and print what the page shows, if it shows
///   something. Those of articles run in every test; those of README.md on the release build that
///   `PLANNER_PROGRAM` names, as `.ci/run` does.
/// - A block of commands without prompts shows no output: commands and options must exist.
/// - A Swift block stands as it is in a file of `Tests/Example`, which is compiled and run.
/// - A JSON block without `…` can be read.
///
/// An invisible comment above a block, `<!-- example: … -->`, says what its session needs: `with FILE` copies
/// a file (`samples/…` is skipped where there are none), `first COMMAND` runs a command that isn't shown,
/// `exit N` is the status of the last command, `slow` leaves it to `PLANNER_EXAMPLES=all`, and
/// `not run: REASON` is told instead.
@Suite("Examples of the documentation") struct DocumentationTests {
  @Test("sessions print what their page shows", arguments: try CodeBlock.pages())
  func sessions(page: String) throws {
    let sessions = try CodeBlock.all(in: page).filter(\.isSession)
    guard !sessions.isEmpty else { return }
    if page == "README.md" && Shell.release == nil {
      print("README.md: skipped; PLANNER_PROGRAM names no release build")
      return
    }
    let shell = try Shell()
    for block in sessions { try run(block, in: shell) }
  }

  private func run(_ block: CodeBlock, in shell: Shell) throws {
    if block.says("slow") && !Shell.runsAll {
      print("\(block.place): skipped; PLANNER_EXAMPLES=all runs it")
      return
    }
    if let reason = block.remark("not run:") {
      print("\(block.place): not run: \(reason)")
      return
    }
    for file in block.remark("with")?.components(separatedBy: ", ") ?? [] {
      guard try shell.add(file) else {
        print("\(block.place): skipped; PLANNER_SAMPLES is not set, which has \(file)")
        return
      }
    }
    if let command = block.remark("first") {
      let made = try shell.run(command)
      #expect(made.status == 0, "\(block.place): \(command): \(made.errors)")
    }
    let steps = block.steps
    for (index, step) in steps.enumerated() {
      let ran = try shell.run(step.command)
      let expected = index == steps.count - 1 ? block.remark("exit").flatMap { Int32($0) } ?? 0 : 0
      #expect(ran.status == expected, "\(block.place): \(step.command): \(ran.errors)")
      if step.output.allSatisfy(\.isEmpty) { continue }
      let difference = ShownOutput(step.output).firstDifference(from: ran.lines)
      #expect(difference == nil, "\(block.place): \(step.command)")
    }
  }

  @Test("commands and options exist")
  func commands() throws {
    let known = try CommandLines()
    for block in try CodeBlock.pages().flatMap(CodeBlock.all) where block.language.isEmpty {
      for command in block.isSession ? block.steps.map(\.command) : block.commands {
        let fault = known.fault(in: command)
        #expect(fault == nil, "\(block.place): \(command)")
      }
    }
  }

  @Test("Swift blocks are compiled in the example, JSON blocks are read")
  func languages() throws {
    let example = CodeBlock.root.appending(path: "Tests/Example")
    let sources = try FileManager.default.subpathsOfDirectory(atPath: example.path)
      .filter { $0.hasSuffix(".swift") && !$0.hasPrefix(".build") }
      .map { try String(contentsOf: example.appending(path: $0), encoding: .utf8) }
      .map(Self.unindented)
    for block in try CodeBlock.pages().flatMap(CodeBlock.all) {
      let text = block.lines.joined(separator: "\n")
      switch block.language {
      case "swift":
        let isThere = sources.contains { $0.contains(Self.unindented(text)) }
        #expect(isThere, "\(block.place): stands in no file of Tests/Example")
      case "json":
        guard !text.contains("…") else { continue }
        #expect(throws: Never.self, "\(block.place)") { try Self.read(text, name: block.place) }
      case "", "python", "text": break
      default: Issue.record("\(block.place): nothing tests blocks of '\(block.language)'")
      }
    }
  }

  /// Reads JSON: a profile and a plan as such.
  private static func read(_ text: String, name: String) throws {
    let bytes = Array(text.utf8)
    if text.contains("\"planner.profile/1\"") {
      _ = try Profile.read(bytes, name: name)
    } else if text.contains("\"planner.plan/1\"") {
      _ = try AnyPlan.read(bytes, name: name)
    } else {
      _ = try JSONSerialization.jsonObject(with: Data(bytes))
    }
  }

  private static func unindented(_ text: String) -> String {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .joined(separator: "\n")
  }

  @Test("what is shown is compared line by line")
  func comparison() {
    let printed = [
      "one", "", "Search", "  strategy  value  seconds  ended", "  greedy        1     0.31  done",
      "", "Solved in 6.8 s.", "",
    ]
    func difference(_ shown: String...) -> String? {
      ShownOutput(shown).firstDifference(from: printed)
    }
    let table = ["  strategy  value  seconds  ended", "  greedy        1     9.99  done"]
    #expect(difference("one", "", "Search", table[0], table[1], "", "Solved in 0.1 s.") == nil)
    #expect(difference("one", "…", "Solved in 1.0 s.") == nil)
    #expect(difference("…") == nil && difference("o…", "…") == nil && difference() != nil)
    #expect(difference("one", "…", "  greedy  1  …  done", "…") == nil)
    #expect(difference("one") != nil && difference("two", "…") != nil)
    #expect(difference("one", "…", "  greedy  2  …  done", "…") != nil)
    #expect(difference("…", "Solved in 1.0 s.", "more") != nil)
    let known = try? CommandLines()
    #expect(known?.fault(in: "./planner solve a.json --budget 50%") == nil)
    #expect(known?.fault(in: "./planner solve a.json --bugdet 50%") != nil)
    #expect(known?.fault(in: "planner solv a.json") != nil)
  }
}
