public import Optimization
public import Plans
public import Profiles

/// What came of planning.
public enum ExpertPlacementAnswer: Sendable {
  /// The best plan found.
  case plan(ExpertPlacementPlan)
  /// No number of redundant experts reached the target. With all slots in use the best value is
  /// `value`, and none can be less than `bound`.
  case targetMissed(target: Double, value: Double, bound: Double)
}

/// Why planning ended without an answer.
public enum ExpertPlacementFailure: Error, Sendable, CustomStringConvertible {
  /// The profile or the user's choice allows no placement.
  case placement(PlacementError)
  /// The solver failed.
  case solver(SolverError)

  /// The failure as a sentence.
  public var description: String {
    switch self {
    case .placement(let error): error.description
    case .solver(let error): error.description
    }
  }
}

/// Places the routed experts of all layers of one profile.
public struct ExpertPlacementPlanner: Sendable {
  /// The experts as numbers.
  public let instance: PlacementInstance
  /// The name of the profile.
  public let profileName: String
  /// Ends the search early with the best plan so far.
  public var cancellation: Cancellation?
  /// Receives a line for each step.
  public var progressHandler: (@Sendable (String) -> Void)?

  private let settings: PlacementSettings

  /// Prepares a valid profile.
  public init(
    profile: Profile, settings: PlacementSettings = PlacementSettings()
  ) throws(PlacementError) {
    instance = try PlacementInstance(of: profile, settings: settings)
    profileName = profile.name
    self.settings = settings
  }

  /// All layers with what was tried on them.
  struct Result {
    var layers: [LayerOutcome] = []
    var records = PlacementRecords()
    var isCutOff = false

    /// The mean value of the layers.
    var value: Double { layers.reduce(0) { $0 + $1.value } / Double(max(1, layers.count)) }
    /// The mean bound of the layers.
    var bound: Double { layers.reduce(0) { $0 + $1.bound.value } / Double(max(1, layers.count)) }
  }

  /// Returns the best plan.
  ///
  /// - Parameter solver: Solves the programs of weighted split; equal split needs none.
  public func plan(
    solver: (any Solver)? = nil
  ) throws(ExpertPlacementFailure) -> ExpertPlacementAnswer {
    let deadline = settings.timeLimit.map { ContinuousClock.now + .seconds($0) }
    let needed = try neededMoves()
    if let target = settings.targetImbalance {
      return try sized(for: target, solver: solver, deadline: deadline)
    }
    var curve: [ExpertPlacementPlan.CurvePoint] = []
    var result = Result()
    // Fewer moves than are needed give no point of the curve.
    let budgets =
      settings.maximumMoves.map { Self.budgets(upTo: $0).filter { $0 ?? 0 >= needed } } ?? [nil]
    for (index, budget) in budgets.enumerated() {
      // What a smaller number of moves gives will do.
      if cancellation?.isCancelled == true && !result.layers.isEmpty {
        result.isCutOff = true
        break
      }
      do {
        result = try planLayers(
          redundancy: settings.redundancy, moveLimit: budget, solver: solver, deadline: deadline,
          from: result.layers.map(\.assignment))
      } catch ExpertPlacementFailure.placement(.notFound) where index + 1 < budgets.count {
        continue
      }
      if let budget {
        curve.append(
          ExpertPlacementPlan.CurvePoint(
            resource: .moves, limit: budget, value: result.value, bound: result.bound))
      }
    }
    return .plan(plan(of: result, curve: curve))
  }

  /// Returns the moves without which no layer gets every expert into a slot.
  ///
  /// - Throws: `infeasible` if the user allows fewer.
  private func neededMoves() throws(ExpertPlacementFailure) -> Int {
    guard let limit = settings.maximumMoves else { return 0 }
    var most = 0
    for layer in 0..<instance.moe.layers {
      guard let current = instance.current(layer: layer) else { continue }
      let needed = FewestMoves(instance.problem(layer: layer), current: current).needed
      guard needed <= limit else {
        throw .placement(
          .infeasible(
            problem: "layer \(instance.moe.layerNumbers[layer]) needs \(needed) moves to get every "
              + "expert into a slot, --max-moves allows \(limit)",
            remedy: "allow \(needed) moves or more"))
      }
      most = max(most, needed)
    }
    return most
  }

  /// 0, 1, 2, 4, 8 … and the limit itself.
  private static func budgets(upTo limit: Int) -> [Int?] {
    var budgets: [Int?] = [0]
    var budget = 1
    while budget < limit {
      budgets.append(budget)
      budget *= 2
    }
    return limit > 0 ? budgets + [limit] : budgets
  }

