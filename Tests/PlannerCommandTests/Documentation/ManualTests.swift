import Foundation
import Testing

/// The manual page against what the parser knows, and in the program that shows it.
@Suite("planner man") struct ManualTests {
  @Test("the page holds every command and every option that users see")
  func complete() throws {
    let page = try Command.run(["man"])
    #expect(page.status == 0, "\(page.errors)")
    let text = page.text.replacing("\\-", with: "-")
    func check(_ known: CommandLines.Known, _ path: String) throws {
      let begin = try #require(text.range(of: "\n.SS \(path)\n"), "\(path)")
      let rest = text[begin.upperBound...]
      let section = rest.prefix(upTo: rest.range(of: "\n.S")?.lowerBound ?? rest.endIndex)
      for option in known.options.sorted() {
        let isThere = section.contains(option)
        #expect(isThere, "\(path) \(option)")
      }
      for name in known.positionals { #expect(section.contains("<\(name)>"), "\(path) \(name)") }
      for (name, next) in known.subcommands where next.isShown && name != "help" {
        try check(next, "\(path) \(name)")
      }
    }
    for (name, next) in try CommandLines().root.subcommands where next.isShown && name != "help" {
      try check(next, "planner \(name)")
    }
    #expect(!text.contains("batch-worker"))
    #expect(page.output.allSatisfy { $0 < 128 })
  }

  static let groff = "/usr/bin/groff"

  @Test(
    "groff shows it without a warning",
    .enabled(if: FileManager.default.isExecutableFile(atPath: groff), "groff is not installed"))
  func shown() throws {
    let shell = try Shell()
    let ran = try shell.run("./planner man | \(Self.groff) -man -Tutf8 -ww -b")
    #expect(ran.status == 0 && ran.errors == "", "\(ran.errors)")
    // Bold is an escape sequence, or a letter typed twice.
    let text = ran.lines.joined(separator: "\n").replacing(/\u{1B}\[[0-9;]*m/, with: "")
      .replacing(/.\u{08}/, with: "")
    for word in ["SYNOPSIS", "planner two-stage", "--budget <budget>", "in µs"] {
      #expect(text.contains(word), "\(word)")
    }
  }
}
