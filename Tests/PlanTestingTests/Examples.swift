import Foundation
import PlanTesting
import Plans
import Profiles

/// The profiles of `Models/Examples` with their plans, and a worse plan of each kind.
enum Examples {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Models/Examples").standardized

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func profile(_ name: String) throws -> Profile {
    try Profile.read(contentsOf: path("\(name).profile.json"))
  }

  static func plan<Kind: ReplayablePlan>(_ name: String, as kind: Kind.Type) throws -> Kind {
    try Kind.read(contentsOf: path("\(name).plan.json"))
  }

  static func sharding() throws -> ShardingInstance {
    let name = "sharding.profile.json"
    return try ShardingInstance.read(
      Array(Data(contentsOf: URL(filePath: path(name)))), name: name)
  }

  /// A plan that is worse, and what it decides differently.
  struct Worse<Kind: ReplayablePlan> {
    let plan: Kind
    let subject: String
  }

  static func swap() throws -> Worse<Plan> {
    Worse(
      plan: try plan("swap-only", as: Plan.self), subject: "tensor 'a' between 'f2' and 'b2'")
  }

  static func worseSharding() throws -> Worse<ShardingPlan> {
    var plan = try plan("sharding", as: ShardingPlan.self)
    plan.strategies[3] = 1 - plan.strategies[3]
    return Worse(plan: plan, subject: "node 3")
  }

  static func twoStage() throws -> Worse<StagePlan> {
    var plan = try plan("two-stage", as: StagePlan.self)
    for index in plan.strategies.indices { plan.strategies[index].strategy = "zero3" }
    return Worse(plan: plan, subject: "node 'a'")
  }

  static func chunks() throws -> Worse<ChunkPlan> {
    var plan = try plan("chunks", as: ChunkPlan.self)
    plan.gaps[0].isKept = false
    let gap = plan.gaps[0]
    return Worse(
      plan: plan,
      subject: "\(gap.part.rawValue) of chunk '\(gap.chunk)' between '\(gap.after)' and"
        + " '\(gap.before)'")
  }

  static func dispatch() throws -> Worse<DispatchPlan> {
    var plan = try plan("dispatch", as: DispatchPlan.self)
    plan.tokens = [[50, 50], [50, 50]]
    plan.expertCapacity = [100, 100]
    return Worse(plan: plan, subject: "device 0 to device 0")
  }

  static func gradients() throws -> Worse<GradientPlan> {
    var plan = try plan("gradients", as: GradientPlan.self)
    plan.decisions[1].algorithm = .dense
    plan.decisions[1].choice = nil
    plan.decisions[1].wire = []
    return Worse(plan: plan, subject: "bucket 'second'")
  }

  static func experts() throws -> Worse<ExpertPlacementPlan> {
    var plan = try plan("experts", as: ExpertPlacementPlan.self)
    plan.layers[0].devices = [[0, 1], [2, 3]]
    return Worse(plan: plan, subject: "layer 0, device 1")
  }
}
