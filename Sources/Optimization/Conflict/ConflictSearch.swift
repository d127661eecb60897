/// Looks for an irreducible conflict in one model.
struct ConflictSearch {
  /// Whether some rows and bounds can be satisfied together.
  private enum Verdict {
    /// They can't, and these among them suffice for it.
    case contradictory([Place])
    case satisfiable
    /// The solver stopped early.
    case unknown(Termination)
  }

  /// What counts as broken in an elastic filter.
  private static let tolerance = 1e-7

  private let model: Model
  private let solver: any Solver
  private let limits: ConflictLimits
  private let start = ContinuousClock.now
  /// Why the conflict may not be irreducible.
  private var unproven: String?

  init(model: Model, solver: any Solver, limits: ConflictLimits) {
    self.model = model
    self.solver = solver
    self.limits = limits
  }

  /// Returns the conflict, if there is one.
  consuming func answer() throws(SolverError) -> ConflictAnswer {
    if let contradiction = RangePropagation(model).contradiction() {
      let places = contradiction.isDirect ? contradiction.places : reduced(contradiction.places)
      return .conflict(conflict(places))
    }
    let everything = model.places
    switch try verdict(on: everything, isPropagated: true) {
    case .satisfiable: return .feasible
    case .unknown(let termination): return .undecided(termination)
    case .contradictory(let places):
      let needed = reduced(thinned(places))
      return .conflict(conflict(needed))
    }
  }

  // MARK: Filters

  /// Leaves out each member once, and for good if the others contradict each other without it.
  private mutating func reduced(_ places: [Place]) -> [Place] {
    var needed: [Place] = []
    var open = places[...]
    while let place = open.popFirst() {
      let others = needed + open
      let found: Verdict
      do throws(SolverError) {
        found = try verdict(on: others)
      } catch {
        note(error.description)
        return (needed + [place] + open).sorted()
      }
      switch found {
      case .satisfiable: needed.append(place)
      case .contradictory(let core):
        let remaining = Set(core)
        open = open.filter { remaining.contains($0) }[...]
      case .unknown(let termination):
        note(termination.description)
        needed.append(place)
        if isOver { return (needed + open).sorted() }
      }
    }
    return needed.sorted()
  }

  /// Thins out a contradiction with the elastic filter: rows first, then bounds.
  private mutating func thinned(_ places: [Place]) -> [Place] {
    do throws(SolverError) {
      let rows = places.filter { $0.subject == .row }
      let bounds = places.filter { $0.subject == .variable }
      let isFractional = try isContradictoryWithoutIntegrality(places) == true
      let neededRows = try elasticFilter(rows, firm: bounds, isFractional: isFractional)
      let columns = Set(neededRows.flatMap { self.columns(ofRow: $0.index) })
      let nearBounds = bounds.filter { columns.contains($0.index) }
      // Integer variables keep their bounds here, because a search needs them.
      if !isFractional { return (neededRows + nearBounds).sorted() }
      let neededBounds = try elasticFilter(nearBounds, firm: neededRows, isFractional: true)
      return (neededRows + neededBounds).sorted()
    } catch {
      note(error.description)
      return places
    }
  }

  /// Returns those members that, together with the firm ones, still contradict each other.
  ///
  /// Each round makes everything else breakable at a price, and makes firm what was broken in the
  /// cheapest point. Every conflict has a member among the broken ones, so that the firm ones
  /// contradict each other when nothing can be satisfied any more.
  private mutating func elasticFilter(
    _ places: [Place], firm: [Place], isFractional: Bool
  ) throws(SolverError) -> [Place] {
    var needed: [Place] = []
    var elastic = places
    while !elastic.isEmpty {
      if isOver { return keepAll(places, because: .noSolution(overLimit)) }
      let problem = Subproblem(of: model, firm: firm + needed, elastic: elastic)
      let (termination, point) = try point(of: problem.model, isFractional: isFractional)
      switch termination {
      case .infeasible, .infeasibleOrUnbounded: return needed
      default: break
      }
      guard let point else { return keepAll(places, because: termination) }
      let broken = Set(
        problem.slacks.filter { point[$0.variable.index] > Self.tolerance }.map(\.place))
      // Satisfied after all: only the last digits contradict each other.
      if broken.isEmpty { return places }
      needed.append(contentsOf: elastic.filter { broken.contains($0) })
      elastic.removeAll { broken.contains($0) }
    }
    return needed
  }

  private mutating func keepAll(_ places: [Place], because termination: Termination) -> [Place] {
    note(termination.description)
    return places
  }

  // MARK: Questions to the solver

