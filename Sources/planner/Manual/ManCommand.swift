import ArgumentParser
import Foundation
import Plans

struct ManCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "man",
    abstract: "Print the manual page of all commands.",
    discussion: """
      The page is made from the definitions of the commands, so it holds each of them and every option.

      Examples: planner man | man -l -
                planner man > /usr/local/share/man/man1/planner.1
      """)

  func run() throws {
    let page = ManualPage(of: try Self.description(), version: PlannerVersion.current)
    try Console.write(page.text)
  }

  /// What the parser of the command line knows of all commands.
  ///
  /// swift-argument-parser tells it as the answer to an option of its own, which shells never see.
  private static func description() throws -> CommandDescription {
    do {
      _ = try PlannerCommand.parseAsRoot(["--experimental-dump-help"])
    } catch {
      let text = PlannerCommand.message(for: error)
      do {
        return try JSONDecoder().decode(CommandDescription.Tool.self, from: Data(text.utf8)).command
      } catch {
        throw CommandFailure(
          .failure, "the parser describes the commands in a form that is not known here")
      }
    }
    throw CommandFailure(.failure, "the parser doesn't describe the commands")
  }
}
