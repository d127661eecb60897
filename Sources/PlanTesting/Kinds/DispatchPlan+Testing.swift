public import Plans
public import Profiles
import Simulation

extension DispatchPlan: ReplayablePlan {
  /// `dispatch`.
  public static var problem: String { "dispatch" }

  /// The plan as the bytes of its file.
  public var fileBytes: [UInt8] { encoded() }

  /// The budget, what each device sends to each, and the capacity of each expert.
  public var decisionList: [PlanDecision] {
    var list = [PlanDecision("deviation budget", PlanFigure.Unit.share.text(of: deviationBudget))]
    for (source, row) in tokens.enumerated() {
      for (target, count) in row.enumerated() {
        list.append(PlanDecision("device \(source) to device \(target)", "\(count) tokens"))
      }
    }
    return list
      + expertCapacity.enumerated().map {
        PlanDecision("capacity of expert \($0.offset)", "\($0.element) tokens")
      }
  }

  /// Replays one exchange of tokens.
  public func outcome(on profile: Profile) -> PlanOutcome {
    let result = DispatchReplay(self, on: profile).run()
    return PlanOutcome(
      problem: Self.problem, profile: self.profile.name,
      faults: nameFaults(profile.name) + result.faults,
      figures: [
        PlanFigure(
          "time_us", "exchange", result.microseconds, .microseconds, .value,
          predicted: prediction?.timeMicroseconds),
        PlanFigure(
          "deviation", "deviation", result.deviation, .share, predicted: prediction?.deviation),
        PlanFigure(
          "local_share", "tokens that stay",
          Double(result.localTokens) / Double(max(1, result.totalTokens)), .share),
      ], lowerBound: lowerBoundMicroseconds)
  }

  /// Returns true, or throws what broke: tokens that are missing, a capacity, or the deviation.
  ///
  /// - Parameters:
  ///   - profile: A profile with the sections `cluster` and `moe`.
  ///   - deviation: The share of tokens that may go elsewhere than in an even dispatch; nil for the plan's own.
  ///   - accuracy: How far the plan's own prediction may be off, relatively; nil doesn't look at it.
  /// - Throws: `PlanFailure`.
  @discardableResult
  public func holds(
    on profile: Profile, deviation: Double? = nil, accuracy: Double? = nil
  ) throws(PlanFailure) -> Bool {
    var plan = self
    if let deviation { plan.deviationBudget = deviation }
    try plan.check(on: profile, accuracy: accuracy)
    return true
  }
}
