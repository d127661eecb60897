import ArgumentParser
import Foundation
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import Swap

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Tell what each amount of memory costs in time.",
    discussion: """
      Plans many budgets at once, each from the plans and bounds of the others. A plan for less memory \
      also serves where there is more, so the time never grows with the budget. The exit code is 4 if \
      no budget has a plan.

      With --grid, every combination of a file's budgets, devices, speeds of links and batches is planned \
      instead, as the items of a batch: in several processes, from the cache where they were planned before. \
      A sweep with --folder that was ended goes on where it stood. Exit code 4 if no combination has a plan.

      Example: planner sweep resnet50.profile.json.gz --budget 40%...90% --points 11
      planner sweep --grid grid.json -o results.csv --svg results.svg --jobs 2
      """)

  /// The forms of the answer.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, csv }

  @Argument(help: "The profile; - for standard input. None with --grid.")
  var profile: String?

  @Option(help: "The smallest and the largest budget, as 8GiB...16GiB or 40%...90%.")
  var budget = BudgetRange.standard

  @Option(help: "How many budgets to plan.")
  var points = 11

  @Option(help: "Host memory for swapped tensors: 64GiB, 500MiB, or bytes.")
  var hostBudget: BudgetArgument?

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "text, json or csv.")
  var format: Format = .text

  @Flag(help: "The same as --format json.")
  var json = false

  @OptionGroup var pictures: PictureOptions

  @Option(help: "Plan the combinations of this file; planner.grid/1 in the documentation.")
  var grid: String?

  @Option(
    name: .shortAndLong,
    help: "With --grid: how many combinations are planned at once. Default: one for each core.")
  var jobs: Int?

  @Option(
    help: "With --grid: keep profiles, plans and results in this folder, and go on with them.")
  var folder: String?

  @Option(help: "With --grid: the folder of the cache, as that of planner batch.")
  var cache: String?

  @Flag(help: "With --grid: neither read nor fill the cache.")
  var noCache = false

  @Option(help: "Write each plan to this folder, as BUDGET.plan.json.")
  var plans: String?

  @Option(name: .shortAndLong, help: "Write to this file; - for standard output.")
  var output = "-"

  func validate() throws {
    guard (1...1000).contains(points) else { throw ValidationError("--points takes 1 to 1000") }
    if (profile == nil) == (grid == nil) {
      throw ValidationError("give either a profile or --grid")
    }
    if grid == nil, jobs != nil || folder != nil || cache != nil || noCache {
      throw ValidationError("--jobs, --folder, --cache and --no-cache need --grid")
    }
    if grid != nil, plans != nil || hostBudget != nil || engine != .auto || isRangeGiven {
      throw ValidationError(
        "--grid has budgets and options in its file, and plans in --folder: leave out --budget, --points, "
          + "--host-budget, --engine and --plans")
    }
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs takes 1 to 1024") }
    if cache != nil && noCache {
      throw ValidationError("--cache and --no-cache contradict each other")
    }
    if case .share = hostBudget {
      throw ValidationError("--host-budget takes an amount such as 64GiB, not a share")
    }
  }

  private var isRangeGiven: Bool { budget != .standard || points != 11 }

  func run() throws {
    if let grid { return try sweep(grid) }
    guard let profile else { return }
    let interrupt = Interrupt()
    let loaded = try Inputs.profile(profile)
    let simulator = try Inputs.simulator(loaded)
    var hostBytes: Int?
    if case .bytes(let bytes) = hostBudget { hostBytes = bytes }
    let budgets = try budget.budgets(
      ofPeak: simulator.demand.unconstrainedPeak.bytes, count: points)
    var sweep = SwapSweep(
      profile: loaded.profile, hostBudgetBytes: hostBytes, solver: try Engines.solver(engine))
    sweep.cancellation = interrupt.cancellation
    sweep.progressHandler = { Console.progress($0) }
    let found: [SweepPoint]
    do {
      found = try sweep.points(budgets: budgets)
    } catch let error as SwapProblemError {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    } catch {
      throw CommandFailure(.failure, "\(profile): \(error)")
    }
    Console.clearProgress()
    let report = SweepReport(
      found.map { row(of: $0, loaded, simulator) }, simulator: simulator)
    if let plans { try write(report, to: plans) }
    try pictures.write(report.picture())
    let isTextWanted = output != "-" || pictures.svg != "-"
    let text =
      switch json ? .json : format {
      case .text: report.text(isColored: output == "-" && Console.isColored)
      case .json: try report.json() + "\n"
      case .csv: report.csv()
      }
    if isTextWanted { try Inputs.write(Array(text.utf8), to: output) }
    guard report.isValid else {
      throw CommandFailure(.validationFailed, "\(profile): the simulator rejects a plan")
    }
    try interrupt.check()
    if report.rows.allSatisfy({ $0.smallestBudgetBytes != nil }) {
      throw ExitStatus.infeasible.code
    }
  }

  private func row(
    of point: SweepPoint, _ loaded: Inputs.LoadedProfile, _ simulator: Simulator
  ) -> SweepReport.Row {
    var smallest: Int?
    if case .infeasible(let needed) = point.outcome { smallest = needed.bytes }
    let report = point.plan.map { plan in
      var plan = plan
      plan.profile.sha256 = loaded.sha256
      return SwapReport(plan, simulator: simulator)
    }
    return SweepReport.Row(
      budgetBytes: point.budgetBytes, report: report,
      lowerBoundMicroseconds: point.lowerBoundMicroseconds, smallestBudgetBytes: smallest)
  }

  /// Writes each plan once, under the budget that it was made for.
  private func write(_ report: SweepReport, to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(.badInput, "\(folder): can't be made; name a folder that can be written")
    }
    for plan in report.rows.compactMap(\.report?.plan) {
      try Inputs.write(plan.encoded(), to: "\(folder)/\(plan.budget.deviceBytes).plan.json")
    }
  }
}
