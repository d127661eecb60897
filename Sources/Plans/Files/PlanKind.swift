import Profiles

/// The problems that plans are for, as the key `problem` names them.
enum PlanKind: String, CaseIterable {
  case swap
  case dispatch
  case expertPlacement = "expert-placement"
  case chunks
  case twoStage = "two-stage"
  case gradients
  case sharding

  /// The command that replays such a plan.
  private var command: String {
    switch self {
    case .swap: "planner check PROFILE PLAN"
    case .dispatch: "planner dispatch PROFILE --check PLAN"
    case .expertPlacement: "planner place PROFILE --check PLAN"
    case .chunks: "planner chunks PROFILE --check PLAN"
    case .twoStage: "planner two-stage PROFILE --check PLAN"
    case .gradients: "planner gradients PROFILE --check PLAN"
    case .sharding: "planner shard FILE --check PLAN"
    }
  }

  /// Returns the one fault of a plan that is for another known problem; nil for any other file.
  func mismatch(_ tree: JSON) -> Fault? {
    guard case .object(let members) = tree else { return nil }
    func text(_ key: String) -> String? {
      guard case .string(let value)? = members.first(where: { $0.key == key })?.value else {
        return nil
      }
      return value
    }
    guard text("schema") == Plan.schemaName, let name = text("problem"),
      let kind = PlanKind(rawValue: name), kind != self
    else { return nil }
    let article = kind == .expertPlacement ? "an" : "a"
    return Fault(
      place: "problem", problem: "this is \(article) \(name) plan", remedy: "use `\(kind.command)`")
  }
}
