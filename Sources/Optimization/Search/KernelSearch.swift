/// Solves a large program through a series of small ones.
///
/// The linear relaxation tells which integer variables are in doubt: those with fractional values
/// and those with small reduced costs. Only the first of them (the *kernel*) are left free, the
/// others are fixed at their rounded values; the kernel then grows step by step. The relaxation's
/// value is the bound behind every answer.
///
/// Source: Angelelli, Mansini and Speranza, "Kernel search: a general heuristic for the
/// multi-dimensional knapsack problem", Computers & Operations Research 37 (2010).
public struct KernelSearch: Sendable {
  /// Solves the small programs.
  public let solver: any Solver
  /// How large the kernels are, as shares of all integer variables, ascending.
  public var shares: [Double]

  /// Creates a search.
  public init(solver: any Solver, shares: [Double] = [0.15, 0.35, 1]) {
    self.solver = solver
    self.shares = shares
  }

  /// Returns the best point found over all kernels.
  ///
  /// - Parameters:
  ///   - model: The whole program.
  ///   - relaxation: Its solved linear relaxation.
  ///   - options: Limits of each small program; the gaps are measured against the relaxation.
  ///     `timeLimit` is for all of them together.
  /// - Returns: An answer whose bound is the relaxation's value or that of a complete kernel; `optimal`
  ///   if the gap was reached or a complete kernel was solved, `infeasible` if one has no point.
  public func solve(
    _ model: Model, relaxation: Relaxation, options: SolveOptions
  ) throws(SolverError) -> Solution {
    let clock = ContinuousClock()
    let begin = clock.now
    func elapsed() -> Double { (clock.now - begin) / .seconds(1) }
    guard relaxation.termination == .optimal, let bound = relaxation.objective else {
      return Solution(termination: relaxation.termination, engine: relaxation.engine)
    }
    let order = Self.order(of: model, relaxation)
    var best = Solution(termination: .noSolution(.nodes), bound: bound, engine: relaxation.engine)
    var start = options.warmStart
    for share in shares {
      if options.cancellation?.isCancelled == true { break }
      var limits = options
      if let limit = options.timeLimit {
        let left = limit - elapsed()
        if left <= 0 { break }
        limits.timeLimit = left
      }
      limits.warmStart = start
      let size = Int((Double(order.count) * share).rounded(.up))
      let part = Self.restrict(model, relaxation, free: Set(order.prefix(size)))
      let answer = try solver.solve(part, options: limits)
      best.nodes += answer.nodes
      best.engine = answer.engine
      // A complete kernel is the whole program: what it proves is proven.
      let isComplete = size >= order.count
      guard let point = answer.point, let objective = answer.objective else {
        if case .noSolution = answer.termination, best.point == nil {
          best.termination = answer.termination
        }
        if isComplete, answer.termination == .infeasible, best.point == nil {
          return Solution(
            termination: .infeasible, nodes: best.nodes, seconds: elapsed(), engine: best.engine)
        }
        continue
      }
      if Self.isBetter(objective, than: best.objective, model.sense) {
        best.point = point
        best.objective = objective
        best.termination = answer.termination == .optimal ? .feasible(.nodes) : answer.termination
        start = point
      }
      if isComplete {
        if let own = answer.bound { best.bound = Self.tighter(bound, own, model.sense) }
        if answer.termination == .optimal { best.termination = .optimal }
      }
      if Self.isWithinGap(objective, bound, options) { break }
    }
    if let objective = best.objective, let bound = best.bound,
      Self.isWithinGap(objective, bound, options)
    {
      best.termination = .optimal
    }
    best.seconds = elapsed()
    return best
  }

  /// The integer variables by doubt: fractional ones first, then by reduced cost.
  private static func order(of model: Model, _ relaxation: Relaxation) -> [Int] {
    let integers = (0..<model.variableCount).filter { model.kinds[$0] == .integer }
    func key(_ index: Int) -> Double {
      let value = relaxation.point[index]
      return abs(value - value.rounded()) > 1e-6 ? -1 : abs(relaxation.reducedCosts[index])
    }
    return integers.map { (key($0), $0) }.sorted { $0 < $1 }.map(\.1)
  }

  private static func restrict(
    _ model: Model, _ relaxation: Relaxation, free: Set<Int>
  ) -> Model {
    var part = model
    for index in 0..<model.variableCount where model.kinds[index] == .integer {
      if free.contains(index) { continue }
      let value = relaxation.point[index].rounded()
      part.setBounds(of: Variable(index: index), lower: value, upper: value)
    }
    return part
  }

  private static func isBetter(_ new: Double, than old: Double?, _ sense: Model.Sense) -> Bool {
    guard let old else { return true }
    return sense == .minimize ? new < old : new > old
  }

  private static func tighter(_ first: Double, _ second: Double, _ sense: Model.Sense) -> Double {
    sense == .minimize ? max(first, second) : min(first, second)
  }

  private static func isWithinGap(
    _ objective: Double, _ bound: Double, _ options: SolveOptions
  ) -> Bool {
    let distance = abs(objective - bound)
    return distance <= (options.absoluteGap ?? 0) + 1e-9
      || distance <= (options.relativeGap ?? 0) * max(abs(objective), 1e-9)
  }
}
