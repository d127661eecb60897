import ArgumentParser
import Reports
import Simulation

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Tell why a plan does what it does.",
    discussion: """
      Shows what is on the device at the tightest moment, what was moved or dropped, and for each \
      decision what it costs and which operator needs the memory.
      """)

  @OptionGroup var files: PlanFiles

  @Option(help: "Tell the life of this tensor only.")
  var tensor: String?

  @Option(help: "List at most this many decisions.")
  var limit = 15

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit takes 1 or more") }
  }

  func run() throws {
    let (simulator, plan) = try files.load()
    let report = SwapReport(plan, simulator: simulator)
    do {
      try Console.write(
        try tensor.map { try report.explanation(of: $0, isColored: Console.isColored) }
          ?? report.explanation(isColored: Console.isColored, limit: limit))
    } catch let error as ReportError {
      throw CommandFailure(.badInput, "\(files.profile): \(error)")
    }
    guard report.result.isValid else {
      throw CommandFailure(
        .validationFailed, "\(files.plan): \(report.result.verdict.sentence)")
    }
  }
}
