public import Plans
public import Profiles
import Simulation

extension ExpertPlacementPlan: ReplayablePlan {
  /// `expert-placement`.
  public static var problem: String { "expert-placement" }

  /// The plan as the bytes of its file.
  public var fileBytes: [UInt8] { encoded() }

  /// What the balance is of, then the experts of each device in each layer, with the shares of their tokens where the plan gives some.
  public var decisionList: [PlanDecision] {
    var list = [
      PlanDecision("loads", scenarios.joined(separator: ", ")),
      PlanDecision("objective", objective.rawValue),
      PlanDecision("split", split.rawValue),
    ]
    for layer in layers {
      for (device, experts) in layer.devices.enumerated() {
        let place = "layer \(layer.number), device \(device)"
        list.append(
          PlanDecision(place, "experts \(experts.map(String.init).joined(separator: ", "))"))
        for shares in layer.shares where shares.devices.indices.contains(device) {
          let load = shares.scenario.map { " under '\($0)'" } ?? ""
          list.append(
            PlanDecision(
              "\(place), shares\(load)",
              shares.devices[device].map { Quantity.fixed($0, decimals: 6) }
                .joined(separator: ", ")))
        }
      }
    }
    return list
  }

  /// Routes the plan's own scenarios through the placement.
  public func outcome(on profile: Profile) -> PlanOutcome {
    outcome(on: profile, scenarios: nil)
  }

  /// Routes a load through the placement.
  ///
  /// - Parameters:
  ///   - profile: A profile with the section `moe`.
  ///   - scenarios: The loads by name; nil for those that the plan was made for.
  public func outcome(on profile: Profile, scenarios: [String]?) -> PlanOutcome {
    let result = PlacementReplay(self, on: profile, scenarios: scenarios).run()
    let worst = result.scenarios.map(\.worstLayer).max() ?? 0
    // Prediction and bound are those of the plan's own load.
    let own = scenarios == nil || scenarios == self.scenarios
    return PlanOutcome(
      problem: Self.problem, profile: self.profile.name,
      faults: nameFaults(profile.name) + result.faults,
      figures: [
        PlanFigure(
          "imbalance", "fullest device over the mean", result.value, .ratio, .value,
          predicted: own ? prediction?.value : nil),
        PlanFigure("worst_layer", "worst layer", worst, .ratio),
        PlanFigure(
          "redundant_experts", "redundant experts", Double(result.redundantExperts), .cost),
      ], lowerBound: own ? lowerBound?.value : nil)
  }

  /// Returns true, or throws what broke: a layer without an expert, a device with too many, or the balance.
  ///
  /// - Parameters:
  ///   - profile: A profile with the section `moe`.
  ///   - imbalance: How much the fullest device may have over the mean, as 1.05; nil for any.
  ///   - scenarios: The loads by name; nil for those that the plan was made for.
  ///   - accuracy: How far the plan's own prediction may be off, relatively; nil doesn't look at it.
  /// - Throws: `PlanFailure`.
  @discardableResult
  public func holds(
    on profile: Profile, imbalance: Double? = nil, scenarios: [String]? = nil,
    accuracy: Double? = nil
  ) throws(PlanFailure) -> Bool {
    let found = outcome(on: profile, scenarios: scenarios)
    var faults = accuracy.map { found.misstatements(accuracy: $0) } ?? []
    if let imbalance, let value = found.value, value.value > imbalance {
      faults.append(
        "the fullest device has \(value.text) of the mean, more than"
          + " \(Quantity.fixed(imbalance, decimals: 4))")
    }
    try found.adding(faults).check()
    return true
  }
}
