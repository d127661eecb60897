public import Optimization
public import Plans
import Profiles

/// What planning gave.
public enum SwapAnswer: Sendable {
  /// A plan that keeps the budget.
  case plan(Plan)
  /// No plan keeps the budget; this much is needed.
  case infeasible(SmallestBudget)
  /// No plan was found within the limits, and none was ruled out.
  case notFound(search: [SearchEntry])
}

/// Finds a swap plan: baselines and a greedy search first, then the integer program, then small
/// improvements; the fastest plan wins.
public struct SwapPlanner: Sendable {
  /// The problem.
  public let problem: SwapProblem
  /// Solves the programs.
  public let solver: any Solver
  /// Ends the search early; the best plan so far is returned.
  public var cancellation: Cancellation?
  /// A plan to start from; left aside where it is for another profile or doesn't run.
  public var start: Plan?
  /// Whether plans are searched for beyond the strategies of the settings.
  public var searches = true
  /// Receives each step of the search in a few words.
  public var progressHandler: (@Sendable (String) -> Void)?

  /// Creates a planner.
  public init(_ problem: SwapProblem, solver: any Solver) {
    self.problem = problem
    self.solver = solver
  }

  /// Returns the best plan found.
  ///
  /// - Throws: `SolverError` if the solver fails; running out of time or nodes is not a failure.
  public func plan() throws(SolverError) -> SwapAnswer {
    let instance = problem.instance
    let smallest = problem.smallestBudget
    guard smallest.bytes <= problem.budgetBytes else { return .infeasible(smallest) }

    let limit = SearchLimit(
      seconds: problem.settings.timeLimit, cancellation: cancellation)
    var portfolio = Portfolio(problem: problem, limit: limit)
    let tried = problem.settings.strategies
    if tried.contains(.keepAll) { portfolio.tryStrategy(.keepAll) }
    if portfolio.best != nil && tried.count < SwapStrategy.allCases.count {
      portfolio.raiseBound(
        to: instance.computeTime, method: "sum of all operators' durations; keep-all reaches it")
      return .plan(portfolio.plan())
    }
    for strategy in tried where strategy != .keepAll {
      // Without NVMe there is nothing to place there.
      if strategy == .zeroInfinity && !instance.hasNVMe { continue }
      // Nor without codecs anything to encode.
      if (strategy == .codecAll || strategy == .cswap) && !instance.offersCodecs { continue }
      if portfolio.best != nil && portfolio.isTimeUp() { break }
      progressHandler?(strategy.rawValue)
      portfolio.tryStrategy(strategy)
    }
    if instance.hostBudget != nil && tried.contains(.greedy) && !portfolio.isTimeUp() {
      portfolio.tryWithoutSwaps()
    }
    if let start { portfolio.offer(.plan(start), as: "plan given") }
    if searches && instance.offersCodecs && problem.settings.codecRule == .joint
      && !portfolio.isTimeUp()
    {
      try tryCodecRules(&portfolio)
    }
    portfolio.raiseBound(to: instance.computeTime, method: "sum of all operators' durations")
    if let best = portfolio.best, best.time <= instance.computeTime * (1 + 1e-9) {
      return .plan(portfolio.plan())
    }

    if portfolio.isTimeUp() { return ended(portfolio) }
    var formulation = SwapFormulation(instance, limit: limit)
    if formulation.isCutOff && portfolio.isTimeUp() { return ended(portfolio) }
    progressHandler?("relaxation with \(formulation.model.integerCount) binaries")
    var relaxation: Relaxation
    do {
      relaxation = try solver.relax(formulation.model, options: options(portfolio))
      portfolio.note(relaxation, of: formulation)
    } catch {
      // A solver that fails costs the bound, not the plan found before.
      if portfolio.best == nil { throw error }
      portfolio.noteFailure(error, of: "relaxation", engine: solver.name)
      if searches { portfolio.improve() }
      return .plan(portfolio.plan())
    }
    if needsReturning(formulation, relaxation) && !portfolio.isTimeUp() {
      try tryReturning(&formulation, &relaxation, &portfolio)
    }
    if relaxation.termination == .infeasible && portfolio.best == nil {
      // A program that rules out some plans, or leaves tensors out, proves nothing.
      return formulation.isRelaxation ? .infeasible(smallest) : ended(portfolio)
    }
    if relaxation.termination == .optimal { portfolio.prices = formulation.prices(of: relaxation) }
    if !searches {
      return portfolio.best == nil ? .notFound(search: portfolio.entries) : .plan(portfolio.plan())
    }
    if relaxation.termination == .optimal {
      portfolio.offerRoundings(of: relaxation, formulation)
    }
    progressHandler?("improving the best plan")
    portfolio.improve()
    if relaxation.termination == .optimal {
      try tryCopyOverheads(formulation, relaxation, &portfolio)
    }
    if relaxation.termination == .optimal && !portfolio.isWithinGap
      && !portfolio.isTimeUp()
    {
      if formulation.model.rowCount > Self.largestRowCount {
        portfolio.noteSkipped(rows: formulation.model.rowCount)
        if !portfolio.isWithin((instance.isLarge ? 2 : 1) * problem.settings.relativeGap) {
          progressHandler?("improving the best plan further")
          portfolio.improve(effort: 4)
        }
      } else {
        do {
          try solveProgram(formulation, relaxation, &portfolio)
        } catch {
          // A solver that fails costs its own answer, not the plan found before.
          if portfolio.best == nil { throw error }
          portfolio.noteFailure(error, of: "integer program", engine: solver.name)
        }
        progressHandler?("improving the plan of the integer program")
        // Here the program takes far longer than the search: this may then go on.
        portfolio.improve(effort: instance.isSmall && !instance.offersNVMe ? 60 : 1)
      }
    }
    guard portfolio.best != nil else { return .notFound(search: portfolio.entries) }
    portfolio.chooseRobust()
    return .plan(portfolio.plan())
  }

