import ArgumentParser
import Foundation
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import Swap

struct SolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract: "Find the fastest plan that keeps a memory budget.",
    discussion: """
      Several profiles are solved one after the other; with --json each gives one line. The exit \
      code is that of the first one that failed.

      Example: planner solve resnet50.profile.json.gz --budget 50% -o resnet50.plan.json
      """)

  @Argument(help: "Profile files (JSON or its gzip); - for standard input.")
  var profiles: [String]

  @Option(
    help: """
      The problem to solve: swap, dispatch, expert-placement, two-stage or gradients, the latter four with \
      the defaults of planner dispatch, place, two-stage and gradients. Default: what the profile says; else \
      what its sections are enough for: swap with operators, two-stage with strategies in stages, gradients \
      with such a section, expert-placement with loads of experts, dispatch with a cluster.
      """)
  var problem: String?

  @Option(
    help: """
      Device memory: 16GiB, 500MiB, bytes, or a share of the unconstrained peak such as 50%. \
      Default: the device's memory less what is reserved.
      """)
  var budget: BudgetArgument?

  @Option(help: "Host memory for swapped tensors: 64GiB, 500MiB, or bytes.")
  var hostBudget: BudgetArgument?

  @Option(
    help: """
      Room on NVMe for swapped tensors: 2TiB, 500GiB, or bytes. Default: the device's nvme_memory_bytes, \
      else no limit.
      """)
  var nvmeBudget: BudgetArgument?

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "Stop when the plan is this close to the bound, as 0.1% or 0.001.")
  var gap: GapArgument?

  @Option(help: "Stop after this much time, as 60s or 5m. A plan cut off is not repeatable.")
  var timeLimit: TimeArgument?

  @Option(help: "Stop each integer program after this many nodes.")
  var nodeLimit: Int?

  @Option(
    help: """
      Take the plan of one published strategy instead of searching: \
      \(SwapStrategy.allCases.map(\.rawValue).joined(separator: ", ")). With all, each is tried besides \
      the search.
      """)
  var strategy: StrategyChoice?

  @Option(
    help: """
      By how much times and rates may vary, as 10%: takes the plan that is fastest on the mean of such \
      iterations, and tells the worst.
      """)
  var jitter: GapArgument?

  @Option(
    help: """
      Which codecs of the profile swaps may use: joint (each where it pays), none, all (wherever the tensor gets \
      smaller) or isolated (by each tensor's own copies and kernels).
      """)
  var codecs: CodecChoice = .joint

  @Option(
    help: """
      Which of a tensor's measured densities to count on, from 0, the least, to 1, the largest. Default: 0.9.
      """)
  var densityQuantile: Double?

  @Flag(help: "Never copy tensors to the host.")
  var noSwap = false

  @Flag(help: "Never run operators again.")
  var noRecompute = false

  @Option(name: .shortAndLong, help: "Write the plan to this file; - for standard output.")
  var output: String?

  @OptionGroup var pages: ReportOptions

  @OptionGroup var pictures: PictureOptions

  @Option(
    help: """
      Give every buffer of the planned iteration an address and write them to this CSV file. If they \
      don't fit the budget, plans for less memory until they do.
      """)
  var addresses: String?

  @Flag(help: "Print one line of JSON per profile instead of the summary.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    if profiles.isEmpty { throw ValidationError("name at least one profile") }
    if output != nil && profiles.count > 1 {
      throw ValidationError("-o takes the plan of one profile; solve them one by one")
    }
    if pages.report != nil && profiles.count > 1 {
      throw ValidationError("--report takes the plan of one profile; solve them one by one")
    }
    if pictures.svg != nil && profiles.count > 1 {
      throw ValidationError("--svg draws the plan of one profile; solve them one by one")
    }
    try pages.check(beside: output, pictures.svg, addresses)
    if addresses != nil && profiles.count > 1 {
      throw ValidationError("--addresses takes the plan of one profile; solve them one by one")
    }
    if addresses == "-" && (json || output == "-") {
      throw ValidationError("--addresses - and what else goes to standard output would be mixed")
    }
    if case .one(.swapAll) = strategy, noSwap {
      throw ValidationError("--strategy swap-all and --no-swap contradict each other")
    }
    if case .one(.recomputeAll) = strategy, noRecompute {
      throw ValidationError("--strategy recompute-all and --no-recompute contradict each other")
    }
    if profiles.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input (-) can be read only once")
    }
    if case .share = hostBudget {
      throw ValidationError("--host-budget takes an amount such as 64GiB, not a share")
    }
    if case .share = nvmeBudget {
      throw ValidationError("--nvme-budget takes an amount such as 2TiB, not a share")
    }
    if let densityQuantile, !(0...1).contains(densityQuantile) {
      throw ValidationError("--density-quantile takes a number from 0 to 1, such as 0.9")
    }
    if let nodeLimit, nodeLimit < 1 { throw ValidationError("--node-limit takes 1 or more") }
    if let problem, !SolveCommand.problems.contains(problem) {
      throw ValidationError(
        "'\(problem)' is not a problem that planner knows; it knows: "
          + SolveCommand.problems.joined(separator: ", "))
    }
  }

  func run() throws {
    let interrupt = Interrupt()
    let solver = try Engines.solver(engine)
    var first: ExitStatus = .success
    for path in profiles {
      let status: ExitStatus
      do {
        status = try solve(path, solver: solver, interrupt: interrupt)
      } catch let failure as CommandFailure where profiles.count > 1 {
        try report(failure, path: path)
        status = failure.status
      }
      if first == .success { first = status }
      if interrupt.cancellation.isCancelled { break }
    }
    if interrupt.cancellation.isCancelled { throw ExitStatus.interrupted.code }
    if first != .success { throw first.code }
  }

  /// Tells of one profile that failed among several.
  private func report(_ failure: CommandFailure, path: String) throws {
    Console.error(failure.description)
    if json {
      try Console.write(
        FailureLine(
          profile: path, status: failure.status.rawValue, message: failure.description
        ).json())
    }
  }

  private func solve(
    _ path: String, solver: any Solver, interrupt: Interrupt
  ) throws -> ExitStatus {
    let begin = ContinuousClock.now
    let loaded = try Inputs.profile(path)
    switch problem ?? loaded.profile.problem ?? Self.inferredProblem(of: loaded.profile) {
    case "swap": break
    case "dispatch":
      try dispatchCommand(path).run(on: loaded)
      return .success
    case SolveCommand.placement: return try place(loaded, path: path)
    case SolveCommand.twoStage: return try planStages(loaded, path: path)
    case "gradients":
      try gradientsCommand(path).run(on: loaded)
      return .success
    case let other:
      throw CommandFailure(
        .badInput,
        "\(path): problem: '\(other)' is not known; this version knows: "
          + SolveCommand.problems.joined(separator: ", "))
    }
    let problem = try makeProblem(loaded, path: path, budgetBytes: nil)
    var planner = SwapPlanner(problem, solver: solver)
    planner.cancellation = interrupt.cancellation
    if case .one = strategy { planner.searches = false }
    let name = loaded.profile.name
    planner.progressHandler = { Console.progress("\(name): \($0)") }
    let answer: SwapAnswer
    do {
      answer = try planner.plan()
    } catch {
      throw CommandFailure(.failure, "\(path): \(error)")
    }
    Console.clearProgress()
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    switch answer {
    case .plan(var plan):
      plan.profile.sha256 = loaded.sha256
      if let addresses {
        plan = try place(plan, loaded, planner, path: path, output: addresses)
      }
      return try finish(plan, loaded, path: path, seconds: seconds)
    case .infeasible(let smallest) where smallest.bytes <= problem.budgetBytes:
      // The device's memory would do: it is what leaves it that finds no room.
      func amount(_ bytes: Int?) -> String { bytes.map(Quantity.exactBytes) ?? "no limit" }
      throw CommandFailure(
        .infeasible,
        "\(path): no plan fits: what has to leave the device finds no room on the host "
          + "(\(amount(problem.hostBudgetBytes))) and on NVMe (\(amount(problem.nvmeBudgetBytes))); raise "
          + "--host-budget, --nvme-budget or --budget")
    case .infeasible(let smallest):
      let report = InfeasibleReport(
        profile: loaded.profile, budgetBytes: problem.budgetBytes,
        smallestBudgetBytes: smallest.bytes)
      try Console.write(json ? report.json() + "\n" : report.text())
      return .infeasible
    case .notFound(let search):
      let tried = search.map { "\($0.strategy): \($0.termination)" }.joined(separator: "; ")
      let words: String
      if case .one = strategy {
        words =
          "\(path): the strategy finds no plan within the budget (\(tried)), and none is ruled out; "
          + "raise the budget, or solve without --strategy"
      } else {
        words =
          "\(path): no plan found within the limits, and none ruled out (\(tried)); "
          + "raise --time-limit or --node-limit, or the budget"
      }
      throw CommandFailure(
        interrupt.cancellation.isCancelled ? .interrupted : .limitWithoutPlan, words)
    }
  }

  /// The command that plans a dispatch, with what the two have in common.
  private func dispatchCommand(_ path: String) throws -> DispatchCommand {
    var arguments = [path, "--engine", engine.rawValue]
    if let timeLimit { arguments += ["--time-limit", "\(timeLimit.seconds)s"] }
    if json { arguments.append("--json") }
    if let output { arguments += ["-o", output] }
    if let report = pages.report { arguments += ["--report", report] }
    if let svg = pictures.svg { arguments += ["--svg", svg] }
    return try DispatchCommand.parse(arguments)
  }

  /// The command that plans an exchange of gradients, with what the two have in common.
  private func gradientsCommand(_ path: String) throws -> GradientsCommand {
    let isForeign =
      budget != nil || hostBudget != nil || nvmeBudget != nil || strategy != nil || jitter != nil
      || noSwap || noRecompute || addresses != nil || pictures.svg != nil || quiet
    if isForeign {
      throw CommandFailure(
        .badInput,
        "\(path): gradients are planned with --engine, --gap, --time-limit, --node-limit, --report, --json "
          + "and -o only; planner gradients has options of its own")
    }
    var command = try GradientsCommand.parse([path, "--engine", engine.rawValue])
    command.gap = gap
    command.timeLimit = timeLimit
    command.nodeLimit = nodeLimit
    command.json = json
    command.output = output
    command.pages = pages
    return command
  }

  /// Places the buffers of a plan, or of one for less memory, within the budget, and writes them.
  private func place(
    _ plan: Plan, _ loaded: Inputs.LoadedProfile, _ planner: SwapPlanner, path: String,
    output: String
  ) throws -> Plan {
    let simulator = try Inputs.simulator(loaded)
    let capacity = plan.budget.deviceBytes
    var plan = plan
    for _ in 0..<4 {
      let placement = try AddressPlacement(of: plan, simulator, capacity: capacity)
      if !quiet { Console.note(placement.summary) }
      if placement.fits {
        try Inputs.write(placement.table.encoded(), to: output)
        return plan
      }
      let less = plan.budget.deviceBytes - (placement.height - capacity)
      var again = SwapPlanner(
        try makeProblem(loaded, path: path, budgetBytes: less), solver: planner.solver)
      again.cancellation = planner.cancellation
      again.progressHandler = planner.progressHandler
      guard case .plan(var smaller) = try again.plan() else { break }
      Console.clearProgress()
      smaller.profile.sha256 = loaded.sha256
      plan = smaller
    }
    throw CommandFailure(
      .limitWithoutPlan,
      "\(path): no layout of the planned buffers fits \(Quantity.exactBytes(capacity)); raise the budget, "
        + "or leave out --addresses")
  }

  private func makeProblem(
    _ loaded: Inputs.LoadedProfile, path: String, budgetBytes: Int?
  ) throws -> SwapProblem {
    var settings = SwapSettings()
    settings.allowsSwap = !noSwap
    settings.allowsRecompute = !noRecompute
    settings.codecRule = codecs.rule
    settings.densityQuantile = densityQuantile
    settings.timeLimit = timeLimit?.seconds
    if let jitter { settings.jitter = jitter.share }
    if let strategy {
      settings.strategies = strategy.strategies
      settings.chainReach = 16
    }
    if let gap { settings.relativeGap = gap.share }
    if let nodeLimit { settings.nodeLimit = nodeLimit }
    let budgetBytes = try budgetBytes ?? Inputs.budgetBytes(budget, of: loaded)
    var hostBytes: Int?
    if case .bytes(let bytes) = hostBudget { hostBytes = bytes }
    var nvmeBytes: Int?
    if case .bytes(let bytes) = nvmeBudget { nvmeBytes = bytes }
    if nvmeBytes != nil && loaded.profile.device?.hostToNVMe == nil {
      throw CommandFailure(
        .badInput,
        "\(path): device.links.nvme: absent, but --nvme-budget needs it; add it to the profile, or collect "
          + "again with --nvme")
    }
    do {
      return try SwapProblem(
        profile: loaded.profile, budgetBytes: budgetBytes, hostBudgetBytes: hostBytes,
        nvmeBudgetBytes: nvmeBytes, settings: settings)
    } catch {
      throw CommandFailure(.badInput, "\(path): \(error)")
    }
  }

  /// Simulates the plan, writes it, and prints what came of it.
  private func finish(
    _ plan: Plan, _ loaded: Inputs.LoadedProfile, path: String, seconds: Double
  ) throws -> ExitStatus {
    let simulator = try Inputs.simulator(loaded)
    let result = simulator.run(plan)
    if let output { try Inputs.write(plan.encoded(), to: output) }
    let report = SwapReport(plan, simulator: simulator, result: result)
    try pages.write(report.page(hasSeconds: true))
    try pictures.write(report.picture())
    let isOutputTaken = [output, pages.report, pictures.svg].contains("-")
    if json && !isOutputTaken {
      try Console.write(report.json() + "\n")
    } else if !quiet && !isOutputTaken {
      try Console.write(
        report.text(isColored: Console.isColored, hasTimeline: Console.isOutputTerminal))
      try Console.write(String(format: "\nSolved in %.1f s.\n", seconds))
    }
    guard result.isValid else {
      throw CommandFailure(
        .validationFailed, "\(path): the simulator rejects the plan: \(result.verdict.sentence)")
    }
    return .success
  }
}
