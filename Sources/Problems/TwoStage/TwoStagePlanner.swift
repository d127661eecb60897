public import Optimization
import Plans
public import Profiles

/// Chooses a strategy for each node and a schedule of the stages together, so that an iteration takes least
/// time within the memory of a device.
///
/// Prices on states and on activations give choices of strategies; each is scored by its best schedule, in which
/// stages save, run again, or keep a part and make the rest again. A local search mends the best of them, blocks
/// that are alike first together, then each on its own. The lower bound is that of both decisions together: the
/// convex hull of time over memory when the backward pass begins, where every node that isn't kept runs once more.
public struct TwoStagePlanner: Sendable {
  /// What to plan.
  public let profile: Profile
  /// How far to search.
  public let settings: TwoStageSettings
  /// Receives a line now and then.
  public var progressHandler: (@Sendable (String) -> Void)?
  /// Ends the search from another thread; the best plan so far is the answer.
  public var cancellation: Cancellation?

  let instance: StageInstance
  private let grid: ChoicePool

  /// The most entries of a table that elimination may make.
  private static let largestTable = 1 << 24

  /// Prepares a valid profile.
  public init(
    profile: Profile, settings: TwoStageSettings = TwoStageSettings()
  ) throws(TwoStageError) {
    guard let graph = profile.stageGraph else { throw .missingSection }
    self.profile = profile
    self.settings = settings
    instance = StageInstance(graph)
    let entries = PricedStages(instance, keeping: true).largestTable
    guard entries <= Self.largestTable else { throw .tooWide(entries: entries) }
    grid = ChoicePool(grid: instance)
  }

  /// Returns the best plan for a budget in bytes.
  ///
  /// - Parameters:
  ///   - budgetBytes: The memory of each device.
  ///   - solver: Solves the fused program where it is small.
  public func plan(
    budgetBytes: Int, solver: any Solver
  ) throws(SolverError) -> TwoStageAnswer {
    try plans(budgets: [budgetBytes], solver: solver)[0]
  }

  /// Returns the best plan for each of some budgets, in their order. More memory never makes a plan slower:
  /// a plan for less also serves where there is more.
  public func plans(
    budgets: [Int], solver: any Solver
  ) throws(SolverError) -> [TwoStageAnswer] {
    let limit = SearchLimit(seconds: settings.timeLimit, cancellation: cancellation)
    var hull = LossHull(instance)
    var saved = LossHull(instance, keeping: false)
    var pool = grid
    for point in hull.points { pool.add(point.choice) }
    var answers: [Int: TwoStageAnswer] = [:]
    var previous: StageCandidate?
    var smallest: SmallestBudget.Answer?
    for budget in Set(budgets).sorted() {
      let portfolio = try search(
        budget, from: previous, smallest: &smallest, hull: &hull, saved: &saved, pool: &pool,
        solver: solver, limit: limit)
      guard let best = portfolio.best else {
        var conflict = leanest(&smallest, pool.choices, limit).conflict
        conflict.provenBytes = min(
          max(conflict.provenBytes, hull.leastBytes), conflict.smallestBudgetBytes)
        let isProven = budget < conflict.provenBytes
        answers[budget] = isProven ? .infeasible(conflict) : .notFound(conflict)
        continue
      }
      previous = best
      answers[budget] = .plan(plan(of: best, budget, portfolio, isRepeatable: !limit.isReached))
    }
    return budgets.compactMap { answers[$0] }
  }

  // MARK: - Strategies

