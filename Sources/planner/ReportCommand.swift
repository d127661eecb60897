import ArgumentParser
import Reports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Tell what a profile holds: memory, time, headroom, idle gaps, transfers.",
    discussion: """
      Memory by kind at the peak and over time; operators by what they would save at the device's \
      peak rates, the largest first; idle gaps by bytes × length; lines through the times of copies \
      and collectives. What the profile lacks for any of it is listed at the end.
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Option(help: "How many rows each list has at most. Default: 10, or 100 with --json.")
  var limit: Int?

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
  }

  func run() throws {
    let report = ProfileReport(try Inputs.profile(profile).profile)
    try Console.write(
      json
        ? report.json(limit: limit ?? 100) + "\n"
        : report.text(isColored: Console.isColored, limit: limit ?? 10))
  }
}
