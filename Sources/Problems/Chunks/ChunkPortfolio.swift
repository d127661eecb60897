import Optimization
import Plans

/// The strategies tried so far, the best choice among them, and the bound.
struct ChunkPortfolio {
  /// A choice and its cost.
  struct Candidate {
    let choice: ChunkChoice
    let cost: Double
  }

  let instance: ChunkInstance
  private(set) var entries: [SearchEntry] = []
  private(set) var best: Candidate?
  /// What no choice can cost less than, in microseconds.
  var bound: Double?
  /// Whether no time limit or user cut anything off.
  private(set) var isRepeatable = true
  private let begin = ContinuousClock.now

  /// When the search has to end with the best choice so far.
  let limit: SearchLimit

  init(_ instance: ChunkInstance, limit: SearchLimit) {
    self.instance = instance
    self.limit = limit
  }

  /// Wall time since the begin.
  var seconds: Double { (ContinuousClock.now - begin) / .seconds(1) }

  /// Whether the best choice is close enough to the bound.
  func isWithin(gap: Double) -> Bool {
    guard let best, let bound else { return false }
    return best.cost - bound <= gap * best.cost
  }

  /// Whether the limit is reached; what is left out then makes the plan one that may not come again.
  mutating func isCutOff() -> Bool {
    guard limit.isReached else { return false }
    isRepeatable = false
    return true
  }

  /// Takes a choice if it fits and is the best so far. After the limit only a first one is looked for.
  mutating func offer(
    _ strategy: String, engine: String = "planner", solution: Solution? = nil,
    _ decide: () -> ChunkChoice?
  ) {
    if best != nil, solution == nil, isCutOff() { return }
    let begin = ContinuousClock.now
    let choice = decide()
    var entry = SearchEntry(
      strategy: strategy, valueMicroseconds: nil, engine: engine, termination: "does not fit")
    if let choice, instance.fits(choice) {
      let cost = instance.cost(of: choice).total
      entry.valueMicroseconds = cost
      entry.termination = "done"
      if best.map({ cost < $0.cost }) ?? true { best = Candidate(choice: choice, cost: cost) }
      limit.noteAnswer()
    }
    if let solution {
      entry.termination = solution.termination.description
      entry.nodes = solution.nodes
      entry.boundMicroseconds = solution.bound.map { max(0, $0 * 1e3) }
      entry.seconds = solution.seconds
    } else {
      entry.seconds = (ContinuousClock.now - begin) / .seconds(1)
    }
    entries.append(entry)
  }

  /// Takes the bound of the relaxation.
  mutating func note(_ relaxation: Relaxation) {
    let value = relaxation.objective.map { max(0, $0 * 1e3) }
    if relaxation.termination == .optimal { bound = value }
    _ = isCutOff()
    entries.append(
      SearchEntry(
        strategy: "relaxation", valueMicroseconds: nil, boundMicroseconds: value,
        engine: relaxation.engine, termination: relaxation.termination.description,
        seconds: relaxation.seconds))
  }

  /// Takes the bound of the whole integer program.
  mutating func note(_ solution: Solution) {
    if let proven = solution.bound { bound = max(bound ?? 0, proven * 1e3) }
    noteLimits(solution)
  }

  /// Takes the bound of a program that is less strict than the whole one.
  mutating func note(_ solution: Solution, as strategy: String) {
    note(solution)
    entries.append(
      SearchEntry(
        strategy: strategy, valueMicroseconds: nil,
        boundMicroseconds: solution.bound.map { max(0, $0 * 1e3) }, nodes: solution.nodes,
        engine: solution.engine, termination: solution.termination.description,
        seconds: solution.seconds))
  }

  /// Takes note of a time limit or a user that cut a search off.
  mutating func noteLimits(_ solution: Solution) {
    switch solution.termination {
    case .feasible(.time), .feasible(.interrupted), .noSolution(.time), .noSolution(.interrupted):
      isRepeatable = false
    default: break
    }
  }
}
