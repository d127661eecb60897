import Foundation
import Optimization
import Plans

/// The strategies tried so far, the best plan among them, and the best bound.
struct Portfolio {
  let problem: SwapProblem
  let realisation: Realisation
  private(set) var entries: [SearchEntry] = []
  private(set) var best: Candidate?
  private(set) var bestStrategy = ""
  /// The plans of all strategies, to start improvements from.
  private var candidates: [Candidate] = []
  private(set) var bound = 0.0
  private(set) var boundMethod = ""
  /// What more memory and faster links would be worth.
  var prices: ShadowPrices?
  /// The best plans of different times, to choose from by other measures.
  private(set) var pool: [Candidate] = []
  /// Whether a time limit cut something off.
  private(set) var wasCutOff = false
  /// An improvement replays at most so many operators: small graphs have few plans.
  private static func replays(ofPairsIn instance: SwapInstance) -> Int {
    (instance.isSmall ? 60 : 300) * instance.operatorCount * instance.operatorCount
  }
  private let clock = ContinuousClock()
  /// When the search has to end with the best plan so far.
  let limit: SearchLimit

  var instance: SwapInstance { problem.instance }

  /// How much longer than the limit the search may take, in seconds, for its first plan.
  private static let grace = 0.5

  init(problem: SwapProblem, limit: SearchLimit) {
    self.problem = problem
    self.limit = limit
    realisation = Realisation(
      instance: problem.instance, course: Course(problem.instance),
      hostBudget: problem.hostBudgetBytes, limit: limit)
  }

  /// The wall time left, in seconds; nil without a limit.
  var secondsLeft: Double? { limit.secondsLeft }

  /// Whether the time is up, or the user asked for the end; what is left out then makes the plan one that may not come again.
  mutating func isTimeUp() -> Bool {
    guard limit.isReached else { return false }
    wasCutOff = true
    return true
  }

  /// Whether the best plan is close enough to the bound.
  var isWithinGap: Bool { isWithin(problem.settings.relativeGap) }

  /// Whether the best plan is within a share of its time of the bound.
  func isWithin(_ share: Double) -> Bool {
    guard let best else { return false }
    return best.time - bound <= share * best.time
  }

  mutating func raiseBound(to microseconds: Double, method: String) {
    if microseconds > bound {
      bound = microseconds
      boundMethod = method
    }
  }

  // MARK: Strategies

  /// Times the decisions of a strategy and keeps them if they are the best so far.
  mutating func tryStrategy(_ strategy: SwapStrategy) {
    let instance = instance
    var realisation = realisation
    if best == nil { realisation.limit = limit.later(by: Self.grace) }
    // A published strategy keeps the tier that it names.
    offer(strategy.rawValue, engine: "planner", choosesTiers: strategy == .greedy) {
      strategy.decisions(instance, realisation)
    }
  }

  /// Searches greedily without any swap, for a host with too little room.
  mutating func tryWithoutSwaps() {
    let greedy = GreedySearch(
      instance: instance, course: realisation.course, swaps: false, limit: limit)
    offer("greedy, no swaps", engine: "planner") { greedy.decisions() }
  }

  /// Times decisions and keeps them if they are the best so far.
  mutating func offer(
    _ name: String, engine: String, solution: Solution? = nil, choosesTiers: Bool = true,
    _ decide: () -> [Decision]?
  ) {
    let begin = clock.now
    let candidate = decide().flatMap {
      realisation.best($0, choosesTiers: choosesTiers)
    }.map {
      let limit = problem.settings.replayLimit / 20
      return solution == nil ? $0 : realisation.retimed($0, workLimit: limit)
    }
    var seconds = (clock.now - begin) / .seconds(1)
    if let solution { seconds += solution.seconds }
    let words = solution?.termination.description ?? "done"
    entries.append(
      SearchEntry(
        strategy: name, valueMicroseconds: candidate?.time,
        boundMicroseconds: solution?.bound.map { $0 * 1e3 }, nodes: solution?.nodes ?? 0,
        engine: engine, termination: candidate == nil ? "no plan within the budget" : words,
        seconds: seconds))
    if let candidate {
      candidates.append(candidate)
      keep(candidate, name)
    }
    // It may have been given up.
    _ = isTimeUp()
  }

