import ArgumentParser
import Foundation
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import TwoStage

struct TwoStageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "two-stage",
    abstract: "Choose sharding strategies and recomputed stages together within a memory budget.",
    discussion: """
      Reads the section two_stage of a profile: strategies of nodes in a chain of stages, on a mesh of devices. \
      One strategy for each node and an optimal schedule of checkpoints are chosen together; a stage saves, \
      runs again, or keeps some nodes and makes the others again. A replay checks each plan pass by pass. With --front the budgets of a range are planned in one run, each from the \
      choices and bounds of the others; a plan for less memory also serves where there is more.

      Exit code 4 if nothing fits (with what binds and the smallest budget that works), 6 if --check finds a \
      fault.

      Example: planner two-stage llama.profile.json.gz --front 20GiB...80GiB --points 10
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Option(help: "Memory of each device: 40GiB, bytes, or a share of the profile's limit as 50%.")
  var budget: BudgetArgument?

  @Option(
    help: "Plan the budgets from the smallest to the largest, as 20GiB...80GiB or 30%...100%.")
  var front: BudgetRange?

  @Option(help: "How many budgets --front plans.")
  var points = 10

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "Stop when the plan is this close to the bound, as 0.1% or 0.001.")
  var gap: GapArgument?

  @Option(help: "Stop after this much time, as 60s or 5m. A plan cut off is not repeatable.")
  var timeLimit: TimeArgument?

  @Option(help: "Stop integer programs after this many nodes.")
  var nodeLimit: Int?

  @Flag(
    help: "Save stages or run them again as a whole, instead of keeping parts of some.")
  var wholeStages = false

  @OptionGroup var pages: ReportOptions

  @OptionGroup var pictures: PictureOptions

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  @Option(name: .shortAndLong, help: "Write the plan to this file; - for standard output.")
  var output: String?

  @Option(help: "Write each plan of --front to this folder, as BUDGET.plan.json.")
  var plans: String?

  @Option(help: "Replay this plan instead of making one. Exit code 6 if it doesn't hold.")
  var check: String?

  func validate() throws {
    try pages.check(beside: output, pictures.svg)
    guard (1...1000).contains(points) else { throw ValidationError("--points takes 1 to 1000") }
    if let nodeLimit, nodeLimit < 1 { throw ValidationError("--node-limit takes 1 or more") }
    if front != nil && (budget != nil || output != nil || check != nil) {
      throw ValidationError(
        "--front plans many budgets: leave out --budget, --output and --check; --plans writes plans"
      )
    }
    if plans != nil && front == nil { throw ValidationError("--plans needs --front") }
    if pictures.svg != nil && front == nil {
      throw ValidationError(
        "--svg draws the curve of --front; --report has the pictures of one plan")
    }
    if check != nil
      && (output != nil || budget != nil || gap != nil || nodeLimit != nil
        || timeLimit != nil)
    {
      throw ValidationError(
        "--check makes no plan, and keeps to the plan's own budget: leave out --output, --budget, --gap, "
          + "--time-limit and --node-limit")
    }
    if check == "-" && profile == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    let interrupt = Interrupt(timeLimit: timeLimit?.seconds)
    try plan(try Inputs.profile(profile), interrupt)
  }

  /// Plans, or replays, a profile that was read.
  func plan(_ loaded: Inputs.LoadedProfile, _ interrupt: Interrupt) throws {
    guard let graph = loaded.profile.stageGraph else {
      throw CommandFailure(
        .badInput,
        "\(profile): two_stage: the profile has no such section; "
          + "add the strategies of its nodes")
    }
    if let check {
      let report = StageReport(
        try Inputs.plan(check, for: loaded), name: loaded.profile.name, graph: graph)
      try pages.write(report.page())
      if pages.report != "-" { try show(report) }
      return try confirm(report, path: check)
    }
    let begin = ContinuousClock.now
    let budgets =
      try front?.budgets(ofPeak: graph.memoryLimitBytes, count: points)
      ?? [budget?.bytes(ofPeak: graph.memoryLimitBytes) ?? graph.memoryLimitBytes]
    let answers = try solve(
      loaded, budgets: budgets, EngineStore(), interrupt.cancellation)
    let seconds = { (ContinuousClock.now - begin) / .seconds(1) }
    if front != nil {
      try showFront(answers, budgets, loaded, graph)
      if !json && pages.report != "-" && pictures.svg != "-" {
        try Console.write("\nPlanned in \(Quantity.fixed(seconds(), decimals: 1)) s.\n")
      }
    } else {
      guard case .plan(var plan) = answers[0] else {
        try interrupt.check()
        throw infeasible(answers[0], budgets[0])
      }
      plan.profile.sha256 = loaded.sha256
      let report = StageReport(plan, name: loaded.profile.name, graph: graph)
      if report.result.isValid, let output { try Inputs.write(plan.encoded(), to: output) }
      interrupt.settle()
      try pages.write(report.page(hasSeconds: true))
      if output != "-" && pages.report != "-" {
        try show(report)
        if !json {
          try Console.write("\nPlanned in \(Quantity.fixed(seconds(), decimals: 1)) s.\n")
        }
      }
      try confirm(report, path: profile)
    }
    try interrupt.check()
  }

  private func show(_ report: StageReport) throws {
    try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
  }

  func confirm(_ report: StageReport, path: String) throws {
    guard report.result.isValid, report.isPredictionExact else {
      let words =
        report.result.faults.first ?? "the replay finds other bytes or times than predicted"
      throw CommandFailure(.validationFailed, "\(path): \(words)")
    }
    let time = report.result.iterationMicroseconds
    if let bound = report.plan.lowerBound?.iterationMicroseconds, bound > time * (1 + 1e-6) {
      throw CommandFailure(
        .validationFailed,
        "\(path): lower_bound: \(bound) µs are more than the \(time) µs of the plan itself; make a new plan"
      )
    }
  }

  func solve(
    _ loaded: Inputs.LoadedProfile, budgets: [Int], _ engines: EngineStore,
    _ cancellation: Cancellation
  ) throws -> [TwoStageAnswer] {
    var settings = TwoStageSettings()
    if let gap { settings.relativeGap = gap.share }
    if let nodeLimit { settings.nodeLimit = nodeLimit }
    settings.keepsParts = !wholeStages
    settings.timeLimit = loaded.searchTime(of: timeLimit)
    var planner: TwoStagePlanner
    do {
      planner = try TwoStagePlanner(profile: loaded.profile, settings: settings)
    } catch {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    }
    planner.cancellation = cancellation
    let name = loaded.profile.name
    planner.progressHandler = { Console.progress("\(name): \($0)") }
    let answers: [TwoStageAnswer]
    do {
      answers = try planner.plans(budgets: budgets, solver: try engines.solver(engine))
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(.failure, "\(profile): \(error)")
    }
    Console.clearProgress()
    return answers
  }

  func infeasible(_ answer: TwoStageAnswer, _ budget: Int) -> CommandFailure {
    let conflict: TwoStageConflict
    var (status, words) = (ExitStatus.infeasible, "nothing fits in")
    switch answer {
    case .plan: return CommandFailure(.failure, "\(profile): the answer is a plan")
    case .infeasible(let found): conflict = found
    case .notFound(let found):
      conflict = found
      (status, words) = (.limitWithoutPlan, "no plan was found, and none is ruled out, for")
    }
    return CommandFailure(
      status,
      "\(profile): \(words) \(Quantity.exactBytes(budget)): in the smallest plan found states take "
        + "\(Quantity.bytes(conflict.stateBytes)), and the backward pass of '\(conflict.stage)' most of "
        + "the rest. The smallest budget found that works is "
        + "\(Quantity.exactBytes(conflict.smallestBudgetBytes)); none below "
        + "\(Quantity.exactBytes(conflict.provenBytes)) can")
  }

  private func showFront(
    _ answers: [TwoStageAnswer], _ budgets: [Int], _ loaded: Inputs.LoadedProfile,
    _ graph: StageGraph
  ) throws {
    let rows = zip(budgets, answers).map { budget, answer in
      guard case .plan(var plan) = answer else {
        let isInfeasible = if case .infeasible = answer { true } else { false }
        return StageFrontReport.Row(
          budgetBytes: budget, report: nil, isInfeasible: isInfeasible)
      }
      plan.profile.sha256 = loaded.sha256
      return StageFrontReport.Row(
        budgetBytes: budget, report: StageReport(plan, name: loaded.profile.name, graph: graph))
    }
    let report = StageFrontReport(name: loaded.profile.name, rows: rows)
    if let plans {
      do {
        try FileManager.default.createDirectory(atPath: plans, withIntermediateDirectories: true)
      } catch {
        throw CommandFailure(
          .badInput, "\(plans): can't be made; name a folder that can be written")
      }
      for plan in rows.compactMap(\.report?.plan) {
        try Inputs.write(plan.encoded(), to: "\(plans)/\(plan.budgetBytes).plan.json")
      }
    }
    try pages.write(report.page(hasSeconds: true))
    try pictures.write(report.picture())
    if pages.report != "-" && pictures.svg != "-" {
      try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
    }
    guard report.isValid else {
      throw CommandFailure(.validationFailed, "\(profile): the replay rejects a plan of the front")
    }
    if let last = answers.last, let budget = budgets.last, rows.allSatisfy({ $0.report == nil }) {
      throw infeasible(last, budget)
    }
  }
}
