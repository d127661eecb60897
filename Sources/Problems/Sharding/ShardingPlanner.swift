public import Optimization
import Plans
public import Profiles

/// Chooses a strategy for each node of a graph so that the whole costs least and fits in memory at
/// every time.
///
/// An exact presolve comes first. What it leaves is solved as one integer program if that is small, and
/// by prices on memory, message passing and local search with a bound of their own if it isn't.
public struct ShardingPlanner: Sendable {
  /// What to plan.
  public let instance: ShardingInstance
  /// How far to search.
  public let settings: ShardingSettings
  /// Receives a line now and then.
  public var progressHandler: (@Sendable (String) -> Void)?
  /// Ends the search from another thread; the best choice so far is the answer.
  public var cancellation: Cancellation?

  /// What sums may not reach: see `Reduction`.
  private static let largestSum: Int128 = 1 << 59

  /// Prepares planning.
  ///
  /// - Throws: `ShardingError.tooLarge`.
  public init(
    _ instance: ShardingInstance, settings: ShardingSettings = ShardingSettings()
  ) throws(ShardingError) {
    self.instance = instance
    self.settings = settings
    var (cost, memory) = (Int128(0), Int128(0))
    for node in 0..<instance.nodeCount {
      var (most, mostMemory) = (0, 0)
      for position in instance.strategyStarts[node]..<instance.strategyStarts[node + 1] {
        let own = instance.cost(of: position)
        if own < ShardingInstance.infinity { most = max(most, own) }
        mostMemory = max(mostMemory, instance.memoryBytes[position])
      }
      cost += Int128(most)
      memory += Int128(mostMemory)
    }
    instance.edgeCosts.withUnsafeBufferPointer { costs in
      for edge in instance.edges.indices {
        var most = 0
        for position in instance.edgeStarts[edge]..<instance.edgeStarts[edge + 1]
        where costs[position] < ShardingInstance.infinity {
          most = max(most, costs[position])
        }
        cost += Int128(most)
      }
    }
    if cost >= Self.largestSum { throw .tooLarge(what: "costs") }
    if memory >= Self.largestSum { throw .tooLarge(what: "bytes of memory") }
  }

  /// Returns the best plan found within the limits.
  public func plan(solver: any Solver) throws(SolverError) -> ShardingAnswer {
    let clock = ContinuousClock()
    let begin = clock.now
    if let conflict = memoryConflict() { return .infeasible(conflict) }
    progressHandler?("presolve")
    let kernel = ShardingKernel(instance)
    if kernel.isInfeasible { return .infeasible(.combination) }
    let seconds = (clock.now - begin) / .seconds(1)
    var portfolio = ShardingPortfolio(kernel)
    portfolio.note(
      SearchEntry(
        strategy: "presolve", valueMicroseconds: nil, engine: "planner",
        termination: "\(kernel.nodeCount) of \(instance.nodeCount) nodes, "
          + "\(kernel.pairCosts.count) of \(instance.edgeCosts.count) pairs left",
        seconds: seconds))
    if kernel.nodeCount == 0 {
      portfolio.offer([])
      portfolio.offer(bound: kernel.constant, method: "presolve")
    } else if try search(kernel, solver, after: seconds, &portfolio) {
      return .infeasible(.combination)
    }
    guard let best = portfolio.best else { return .limit(search: portfolio.search) }
    return .plan(plan(of: kernel.expand(best.choice), best.cost, portfolio))
  }

  // MARK: - Strategies

  /// - Returns: Whether there is proven to be no choice.
  private func search(
    _ kernel: ShardingKernel, _ solver: any Solver, after seconds: Double,
    _ portfolio: inout ShardingPortfolio
  ) throws(SolverError) -> Bool {
    let isSmall = kernel.pairCosts.count <= settings.largestExactProgram
    let spent = seconds + searchByPrices(kernel, isSmall: isSmall, after: seconds, &portfolio)
    if portfolio.isWithin(gap: settings.relativeGap) { return false }
    if cancellation?.isCancelled == true { return false }
    let rest = portfolio.tightened ?? kernel
    guard rest.allowedPairs <= settings.largestExactProgram else {
      portfolio.note(
        SearchEntry(
          strategy: "integer program", valueMicroseconds: nil, engine: solver.name,
          termination: "not tried: \(rest.allowedPairs) pairs"))
      return false
    }
    return try solveExactly(rest, solver, after: spent, &portfolio)
  }