  private func search(
    _ budget: Int, from previous: StageCandidate?, smallest: inout SmallestBudget.Answer?,
    hull: inout LossHull, saved: inout LossHull, pool: inout ChoicePool, solver: any Solver,
    limit: SearchLimit
  ) throws(SolverError) -> StagePortfolio {
    let clock = ContinuousClock()
    progressHandler?("\(Quantity.bytes(budget)): lower bound")
    var portfolio = StagePortfolio(limit: limit)
    let begin = clock.now
    let known = hull.points.count
    let bound = hull.bound(within: budget)
    for point in hull.points { pool.add(point.choice) }
    portfolio.offer(
      bound: bound, method: "strategies and nodes that are kept, by one price of memory",
      strategy: "fused relaxation", count: hull.points.count - known,
      termination: bound.isFinite ? "optimal" : "no plan within the budget",
      seconds: (clock.now - begin) / .seconds(1))
    var search = StageSearch(
      instance, slots: settings.slots, mostSchedules: .max, limit: limit,
      parts: settings.keepsParts ? StageParts() : nil)
    if let previous, limit.isReached {
      portfolio.offer("plan for less memory") { previous }
      return portfolio
    }
    if bound.isFinite {
      try solveFused(budget, &portfolio, &search, &pool, solver, limit)
    }
    try addBaselines(
      budget, &portfolio, &search, choices: pool.choices, saved: &saved, solver: solver,
      limit: limit)
    for point in saved.points { pool.add(point.choice) }
    if let previous {
      portfolio.offer("plan for less memory") { previous }
    }
    guard bound.isFinite else { return portfolio }
    progressHandler?("\(Quantity.bytes(budget)): \(pool.choices.count) choices by price")
    let fastest = portfolio.best?.microseconds ?? .infinity
    portfolio.offer(
      "grid of prices", none: "nothing better", count: pool.choices.count
    ) { search.best(of: pool.choices, within: budget, better: fastest) }
    if portfolio.best == nil {
      progressHandler?("\(Quantity.bytes(budget)): least memory")
      let candidate = leanest(&smallest, pool.choices, limit).candidate
      portfolio.offer("least memory") { candidate.peakBytes <= budget ? candidate : nil }
    }
    if settings.comparesTied { addTied(budget, &portfolio, &search, pool.choices, limit) }
    if let start = portfolio.best, !portfolio.isWithin(gap: settings.relativeGap) {
      progressHandler?("\(Quantity.bytes(budget)): local search")
      let choices = mixed(pool.choices, within: budget)
      let lower = portfolio.bound
      var local = localSearch(limit)
      var improved = start
      portfolio.offer(
        "local search", none: ending("nothing better", limit), done: ending("done", limit)
      ) {
        let found = local.improve(
          start, within: budget, pool: choices, lower: lower, gap: settings.relativeGap)
        // Fewer slots may have served the search than a plan deserves.
        improved =
          [found, search.candidate(found.choice, within: budget)].compactMap { $0 }
          .min { $0.microseconds < $1.microseconds } ?? start
        return improved.microseconds < start.microseconds ? improved : nil
      }
      portfolio.count(local.evaluations)
      pool.add(improved.choice)
    }
    try solveParts(budget, &portfolio, &search, solver, limit)
    return portfolio
  }

  /// Asks the solver for parts of the best plan's stages, where these have too many nodes to try all subsets, and
  /// schedules the same strategies with them.
  private func solveParts(
    _ budget: Int, _ portfolio: inout StagePortfolio, _ search: inout StageSearch,
    _ solver: any Solver, _ limit: SearchLimit
  ) throws(SolverError) {
    guard settings.keepsParts, let best = portfolio.best, !limit.isReached,
      !portfolio.isWithin(gap: settings.relativeGap)
    else { return }
    var large: [StageWork] = []
    for stage in instance.graph.stages.indices.dropLast() {
      let work = instance.work(of: stage, in: best.choice)
      let candidates = work.nodes.count { $0.isCandidate }
      if candidates > StageParts.mostEnumerated, !large.contains(work) { large.append(work) }
    }
    guard !large.isEmpty else { return }
    progressHandler?("\(Quantity.bytes(budget)): parts of large stages")
    let clock = ContinuousClock()
    let begin = clock.now
    var (nodes, engine) = (0, "planner")
    for work in large.prefix(settings.largestParts) {
      let saved = work.nodes.reduce(0) { $0 + $1.saved }
      var found: [StagePart] = []
      for eighth in 0..<8 where !limit.isReached {
        var options = limit.options(for: solver)
        options.nodeLimit = settings.nodeLimit
        let formulation = RecomputeFormulation(work, budget: saved / 8 * eighth)
        let solution = try solver.solve(formulation.model, options: options)
        nodes += solution.nodes
        engine = solution.engine
        if let part = solution.point.flatMap({ formulation.part(at: $0) }) { found.append(part) }
      }
      search.add(found, of: work)
    }
    portfolio.offer(
      "parts of stages by program", none: "nothing fits", count: nodes, engine: engine,
      seconds: (clock.now - begin) / .seconds(1)
    ) { search.candidate(best.choice, within: budget) }
  }

