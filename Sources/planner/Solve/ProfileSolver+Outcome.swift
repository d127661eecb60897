import Batches
import Plans
import Profiles
import Reports
import Simulation
import TwoStage

/// A plan as a batch keeps it: its file and the figures of its line.
struct PlannedProfile {
  let figures: ResultLine.Figures
  /// The plan's file.
  let plan: [UInt8]
}

extension ProfileSolver {
  /// Plans a file, whatever its problem, and lets the replay confirm the plan.
  ///
  /// - Throws: `CommandFailure` where no plan comes of it.
  func plan(_ stored: Inputs.StoredFile) throws -> PlannedProfile {
    if let instance = try shardingInstance(in: stored) {
      return try shardingPlan(instance, path: stored.path)
    }
    return try plan(try Inputs.profile(stored))
  }

  /// Plans a profile, whatever its problem, and lets the replay confirm the plan.
  ///
  /// - Throws: `CommandFailure` where no plan comes of it.
  func plan(_ loaded: Inputs.LoadedProfile) throws -> PlannedProfile {
    let problem = problem(of: loaded)
    switch problem {
    case "swap": return try swapPlan(loaded)
    case "dispatch": return try dispatchPlan(loaded)
    case SolveCommand.placement: return try placementPlan(loaded)
    case SolveCommand.twoStage: return try stagePlan(loaded)
    case "gradients": return try gradientPlan(loaded)
    case "chunks": return try chunkPlan(loaded)
    default: throw unknown(problem, path: loaded.path)
    }
  }

  private func swapPlan(_ loaded: Inputs.LoadedProfile) throws -> PlannedProfile {
    let plan: Plan
    switch try planSwaps(loaded) {
    case .plan(let found, _): plan = found
    case .infeasible(let report):
      throw CommandFailure(
        .infeasible,
        "\(loaded.path): no plan fits the budget of \(Quantity.exactBytes(report.budgetBytes)); at least "
          + "\(Quantity.exactBytes(report.smallestBudgetBytes)) are needed")
    }
    let result = try Inputs.simulator(loaded).run(plan)
    guard result.isValid else {
      throw CommandFailure(
        .validationFailed,
        "\(loaded.path): the simulator rejects the plan: \(result.verdict.sentence)")
    }
    return PlannedProfile(
      figures: ResultLine.Figures(
        problem: "swap", value: plan.prediction?.iterationMicroseconds,
        bound: plan.lowerBound?.iterationMicroseconds, gap: plan.gap?.ofIteration,
        isRepeatable: plan.isRepeatable),
      plan: plan.encoded())
  }

  private func dispatchPlan(_ loaded: Inputs.LoadedProfile) throws -> PlannedProfile {
    let command = try dispatchCommand(loaded.path)
    let plan = try command.solve(loaded, engines, cancellation)
    try command.confirm(DispatchReport(plan, profile: loaded.profile))
    return PlannedProfile(
      figures: ResultLine.Figures(
        problem: "dispatch", value: plan.prediction?.timeMicroseconds,
        bound: plan.lowerBoundMicroseconds, gap: plan.gap, isRepeatable: plan.isRepeatable),
      plan: plan.encoded())
  }

  private func placementPlan(_ loaded: Inputs.LoadedProfile) throws -> PlannedProfile {
    let command = try placeCommand(loaded.path)
    let placed = try command.cluster.applied(to: loaded)
    guard let plan = try command.solve(loaded, placed, engines, cancellation) else {
      throw CommandFailure(.infeasible, "\(loaded.path): the target can't be reached")
    }
    try command.confirm(
      PlacementReport(plan, profile: placed, scenarios: nil, isOnOwnDevices: true))
    return PlannedProfile(
      figures: ResultLine.Figures(
        problem: SolveCommand.placement, value: plan.prediction?.value,
        bound: plan.lowerBound?.value, gap: plan.gap, unit: "imbalance",
        isRepeatable: plan.isRepeatable),
      plan: plan.encoded())
  }

  private func stagePlan(_ loaded: Inputs.LoadedProfile) throws -> PlannedProfile {
    let command = try twoStageCommand(loaded.path)
    guard let graph = loaded.profile.stageGraph else {
      throw CommandFailure(
        .badInput, "\(loaded.path): two_stage: the profile has no such section; add it")
    }
    let budget =
      options.budget?.bytes(ofPeak: graph.memoryLimitBytes) ?? graph.memoryLimitBytes
    let answers = try command.solve(loaded, budgets: [budget], engines, cancellation)
    guard case .plan(let found) = answers[0] else { throw command.infeasible(answers[0], budget) }
    var plan = found
    plan.profile.sha256 = loaded.sha256
    try command.confirm(
      StageReport(plan, name: loaded.profile.name, graph: graph), path: loaded.path)
    return PlannedProfile(
      figures: ResultLine.Figures(
        problem: SolveCommand.twoStage, value: plan.prediction?.iterationMicroseconds,
        bound: plan.lowerBound?.iterationMicroseconds, gap: plan.gap,
        isRepeatable: plan.isRepeatable),
      plan: plan.encoded())
  }

  private func gradientPlan(_ loaded: Inputs.LoadedProfile) throws -> PlannedProfile {
    let command = try gradientsCommand(loaded.path)
    let plan = try command.solve(loaded, engines, cancellation)
    try command.confirm(GradientReport(plan, profile: loaded.profile))
    return PlannedProfile(
      figures: ResultLine.Figures(
        problem: "gradients", value: plan.prediction?.endMicroseconds,
        bound: plan.lowerBoundMicroseconds, gap: plan.gap, isRepeatable: plan.isRepeatable),
      plan: plan.encoded())
  }
}
