public import Optimization
public import Plans
public import Profiles

/// The best plans of one profile over many budgets.
///
/// Budgets are solved from the largest to the smallest. Each point starts from the plans of larger
/// budgets; the relaxation is solved only where its tangents at other budgets don't prove the plan
/// good enough. A plan for less memory also serves where there is more, so the time never grows with
/// the budget.
public struct SwapSweep: Sendable {
  /// What was measured.
  public let profile: Profile
  /// Host memory, in bytes; nil for the device's own limit.
  public let hostBudgetBytes: Int?
  /// What plans may do, and how hard to search.
  public let settings: SwapSettings
  /// Solves the relaxations.
  public let solver: any Solver
  /// Ends the sweep early; the points so far are returned.
  public var cancellation: Cancellation?
  /// Receives each step in a few words.
  public var progressHandler: (@Sendable (String) -> Void)?

  /// Creates a sweep.
  public init(
    profile: Profile, hostBudgetBytes: Int? = nil, settings: SwapSettings = SwapSettings(),
    solver: any Solver
  ) {
    self.profile = profile
    self.hostBudgetBytes = hostBudgetBytes
    self.settings = settings
    self.solver = solver
  }

  /// A plan of a sweep is good enough within this share of its bound.
  static let tolerance = 0.01
  /// One point gets this part of a single solve's effort.
  private static let effort = 15

  /// Returns one point for each budget, the smallest budget first.
  ///
  /// - Throws: `SwapProblemError` if the profile lacks something, `SolverError` if the solver fails.
  public func points(budgets: [Int]) throws -> [SweepPoint] {
    var search = Search(sweep: self)
    var points: [SweepPoint] = []
    for budget in Set(budgets).sorted(by: >) {
      if cancellation?.isCancelled == true { break }
      progressHandler?("budget \(Quantity.bytes(budget))")
      points.append(try search.point(budget: budget))
    }
    return Self.monotone(points.reversed(), tangents: search.tangents)
  }

  /// Gives each budget the best plan of all budgets up to it, and the best bound of all tangents.
  private static func monotone(_ points: [SweepPoint], tangents: [Tangent]) -> [SweepPoint] {
    var best: (plan: Plan, time: Double)?
    return points.map { point in
      guard case .plan(var plan) = point.outcome else { return point }
      var time = plan.prediction?.iterationMicroseconds ?? .infinity
      if let best, best.time < time { (plan, time) = best }
      best = (plan, time)
      let bound = tangents.map { $0.bound(at: point.budgetBytes) }.max() ?? 0
      if let own = point.lowerBoundMicroseconds {
        let lower = min(max(own, bound), time)
        return SweepPoint(
          budgetBytes: point.budgetBytes, outcome: .plan(plan), lowerBoundMicroseconds: lower)
      }
      return SweepPoint(
        budgetBytes: point.budgetBytes, outcome: .plan(plan),
        lowerBoundMicroseconds: point.lowerBoundMicroseconds)
    }
  }

  /// What earlier points tell later ones.
  struct Search {
    let sweep: SwapSweep
    var tangents: [Tangent] = []
    /// The plans found so far, the one for the least memory last.
    var plans: [Plan] = []

    init(sweep: SwapSweep) { self.sweep = sweep }

    /// Solves one budget.
    mutating func point(budget: Int) throws -> SweepPoint {
      var settings = sweep.settings
      settings.replayLimit /= SwapSweep.effort
      let problem = try SwapProblem(
        profile: sweep.profile, budgetBytes: budget, hostBudgetBytes: sweep.hostBudgetBytes,
        settings: settings)
      let smallest = problem.smallestBudget
      guard smallest.bytes <= budget else {
        return SweepPoint(
          budgetBytes: budget, outcome: .infeasible(smallest), lowerBoundMicroseconds: nil)
      }
      var portfolio = Portfolio(
        problem: problem,
        limit: SearchLimit(seconds: settings.timeLimit, cancellation: sweep.cancellation))
      portfolio.raiseBound(
        to: problem.unconstrainedMicroseconds, method: "sum of all operators' durations")
      if let bound = tangents.map({ $0.bound(at: budget) }).max() {
        portfolio.raiseBound(to: bound, method: "tangent of the relaxation at another budget")
      }
      portfolio.tryStrategy(.keepAll)
      if portfolio.best == nil {
        portfolio.tryStrategy(.greedy)
        if portfolio.best == nil { portfolio.tryStrategy(.swapAll) }
        startFromPlans(&portfolio, problem)
        portfolio.improve()
        if !portfolio.isWithin(SwapSweep.tolerance), !portfolio.isTimeUp() {
          try relax(&portfolio, problem)
        }
      }
      guard portfolio.best != nil else {
        return SweepPoint(
          budgetBytes: budget, outcome: .notFound, lowerBoundMicroseconds: portfolio.bound)
      }
      let plan = portfolio.plan()
      plans.append(plan)
      return SweepPoint(
        budgetBytes: budget, outcome: .plan(plan), lowerBoundMicroseconds: portfolio.bound)
    }

    /// Offers the plans of other budgets, with room made where they need too much.
    private func startFromPlans(_ portfolio: inout Portfolio, _ problem: SwapProblem) {
      let instance = problem.instance
      let greedy = GreedySearch(
        instance: instance, course: portfolio.realisation.course, limit: portfolio.limit)
      portfolio.offerAll("plans of other budgets", engine: "planner") {
        plans.suffix(3).compactMap { plan in
          instance.decisions(of: plan).flatMap { greedy.decisions(from: $0) }
        }
      }
    }

    /// Solves the relaxation at this budget: a tangent, and more plans to start from.
    private mutating func relax(_ portfolio: inout Portfolio, _ problem: SwapProblem) throws {
      let formulation = SwapFormulation(problem.instance, limit: portfolio.limit)
      if formulation.isCutOff && portfolio.isTimeUp() { return }
      sweep.progressHandler?("budget \(Quantity.bytes(problem.budgetBytes)): relaxation")
      var options = SolveOptions(timeLimit: portfolio.secondsLeft)
      if sweep.solver.capabilities.features.contains(.cancellation) {
        options.cancellation = sweep.cancellation
      }
      let relaxation = try sweep.solver.relax(formulation.model, options: options)
      portfolio.note(relaxation, of: formulation)
      guard relaxation.termination == .optimal else { return }
      let tangent = Tangent(
        budget: problem.budgetBytes, formulation: formulation, relaxation: relaxation)
      tangents.append(tangent)
      portfolio.prices = formulation.prices(of: relaxation)
      portfolio.offerRoundings(of: relaxation, formulation)
      portfolio.improve()
    }
  }
}

/// The best plan of one budget.
public struct SweepPoint: Sendable {
  /// What came of a budget.
  public enum Outcome: Sendable {
    /// A plan that keeps the budget; its own budget may be smaller.
    case plan(Plan)
    /// No plan keeps the budget; this much is needed.
    case infeasible(SmallestBudget)
    /// No plan was found.
    case notFound
  }

  /// Device memory, in bytes.
  public let budgetBytes: Int
  /// What came of it.
  public let outcome: Outcome
  /// No plan within the budget takes less time, in microseconds; nil if there is no plan.
  public let lowerBoundMicroseconds: Double?

  /// The plan; nil if there is none.
  public var plan: Plan? {
    if case .plan(let plan) = outcome { plan } else { nil }
  }
}
