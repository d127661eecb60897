public import Optimization
public import Plans
public import Profiles

/// Plans how many tokens each device sends to each other device's experts.
///
/// Closed forms give the first dispatches, a linear program of all shared links the bound and, rounded, a
/// better one; where tokens are few, an integer program the best.
public struct DispatchPlanner: Sendable {
  /// The exchange as numbers.
  public let instance: DispatchInstance
  /// What the user chose.
  public let settings: DispatchSettings
  /// What plans call the profile.
  public let profileName: String
  /// Ends the search early with the best dispatch so far.
  public var cancellation: Cancellation?
  /// Receives a line for each step.
  public var progressHandler: (@Sendable (String) -> Void)?

  /// Prepares a valid profile.
  public init(
    profile: Profile, settings: DispatchSettings = DispatchSettings()
  ) throws(DispatchError) {
    instance = try DispatchInstance(of: profile)
    self.settings = settings
    profileName = profile.name
  }

  /// Returns the best plan.
  ///
  /// - Parameter solver: Solves the linear and the integer program.
  public func plan(solver: any Solver) throws(SolverError) -> DispatchPlan {
    let limit = SearchLimit(seconds: settings.timeLimit, cancellation: cancellation)
    var portfolio = DispatchPortfolio(instance, deviation: settings.deviation, limit: limit)
    let forms = ClosedForms(instance)
    func isWanted(_ strategy: DispatchStrategy) -> Bool {
      let isAsked = settings.strategy == nil || settings.strategy == strategy
      return isAsked && (portfolio.best == nil || !portfolio.isCutOff())
    }
    if isWanted(.even) { portfolio.offer(.even) { instance.even } }
    if isWanted(.taMoE) { portfolio.offer(.taMoE) { forms.proportional(isSmoothed: true) } }
    if isWanted(.inverse) { portfolio.offer(.inverse) { forms.proportional(isSmoothed: false) } }
    if isWanted(.hierarchical) {
      portfolio.offer(.hierarchical) { forms.hierarchical(leaving: 0.14) }
    }
    let isFinished = portfolio.best != nil && portfolio.isCutOff()
    let program = isFinished ? nil : try program()
    if let program {
      try solveLinear(program, isWanted(.linear), &portfolio, solver)
    } else {
      portfolio.skip(.linear, isFinished ? "stopped" : "too many kinds of pairs")
    }
    if isWanted(.integer) { try solveInteger(&portfolio, solver) }
    if portfolio.best == nil { portfolio.offer(.even) { instance.even } }
    guard let best = portfolio.best else { preconditionFailure("the even dispatch always exists") }
    var plan = plan(of: best)
    plan.lowerBoundMicroseconds = portfolio.bound.map { min($0, best.time) }
    if let program { plan.pareto = try pareto(program, solver) }
    plan.search = portfolio.entries
    plan.isRepeatable = portfolio.isRepeatable
    return plan
  }

  /// How far the closed form of TA-MoE would deviate if nothing limited it; nil where it doesn't apply.
  public var closedFormDeviation: Double? {
    ClosedForms(instance).proportional(isSmoothed: true).map { instance.deviation($0) }
  }

  // MARK: Programs

  /// An instance with the classes of its pairs. Its times are those of the planner's, or less.
  private struct Program {
    let instance: DispatchInstance
    let classes: PairClasses
    let isExact: Bool
  }

  /// Returns the program with the fewest variables; nil if even figures that are raised to those of their
  /// neighbours leave too many.
  private func program() throws(SolverError) -> Program? {
    progressHandler?("kinds of pairs")
    let classes = PairClasses(of: instance)
    if classes.count <= settings.largestProgram {
      return Program(instance: instance, classes: classes, isExact: true)
    }
    // Optimistic figures of a valid instance make a valid instance.
    guard let better = try? instance.on(instance.routes.cluster.optimistic()) else { return nil }
    let fewer = PairClasses(of: better)
    guard fewer.count <= settings.largestProgram else { return nil }
    return Program(instance: better, classes: fewer, isExact: false)
  }

  private func options(_ solver: any Solver, since seconds: Double = 0) -> SolveOptions {
    var options = SolveOptions(timeLimit: settings.timeLimit.map { max(0.1, $0 - seconds) })
    if solver.capabilities.features.contains(.cancellation) { options.cancellation = cancellation }
    return options
  }