  /// A search whose work is limited, with fewer slots where the chain is long.
  private func localSearch(_ limit: SearchLimit) -> StageSearch {
    let stages = Double(instance.graph.stages.count)
    let slots = stages > 40 ? settings.searchSlots : settings.slots
    let schedules = settings.searchWork / (stages * stages * stages / 6 * Double(slots))
    return StageSearch(
      instance, slots: slots, mostSchedules: Int(min(2_000, max(20, schedules))), limit: limit,
      parts: settings.keepsParts ? StageParts() : nil)
  }

  /// The best choice in which all nodes of a group take the same strategy: what is found at once for all blocks that
  /// are alike, before each gets a decision of its own.
  private func addTied(
    _ budget: Int, _ portfolio: inout StagePortfolio, _ search: inout StageSearch,
    _ choices: [[Int]], _ limit: SearchLimit
  ) {
    let groups = instance.groups
    guard groups.contains(where: { $0.count > 1 }) else { return }
    progressHandler?("\(Quantity.bytes(budget)): blocks alike")
    var local = localSearch(limit)
    let lower = portfolio.bound
    portfolio.offer(StagePortfolio.tied, done: ending("done", limit)) {
      let tied = Set(choices.map { instance.tied($0, groups) }).sorted {
        $0.lexicographicallyPrecedes($1)
      }
      guard let start = search.best(of: tied, within: budget) else { return nil }
      let found = local.improve(
        start, within: budget, pool: [], lower: lower, gap: settings.relativeGap, isTied: true)
      return search.candidate(found.choice, within: budget) ?? start
    }
    portfolio.count(local.evaluations)
  }

