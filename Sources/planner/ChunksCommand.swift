import ArgumentParser
import Chunks
import Foundation
import Optimization
import Plans
import Profiles
import Reports
import Simulation

struct ChunksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chunks",
    abstract: "Cut parameters, gradients and optimizer states into chunks, and place them.",
    discussion: """
      The size of chunks that wastes least; which parameters share one; where each chunk is at every \
      moment of an iteration, and whether the device or the host updates it. --format gemini and \
      --format deepspeed give the settings of ColossalAI and DeepSpeed that come closest, and tell \
      what these can't express.

      Example: planner chunks llama.json.gz --budget 80GiB --format gemini
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Option(
    help: """
      Device memory: 16GiB, 500MiB, bytes, or a share of the unconstrained peak such as 50%. \
      Default: the device's memory less what is reserved.
      """)
  var budget: BudgetArgument?

  @Option(
    help: """
      Devices that share each chunk; the profile is that of one device that holds everything.
      """)
  var worldSize = 1

  @Option(help: "Elements of a chunk, as 64Mi or 67108864, or auto.")
  var chunkSize: ChunkSizeArgument = .auto

  @Option(help: "The fewest elements of a chunk with auto, as Gemini's min_chunk_size_m.")
  var minChunkSize: ChunkSizeArgument = .elements(32 << 20)

  @Option(help: "How many elements more a chunk may have with auto, as Gemini's search_range_m.")
  var searchRange: ChunkSizeArgument = .elements(32 << 20)

  @Option(help: "The step of Gemini's own search, its hidden_dim, for comparison.")
  var hiddenDim = 1024

  @Option(
    help: """
      Optimizer states that the host updates, in 10⁹ bytes per second. Default: 47, ZeRO-Offload's \
      CPU-Adam (10¹⁰ parameters in 2.57 s, 12 bytes each).
      """, transform: DecimalArgument.value)
  var cpuAdamGbPerS = 47.0

  @Flag(help: "Never update parameters on the host.")
  var noHostOptimizer = false

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "Stop when the plan is this close to the bound, as 0.1% or 0.001.")
  var gap: GapArgument?

  @Option(help: "Stop after this much time, as 60s or 5m. A plan cut off is not repeatable.")
  var timeLimit: TimeArgument?

  @Option(help: "Stop the integer program after this many nodes.")
  var nodeLimit: Int?

  @Option(help: "Replay this plan instead of making one. Exit code 6 if it doesn't hold.")
  var check: String?

  @Option(help: "text, gemini (arguments of GeminiPlugin) or deepspeed (its JSON).")
  var format: ChunkFormat = .text

  @OptionGroup var pages: ReportOptions

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: "Write the plan, or the settings of --format, to this file; - for standard output.")
  var output: String?

  func validate() throws {
    try pages.check(beside: output)
    if worldSize < 1 { throw ValidationError("--world-size takes 1 or more") }
    if hiddenDim < 1 { throw ValidationError("--hidden-dim takes 1 or more") }
    if !(1e-3...1e6).contains(cpuAdamGbPerS) {
      throw ValidationError("--cpu-adam-gb-per-s takes a number from 0.001 to 1000000")
    }
    if let nodeLimit, nodeLimit < 1 { throw ValidationError("--node-limit takes 1 or more") }
    if json && format != .text {
      throw ValidationError("--json tells of the plan; --format \(format.rawValue) is JSON already")
    }
    if check == "-" && profile == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
    for size in [minChunkSize, searchRange] where size == .auto {
      throw ValidationError("--min-chunk-size and --search-range take numbers")
    }
  }

  func run() throws {
    let interrupt = Interrupt(timeLimit: timeLimit?.seconds)
    try run(on: try Inputs.profile(profile), interrupt)
  }

  /// Plans, or checks a plan, on a profile that is read already.
  func run(on loaded: Inputs.LoadedProfile, _ interrupt: Interrupt) throws {
    let begin = loaded.began
    let plan: ChunkPlan
    if let check {
      plan = try Inputs.plan(check, for: loaded)
    } else {
      switch try solve(loaded, EngineStore(), interrupt.cancellation) {
      case .plan(let found): plan = found
      case .infeasible(let report):
        try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
        throw ExitStatus.infeasible.code
      }
    }
    let report = ChunkReport(plan, profile: loaded.profile)
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
  func confirm(_ report: ChunkReport) throws {
    guard report.result.isValid, report.isPredictionExact else {
      let words =
        report.result.faults.first ?? "the replay finds other bytes or times than predicted"
      throw CommandFailure(.validationFailed, "\(check ?? profile): \(words)")
    }
  }

  /// Writes what was asked for.
  private func write(_ report: ChunkReport) throws {
    guard let form = format.export else {
      if let output { try Inputs.write(report.plan.encoded(), to: output) }
      if output == "-" || pages.report == "-" { return }
      return try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
    }
    let configuration = ChunkConfiguration(report, as: form)
    try Inputs.write(Array(configuration.text.utf8), to: output ?? "-")
    for loss in configuration.losses { Console.note("lost: \(loss)") }
  }

  /// What planning chunks gave.
  enum Result {
    case plan(ChunkPlan)
    case infeasible(ChunkInfeasibleReport)
  }

  /// Makes a plan.
  func solve(
    _ loaded: Inputs.LoadedProfile, _ engines: EngineStore, _ cancellation: Cancellation
  ) throws -> Result {
    var settings = ChunkSettings()
    settings.worldSize = worldSize
    if case .elements(let elements) = chunkSize { settings.chunkElements = elements }
    if case .elements(let elements) = minChunkSize { settings.minimumChunkElements = elements }
    if case .elements(let elements) = searchRange { settings.chunkElementRange = elements }
    settings.geminiInterval = hiddenDim
    settings.hostOptimizerGBPerSecond = cpuAdamGbPerS
    settings.allowsHostOptimizer = !noHostOptimizer
    settings.timeLimit = loaded.searchTime(of: timeLimit)
    if let gap { settings.relativeGap = gap.share }
    if let nodeLimit { settings.nodeLimit = nodeLimit }
    let budgetBytes = try Inputs.budgetBytes(budget, of: loaded)
    var planner: ChunkPlanner
    do {
      planner = try ChunkPlanner(
        profile: loaded.profile, budgetBytes: budgetBytes, settings: settings)
    } catch {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    }
    planner.cancellation = cancellation
    let name = loaded.profile.name
    planner.progressHandler = { Console.progress("\(name): \($0)") }
    let answer: ChunkAnswer
    do {
      answer = try planner.plan(solver: try engines.solver(engine))
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(.failure, "\(profile): \(error)")
    }
    Console.clearProgress()
    switch answer {
    case .plan(var plan):
      plan.profile.sha256 = loaded.sha256
      return .plan(plan)
    case .infeasible(let operation, let smallest):
      return .infeasible(
        ChunkInfeasibleReport(
          profile: loaded.profile, budgetBytes: budgetBytes, operation: operation,
          smallestBudgetBytes: smallest))
    }
  }
}

/// What `planner chunks` writes.
enum ChunkFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case gemini
  case deepspeed

  /// The export; nil for text.
  var export: ChunkConfiguration.Format? { ChunkConfiguration.Format(rawValue: rawValue) }
}

/// A number of elements as users type it: `67108864`, `64Mi`, or `auto`.
enum ChunkSizeArgument: ExpressibleByArgument, Hashable, Sendable {
  case auto
  case elements(Int)

  init?(argument: String) {
    if argument == "auto" {
      self = .auto
      return
    }
    let units: [(String, Double)] = [("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824)]
    let unit = units.first { argument.hasSuffix($0.0) }
    let digits = unit.map { String(argument.dropLast($0.0.count)) } ?? argument
    guard let value = Double(decimal: digits), value >= 0 else { return nil }
    let count = (value * (unit?.1 ?? 1)).rounded()
    guard count < 1e15 else { return nil }
    self = .elements(Int(count))
  }
}