  /// Finds the fewest redundant experts that reach a target: doubling, then bisection.
  private func sized(
    for target: Double, solver: (any Solver)?, deadline: ContinuousClock.Instant?
  ) throws(ExpertPlacementFailure) -> ExpertPlacementAnswer {
    let most = settings.redundancy ?? instance.mostRedundancy
    var points: [Int: (value: Double, bound: Double)] = [:]
    var reached: (redundancy: Int, result: Result)?
    var failed = -1
    func attempt(_ redundancy: Int) throws(ExpertPlacementFailure) -> Result {
      progressHandler?("\(redundancy) redundant experts")
      let result = try planLayers(
        redundancy: redundancy, moveLimit: settings.maximumMoves, solver: solver,
        deadline: deadline, from: [])
      points[redundancy] = (result.value, result.bound)
      return result
    }
    var redundancy = 0
    while reached == nil {
      let result = try attempt(redundancy)
      if result.value <= target {
        reached = (redundancy, result)
      } else if redundancy == most {
        return .targetMissed(target: target, value: result.value, bound: result.bound)
      } else {
        failed = redundancy
        redundancy = min(most, max(1, 2 * redundancy))
      }
    }
    while let best = reached, best.redundancy - failed > 1 {
      if cancellation?.isCancelled == true {
        reached?.result.isCutOff = true
        break
      }
      let middle = (best.redundancy + failed) / 2
      let result = try attempt(middle)
      if result.value <= target { reached = (middle, result) } else { failed = middle }
    }
    let curve = points.sorted { $0.key < $1.key }.map {
      ExpertPlacementPlan.CurvePoint(
        resource: .redundancy, limit: $0.key, value: $0.value.value, bound: $0.value.bound)
    }
    guard let reached else { preconditionFailure("the loop ends with a result") }
    return .plan(plan(of: reached.result, curve: curve))
  }

  private func planLayers(
    redundancy: Int?, moveLimit: Int?, solver: (any Solver)?,
    deadline: ContinuousClock.Instant?, from starts: [Assignment]
  ) throws(ExpertPlacementFailure) -> Result {
    var result = Result()
    for layer in 0..<instance.moe.layers {
      progressHandler?("layer \(layer + 1) of \(instance.moe.layers)")
      do {
        var planner = try LayerPlanner(
          instance, layer: layer, redundancy: redundancy, moveLimit: moveLimit, solver: solver,
          limit: SearchLimit(deadline: deadline, cancellation: cancellation))
        try planner.run(
          &result.records, from: starts.indices.contains(layer) ? starts[layer] : nil)
        guard let best = planner.best else { throw noPlacement(moveLimit) }
        result.layers.append(best)
        result.isCutOff = result.isCutOff || planner.isCutOff
      } catch let error as PlacementError {
        throw .placement(error)
      } catch let error as SolverError {
        throw .solver(error)
      } catch {
        preconditionFailure("layers throw no other error")
      }
    }
    return result
  }

  private func noPlacement(_ moveLimit: Int?) -> PlacementError {
    if let moveLimit {
      return .notFound(
        problem: "no strategy gets every expert into a slot with \(moveLimit) moves a layer",
        remedy: "allow more moves, or --free-groups")
    }
    return .notFound(
      problem: "none of the strategies finds a device for every expert",
      remedy: "give more slots, or try other strategies")
  }

  // MARK: The plan

  private func plan(
    of result: Result, curve: [ExpertPlacementPlan.CurvePoint]
  ) -> ExpertPlacementPlan {
    let moe = instance.moe
    let names = instance.scenarios.map(\.name)
    let layers = result.layers.enumerated().map { index, outcome in
      let shares = outcome.shares.enumerated().map { scenario, devices in
        ExpertPlacementPlan.Shares(
          scenario: outcome.shares.count > 1 ? names[scenario] : nil, devices: devices)
      }
      return ExpertPlacementPlan.Layer(
        number: moe.layerNumbers[index], devices: outcome.assignment.devices, shares: shares,
        value: outcome.value, bound: min(outcome.bound.value, outcome.value),
        strategy: outcome.strategy)
    }
    let methods = Set(result.layers.map(\.bound.method)).sorted()
    let bound = layers.reduce(0) { $0 + ($1.bound ?? 0) } / Double(max(1, layers.count))
    return ExpertPlacementPlan(
      version: PlannerVersion.current,
      profile: Plan.ProfileReference(name: profileName), objective: settings.objective,
      split: settings.split, robustness: settings.robustness.name, scenarios: names,
      batchTokens: settings.objective == .activated ? instance.batchTokens : nil,
      nodeSizes: moe.nodeSizes, slots: instance.slots, keepsGroups: instance.keepsGroups,
      layers: layers, moves: Migration.moves(to: result.layers.map(\.assignment), instance),
      prediction: prediction(of: result),
      lowerBound: ExpertPlacementPlan.Bound(
        value: bound, method: methods.joined(separator: ", ")),
      search: result.records.strategies(layers: layers.count), curve: curve,
      isRepeatable: !result.isCutOff)
  }

  private func prediction(of result: Result) -> ExpertPlacementPlan.Prediction {
    let moe = instance.moe
    let count = Double(max(1, result.layers.count))
    var values = [Double](repeating: 0, count: instance.scenarios.count)
    var (visited, tokens) = (0.0, 0.0)
    for (layer, outcome) in result.layers.enumerated() {
      let problem = instance.separate(layer: layer)
      let own =
        outcome.shares.isEmpty
        ? problem.scenarioValues(of: outcome.assignment)
        : SharedAssignment(assignment: outcome.assignment, shares: outcome.shares)
          .scenarioValues(problem)
      for (scenario, value) in own.enumerated() { values[scenario] += value / count }
      let visits = TokenVisits(of: moe, layer: layer, scenarios: instance.scenarios.map(\.name))
      if outcome.shares.isEmpty,
        let nodes = visits.nodesPerToken(
          outcome.assignment, nodeOfDevice: moe.nodeOfDevice, experts: moe.experts)
      {
        visited += nodes * visits.tokens
        tokens += visits.tokens
      }
    }
    let isKnown = moe.nodeSizes.count > 1 && tokens > 0
    return ExpertPlacementPlan.Prediction(
      value: result.value, worstLayer: result.layers.map(\.value).max() ?? 0,
      scenarioValues: values,
      nodesPerToken: isKnown ? visited / tokens : nil)
  }
}