  /// Keeps the plan of a search with fewer choices.
  mutating func offer(_ answer: SwapAnswer, as name: String) {
    var candidate: Candidate?
    if case .plan(let plan) = answer {
      candidate = instance.decisions(of: plan).flatMap { realisation.run($0) }
      wasCutOff = wasCutOff || !plan.isRepeatable
    }
    entries.append(
      SearchEntry(
        strategy: name, valueMicroseconds: candidate?.time, engine: "planner",
        termination: candidate == nil ? "no plan within the budget" : "done"))
    guard let candidate else { return }
    candidates.append(candidate)
    keep(candidate, name)
  }

  /// Times many decisions of one strategy; all are starts for improvements, the best is kept.
  mutating func offerAll(_ name: String, engine: String, _ decide: () -> [[Decision]]) {
    let begin = clock.now
    let limit = limit
    let timed = decide().compactMap { decisions in
      limit.isReached ? nil : realisation.best(decisions)
    }
    entries.append(
      SearchEntry(
        strategy: name, valueMicroseconds: timed.map(\.time).min(), nodes: timed.count,
        engine: engine,
        termination: isTimeUp()
          ? "stopped" : timed.isEmpty ? "no plan within the budget" : "done",
        seconds: (clock.now - begin) / .seconds(1)))
    candidates += timed
    for candidate in timed { keep(candidate, name) }
  }

  /// Rounds a point of the relaxation, plainly and at random.
  mutating func offerRoundings(of relaxation: Relaxation, _ formulation: SwapFormulation) {
    let instance = instance
    let greedy = GreedySearch(instance: instance, course: realisation.course, limit: limit)
    offerAll("rounded relaxation", engine: relaxation.engine) {
      SwapFormulation.leads.compactMap { lead in
        var decisions = formulation.decisions(at: relaxation.point, lead: lead)
        instance.postponeChains(of: &decisions)
        return greedy.decisions(from: decisions)
      }
    }
    let rounding = RandomizedRounding(
      formulation: formulation, course: realisation.course, limit: limit)
    offerAll("randomised rounding", engine: relaxation.engine) {
      rounding.decisions(at: relaxation.point)
    }
  }

  private mutating func keep(_ candidate: Candidate, _ strategy: String) {
    if problem.settings.jitter > 0 {
      pool.append(candidate)
      if pool.count > 64 { pool = Array(pool.sorted { $0.time < $1.time }.prefix(32)) }
    }
    if candidate.time < (best?.time ?? .infinity) {
      best = candidate
      bestStrategy = strategy
      limit.noteAnswer()
    }
  }

  /// Notes how a relaxation ended, and its bound.
  mutating func note(_ relaxation: Relaxation, of formulation: SwapFormulation) {
    let bound = relaxation.objective.map { _ in formulation.bound(from: relaxation) * 1e3 }
    note(relaxation, as: "relaxation", bound: bound)
    if relaxation.termination == .optimal, let bound {
      raiseBound(to: bound, method: "linear relaxation, \(relaxation.engine)")
    }
  }

  /// Notes how a linear program ended; without a bound it is no relaxation of all plans.
  mutating func note(_ relaxation: Relaxation, as name: String, bound: Double? = nil) {
    entries.append(
      SearchEntry(
        strategy: name, valueMicroseconds: nil, boundMicroseconds: bound,
        engine: relaxation.engine, termination: relaxation.termination.description,
        seconds: relaxation.seconds))
    noteLimit(relaxation.termination)
  }

  /// Notes that the integer program was left out.
  mutating func noteSkipped(rows: Int) {
    entries.append(
      SearchEntry(
        strategy: "integer program", valueMicroseconds: nil, engine: "planner",
        termination: "left out: \(rows) rows"))
  }

  /// Notes that a solver failed; the plan is then not one that comes again.
  mutating func noteFailure(_ error: SolverError, of strategy: String, engine: String) {
    entries.append(
      SearchEntry(
        strategy: strategy, valueMicroseconds: nil, engine: engine,
        termination: "failed: \(error)"))
    wasCutOff = true
  }

  /// Notes the bound of an integer program.
  mutating func note(_ solution: Solution, of formulation: SwapFormulation) {
    // Where rows leave plans out, the program's own bound is one of fewer plans.
    if let own = solution.bound, formulation.isRelaxation {
      raiseBound(to: own * 1e3, method: "integer program, \(solution.engine)")
    }
    noteLimit(solution.termination)
  }