  /// - Returns: Whether there is proven to be no choice.
  private func solveExactly(
    _ kernel: ShardingKernel, _ solver: any Solver, after seconds: Double,
    _ portfolio: inout ShardingPortfolio
  ) throws(SolverError) -> Bool {
    let search = ExactSearch(
      kernel: kernel, limit: instance.memoryLimitBytes, solver: solver,
      options: options(solver, after: seconds), progress: progressHandler)
    let answer = try search.run()
    if let choice = answer.choice { portfolio.offer(polished(choice, portfolio.whole)) }
    let known = portfolio.best?.cost
    if answer.termination == .infeasible {
      guard let known else { return true }
      // All that could be better than the best choice is ruled out.
      portfolio.offer(bound: known, method: "integer program, \(answer.engine)")
    } else if let bound = answer.bound {
      portfolio.offer(
        bound: min(bound, known ?? .max),
        method: answer.termination == .optimal
          ? "integer program, \(answer.engine)" : "relaxation, \(answer.engine)")
    }
    if let relaxation = answer.relaxation {
      portfolio.note(
        SearchEntry(
          strategy: "relaxation", valueMicroseconds: nil, boundMicroseconds: Double(relaxation),
          engine: answer.engine, termination: "\(answer.rows) rows of memory",
          seconds: answer.relaxationSeconds))
    }
    let isProof = answer.termination == .infeasible && known != nil
    portfolio.note(
      SearchEntry(
        strategy: "integer program", valueMicroseconds: answer.cost.map(Double.init),
        boundMicroseconds: (isProof ? known : answer.bound).map(Double.init),
        nodes: answer.nodes, engine: answer.engine,
        termination: isProof ? "nothing better exists" : "\(answer.termination)",
        seconds: answer.seconds))
    noteLimit(answer.termination, &portfolio)
    return false
  }

  /// Takes away what the engine's tolerance left: small next to the largest costs, but whole numbers.
  private func polished(_ choice: [Int], _ kernel: ShardingKernel) -> [Int] {
    var search = PriceSearch(kernel, limit: instance.memoryLimitBytes)
    search.start(from: choice)
    search.explore(moves: Self.polishingMoves) { false }
    return search.best?.choice ?? choice
  }

  private static let polishingMoves = 200

  func noteLimit(_ termination: Termination, _ portfolio: inout ShardingPortfolio) {
    switch termination {
    case .feasible(let limit) where limit != .nodes, .noSolution(let limit) where limit != .nodes:
      portfolio.isRepeatable = false
    default: break
    }
  }

  /// The options of one solve that leave the search the rest of its time.
  func options(_ solver: any Solver, after seconds: Double) -> SolveOptions {
    var options = SolveOptions(nodeLimit: settings.nodeLimit)
    let features = solver.capabilities.features
    options.timeLimit = settings.timeLimit.map { max(0.01, $0 - seconds) }
    if features.contains(.cancellation) { options.cancellation = cancellation }
    options.relativeGap = settings.relativeGap
    return options
  }

  // MARK: - Results

  /// Returns the time at which the least memory of all live nodes is most, if it is over the limit.
  private func memoryConflict() -> ShardingConflict? {
    let least = (0..<instance.nodeCount).map { node in
      let strategies = instance.strategyStarts[node]..<instance.strategyStarts[node + 1]
      return strategies.filter { instance.cost(of: $0) < ShardingInstance.infinity }
        .map { instance.memoryBytes[$0] }.min() ?? 0
    }
    let points = TimePoints(instance)
    guard let (point, bytes) = peak(of: least, at: points), bytes > instance.memoryLimitBytes
    else { return nil }
    let time = points.times[point]
    let live = (0..<instance.nodeCount).filter {
      instance.intervals[$0].contains(time) && least[$0] > 0
    }
    let order = live.sorted { (least[$1], $0) < (least[$0], $1) }
    return .memory(time: time, leastBytes: bytes, nodes: Array(order.prefix(5)))
  }

  /// Returns the first point of time with the most memory.
  private func peak(of bytes: [Int], at points: TimePoints) -> (point: Int, bytes: Int)? {
    var change = [Int](repeating: 0, count: points.count + 1)
    for (node, bytes) in bytes.enumerated() {
      let span = points.span(of: instance.intervals[node])
      change[span.lowerBound] += bytes
      change[span.upperBound] -= bytes
    }
    var sum = 0
    var most: (point: Int, bytes: Int)?
    for point in 0..<points.count {
      sum += change[point]
      if sum > most?.bytes ?? -1 { most = (point, sum) }
    }
    return most
  }

  private func plan(
    of strategies: [Int], _ cost: Int, _ portfolio: ShardingPortfolio
  ) -> ShardingPlan {
    let bytes = strategies.enumerated().map { node, strategy in
      instance.memoryBytes[instance.strategyStarts[node] + strategy]
    }
    let peak = peak(of: bytes, at: TimePoints(instance))?.bytes ?? 0
    return ShardingPlan(
      version: PlannerVersion.current, profile: Plan.ProfileReference(name: instance.name),
      memoryLimitBytes: instance.memoryLimitBytes, strategies: strategies,
      prediction: ShardingPlan.Prediction(cost: cost, peakBytes: peak),
      lowerBound: portfolio.bound.map {
        ShardingPlan.Bound(cost: min($0, cost), method: portfolio.method)
      },
      search: portfolio.search, isRepeatable: portfolio.isRepeatable)
  }
}
