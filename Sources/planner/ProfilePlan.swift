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
    try check(plan.profile, path, name: loaded.profile.name, sha256: loaded.sha256)
    return plan
  }

  /// Reads a plan of any kind; `-` is standard input.
  static func anyPlan(_ path: String) throws -> AnyPlan {
    do {
      return try AnyPlan.read(try bytes(path), name: path == "-" ? "<stdin>" : path)
    } catch let error as PlanError {
      throw CommandFailure(.badInput, error.description)
    }
  }

  /// Refuses a plan that is for another profile, or of swaps that aren't the profile's.
  static func check(_ plan: AnyPlan, _ path: String, for loaded: LoadedProfile) throws {
    if case .swap(let plan) = plan {
      let faults = plan.faults(on: loaded.profile, sha256: loaded.sha256)
      guard faults.isEmpty else {
        throw CommandFailure(
          .validationFailed, faults.map { "\(path): \($0)" }.joined(separator: "\n"))
      }
      return
    }
    try check(plan.profile, path, name: loaded.profile.name, sha256: loaded.sha256)
  }

  /// Refuses a plan that is for another profile.
  static func check(
    _ reference: Plan.ProfileReference, _ path: String, name: String, sha256: String
  ) throws {
    let isSame = reference.sha256.map { $0.lowercased() == sha256 } ?? true
    guard reference.name == name, isSame else {
      throw CommandFailure(
        .validationFailed,
        "\(path): profile: the plan is for another profile, '\(reference.name)'; make a new plan")
    }
  }
}