  private mutating func noteLimit(_ termination: Termination) {
    switch termination {
    case .feasible(.time), .noSolution(.time), .feasible(.interrupted), .noSolution(.interrupted):
      wasCutOff = true
    default: break
    }
  }

  /// Takes the plan that is fastest on the mean if times and rates vary.
  mutating func chooseRobust() {
    guard problem.settings.jitter > 0, !pool.isEmpty, !isTimeUp() else { return }
    let begin = clock.now
    let jitter = Jitter(
      share: problem.settings.jitter, course: realisation.course,
      hostBudget: realisation.hostBudget)
    var judged: [(Candidate, (mean: Double, worst: Double))] = []
    for candidate in pool.sorted(by: { $0.time < $1.time }).prefix(32) where !isTimeUp() {
      judged.append((candidate, jitter.times(of: candidate.decisions)))
    }
    let steadiest = judged.min { ($0.1.mean, $0.0.time) < ($1.1.mean, $1.0.time) }
    guard let (candidate, times) = steadiest, times.mean.isFinite else { return }
    best = candidate
    entries.append(
      SearchEntry(
        strategy: "jitter", valueMicroseconds: times.mean, nodes: judged.count, engine: "planner",
        termination: String(
          format: "mean of %d draws; worst %.3f ms", Jitter.draws, times.worst / 1e3),
        seconds: (clock.now - begin) / .seconds(1)))
  }

  // MARK: Improvement

  /// Improves the best plan by small changes.
  ///
  /// - Parameter effort: How many times the usual number of operators may be replayed.
  mutating func improve(effort: Int = 1) {
    guard let first = best, first.time > bound, !isTimeUp() else { return }
    let begin = clock.now
    let gap = problem.settings.relativeGap / 4
    // A small graph needs no more than so many moves. In a large one a move matters less, and the
    // relaxation rounds well.
    let limit = min(
      problem.settings.replayLimit / (instance.isLarge ? 3 : 1),
      // The tier and the read of each tensor make many more plans.
      Self.replays(ofPairsIn: instance) * (instance.offersNVMe ? 8 : 1))
    let lower = bound
    let end = self.limit
    func shouldStop() -> Bool { end.isReached }
    var start = first
    var moves = 0
    var wasStopped = false
    // The best plans may lie in different valleys.
    let starts = startsOfImprovement(atMost: 8)
    candidates.removeAll()
    for candidate in starts {
      var descent = Improvement(realisation: realisation, best: candidate, workLimit: limit / 20)
      descent.run(bound: lower, relativeGap: gap, shouldStop: shouldStop)
      moves += descent.moves
      wasStopped = wasStopped || descent.wasStopped
      if descent.best.time < start.time { start = descent.best }
    }
    var annealing = Annealing(realisation: realisation, best: start)
    let most = min(limit * effort, max(limit, problem.settings.replayLimit))
    // A small graph's plans lie in deep valleys; which heat leads out of one differs. In a larger one there are few
    // moves for each gap: heat would only undo what the relaxation found.
    let heats = instance.isSmall ? [8e-3, 2e-3, 5e-4] : [3e-5]
    for heat in heats where !annealing.wasStopped {
      annealing.run(
        heat: heat, workLimit: most / heats.count, bound: lower, relativeGap: gap,
        shouldStop: shouldStop)
    }
    var last = Improvement(realisation: realisation, best: annealing.best, workLimit: limit / 10)
    last.run(bound: lower, relativeGap: gap, shouldStop: shouldStop)
    wasStopped = wasStopped || annealing.wasStopped || last.wasStopped
    if wasStopped { wasCutOff = true }
    entries.append(
      SearchEntry(
        strategy: "improvement", valueMicroseconds: last.best.time,
        nodes: moves + annealing.moves + last.moves, engine: "planner",
        termination: wasStopped ? "stopped" : "done",
        seconds: (clock.now - begin) / .seconds(1)))
    keep(last.best, "improvement")
  }

  /// The best plans that differ in time.
  private func startsOfImprovement(atMost count: Int) -> [Candidate] {
    var chosen: [Candidate] = []
    let byTime = candidates.indices.sorted { (candidates[$0].time, $0) < (candidates[$1].time, $1) }
    for index in byTime where chosen.last?.time != candidates[index].time {
      chosen.append(candidates[index])
      if chosen.count == count { break }
    }
    return chosen
  }
}
