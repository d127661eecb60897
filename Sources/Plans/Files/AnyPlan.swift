import Profiles

/// A plan for any problem.
public enum AnyPlan: Sendable, Hashable {
  case swap(Plan)
  case dispatch(DispatchPlan)
  case expertPlacement(ExpertPlacementPlan)
  case chunks(ChunkPlan)
  case twoStage(StagePlan)
  case gradients(GradientPlan)
  case sharding(ShardingPlan)

  /// The profile that the plan is for.
  public var profile: Plan.ProfileReference {
    switch self {
    case .swap(let plan): plan.profile
    case .dispatch(let plan): plan.profile
    case .expertPlacement(let plan): plan.profile
    case .chunks(let plan): plan.profile
    case .twoStage(let plan): plan.profile
    case .gradients(let plan): plan.profile
    case .sharding(let plan): plan.profile
    }
  }

  /// Reads a file, plain or compressed with gzip, as a plan for the problem that it names.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  /// - Throws: `PlanError` with the first ten faults; a problem that is missing or unknown is one.
  public static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> AnyPlan {
    let kind = try PlanFile.read(
      bytes, name: name, as: nil, decode: { $0.planKind($1) }, check: { _, _ in })
    return switch kind {
    case .swap: .swap(try Plan.read(bytes, name: name))
    case .dispatch: .dispatch(try DispatchPlan.read(bytes, name: name))
    case .expertPlacement: .expertPlacement(try ExpertPlacementPlan.read(bytes, name: name))
    case .chunks: .chunks(try ChunkPlan.read(bytes, name: name))
    case .twoStage: .twoStage(try StagePlan.read(bytes, name: name))
    case .gradients: .gradients(try GradientPlan.read(bytes, name: name))
    case .sharding: .sharding(try ShardingPlan.read(bytes, name: name))
    }
  }
}

extension JSONReader {
  /// The problem that a plan names.
  fileprivate mutating func planKind(_ tree: JSON) -> PlanKind? {
    guard checkSchema(tree, is: Plan.schemaName), case .object(let members) = tree else {
      return nil
    }
    let place = JSONPath.root["problem"]
    let known = PlanKind.allCases.map(\.rawValue).joined(separator: ", ")
    guard case .string(let problem)? = members.first(where: { $0.key == "problem" })?.value else {
      faults.add(place, "absent, or no text", "name one of \(known)")
      return nil
    }
    guard let kind = PlanKind(rawValue: problem) else {
      faults.add(place, "\(JSON.quoted(problem)) is not known", "name one of \(known)")
      return nil
    }
    return kind
  }
}