  /// The choices that promise most within a budget, and those next to it on either side.
  private func mixed(_ choices: [[Int]], within budget: Int) -> [[Int]] {
    let order = choices.enumerated().map { index, choice in
      let figures = instance.figures(of: choice)
      let bound = figures.leastMicroseconds(within: budget)
      // Choices that don't fit may do so in part: the faster, the better.
      return (fits: bound.isFinite, value: min(bound, figures.leastMicroseconds), index: index)
    }
    let fitting = order.filter(\.fits).map { item in
      (instance.figures(of: choices[item.index]).leastMicroseconds(within: budget), item.index)
    }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.1)
    let others = order.filter { !$0.fits }.sorted { ($0.value, $0.index) < ($1.value, $1.index) }
      .map(\.index)
    let half = settings.mixedChoices / 2
    let taken = fitting.prefix(settings.mixedChoices - min(half, others.count))
    return (taken + others.prefix(half)).map { choices[$0] }
  }

  private func addBaselines(
    _ budget: Int, _ portfolio: inout StagePortfolio, _ search: inout StageSearch,
    choices: [[Int]], saved: inout LossHull, solver: any Solver, limit: SearchLimit
  ) throws(SolverError) {
    let baselines = Baselines(instance, choices: choices)
    for name in Baselines.placements {
      if limit.isReached && portfolio.best != nil { return }
      guard let choice = baselines.choice(named: name) else { continue }
      portfolio.offer(name) { search.candidate(choice, within: budget) }
    }
    portfolio.offer("no recomputing") { baselines.savingAll(within: budget) }
    portfolio.offer("full recomputing") { baselines.recomputingAll(within: budget) }
    let clock = ContinuousClock()
    let begin = clock.now
    let first = try FirstStage(
      instance, within: budget, choices: choices, hull: &saved, settings: settings,
      limit: limit, solver: solver)
    portfolio.offer(
      "strategies at the budget, then rotor", none: "no choice fits", done: first.certainty,
      count: first.nodes, engine: first.engine, seconds: (clock.now - begin) / .seconds(1)
    ) { first.choice.flatMap { search.candidate($0, within: budget) } }
    // Budget by budget the fastest corner of time over memory with everything saved.
    portfolio.offer(
      "budgets 1.3^i (Colossal-Auto), then rotor", none: "no choice fits",
      done: "stages 1 not proven"
    ) {
      var (best, bytes) = (StageCandidate?.none, Double(budget))
      for _ in 0..<8 where !limit.isReached {
        let most = Int(min(bytes, 0x1p60))
        _ = saved.bound(within: most)
        if let choice = saved.fastest(within: most)?.choice,
          let found = search.candidate(choice, within: budget),
          found.microseconds < best?.microseconds ?? .infinity
        {
          best = found
        }
        bytes *= 1.3
      }
      return best
    }
  }

  /// Solves the fused program, if it is small: a choice of strategies that prices may miss.
  ///
  /// Its bound is not taken. CBC 2.10.8 calls points optimal that aren't, in programs of this kind whose nodes follow
  /// others (its own presolve does it; GLPK is right), and the hull's bound needs no engine.
  private func solveFused(
    _ budget: Int, _ portfolio: inout StagePortfolio, _ search: inout StageSearch,
    _ pool: inout ChoicePool, _ solver: any Solver, _ limit: SearchLimit
  ) throws(SolverError) {
    guard FusedFormulation.pairs(of: instance) <= settings.largestProgram else { return }
    progressHandler?("\(Quantity.bytes(budget)): fused program")
    let formulation = FusedFormulation(instance, budget: budget)
    var options = limit.options(for: solver)
    options.nodeLimit = settings.nodeLimit
    let solution = try solver.solve(formulation.model, options: options)
    let choice = solution.point.map { formulation.choice(at: $0) }
    portfolio.offer("fused program", count: solution.nodes, engine: solution.engine) {
      choice.flatMap { search.candidate($0, within: budget) }
    }
    if let choice { pool.add(choice) }
  }

  // MARK: - Answers

  private func plan(
    of candidate: StageCandidate, _ budget: Int, _ portfolio: StagePortfolio, isRepeatable: Bool
  ) -> StagePlan {
    let graph = instance.graph
    let choice = instance.canonical(candidate.choice)
    let figures = instance.figures(of: choice)
    let kept = Dictionary(
      uniqueKeysWithValues: candidate.parts.map { stage, part in
        (stage, part.kept.map { graph.nodes[instance.nodesOfStage[stage][$0]].id })
      })
    let schedule = StageSteps(names: graph.stages, kept: kept)
      .steps(of: candidate.schedule.schedule)
    var runs: [String: Int] = [:]
    for case .forward(let stage, _) in schedule { runs[stage, default: 0] += 1 }
    var nodeRuns = graph.nodes.map { runs[graph.stages[$0.stage]] ?? 0 }
    for (stage, part) in candidate.parts {
      for place in part.again { nodeRuns[instance.nodesOfStage[stage][place]] += 1 }
    }
    return StagePlan(
      version: PlannerVersion.current, profile: Plan.ProfileReference(name: profile.name),
      budgetBytes: budget,
      strategies: graph.nodes.enumerated().map { index, node in
        StagePlan.Assignment(
          node: node.id, strategy: instance.strategy(of: index, in: choice).id)
      },
      schedule: schedule,
      placement: PlacementBuilder(graph)?.block(
        strategies: graph.nodes.indices.map { choice[instance.variableOfNode[$0]] },
        forwardRuns: nodeRuns),
      prediction: StagePlan.Prediction(
        iterationMicroseconds: candidate.microseconds,
        recomputeMicroseconds: candidate.schedule.time - figures.forward.reduce(0, +),
        peakBytes: candidate.peakBytes),
      lowerBound: LowerBound(
        // A replay rounds each time to a millionth of a microsecond.
        iterationMicroseconds: max(
          0,
          min(
            portfolio.bound,
            candidate.microseconds - 1e-6 * Double(graph.nodes.count + graph.edges.count))),
        method: portfolio.method),
      search: portfolio.entries, isRepeatable: isRepeatable)
  }

  /// The plan of the least memory, which is looked for once.
  private func leanest(
    _ known: inout SmallestBudget.Answer?, _ choices: [[Int]], _ limit: SearchLimit
  ) -> SmallestBudget.Answer {
    let answer =
      known ?? SmallestBudget(instance, slots: settings.slots, limit: limit).search(from: choices)
    known = answer
    return answer
  }

  /// How a search ended that an interrupt cuts off.
  private func ending(_ words: String, _ limit: SearchLimit) -> String {
    limit.isReached ? "cut off" : words
  }
}
