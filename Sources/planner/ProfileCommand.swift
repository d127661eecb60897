import ArgumentParser
import Reports

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "Work with profiles.", subcommands: [DiffCommand.self])

  struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff",
      abstract: "Tell which operators and tensors two profiles don't have in common.",
      discussion: """
        Totals by phase and kind, then what was added, removed or changed, the largest change first. \
        Operators and tensors are matched by id, else by order and by the name without its number. \
        Names of profiles and sources don't count.
        """)

    @Argument(help: "The first profile; - for standard input.")
    var first: String

    @Argument(help: "The second profile.")
    var second: String

    @Option(help: "How many rows each list of the text has at most.")
    var limit = 10

    @Flag(help: "Exit with 6 if they differ; else the exit code is 0 either way.")
    var exitCode = false

    @Flag(help: "Print one line of JSON instead of text.")
    var json = false

    func validate() throws {
      if limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
      if first == "-" && second == "-" {
        throw ValidationError("standard input (-) can be read only once")
      }
    }

    func run() throws {
      let difference = ProfileDifference(
        try Inputs.profile(first).profile, try Inputs.profile(second).profile)
      try Console.write(
        json
          ? difference.json() + "\n"
          : difference.text(isColored: Console.isColored, limit: limit))
      if exitCode && !difference.isEmpty {
        throw CommandFailure(.validationFailed, "\(second): differs from \(first)")
      }
    }
  }
}