  /// Whether the rows of tensors that stay for chains say too much: they may rule out all plans that keep the budget,
  /// or lower the bound by what matters.
  private func needsReturning(_ formulation: SwapFormulation, _ relaxation: Relaxation) -> Bool {
    if formulation.strictRows.isEmpty { return false }
    if relaxation.termination == .infeasible { return true }
    guard let value = relaxation.objective else { return false }
    return formulation.savedByLeavingAnchors(at: relaxation)
      > problem.settings.relativeGap / 5 * value
  }

  /// Solves the program in which such tensors may return early, and takes it if that tells more.
  private func tryReturning(
    _ formulation: inout SwapFormulation, _ relaxation: inout Relaxation,
    _ portfolio: inout Portfolio
  ) throws(SolverError) {
    let larger = SwapFormulation(problem.instance, anchors: .returning, limit: portfolio.limit)
    if larger.isCutOff { return }
    do {
      let second = try solver.relax(larger.model, options: options(portfolio))
      portfolio.note(second, of: larger)
      if second.termination == .optimal || relaxation.termination == .infeasible {
        (formulation, relaxation) = (larger, second)
      }
    } catch {
      // The first one may be rounded, and where it was solved its bound holds.
      if portfolio.best == nil && relaxation.termination != .optimal { throw error }
      portfolio.noteFailure(error, of: "relaxation", engine: solver.name)
    }
  }

  private static let pricedName = "latency priced"

  /// Rounds and improves a point of the program with a price on latency, where that can matter.
  private func tryCopyOverheads(
    _ formulation: SwapFormulation, _ relaxation: Relaxation, _ portfolio: inout Portfolio
  ) throws(SolverError) {
    guard !portfolio.isWithinGap, !portfolio.isTimeUp(),
      let priced = formulation.withCopyOverheads(at: relaxation)
    else { return }
    progressHandler?("relaxation with a price on latency")
    do {
      let second = try solver.relax(priced, options: options(portfolio))
      portfolio.note(second, as: Self.pricedName)
      guard second.termination == .optimal else { return }
      portfolio.offerRoundings(of: second, formulation)
      portfolio.improve()
    } catch {
      if portfolio.best == nil { throw error }
      portfolio.noteFailure(error, of: Self.pricedName, engine: solver.name)
    }
  }

  /// What there is when the search has to end.
  private func ended(_ portfolio: Portfolio) -> SwapAnswer {
    portfolio.best == nil ? .notFound(search: portfolio.entries) : .plan(portfolio.plan())
  }

  /// Searches with simpler rules for codecs first, so that the joint choice is never worse than any of them.
  private func tryCodecRules(_ portfolio: inout Portfolio) throws(SolverError) {
    var last: [[GapCodec]] = []
    let rules = CodecRule.allCases.filter { $0 != .joint }
    for (number, rule) in rules.enumerated() where !portfolio.isTimeUp() {
      let restricted = problem.restricted(to: rule)
      let codecs = restricted.instance.gaps.map(\.codecs)
      // Where a rule encodes nothing, or the same as the one before, it gives the same plan.
      if rule != .none && (!restricted.instance.offersCodecs || codecs == last) { continue }
      last = codecs
      let seconds = portfolio.secondsLeft.map { $0 / Double(rules.count + 2 - number) }
      var planner = SwapPlanner(restricted.limited(to: seconds), solver: solver)
      planner.cancellation = cancellation
      progressHandler?("codecs: \(rule.rawValue)")
      let answer = try planner.plan()
      portfolio.offer(answer, as: "codecs: \(rule.rawValue)")
    }
  }

  /// The limits that are left.
  private func options(_ portfolio: Portfolio) -> SolveOptions {
    // Where the relaxation takes too long, some time is left for improvements.
    var options = SolveOptions(timeLimit: portfolio.secondsLeft.map { $0 * 0.8 })
    if solver.capabilities.features.contains(.cancellation) { options.cancellation = cancellation }
    return options
  }

  /// Solves the integer program and offers its decisions.
  private func solveProgram(
    _ formulation: SwapFormulation, _ relaxation: Relaxation, _ portfolio: inout Portfolio
  ) throws(SolverError) {
    let instance = problem.instance
    let greedy = GreedySearch(
      instance: instance, course: portfolio.realisation.course, limit: portfolio.limit)
    progressHandler?("integer program of \(formulation.model.integerCount) binaries")
    var options = options(portfolio)
    options.nodeLimit = problem.settings.nodeLimit
    options.absoluteGap = problem.settings.relativeGap / 4 * (relaxation.objective ?? 0)
    if let best = portfolio.best { options.warmStart = formulation.start(from: best.decisions) }
    // Small programs are solved whole, with whole tensors at the ends of their gaps.
    let isSmall = formulation.model.rowCount <= Self.smallRowCount
    let model = isSmall ? formulation.withWholeEdges() : formulation.model
    if isSmall { options.nodeLimit = 20 * problem.settings.nodeLimit }
    let shares = isSmall ? [1.0] : [0.15]
    let answer = try KernelSearch(solver: solver, shares: shares).solve(
      model, relaxation: relaxation, options: options)
    portfolio.note(answer, of: formulation)
    if let point = answer.point {
      portfolio.offer("integer program", engine: answer.engine, solution: answer) {
        greedy.decisions(from: formulation.decisions(at: point))
      }
    }
  }

  /// Programs with at most so many rows are solved as a whole.
  private static let smallRowCount = 6000
  /// Programs with more rows than this are left out for longer annealing: their root relaxation with
  /// cuts alone takes longer than everything else.
  private static let largestRowCount = 15_000
}
