public import Plans

/// What a replay found of a plan's placement block.
public enum StagePlacementResult: Sendable, Hashable {
  /// The block says what the replay works out from its layouts: these exchanges.
  case confirmed([PlacementBlock.Collective])
  /// The plan has no block.
  case absent(PlacementAbsence)
  /// The block is wrong; the faults are those of the plan.
  case refused
}

/// Why a plan has no placement block.
public enum PlacementAbsence: Sendable, Hashable {
  /// The profile doesn't say how strategies place tensors.
  case unknownToProfile
  /// The profile says it, but the plan has no block, or the profile lacks a way between two layouts.
  case notInPlan

  /// The reason as a sentence.
  public var sentence: String {
    switch self {
    case .unknownToProfile:
      "No placement: the profile doesn't say how strategies place tensors (two_stage.placement)."
    case .notInPlan:
      "No placement: the plan has no such block, or the profile knows no way between two layouts."
    }
  }
}
