import ArgumentParser
import Reports
import Simulation

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare plans for one profile in one table.",
    discussion: """
      Every plan is simulated. The first plan is the base: with --tolerance, the exit code is 6 if \
      any other one is slower by more than that, or if a plan doesn't run through.
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Argument(help: "Two or more plans.")
  var plans: [String]

  @Option(help: "By how much a plan may be slower than the first, as 1% or 0.01.")
  var tolerance: GapArgument?

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  func validate() throws {
    if plans.count < 2 { throw ValidationError("name at least two plans") }
    if ([profile] + plans).filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    let loaded = try Inputs.profile(profile)
    let simulator = try Inputs.simulator(loaded)
    let entries = try plans.map { path in
      Comparison.Entry(
        name: path,
        report: SwapReport(try Inputs.plan(path, for: loaded), simulator: simulator))
    }
    let comparison = Comparison(entries)
    try Console.write(
      json ? comparison.json() + "\n" : comparison.text(isColored: Console.isColored))
    for entry in entries where !entry.report.result.isValid {
      throw CommandFailure(
        .validationFailed, "\(entry.name): \(entry.report.result.verdict.sentence)")
    }
    guard let tolerance else { return }
    let base = entries[0].report.result.iterationMicroseconds
    for entry in entries.dropFirst() {
      let time = entry.report.result.iterationMicroseconds
      if time > base * (1 + tolerance.share) {
        throw CommandFailure(
          .validationFailed,
          "\(entry.name): slower than \(entries[0].name) by \((time / base - 1) * 100) %")
      }
    }
  }
}
