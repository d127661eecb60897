import Optimization
import Plans

/// The strategies tried so far, the best selection among them, and the bound.
struct GradientPortfolio {
  /// The best selection, and where it comes from.
  struct Candidate {
    let strategy: GradientStrategy
    let selection: GradientInstance.Selection
    let end: Double
    let missing: Double
  }

  let instance: GradientInstance
  private(set) var entries: [SearchEntry] = []
  private(set) var best: Candidate?
  /// What no plan ends before, in microseconds.
  private(set) var bound: Double?
  /// Whether no time limit or user cut anything off.
  private(set) var isRepeatable = true
  private let begin = ContinuousClock.now

  /// When the search has to end with the best selection so far.
  let limit: SearchLimit

  init(_ instance: GradientInstance, limit: SearchLimit) {
    self.instance = instance
    self.limit = limit
  }

  /// Whether the limit is reached; what is left out then makes the plan one that may not come again.
  mutating func isCutOff() -> Bool {
    guard limit.isReached else { return false }
    isRepeatable = false
    return true
  }

  /// Wall time since the begin.
  var seconds: Double { (ContinuousClock.now - begin) / .seconds(1) }

  /// Whether the best selection is close enough to the bound.
  func isWithin(gap: Double) -> Bool {
    guard let best, let bound else { return false }
    return best.end - bound <= gap * best.end
  }

  /// Takes what a strategy of this program finds.
  mutating func offer(
    _ strategy: GradientStrategy, nodes: Int = 0, since: ContinuousClock.Instant,
    termination: String, _ selection: GradientInstance.Selection?
  ) {
    entries.append(
      SearchEntry(
        strategy: strategy.rawValue,
        valueMicroseconds: selection.flatMap { take(strategy, $0) }, nodes: nodes,
        engine: "planner", termination: termination,
        seconds: (ContinuousClock.now - since) / .seconds(1)))
  }

  /// Takes what an engine finds under a name of its own; `bound` is one of all plans.
  mutating func offer(
    _ strategy: GradientStrategy, named name: String, _ selection: GradientInstance.Selection?,
    bound: Double?, nodes: Int, engine: String, termination: Termination, seconds: Double
  ) {
    switch termination {
    case .feasible(.time), .feasible(.interrupted), .noSolution(.time), .noSolution(.interrupted):
      isRepeatable = false
    default: break
    }
    if let bound { self.bound = max(self.bound ?? 0, bound) }
    entries.append(
      SearchEntry(
        strategy: name, valueMicroseconds: selection.flatMap { take(strategy, $0) },
        boundMicroseconds: bound, nodes: nodes, engine: engine,
        termination: termination.description, seconds: seconds))
  }

  /// Notes a strategy that wasn't tried.
  mutating func skip(_ strategy: GradientStrategy, _ reason: String) {
    entries.append(
      SearchEntry(
        strategy: strategy.rawValue, valueMicroseconds: nil, engine: "planner",
        termination: reason))
  }

  /// Returns the end of a selection within the budget, which becomes the best if it is.
  private mutating func take(
    _ strategy: GradientStrategy, _ selection: GradientInstance.Selection
  ) -> Double? {
    guard instance.isWithinBudget(selection) else { return nil }
    limit.noteAnswer()
    let candidate = Candidate(
      strategy: strategy, selection: selection, end: instance.end(of: selection),
      missing: instance.missingEnergy(of: selection))
    guard let best else {
      self.best = candidate
      return candidate.end
    }
    // Sums in another order may differ in their last digits.
    let slip = 1e-9 * best.end
    let isEarlier = candidate.end < best.end - slip
    let isFuller = candidate.end <= best.end + slip && candidate.missing < best.missing - 1e-9
    if isEarlier || isFuller { self.best = candidate }
    return candidate.end
  }
}
