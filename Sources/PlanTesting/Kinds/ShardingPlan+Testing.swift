public import Plans
public import Profiles
import Simulation

extension ShardingPlan: ReplayablePlan {
  /// `sharding`.
  public static var problem: String { "sharding" }

  /// The plan as the bytes of its file.
  public var fileBytes: [UInt8] { encoded() }

  /// The limit of memory, then the strategy of each node.
  public var decisionList: [PlanDecision] {
    [PlanDecision("memory limit", Quantity.exactBytes(memoryLimitBytes))]
      + strategies.enumerated().map {
        PlanDecision("node \($0.offset)", "strategy \($0.element)")
      }
  }

  /// Evaluates the plan on its instance.
  public func outcome(on instance: ShardingInstance) -> PlanOutcome {
    var faults = nameFaults(instance.name)
    let result = ShardingReplay(of: instance).run(strategies)
    faults += result.faults
    if result.peakBytes > memoryLimitBytes {
      faults.append(
        "takes \(Quantity.exactBytes(Int(result.peakBytes))), more than the plan's own limit of "
          + Quantity.exactBytes(memoryLimitBytes))
    }
    return PlanOutcome(
      problem: Self.problem, profile: profile.name, faults: faults,
      figures: [
        PlanFigure(
          "cost", "cost", Double(result.cost), .cost, .value,
          predicted: prediction.map { Double($0.cost) }),
        PlanFigure("compute_cost", "computing", Double(result.computeCost), .cost),
        PlanFigure(
          "communication_cost", "communication", Double(result.communicationCost), .cost),
        PlanFigure("resharding_cost", "resharding", Double(result.reshardingCost), .cost),
        PlanFigure(
          "peak_bytes", "memory", Double(result.peakBytes), .bytes, .memory,
          predicted: prediction.map { Double($0.peakBytes) }),
      ], lowerBound: lowerBound.map { Double($0.cost) })
  }

  /// Returns true, or throws what broke: a strategy that doesn't exist or is forbidden, or the time at which
  /// memory doesn't do.
  ///
  /// - Parameters:
  ///   - instance: The instance that the plan is for.
  ///   - budget: The memory at every time in bytes; nil for the instance's own.
  ///   - accuracy: How far the plan's own prediction may be off, relatively; nil doesn't look at it.
  /// - Throws: `PlanFailure`.
  @discardableResult
  public func holds(
    on instance: ShardingInstance, budget: Int? = nil, accuracy: Double? = nil
  ) throws(PlanFailure) -> Bool {
    var limited = instance
    if let budget { limited.memoryLimitBytes = budget }
    try check(on: limited, accuracy: accuracy)
    return true
  }
}
