import ArgumentParser
import Plans
import Profiles
import Reports
import Simulation

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Replay a plan on a profile and tell what happens.",
    discussion: "Exit code 6 if the plan doesn't run through.")

  @OptionGroup var files: PlanFiles

  @Option(help: "Device memory instead of the plan's own budget.")
  var budget: BudgetArgument?

  @OptionGroup var pages: ReportOptions

  @OptionGroup var pictures: PictureOptions

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  func validate() throws {
    try pages.check(beside: pictures.svg)
  }

  func run() throws {
    let (simulator, loaded) = try files.load()
    var plan = loaded
    if let budget {
      plan.budget.deviceBytes = budget.bytes(ofPeak: simulator.demand.unconstrainedPeak.bytes)
    }
    let report = SwapReport(plan, simulator: simulator)
    try pages.write(report.page())
    try pictures.write(report.picture())
    if pages.report != "-" && pictures.svg != "-" {
      try Console.write(
        json
          ? report.json() + "\n"
          : report.text(isColored: Console.isColored, hasTimeline: Console.isOutputTerminal))
    }
    if !report.result.isValid { throw ExitStatus.validationFailed.code }
  }
}

/// A profile and a plan for it.
struct PlanFiles: ParsableArguments {
  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Argument(help: "The plan; - for standard input.")
  var plan: String

  func validate() throws {
    if profile == "-" && plan == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  /// Reads both, and refuses a plan that doesn't fit the profile.
  func load() throws -> (Simulator, Plan) {
    let loaded = try Inputs.profile(profile)
    // A plan for another problem is told before what its profile lacks for this one.
    let plan = try Inputs.plan(plan, for: loaded)
    return (try Inputs.simulator(loaded), plan)
  }
}