  private func solveLinear(
    _ program: Program, _ isWanted: Bool, _ portfolio: inout DispatchPortfolio,
    _ solver: any Solver
  ) throws(SolverError) {
    let formulation = ClassFormulation(
      program.instance, classes: program.classes, deviation: settings.deviation)
    progressHandler?("linear program of \(formulation.model.variableCount) variables")
    let answer = try solver.relax(
      formulation.model, options: options(solver, since: portfolio.seconds))
    portfolio.note(answer.termination)
    guard answer.termination == .optimal, let objective = answer.objective else {
      return portfolio.skip(.linear, answer.termination.description)
    }
    portfolio.raise(objective)
    guard isWanted else { return }
    var point = answer.point
    var seconds = answer.seconds
    if program.classes.count <= settings.largestProgram / 4 {
      let least = try solver.relax(
        formulation.leastDeviation(within: objective),
        options: options(solver, since: portfolio.seconds))
      seconds += least.seconds
      if least.termination == .optimal { point = least.point }
    }
    portfolio.offer(
      .linear, engine: answer.engine, seconds: seconds, bound: objective,
      termination: program.isExact ? "optimal, rounded" : "bound of raised rates, rounded"
    ) { formulation.tokens(at: point) }
  }

  private func solveInteger(
    _ portfolio: inout DispatchPortfolio, _ solver: any Solver
  ) throws(SolverError) {
    let pairs = instance.deviceCount * instance.deviceCount
    if portfolio.isWithin(gap: settings.relativeGap) { return }
    guard pairs <= settings.largestIntegerPairs, instance.row <= settings.largestIntegerTokens
    else {
      if settings.strategy == .integer { portfolio.skip(.integer, "too many tokens or devices") }
      return
    }
    progressHandler?("integer program of \(pairs) pairs")
    let formulation = PairFormulation(instance, deviation: settings.deviation, isInteger: true)
    var options = options(solver, since: portfolio.seconds)
    options.nodeLimit = settings.nodeLimit
    options.absoluteGap = settings.relativeGap * (portfolio.best?.time ?? 0)
    let features = solver.capabilities.features
    if features.contains(.partialWarmStart), let best = portfolio.best {
      options.warmStart = formulation.start(from: best.tokens)
    }
    let solution = try solver.solve(formulation.model, options: options)
    let tokens = solution.point.map { point in
      formulation.tokens(at: point).map { Int($0.rounded()) }
    }
    portfolio.offer(solution, tokens: tokens)
  }

  private func pareto(
    _ program: Program, _ solver: any Solver
  ) throws(SolverError) -> [DispatchPlan.ParetoPoint] {
    var points: [DispatchPlan.ParetoPoint] = []
    for deviation in Set(settings.paretoDeviations).sorted()
    where cancellation?.isCancelled != true {
      progressHandler?("least time at a deviation of \(deviation)")
      let formulation = ClassFormulation(
        program.instance, classes: program.classes, deviation: deviation)
      let answer = try solver.relax(formulation.model, options: options(solver))
      guard answer.termination == .optimal, let objective = answer.objective else { continue }
      points.append(
        DispatchPlan.ParetoPoint(deviation: deviation, timeMicroseconds: max(0, objective)))
    }
    return points
  }

  private func plan(of best: DispatchPortfolio.Candidate) -> DispatchPlan {
    let count = instance.deviceCount
    let first = DispatchPlan.firstExperts(experts: instance.experts, devices: count)
    var capacity: [Int] = []
    for device in 0..<count {
      let local = first[device + 1] - first[device]
      for _ in 0..<local { capacity.append((instance.columns[device] + local - 1) / local) }
    }
    let total = Double(instance.total)
    let even = WholeTokens.rounded(instance.even, row: instance.row, columns: instance.columns)
    return DispatchPlan(
      version: PlannerVersion.current,
      profile: Plan.ProfileReference(name: profileName), experts: instance.experts,
      topK: instance.topK, tokensPerDevice: instance.tokensPerDevice,
      tokenBytes: instance.tokenBytes, deviationBudget: settings.deviation,
      strategy: best.strategy.rawValue,
      tokens: (0..<count).map { Array(best.tokens[$0 * count..<($0 + 1) * count]) },
      expertCapacity: capacity,
      prediction: DispatchPlan.Prediction(
        timeMicroseconds: best.time, evenMicroseconds: instance.time(of: even.map(Double.init)),
        deviation: total > 0 ? best.moved / total : 0))
  }
}
