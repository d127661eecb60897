import Optimization
import Plans

/// The strategies tried so far, the best dispatch among them, and the bound.
struct DispatchPortfolio {
  /// A dispatch in whole tokens.
  struct Candidate {
    let strategy: DispatchStrategy
    let tokens: [Int]
    let time: Double
    let moved: Double
  }

  let instance: DispatchInstance
  let deviation: Double
  private(set) var entries: [SearchEntry] = []
  private(set) var best: Candidate?
  /// What no dispatch takes less than, in microseconds.
  private(set) var bound: Double?
  /// Whether no time limit or user cut anything off.
  private(set) var isRepeatable = true
  private let begin = ContinuousClock.now

  /// When the search has to end with the best dispatch so far.
  let limit: SearchLimit

  init(_ instance: DispatchInstance, deviation: Double, limit: SearchLimit) {
    self.instance = instance
    self.limit = limit
    self.deviation = deviation
  }

  /// How many tokens may move.
  private var movable: Double { instance.movableTokens(deviation: deviation) }

  /// Wall time since the begin.
  var seconds: Double { (ContinuousClock.now - begin) / .seconds(1) }

  /// Whether the best dispatch is close enough to the bound.
  func isWithin(gap: Double) -> Bool {
    guard let best, let bound else { return false }
    return best.time - bound <= gap * best.time
  }

  /// Whether the limit is reached; what is left out then makes the plan one that may not come again.
  mutating func isCutOff() -> Bool {
    guard limit.isReached else { return false }
    isRepeatable = false
    return true
  }

  /// Takes a dispatch in shares of tokens, brought to the budget and rounded.
  mutating func offer(
    _ strategy: DispatchStrategy, engine: String = "planner", seconds: Double? = nil,
    bound: Double? = nil, termination: String = "done", _ shares: () -> [Double]?
  ) {
    let begin = ContinuousClock.now
    var entry = SearchEntry(
      strategy: strategy.rawValue, valueMicroseconds: nil, boundMicroseconds: bound,
      engine: engine, termination: "doesn't apply")
    if let shares = shares() {
      let wanted = instance.deviation(shares)
      let tokens = withinBudget(shares)
      entry.valueMicroseconds = take(strategy, tokens)
      let isScaled = wanted * Double(instance.total) > movable + 1e-6
      let percent = (wanted * 1000).rounded() / 10
      entry.termination = isScaled ? "scaled down from \(percent) %" : termination
    }
    entry.seconds = (seconds ?? 0) + (ContinuousClock.now - begin) / .seconds(1)
    entries.append(entry)
  }

  /// Takes the answer of the integer program.
  mutating func offer(_ solution: Solution, tokens: [Int]?) {
    note(solution.termination)
    raise(solution.bound)
    entries.append(
      SearchEntry(
        strategy: DispatchStrategy.integer.rawValue,
        valueMicroseconds: tokens.map { take(.integer, $0) },
        boundMicroseconds: solution.bound.map { max(0, $0) }, nodes: solution.nodes,
        engine: solution.engine, termination: solution.termination.description,
        seconds: solution.seconds))
  }

  /// Notes a strategy that wasn't tried.
  mutating func skip(_ strategy: DispatchStrategy, _ reason: String) {
    entries.append(
      SearchEntry(
        strategy: strategy.rawValue, valueMicroseconds: nil, engine: "planner",
        termination: reason))
  }

  /// Takes a bound of all dispatches within the budget.
  mutating func raise(_ value: Double?) {
    guard let value else { return }
    bound = max(bound ?? 0, value)
  }

  /// Takes note of a time limit or a user that cut a search off.
  mutating func note(_ termination: Termination) {
    switch termination {
    case .feasible(.time), .feasible(.interrupted), .noSolution(.time), .noSolution(.interrupted):
      isRepeatable = false
    default: break
    }
  }

  private mutating func take(_ strategy: DispatchStrategy, _ tokens: [Int]) -> Double {
    let shares = tokens.map(Double.init)
    let candidate = Candidate(
      strategy: strategy, tokens: tokens, time: instance.time(of: shares),
      moved: instance.movedTokens(shares))
    let isBetter = best.map { (candidate.time, candidate.moved) < ($0.time, $0.moved) } ?? true
    if isBetter { best = candidate }
    limit.noteAnswer()
    return candidate.time
  }

  /// Returns shares as whole tokens, moved towards the even dispatch until they are within the budget.
  ///
  /// `even + θ (shares − even)` keeps the sums of rows and columns, and deviates θ times as much. With
  /// θ = 0 it is the even dispatch, whose rounding is free.
  private func withinBudget(_ shares: [Double]) -> [Int] {
    let wanted = instance.movedTokens(shares)
    var scale = wanted > movable ? movable / wanted : 1
    let even = instance.even
    for _ in 0..<40 {
      let blend = scale == 1 ? shares : zip(shares, even).map { $1 + scale * ($0 - $1) }
      let tokens = WholeTokens.rounded(blend, row: instance.row, columns: instance.columns)
      let moved = instance.movedTokens(tokens.map(Double.init))
      if moved <= movable + 1e-6 { return tokens }
      scale = max(0, scale * min(0.999, (movable - 0.5) / moved))
    }
    return WholeTokens.rounded(even, row: instance.row, columns: instance.columns)
  }
}
