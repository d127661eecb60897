import ArgumentParser
import Foundation
import Gradients
import Optimization
import Plans
import Profiles
import Reports
import Simulation

struct GradientsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Choose how data-parallel workers add up their gradients, and what they leave out.",
    discussion: """
      The profile has the section gradients (see `planner collect gradients`). For each bucket the plan \
      says which algorithm adds it up, which share of its elements each worker sends, and how \
      they look on the wire. Where compression doesn't pay, the plan is dense and says why.

      Example: planner gradients g.json --energy 90% -o g.plan.json
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Option(
    help: """
      The share of the gradients' energy, the sum of their squares, that has to be sent, as 90% or 1. \
      Default: 90%.
      """)
  var energy: ShareArgument?

  @Option(
    help: """
      Take the plan of one strategy: \
      \(GradientStrategy.allCases.map(\.rawValue).joined(separator: ", ")). Default: all, the best wins.
      """)
  var strategy = "all"

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "Stop when the plan is this close to the bound, as 0.1% or 0.001.")
  var gap: GapArgument?

  @Option(help: "Stop after this much time, as 60s or 5m. A plan cut off is not repeatable.")
  var timeLimit: TimeArgument?

  @Option(help: "Stop each integer program after this many nodes.")
  var nodeLimit: Int?

  @Option(help: "Replay this plan instead of making one. Exit code 6 if it doesn't hold.")
  var check: String?

  @OptionGroup var pages: ReportOptions

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  @Option(name: .shortAndLong, help: "Write the plan to this file; - for standard output.")
  var output: String?

  func validate() throws {
    try pages.check(beside: output)
    if strategy != "all", GradientStrategy(rawValue: strategy) == nil {
      throw ValidationError(
        "'\(strategy)' is no strategy; use all, "
          + GradientStrategy.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if let nodeLimit, nodeLimit < 1 { throw ValidationError("--node-limit takes 1 or more") }
    if check != nil {
      let foreign = [
        ("--energy", energy != nil), ("--strategy", strategy != "all"), ("--gap", gap != nil),
        ("--engine", engine != .auto), ("--time-limit", timeLimit != nil),
        ("--node-limit", nodeLimit != nil),
      ]
      if let option = foreign.first(where: \.1) {
        throw ValidationError("\(option.0) is for making a plan; leave it out with --check")
      }
    }
    if check == "-" && profile == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    let interrupt = Interrupt(timeLimit: timeLimit?.seconds)
    try run(on: try Inputs.profile(profile), interrupt)
  }

  /// Plans, or checks a plan, on a profile that is read already.
  func run(on loaded: Inputs.LoadedProfile, _ interrupt: Interrupt) throws {
    let begin = ContinuousClock.now
    let plan =
      try check.map { try Inputs.plan($0, for: loaded) as GradientPlan }
      ?? solve(loaded, EngineStore(), interrupt.cancellation)
    let report = GradientReport(plan, profile: loaded.profile)
    if let output { try Inputs.write(plan.encoded(), to: output) }
    interrupt.settle()
    try pages.write(report.page(hasSeconds: check == nil))
    if output != "-" && pages.report != "-" {
      try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
      if !json && check == nil {
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        try Console.write(String(format: "\nPlanned in %.1f s.\n", seconds))
      }
    }
    try confirm(report)
    try interrupt.check()
  }

  /// Refuses a report whose replay finds something wrong.
  func confirm(_ report: GradientReport) throws {
    if let fault = report.boundFault {
      throw CommandFailure(.validationFailed, "\(check ?? profile): \(fault)")
    }
    guard report.result.isValid, report.isPredictionExact else {
      let words =
        report.result.faults.first
        ?? "the replay finds another time, energy or bytes than predicted"
      throw CommandFailure(.validationFailed, "\(check ?? profile): \(words)")
    }
  }

  /// Makes a plan.
  func solve(
    _ loaded: Inputs.LoadedProfile, _ engines: EngineStore, _ cancellation: Cancellation
  ) throws -> GradientPlan {
    var settings = GradientSettings()
    if let energy { settings.energy = energy.share }
    settings.strategy = GradientStrategy(rawValue: strategy)
    if let gap { settings.relativeGap = gap.share }
    settings.timeLimit = loaded.searchTime(of: timeLimit)
    if let nodeLimit { settings.nodeLimit = nodeLimit }
    var planner: GradientPlanner
    do {
      planner = try GradientPlanner(profile: loaded.profile, settings: settings)
    } catch {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    }
    planner.cancellation = cancellation
    let name = loaded.profile.name
    planner.progressHandler = { Console.progress("\(name): \($0)") }
    let found: GradientPlan?
    do {
      found = try planner.plan(solver: try engines.solver(engine))
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(.failure, "\(profile): \(error)")
    }
    Console.clearProgress()
    guard var plan = found else {
      throw CommandFailure(
        .limitWithoutPlan,
        "\(profile): \(strategy) alone has no plan that sends so much energy, or doesn't apply; "
          + "lower --energy, or leave out --strategy")
    }
    plan.profile.sha256 = loaded.sha256
    return plan
  }
}

/// A share as users type it, from none to all: `90%`, `0.9`, `1`.
struct ShareArgument: ExpressibleByArgument, Hashable, Sendable {
  let share: Double

  init?(argument: String) {
    let isPercent = argument.hasSuffix("%")
    guard let value = Double(decimal: isPercent ? String(argument.dropLast()) : argument)
    else { return nil }
    share = isPercent ? value / 100 : value
    guard (0...1).contains(share) else { return nil }
  }
}