  /// Finds out whether some rows and bounds can be satisfied together, cheapest way first.
  private func verdict(
    on places: [Place], isPropagated: Bool = false
  ) throws(SolverError) -> Verdict {
    let problem = Subproblem(of: model, firm: places)
    if !isPropagated, let found = RangePropagation(problem.model).contradiction() {
      return .contradictory(found.places.map { problem.original(of: $0) })
    }
    if problem.model.rowCount == 0 { return .satisfiable }
    if isOver { return .unknown(.noSolution(overLimit)) }
    let relaxation = try solver.relax(problem.model, options: options(forRelaxation: true))
    switch relaxation.termination {
    case .infeasible, .infeasibleOrUnbounded: return .contradictory(places)
    case .optimal, .feasible, .unbounded:
      if problem.model.violations(of: relaxation.point).isEmpty { return .satisfiable }
      if problem.model.integerCount == 0 {
        return .unknown(.numericalTrouble("the solver's point misses a row or bound"))
      }
    case .noSolution, .numericalTrouble:
      if problem.model.integerCount == 0 { return .unknown(relaxation.termination) }
    }
    if isOver { return .unknown(.noSolution(overLimit)) }
    let solution = try solver.solve(problem.model, options: options(forRelaxation: false))
    switch solution.termination {
    case .infeasible, .infeasibleOrUnbounded: return .contradictory(places)
    case .optimal, .feasible: return .satisfiable
    case .unbounded, .noSolution, .numericalTrouble: return .unknown(solution.termination)
    }
  }

  /// Returns whether members contradict each other even if fractions are allowed; nil if unknown.
  private func isContradictoryWithoutIntegrality(
    _ places: [Place]
  ) throws(SolverError) -> Bool? {
    var problem = Subproblem(of: model, firm: places).model
    problem.relaxIntegrality()
    if RangePropagation(problem).contradiction() != nil { return true }
    if problem.rowCount == 0 { return false }
    if isOver { return nil }
    let relaxation = try solver.relax(problem, options: options(forRelaxation: true))
    switch relaxation.termination {
    case .infeasible, .infeasibleOrUnbounded: return true
    case .optimal, .feasible, .unbounded: return false
    case .noSolution, .numericalTrouble: return nil
    }
  }

  private func point(
    of problem: Model, isFractional: Bool
  ) throws(SolverError) -> (Termination, [Double]?) {
    if isFractional {
      let relaxation = try solver.relax(problem, options: options(forRelaxation: true))
      let hasPoint = relaxation.point.count == problem.variableCount
      return (relaxation.termination, hasPoint ? relaxation.point : nil)
    }
    let solution = try solver.solve(problem, options: options(forRelaxation: false))
    return (solution.termination, solution.point)
  }

  private func options(forRelaxation isRelaxation: Bool) -> SolveOptions {
    var options = SolveOptions()
    if let limit = limits.timeLimit { options.timeLimit = max(limit - seconds, 0.001) }
    // Between two questions `isOver` looks at the flag, whatever the engine can do.
    let features = solver.capabilities.features
    if features.contains(isRelaxation ? .cancellationInRootRelaxation : .cancellation) {
      options.cancellation = limits.cancellation
    }
    if !isRelaxation { options.nodeLimit = limits.nodeLimit }
    return options
  }

  // MARK: Limits

  private var seconds: Double {
    (ContinuousClock.now - start) / .seconds(1)
  }

  private var isOver: Bool {
    if limits.cancellation?.isCancelled == true { return true }
    guard let limit = limits.timeLimit else { return false }
    return seconds >= limit
  }

  private var overLimit: Termination.Limit {
    limits.cancellation?.isCancelled == true ? .interrupted : .time
  }

  /// Remembers the first reason why the conflict may not be irreducible.
  private mutating func note(_ reason: String) {
    unproven = unproven ?? reason
  }

  // MARK: The result

  private func columns(ofRow row: Int) -> [Int] {
    (model.rowStarts[row]..<model.rowStarts[row + 1]).map { Int(model.rowColumns[$0]) }
  }

  private func conflict(_ places: [Place]) -> Conflict {
    // Without an answer nothing is claimed about whole numbers.
    let needsWhole = (try? isContradictoryWithoutIntegrality(places)) == false
    var columns = Set<Int>()
    for place in places {
      if place.subject == .variable {
        columns.insert(place.index)
      } else {
        columns.formUnion(self.columns(ofRow: place.index))
      }
    }
    let whole = needsWhole ? columns.filter { model.kinds[$0] == .integer }.sorted() : []
    return Conflict(of: model, places: places, wholeColumns: whole, unproven: unproven)
  }
}
