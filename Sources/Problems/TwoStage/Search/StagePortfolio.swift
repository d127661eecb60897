import Optimization
import Plans

/// The strategies tried for one budget, and the best candidate among them.
struct StagePortfolio: Sendable {
  private(set) var entries: [SearchEntry] = []
  private(set) var best: StageCandidate?
  /// What no plan takes less than.
  private(set) var bound = 0.0
  /// How the bound was found.
  private(set) var method = "none"
  /// The strategy in which blocks that are alike share one decision.
  static let tied = SearchEntry.tiedBlocks
  private let clock = ContinuousClock()
  private let limit: SearchLimit

  init(limit: SearchLimit = SearchLimit()) { self.limit = limit }

  /// Runs a strategy and takes its candidate if it is the best so far.
  mutating func offer(
    _ strategy: String, none: @autoclosure () -> String = "does not fit",
    done: @autoclosure () -> String = "done", count: Int = 0,
    engine: String = "planner", seconds: Double = 0, _ find: () -> StageCandidate?
  ) {
    let begin = clock.now
    let candidate = find()
    entries.append(
      SearchEntry(
        strategy: strategy, valueMicroseconds: candidate?.microseconds, nodes: count,
        engine: engine, termination: candidate == nil ? none() : done(),
        seconds: seconds + (clock.now - begin) / .seconds(1)))
    guard let candidate else { return }
    limit.noteAnswer()
    if candidate.microseconds < best?.microseconds ?? .infinity { best = candidate }
  }

  /// Tells how much the strategy that ended last has tried.
  mutating func count(_ count: Int) {
    if !entries.isEmpty { entries[entries.count - 1].nodes = count }
  }

  /// Takes a bound.
  mutating func offer(
    bound value: Double, method: String, strategy: String, count: Int, engine: String = "planner",
    termination: String, seconds: Double
  ) {
    entries.append(
      SearchEntry(
        strategy: strategy, valueMicroseconds: nil,
        boundMicroseconds: value.isFinite ? value : nil, nodes: count, engine: engine,
        termination: termination, seconds: seconds))
    if value > bound { (bound, self.method) = (value, method) }
  }

  /// Whether the best candidate is close enough to the bound.
  func isWithin(gap: Double) -> Bool {
    guard let best else { return false }
    return best.microseconds - bound <= gap * best.microseconds
  }
}
