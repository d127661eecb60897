import ArgumentParser
import Collectors
import Optimization
import Plans
import Profiles
import Reports
import Sharding
import Simulation

struct ShardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shard",
    abstract: "Choose a sharding strategy for each operator so that all fit and cost least.",
    discussion: """
      Reads a profile with the section sharding, or an instance of the ASPLOS 2025 contest, plain or \
      compressed. An exact presolve comes first; what it leaves is solved by an integer program, or by \
      prices on memory where it is too large. Every plan is evaluated on the instance as it was read.

      Exit code 4 if no choice fits (with the time that binds and the least limit), 5 if nothing was found \
      within the limits, 6 if --check finds a fault.

      Example: planner shard A.json.gz --engine cbc -o a.plan.json
      """)

  @Argument(help: "The profile or the instance; - for standard input.")
  var file: String

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "Stop when the plan is this close to the bound, as 0.1% or 0.001.")
  var gap: GapArgument?

  @Option(help: "Stop after this much time, as 60s or 5m. A plan cut off is not repeatable.")
  var timeLimit: TimeArgument?

  @Option(help: "Stop after this many nodes of integer programs or iterations of prices.")
  var nodeLimit: Int?

  @OptionGroup var pages: ReportOptions

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  @Option(name: .shortAndLong, help: "Write the plan to this file; - for standard output.")
  var output: String?

  @Option(help: "Evaluate this plan instead of making one. Exit code 6 if it doesn't hold.")
  var check: String?

  func validate() throws {
    try pages.check(beside: output)
    if let nodeLimit, nodeLimit < 1 { throw ValidationError("--node-limit takes 1 or more") }
    if check == "-" && file == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
    if check != nil && output != nil {
      throw ValidationError("--check makes no plan; leave out --output")
    }
  }

  func run() throws {
    let interrupt = Interrupt(timeLimit: timeLimit?.seconds)
    let began = ContinuousClock.now
    let (instance, sha256) = try Self.instance(file)
    try run(on: LoadedInstance(instance: instance, sha256: sha256, began: began), interrupt)
  }

  /// An instance, and when its reading began: time limits count from there.
  struct LoadedInstance {
    let instance: ShardingInstance
    /// The digest of the file as it is stored.
    let sha256: String
    let began: ContinuousClock.Instant
  }

  /// Plans, or checks a plan, on an instance that is read already.
  func run(on loaded: LoadedInstance, _ interrupt: Interrupt) throws {
    let (instance, sha256, begin) = (loaded.instance, loaded.sha256, loaded.began)
    var plan: ShardingPlan
    if let check {
      plan = try read(check, for: instance, sha256)
    } else {
      plan = try solve(loaded, EngineStore(), interrupt.cancellation)
      plan.profile.sha256 = sha256
    }
    let report = ShardingReport(plan, instance: instance)
    guard report.result.isValid || check != nil else { throw invalid(report) }
    if let output { try Inputs.write(plan.encoded(), to: output) }
    interrupt.settle()
    try pages.write(report.page(hasSeconds: check == nil))
    if output != "-" && pages.report != "-" {
      try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
      if !json && check == nil {
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        try Console.write("\nPlanned in \(Quantity.fixed(seconds, decimals: 1)) s.\n")
      }
    }
    guard report.result.isValid, report.isPredictionExact else { throw invalid(report) }
    try interrupt.check()
  }

  func invalid(_ report: ShardingReport) -> CommandFailure {
    let words =
      report.result.faults.first ?? "the evaluation finds another cost or memory than predicted"
    return CommandFailure(.validationFailed, "\(check ?? file): \(words)")
  }

  /// Reads either format; the digest is that of the file as it is stored.
  static func instance(_ file: String) throws -> (ShardingInstance, String) {
    try instance(in: try CollectOutput.files([file])[0])
  }

  /// Reads either format.
  static func instance(in source: SourceFile) throws -> (ShardingInstance, String) {
    let instance =
      IOPDDLCollector.accepts(source.bytes)
      ? try CollectOutput.asInput { () throws(CollectorError) in
        try IOPDDLCollector().collect(source)
      } : try profile(source)
    return (instance, source.sha256 ?? "")
  }

  private static func profile(_ source: SourceFile) throws -> ShardingInstance {
    do {
      return try ShardingInstance.read(source.bytes, name: source.name)
    } catch {
      throw CommandFailure(.badInput, error.description)
    }
  }

  private func read(
    _ path: String, for instance: ShardingInstance, _ sha256: String
  ) throws -> ShardingPlan {
    let plan: ShardingPlan
    do {
      plan =
        path == "-"
        ? try ShardingPlan.read(try Console.readInput(), name: "<stdin>")
        : try ShardingPlan.read(contentsOf: path)
    } catch let error as PlanError {
      throw CommandFailure(.badInput, error.description)
    }
    let isSame = plan.profile.sha256.map { $0.lowercased() == sha256 } ?? true
    guard plan.profile.name == instance.name, isSame else {
      throw CommandFailure(
        .validationFailed,
        "\(path): profile: the plan is for another file, '\(plan.profile.name)'; make a new plan")
    }
    return plan
  }

  /// Makes a plan.
  func solve(
    _ loaded: LoadedInstance, _ engines: EngineStore, _ cancellation: Cancellation
  ) throws -> ShardingPlan {
    let instance = loaded.instance
    var settings = ShardingSettings()
    settings.timeLimit = Inputs.searchTime(of: timeLimit, since: loaded.began)
    settings.nodeLimit = nodeLimit
    if let gap { settings.relativeGap = gap.share }
    var planner: ShardingPlanner
    do {
      planner = try ShardingPlanner(instance, settings: settings)
    } catch {
      throw CommandFailure(.badInput, "\(file): \(error)")
    }
    planner.cancellation = cancellation
    let name = instance.name
    planner.progressHandler = { Console.progress("\(name): \($0)") }
    let answer: ShardingAnswer
    do {
      answer = try planner.plan(solver: try engines.solver(engine))
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(.failure, "\(file): \(error)")
    }
    Console.clearProgress()
    switch answer {
    case .plan(let plan): return plan
    case .infeasible(let conflict):
      throw CommandFailure(.infeasible, "\(file): \(words(for: conflict, instance))")
    case .limit:
      throw CommandFailure(
        cancellation.isCancelled ? .interrupted : .limitWithoutPlan,
        "\(file): no choice that fits was found within the limits, and none was ruled out; "
          + "raise --time-limit or --node-limit")
    }
  }

  private func words(for conflict: ShardingConflict, _ instance: ShardingInstance) -> String {
    switch conflict {
    case .memory(let time, let least, let nodes):
      let names = nodes.map { instance.title(of: $0) }.joined(separator: ", ")
      return "at time \(time) the live nodes take at least \(least) bytes, more than the limit of "
        + "\(instance.memoryLimitBytes); most of it: \(names). No limit below \(least) can work"
    case .combination:
      return
        "no choice fits: at each time alone the limit would do, but forbidden strategies and pairs, or the "
        + "times together, leave nothing; allow more of what is forbidden (infinite costs), or raise the limit "
        + "of \(instance.memoryLimitBytes) bytes"
    }
  }
}
