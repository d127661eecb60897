import Optimization
import Plans
import Profiles

extension ShardingPlanner {
  /// The share of a time limit that is for prices; the rest is for moves of trees.
  private static let priceShare = 0.4

  /// Searches by prices, and then by moves of trees where the kernel is large.
  ///
  /// - Returns: How many seconds it took.
  func searchByPrices(
    _ kernel: ShardingKernel, isSmall: Bool, after seconds: Double,
    _ portfolio: inout ShardingPortfolio
  ) -> Double {
    let clock = ContinuousClock()
    let begin = clock.now
    func elapsed() -> Double { (clock.now - begin) / .seconds(1) }
    var wasCutOff = false
    func isOver(_ share: Double) -> Bool {
      if cancellation?.isCancelled == true {
        wasCutOff = true
        return true
      }
      guard let limit = settings.timeLimit else { return false }
      let isOver = seconds + elapsed() > limit * share
      wasCutOff = wasCutOff || isOver
      return isOver
    }
    // A time limit alone lets a large search go on until then.
    let isTimed = settings.timeLimit != nil && settings.nodeLimit == nil && !isSmall
    let steps = isTimed ? Int.max : min(settings.priceSteps, settings.nodeLimit ?? .max)
    let moves = isTimed ? Int.max : min(settings.treeMoves, settings.nodeLimit ?? .max)
    progressHandler?("prices on \(kernel.nodeCount) nodes")
    var search = PriceSearch(
      kernel, limit: instance.memoryLimitBytes, cancellation: cancellation)
    search.ascend(steps: steps) { isOver(Self.priceShare) }
    portfolio.note(entry("prices", search, search.iterations, elapsed(), wasCutOff))
    if !isSmall, search.best != nil {
      let before = elapsed()
      progressHandler?("trees of \(kernel.nodeCount) nodes")
      search.explore(moves: moves) { isOver(1) }
      portfolio.note(entry("trees", search, search.moves, elapsed() - before, wasCutOff))
    }
    if let best = search.best { portfolio.offer(best.choice) }
    if search.bound > -1e18 {
      let bound = Int(search.bound.rounded(.up))
      portfolio.offer(
        bound: min(bound, portfolio.best?.cost ?? bound), method: "prices on memory")
    }
    if wasCutOff { portfolio.isRepeatable = false }
    if !wasCutOff { portfolio.tightened = search.tightened() }
    return elapsed()
  }

  private func entry(
    _ name: String, _ search: PriceSearch, _ steps: Int, _ seconds: Double, _ wasCutOff: Bool
  ) -> SearchEntry {
    SearchEntry(
      strategy: name, valueMicroseconds: search.best.map { Double($0.cost) },
      boundMicroseconds: search.bound > -1e18 ? search.bound.rounded(.up) : nil, nodes: steps,
      engine: "planner",
      termination: search.isProven ? "proven" : wasCutOff ? "time limit" : "done",
      seconds: seconds)
  }
}
