import PlanTesting
import Plans
import Profiles
import Reports

extension CompareCommand {
  /// Replays two plans of one kind, of any problem, and tells what changes.
  func compare(_ basePath: String, _ newPath: String, on profilePath: String) throws {
    let base = try Inputs.anyPlan(basePath)
    let new = try Inputs.anyPlan(newPath)
    let comparison = try comparison(
      of: base, new, paths: [basePath, newPath], on: profilePath)
    let report = PlanComparisonReport(
      comparison, base: basePath, new: newPath, tolerance: tolerance?.share ?? 0)
    try Console.write(json ? report.json() : report.text(isColored: Console.isColored))
    for (path, outcome) in [(basePath, comparison.base), (newPath, comparison.new)] {
      if let fault = outcome.faults.first {
        throw CommandFailure(.validationFailed, "\(path): \(fault)")
      }
    }
    if let failure = report.failure {
      throw CommandFailure(.validationFailed, "\(newPath): \(failure)")
    }
  }

  private func comparison(
    of base: AnyPlan, _ new: AnyPlan, paths: [String], on profilePath: String
  ) throws -> PlanComparison {
    func onProfile<Kind: ReplayablePlan>(_ base: Kind, _ new: Kind) throws -> PlanComparison
    where Kind.Subject == Profile {
      let loaded = try Inputs.profile(profilePath)
      for (path, plan) in zip(paths, [base, new]) {
        try Inputs.check(plan.profile, path, name: loaded.profile.name, sha256: loaded.sha256)
      }
      return PlanComparison(base: base, new: new, on: loaded.profile)
    }
    switch (base, new) {
    case (.swap(let base), .swap(let new)): return try onProfile(base, new)
    case (.dispatch(let base), .dispatch(let new)): return try onProfile(base, new)
    case (.expertPlacement(let base), .expertPlacement(let new)):
      guard base.scenarios == new.scenarios, base.objective == new.objective else {
        throw CommandFailure(
          .badInput,
          "\(paths[1]): balances \(new.objective.rawValue) of \(new.scenarios.joined(separator: ", ")), \(paths[0]) "
            + "\(base.objective.rawValue) of \(base.scenarios.joined(separator: ", ")); compare plans for one load"
        )
      }
      return try onProfile(base, new)
    case (.chunks(let base), .chunks(let new)):
      guard base.hostOptimizerGBPerSecond == new.hostOptimizerGBPerSecond else {
        throw CommandFailure(
          .badInput,
          "\(paths[1]): assumes another rate of the host's optimizer than \(paths[0]); compare plans of one "
            + "--cpu-adam-gb-per-s")
      }
      return try onProfile(base, new)
    case (.twoStage(let base), .twoStage(let new)): return try onProfile(base, new)
    case (.gradients(let base), .gradients(let new)): return try onProfile(base, new)
    case (.sharding(let base), .sharding(let new)):
      // The sections of strategies are read by a reader of their own.
      let (instance, sha256) = try ShardCommand.instance(profilePath)
      for (path, plan) in zip(paths, [base, new]) {
        try Inputs.check(plan.profile, path, name: instance.name, sha256: sha256)
      }
      return PlanComparison(base: base, new: new, on: instance)
    case (.swap, _), (.dispatch, _), (.expertPlacement, _), (.chunks, _), (.twoStage, _),
      (.gradients, _), (.sharding, _):
      throw CommandFailure(
        .badInput,
        "\(paths[1]): a plan for another problem than \(paths[0]); compare plans of one kind")
    }
  }
}
