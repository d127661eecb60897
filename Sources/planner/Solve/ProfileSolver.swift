import Optimization
import Plans
import Profiles
import Reports
import Swap

/// Plans one profile after the other, as `planner solve` and `planner batch` do.
struct ProfileSolver {
  /// What the user chose.
  let options: SolveOptions
  /// The solvers, kept from profile to profile.
  let engines: EngineStore
  /// Ends the search early; the best plan so far is returned.
  let cancellation: Cancellation

  /// What planning swaps gave.
  enum SwapResult {
    case plan(Plan, SwapPlanner)
    case infeasible(InfeasibleReport)
  }

  /// The problem that the user or the profile names, else what its sections are enough for.
  func problem(of loaded: Inputs.LoadedProfile) -> String {
    options.problem ?? loaded.profile.problem ?? SolveCommand.inferredProblem(of: loaded.profile)
  }

  /// Plans what to keep, swap and compute again.
  func planSwaps(_ loaded: Inputs.LoadedProfile) throws -> SwapResult {
    let path = loaded.path
    var problem = try swapProblem(loaded, budgetBytes: nil)
    if let seconds = loaded.searchTime(of: options.timeLimit) {
      problem = problem.limited(to: seconds)
    }
    let planner = planner(problem, name: loaded.profile.name, try engines.solver(options.engine))
    let answer: SwapAnswer
    do {
      answer = try planner.plan()
    } catch {
      throw CommandFailure(.failure, "\(path): \(error)")
    }
    Console.clearProgress()
    switch answer {
    case .plan(var plan):
      plan.profile.sha256 = loaded.sha256
      return .plan(plan, planner)
    case .infeasible(let smallest) where smallest.bytes <= problem.budgetBytes:
      // The device's memory would do: it is what leaves it that finds no room.
      func amount(_ bytes: Int?) -> String { bytes.map(Quantity.exactBytes) ?? "no limit" }
      throw CommandFailure(
        .infeasible,
        "\(path): no plan fits: what has to leave the device finds no room on the host "
          + "(\(amount(problem.hostBudgetBytes))) and on NVMe (\(amount(problem.nvmeBudgetBytes))); raise "
          + "--host-budget, --nvme-budget or --budget")
    case .infeasible(let smallest):
      return .infeasible(
        InfeasibleReport(
          profile: loaded.profile, budgetBytes: problem.budgetBytes,
          smallestBudgetBytes: smallest.bytes))
    case .notFound(let search): throw notFound(search, path: path)
    }
  }

  private func notFound(_ search: [SearchEntry], path: String) -> CommandFailure {
    let tried = search.map { "\($0.strategy): \($0.termination)" }.joined(separator: "; ")
    let words: String
    if case .one = options.strategy {
      words =
        "\(path): the strategy finds no plan within the budget (\(tried)), and none is ruled out; "
        + "raise the budget, or solve without --strategy"
    } else if search.contains(where: { $0.termination.contains("limit") }) {
      words =
        "\(path): no plan found within the limits, and none ruled out (\(tried)); "
        + "raise --time-limit or --node-limit, or the budget"
    } else {
      words = "\(path): no plan found, and none ruled out (\(tried)); raise the budget"
    }
    return CommandFailure(cancellation.isCancelled ? .interrupted : .limitWithoutPlan, words)
  }

  /// A planner of swaps that tells its progress under a name.
  func planner(_ problem: SwapProblem, name: String, _ solver: any Solver) -> SwapPlanner {
    var planner = SwapPlanner(problem, solver: solver)
    planner.cancellation = cancellation
    if case .one = options.strategy { planner.searches = false }
    planner.progressHandler = { Console.progress("\(name): \($0)") }
    return planner
  }

  /// The problem of swaps in a profile.
  ///
  /// - Parameter budgetBytes: The device's memory; nil for what the user chose.
  func swapProblem(
    _ loaded: Inputs.LoadedProfile, budgetBytes: Int?
  ) throws -> SwapProblem {
    var settings = SwapSettings()
    settings.allowsSwap = !options.noSwap
    settings.allowsRecompute = !options.noRecompute
    settings.codecRule = options.codecs.rule
    settings.densityQuantile = options.densityQuantile
    settings.timeLimit = options.timeLimit?.seconds
    if let jitter = options.jitter { settings.jitter = jitter.share }
    if let strategy = options.strategy {
      settings.strategies = strategy.strategies
      settings.chainReach = 16
    }
    if let gap = options.gap { settings.relativeGap = gap.share }
    if let nodeLimit = options.nodeLimit { settings.nodeLimit = nodeLimit }
    let budgetBytes = try budgetBytes ?? Inputs.budgetBytes(options.budget, of: loaded)
    var hostBytes: Int?
    if case .bytes(let bytes) = options.hostBudget { hostBytes = bytes }
    var nvmeBytes: Int?
    if case .bytes(let bytes) = options.nvmeBudget { nvmeBytes = bytes }
    if nvmeBytes != nil && loaded.profile.device?.hostToNVMe == nil {
      throw CommandFailure(
        .badInput,
        "\(loaded.path): device.links.nvme: absent, but --nvme-budget needs it; add it to the profile, or "
          + "collect again with --nvme")
    }
    do {
      return try SwapProblem(
        profile: loaded.profile, budgetBytes: budgetBytes, hostBudgetBytes: hostBytes,
        nvmeBudgetBytes: nvmeBytes, settings: settings)
    } catch {
      throw CommandFailure(.badInput, "\(loaded.path): \(error)")
    }
  }
}
