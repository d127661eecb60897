public import Plans
public import Profiles
public import Simulation

/// A placement with what its replay found.
public struct PlacementReport: Sendable {
  /// The plan.
  public let plan: ExpertPlacementPlan
  /// The profile.
  public let profile: Profile
  /// What the replay found.
  public let result: PlacementReplayResult
  /// Whether other scenarios were replayed than the plan was made for.
  public let isHeldOut: Bool

  /// Replays a plan.
  ///
  /// - Parameters:
  ///   - profile: The profile that it is for.
  ///   - plan: The placement.
  ///   - scenarios: The scenarios to replay; nil for those that the plan was made for.
  ///   - isOnOwnDevices: Whether the plan must keep to the profile's slots and nodes.
  public init(
    _ plan: ExpertPlacementPlan, profile: Profile, scenarios: [String]? = nil,
    isOnOwnDevices: Bool = false
  ) {
    self.plan = plan
    self.profile = profile
    isHeldOut = scenarios.map { $0 != plan.scenarios } ?? false
    result = PlacementReplay(
      plan, on: profile, scenarios: scenarios, isOnOwnDevices: isOnOwnDevices
    ).run()
  }

  /// Whether the planner's prediction is what the replay finds, to within a millionth.
  public var isPredictionExact: Bool {
    guard !isHeldOut, let predicted = plan.prediction, result.isValid else { return true }
    func isClose(_ first: Double, _ second: Double) -> Bool {
      abs(first - second) <= 1e-6 * max(1, abs(first))
    }
    let found = result.scenarios.map(\.value)
    guard found.count == predicted.scenarioValues.count else { return false }
    return isClose(predicted.value, result.value)
      && zip(predicted.scenarioValues, found).allSatisfy { isClose($0, $1) }
  }

  /// What is wrong with the lower bound: it is above what the replay finds on the plan's own load. Nil
  /// if nothing is.
  public var boundFault: String? {
    guard !isHeldOut, result.isValid, let bound = plan.lowerBound?.value,
      bound > result.value + 1e-6 * max(1, result.value)
    else { return nil }
    return
      "lower_bound.value: \(bound) is above the \(result.value) that the replay finds, so it is "
      + "none; make a new plan"
  }

  /// Whether the bound is too far away to tell how good the plan is.
  public var isBoundLoose: Bool { plan.gap.map { $0 > 0.01 } ?? true }

  /// A ratio as people read it, such as `1.0024`.
  static func ratio(_ value: Double?) -> String {
    value.map { Quantity.fixed($0, decimals: 4) } ?? "–"
  }

  /// The number of distinct replicas' bytes on one device, in all layers.
  var bytesPerDevice: Int? {
    guard let bytes = profile.moe?.expertBytes else { return nil }
    let most = plan.slots.indices.map { device in
      plan.layers.reduce(0) { $0 + $1.devices[device].count }
    }.max()
    return most.map { $0 * bytes }
  }
}
