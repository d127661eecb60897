import Plans
import Profiles

/// A plan whose file names the profile that it is for.
protocol ProfilePlan {
  var profile: Plan.ProfileReference { get }

  static func read(contentsOf path: String) throws(PlanError) -> Self
  static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> Self
}

extension ChunkPlan: ProfilePlan {}
extension DispatchPlan: ProfilePlan {}
extension GradientPlan: ProfilePlan {}
extension StagePlan: ProfilePlan {}

extension Inputs {
  /// Reads a plan, and refuses one that is for another profile.
  static func plan<Found: ProfilePlan>(
    _ path: String, for loaded: LoadedProfile
  ) throws -> Found {
    let plan: Found
    do {
      plan =
        path == "-"
        ? try Found.read(try Console.readInput(), name: "<stdin>")
        : try Found.read(contentsOf: path)
    } catch let error as PlanError {
      throw CommandFailure(.badInput, error.description)
    }
    let isSame = plan.profile.sha256.map { $0.lowercased() == loaded.sha256 } ?? true
    guard plan.profile.name == loaded.profile.name, isSame else {
      throw CommandFailure(
        .validationFailed,
        "\(path): profile: the plan is for another profile, '\(plan.profile.name)'; make a new plan"
      )
    }
    return plan
  }
}
