public import Plans
public import Profiles
import Simulation

extension GradientPlan: ReplayablePlan {
  /// `gradients`.
  public static var problem: String { "gradients" }

  /// The plan as the bytes of its file.
  public var fileBytes: [UInt8] { encoded() }

  /// The budget, and the exchange of each bucket.
  public var decisionList: [PlanDecision] {
    [PlanDecision("energy to send", PlanFigure.Unit.share.text(of: energyBudget))]
      + decisions.map { decision in
        var words = decision.algorithm.rawValue
        if let choice = decision.choice {
          words += ", \(choice.selection.rawValue)"
          if let block = choice.block { words += " in blocks of \(block)" }
          words += ", density \(choice.density)"
        }
        if !decision.wire.isEmpty {
          words += ", as " + decision.wire.map(\.rawValue).joined(separator: ", ")
        }
        return PlanDecision("bucket '\(decision.bucket)'", words)
      }
  }

  /// Replays the exchange of one step's gradients.
  public func outcome(on profile: Profile) -> PlanOutcome {
    let result = GradientReplay(self, on: profile).run()
    return PlanOutcome(
      problem: Self.problem, profile: self.profile.name,
      faults: nameFaults(profile.name) + result.faults,
      figures: [
        PlanFigure(
          "end_us", "all sent by", result.endMicroseconds, .microseconds, .value,
          predicted: prediction?.endMicroseconds),
        PlanFigure(
          "energy", "energy sent", result.energy, .share, predicted: prediction?.energy),
        PlanFigure(
          "within_node_bytes", "a device in its node", bytes: result.withinNodeBytes,
          predicted: prediction?.withinNodeBytes),
        PlanFigure(
          "between_nodes_bytes", "a node to others", bytes: result.betweenNodesBytes,
          predicted: prediction?.betweenNodesBytes),
      ], lowerBound: lowerBoundMicroseconds)
  }

  /// Returns true, or throws what broke: a bucket without a decision, a density nobody measured, or the energy.
  ///
  /// - Parameters:
  ///   - profile: A profile with the section `gradients`.
  ///   - energy: The share of the energy that has to be sent; nil for the plan's own.
  ///   - accuracy: How far the plan's own prediction may be off, relatively; nil doesn't look at it.
  /// - Throws: `PlanFailure`.
  @discardableResult
  public func holds(
    on profile: Profile, energy: Double? = nil, accuracy: Double? = nil
  ) throws(PlanFailure) -> Bool {
    var plan = self
    if let energy { plan.energyBudget = energy }
    try plan.check(on: profile, accuracy: accuracy)
    return true
  }
}
