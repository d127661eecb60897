import ArgumentParser
import Foundation
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import TokenDispatch

struct DispatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dispatch",
    abstract: "Spread the tokens of experts over devices so that no link holds the others up.",
    discussion: """
      The profile has the sections cluster (see `planner collect cluster`) and moe. The plan says how \
      many tokens each device sends to the experts of each other one; --export adds capacities \
      and the weights of the gate's auxiliary loss.

      Example: planner dispatch moe.json --deviation 20% --pareto --export dispatch.json
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Option(
    help: """
      The share of all tokens that may go elsewhere than in an even dispatch, as 10% or 0.1; less \
      than all. A gate that deviates more learns less from other devices' data.
      """)
  var deviation: GapArgument?

  @Flag(help: "Also tell the least times for other deviations.")
  var pareto = false

  @Option(
    help: """
      Take the dispatch of one strategy: \
      \(DispatchStrategy.allCases.map(\.rawValue).joined(separator: ", ")). Default: all, the best wins.
      """)
  var strategy = "all"

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "Stop after this much time, as 60s or 5m. A plan cut off is not repeatable.")
  var timeLimit: TimeArgument?

  @Option(help: "Replay this plan instead of making one. Exit code 6 if it doesn't hold.")
  var check: String?

  @Option(
    help: """
      Write tokens, capacities and loss weights to this file; one that ends in .txt is the matrix of \
      penalties that TA-MoE's --topo_file takes.
      """)
  var export: String?

  @OptionGroup var pages: ReportOptions

  @OptionGroup var pictures: PictureOptions

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  @Option(name: .shortAndLong, help: "Write the plan to this file; - for standard output.")
  var output: String?

  func validate() throws {
    try pages.check(beside: output, export, pictures.svg)
    if strategy != "all", DispatchStrategy(rawValue: strategy) == nil {
      throw ValidationError(
        "'\(strategy)' is no strategy; use all, "
          + DispatchStrategy.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if check != nil {
      let foreign = [
        ("--deviation", deviation != nil), ("--pareto", pareto), ("--strategy", strategy != "all"),
        ("--engine", engine != .auto), ("--time-limit", timeLimit != nil),
      ]
      if let option = foreign.first(where: \.1) {
        throw ValidationError("\(option.0) is for making a plan; leave it out with --check")
      }
    }
    if check == "-" && profile == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
    if output == "-" && export == "-" {
      throw ValidationError("-o and --export can't both write to standard output")
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
      try check.map { try Inputs.plan($0, for: loaded) as DispatchPlan }
      ?? solve(loaded, EngineStore(), interrupt.cancellation)
    let report = DispatchReport(plan, profile: loaded.profile)
    if let output { try Inputs.write(plan.encoded(), to: output) }
    interrupt.settle()
    if let export {
      let file = DispatchFile(plan)
      try Inputs.write(
        file.bytes(as: export.hasSuffix(".txt") ? .penalties : .capacities), to: export)
    }
    try pages.write(report.page(hasSeconds: check == nil))
    try pictures.write(report.picture())
    if ![output, export, pages.report, pictures.svg].contains("-") {
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
  func confirm(_ report: DispatchReport) throws {
    if let fault = report.boundFault {
      throw CommandFailure(.validationFailed, "\(check ?? profile): \(fault)")
    }
    guard report.result.isValid, report.isPredictionExact else {
      let words = report.result.faults.first ?? "the replay finds another time than predicted"
      throw CommandFailure(.validationFailed, "\(check ?? profile): \(words)")
    }
  }

  /// Makes a plan.
  func solve(
    _ loaded: Inputs.LoadedProfile, _ engines: EngineStore, _ cancellation: Cancellation
  ) throws -> DispatchPlan {
    var settings = DispatchSettings()
    if let deviation { settings.deviation = deviation.share }
    settings.strategy = DispatchStrategy(rawValue: strategy)
    settings.timeLimit = loaded.searchTime(of: timeLimit)
    if pareto {
      let usual = [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1]
      settings.paretoDeviations = usual + [settings.deviation]
    }
    var planner: DispatchPlanner
    do {
      planner = try DispatchPlanner(profile: loaded.profile, settings: settings)
    } catch {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    }
    planner.cancellation = cancellation
    let name = loaded.profile.name
    planner.progressHandler = { Console.progress("\(name): \($0)") }
    do {
      var plan = try planner.plan(solver: try engines.solver(engine))
      Console.clearProgress()
      plan.profile.sha256 = loaded.sha256
      return plan
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(.failure, "\(profile): \(error)")
    }
  }
}
