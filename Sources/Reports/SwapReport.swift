public import Plans
public import Profiles
public import Simulation

/// Everything there is to say about one plan on one profile.
///
/// The facts are gathered once; `text(isColored:)`, `json()` and `explanation(…)` tell them.
public struct SwapReport: Sendable {
  /// What the plan is for.
  public let profile: Profile
  /// The plan.
  public let plan: Plan
  /// The simulator's run of the plan.
  public let result: SimulationResult
  /// The run of the profile as it was measured, with everything kept.
  public let unconstrained: SimulationResult
  /// How much memory each operator needs.
  public let demand: MemoryDemand
  /// Runs other plans to compare with.
  let simulator: Simulator
  /// The storages of the profile.
  public let storages: Storages
  /// What the plan does in each gap that it names.
  public let decisions: [GapDecision]
  /// Why, for the gaps that cost something.
  let reasons: [GapName: Reason]

  /// Gathers the facts.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - simulator: The simulator of the profile that the plan is for.
  ///   - result: The simulator's run of the plan, if there has been one; else it runs here.
  public init(_ plan: Plan, simulator: Simulator, result: SimulationResult? = nil) {
    self.plan = plan
    self.simulator = simulator
    profile = simulator.profile
    demand = simulator.demand
    storages = simulator.storages
    self.result = result ?? simulator.run(plan)
    unconstrained = simulator.runUnconstrained()
    switch plan.decisions {
    case .swap(let swap): decisions = swap.gaps
    }
    var reasons: [GapName: Reason] = [:]
    for reason in plan.reasons {
      let name = GapName(tensor: reason.tensor, after: reason.after, before: reason.before)
      if reasons[name] == nil { reasons[name] = reason }
    }
    self.reasons = reasons
  }

  /// The time that the plan adds to the unconstrained iteration.
  public var addedMicroseconds: Double {
    result.iterationMicroseconds - unconstrained.iterationMicroseconds
  }

  /// The added time as a share of the unconstrained iteration; nil for an iteration of no time.
  public var addedShare: Double? {
    guard unconstrained.iterationMicroseconds > 0 else { return nil }
    return addedMicroseconds / unconstrained.iterationMicroseconds
  }

  /// Whether planner and simulator agree about the iteration time; nil if there is nothing to
  /// compare.
  public var isPredictionExact: Bool? {
    guard let predicted = plan.prediction?.iterationMicroseconds, result.isValid else { return nil }
    let simulated = result.iterationMicroseconds
    return abs(predicted - simulated) <= 1e-9 * max(predicted.magnitude, simulated.magnitude)
  }
}

// MARK: - Decisions

/// The kinds of actions, in the order of reports.
enum ActionKind: String, CaseIterable {
  case swap
  case recompute
  case keep
}

extension GapDecision {
  /// The kind of the action.
  var kind: ActionKind {
    switch action {
    case .keep: .keep
    case .swap: .swap
    case .recompute: .recompute
    }
  }

  /// Whether the gap is spent on NVMe.
  var isOnNVMe: Bool {
    if case .swap(_, _, .nvme) = action { true } else { false }
  }

  /// The gap's name.
  var name: GapName { GapName(tensor: tensor, after: after, before: before) }

  /// The action as a phrase.
  var phrase: String {
    switch action {
    case .keep: "keep"
    case .swap(let prefetchAt, let offloadAt, let tier):
      "swap\(tier.isNVMe ? " to NVMe" : "")\(tier.codec.map { " with \($0)" } ?? ""), "
        + (offloadAt.map { "copied to the host from the end of '\($0)' on, " } ?? "")
        + (tier.readAt.map { "read from NVMe from '\($0)' on, " } ?? "")
        + "copied back from '\(prefetchAt)' on"
    case .recompute(let operators, let at):
      "recompute " + (at.map { "before '\($0)' " } ?? "") + "by "
        + operators.map { "'\($0)'" }.joined(separator: ", ")
    }
  }
}

extension GapDecision.Tier {
  /// The operator whose start queues the read from NVMe, if the plan names one.
  var readAt: String? {
    if case .nvme(let readAt) = self { readAt } else { nil }
  }
}

extension SwapReport {
  /// How many gaps are spent on NVMe, and how many bytes they hold.
  var onNVMe: (gaps: Int, bytes: Int) {
    let chosen = decisions.filter(\.isOnNVMe)
    return (chosen.count, chosen.reduce(0) { $0 &+ bytes(of: $1.tensor) })
  }

  /// The memory of a tensor; 0 if the profile lacks it.
  func bytes(of tensor: String) -> Int {
    storages.indexByTensor[tensor].map { storages.all[$0].bytes } ?? 0
  }

  /// How many gaps are treated in one way, and how many bytes they hold.
  func total(of kind: ActionKind) -> (gaps: Int, bytes: Int) {
    let chosen = decisions.filter { $0.kind == kind }
    return (chosen.count, chosen.reduce(0) { $0 &+ bytes(of: $1.tensor) })
  }

  /// The decisions that cost something, by bytes, the largest first, then in the plan's order.
  var largestDecisions: [GapDecision] {
    decisions.enumerated().filter { $0.element.kind != .keep }
      .sorted {
        let (first, second) = (bytes(of: $0.element.tensor), bytes(of: $1.element.tensor))
        return first != second ? first > second : $0.offset < $1.offset
      }
      .map(\.element)
  }
}
