import ArgumentParser
import Optimization
import Profiles
import Swap

/// What `planner solve` and `planner batch` let users choose about each profile's plan.
struct SolveOptions: ParsableArguments {
  @Option(
    help: """
      The problem to solve: swap, dispatch, expert-placement, two-stage, gradients, chunks or sharding, all \
      but the first with the defaults of planner dispatch, place, two-stage, gradients, chunks and shard. \
      Default: what the profile says; else what its sections are enough for: swap with operators, two-stage \
      with strategies in stages, gradients or sharding with such a section, expert-placement with loads of \
      experts, dispatch with a cluster. An instance of the ASPLOS 2025 contest is sharding.
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
      """, transform: DecimalArgument.value)
  var densityQuantile: Double?

  @Flag(help: "Never copy tensors to the host.")
  var noSwap = false

  @Flag(help: "Never run operators again.")
  var noRecompute = false

  func validate() throws {
    if case .one(.swapAll) = strategy, noSwap {
      throw ValidationError("--strategy swap-all and --no-swap contradict each other")
    }
    if case .one(.recomputeAll) = strategy, noRecompute {
      throw ValidationError("--strategy recompute-all and --no-recompute contradict each other")
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

  /// Options that only swap plans know, whether each is given.
  var isForSwapsOnly: Bool {
    hostBudget != nil || nvmeBudget != nil || strategy != nil || jitter != nil || noSwap
      || noRecompute || codecs != .joint || densityQuantile != nil
  }
}
