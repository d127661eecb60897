import ArgumentParser
import ExpertPlacement
import Foundation
import Optimization
import Plans
import Profiles
import Reports
import Simulation

struct PlaceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "place",
    abstract: "Place and replicate the experts of a mixture-of-experts model on devices.",
    discussion: """
      Balances the load that the profile has seen: for its sum, its worst scenario, or with few moves \
      from the current placement. The table lists what published rules give on the same load. \
      --check replays a plan, on other scenarios than it was made for if --scenario names them.

      Example: planner place load.json --devices 8 --slots 9 --format sglang -o experts.json
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @OptionGroup var cluster: PlacementCluster
  @OptionGroup var choice: PlacementChoice

  @Option(help: "The solver of weighted split: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "Stop after this much time, as 60s or 5m. A plan cut off is not repeatable.")
  var timeLimit: TimeArgument?

  @Option(help: "Replay this plan instead of making one. Exit code 6 if it doesn't hold.")
  var check: String?

  @Option(help: "text, sglang, tensorrt-llm or vllm-ascend.")
  var format: PlacementFormat = .text

  @OptionGroup var pages: ReportOptions

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: "Write the plan, or the file of --format, to this file; - for standard output.")
  var output: String?

  func validate() throws {
    try pages.check(beside: output)
    if json && format != .text {
      throw ValidationError("--json tells of the plan; --format \(format.rawValue) is a file")
    }
    if check != nil {
      let foreign =
        choice.planningOptions + [
          ("--engine", engine != .auto), ("--time-limit", timeLimit != nil),
        ]
      if let option = foreign.first(where: \.isGiven) {
        throw ValidationError("\(option.name) is for making a plan; leave it out with --check")
      }
    }
    if check == "-" && profile == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    let interrupt = Interrupt(timeLimit: timeLimit?.seconds)
    try place(try Inputs.profile(profile), interrupt)
  }

  /// Plans a profile that was read, or replays a plan on it.
  func place(_ loaded: Inputs.LoadedProfile, _ interrupt: Interrupt) throws {
    let begin = ContinuousClock.now
    let placed = try cluster.applied(to: loaded)
    let plan =
      try check.map { try read($0, for: loaded) }
      ?? solve(loaded, placed, EngineStore(), interrupt.cancellation)
    guard let plan else { throw ExitStatus.infeasible.code }
    let heldOut = check != nil && !choice.scenario.isEmpty ? choice.scenarioNames : nil
    let report = PlacementReport(
      plan, profile: placed, scenarios: heldOut, isOnOwnDevices: true)
    if report.result.isValid || check != nil {
      try write(report)
      interrupt.settle()
      try pages.write(report.page(hasSeconds: check == nil))
      if format == .text && !json && output != "-" && pages.report != "-" && check == nil {
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        try Console.write(String(format: "\nPlanned in %.1f s.\n", seconds))
      }
    }
    try confirm(report)
    try interrupt.check()
  }

  /// Refuses a report whose replay finds something wrong.
  func confirm(_ report: PlacementReport) throws {
    if let fault = report.boundFault {
      throw CommandFailure(.validationFailed, "\(check ?? profile): \(fault)")
    }
    guard report.result.isValid, report.isPredictionExact else {
      let words = report.result.faults.first ?? "the replay finds another balance than predicted"
      throw CommandFailure(.validationFailed, "\(check ?? profile): \(words)")
    }
  }

  /// Writes what was asked for.
  private func write(_ report: PlacementReport) throws {
    guard let form = format.export else {
      if let output { try Inputs.write(report.plan.encoded(), to: output) }
      if output == "-" || pages.report == "-" { return }
      try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
      return
    }
    do {
      let export = try PlacementExport(report.plan, as: form, profile: report.profile)
      try Inputs.write(Array(export.text.utf8), to: output ?? "-")
      for loss in export.losses { Console.note("lost: \(loss)") }
    } catch let failure as PlacementExport.Failure {
      throw CommandFailure(.badInput, "--format: \(failure)")
    }
  }

  /// Reads a plan that is for the profile.
  private func read(
    _ path: String, for loaded: Inputs.LoadedProfile
  ) throws -> ExpertPlacementPlan {
    let plan = try PlaceCommand.plan(path)
    let isSame = plan.profile.sha256.map { $0.lowercased() == loaded.sha256 } ?? true
    // A load that was held out stands in another scenario of the profile, or in another profile.
    if choice.scenario.isEmpty, !isSame || plan.profile.name != loaded.profile.name {
      throw CommandFailure(
        .validationFailed,
        "\(path): profile: the plan is for another profile, '\(plan.profile.name)'; "
          + "make a new plan, or name the scenarios to replay with --scenario")
    }
    return plan
  }

  /// Reads a plan.
  static func plan(_ path: String) throws -> ExpertPlacementPlan {
    do {
      return path == "-"
        ? try ExpertPlacementPlan.read(try Console.readInput(), name: "<stdin>")
        : try ExpertPlacementPlan.read(contentsOf: path)
    } catch let error as PlanError {
      throw CommandFailure(.badInput, error.description)
    }
  }

  /// Makes a plan; nil if the target can't be reached, which has been told then.
  func solve(
    _ loaded: Inputs.LoadedProfile, _ placed: Profile, _ engines: EngineStore,
    _ cancellation: Cancellation
  ) throws -> ExpertPlacementPlan? {
    var settings = try choice.settings()
    settings.timeLimit = loaded.searchTime(of: timeLimit)
    let answer: ExpertPlacementAnswer
    do {
      var planner = try ExpertPlacementPlanner(profile: placed, settings: settings)
      planner.cancellation = cancellation
      let name = placed.name
      planner.progressHandler = { Console.progress("\(name): \($0)") }
      let solver = settings.split == .weighted ? try engines.solver(engine) : nil
      answer = try planner.plan(solver: solver)
    } catch let error as PlacementError {
      throw failure(error)
    } catch ExpertPlacementFailure.placement(let error) {
      throw failure(error)
    } catch ExpertPlacementFailure.solver(let error) {
      throw CommandFailure(.failure, "\(profile): \(error)")
    }
    Console.clearProgress()
    switch answer {
    case .plan(var plan):
      plan.profile.sha256 = loaded.sha256
      return plan
    case .targetMissed(let target, let value, let bound):
      let proven = bound > target
      throw CommandFailure(
        proven ? .infeasible : cancellation.isCancelled ? .interrupted : .limitWithoutPlan,
        "\(profile): --target-imbalance: with every slot in use the best found is \(value), and none "
          + "can be below \(bound); "
          + (proven
            ? "give more slots, or a target of at least \(bound)"
            : "give more slots, a target of \(value), or --split weighted"))
    }
  }

  private func failure(_ error: PlacementError) -> CommandFailure {
    switch error {
    case .infeasible: CommandFailure(.infeasible, "\(profile): \(error)")
    case .notFound: CommandFailure(.limitWithoutPlan, "\(profile): \(error)")
    case .missing, .invalid: CommandFailure(.badInput, "\(profile): \(error)")
    }
  }
}

/// What `planner place` writes.
enum PlacementFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case sglang
  case tensorRT = "tensorrt-llm"
  case vllmAscend = "vllm-ascend"

  /// The export; nil for text.
  var export: PlacementExport.Format? { PlacementExport.Format(rawValue: rawValue) }
}
