public import Optimization
public import Plans
public import Profiles

/// Plans how the gradients of all buckets are added up over all workers.
///
/// Single algorithms give the first plans, a greedy search a better one; an integer program finds the
/// earliest end, a second one the most energy that can be sent until then.
public struct GradientPlanner: Sendable {
  /// The gradients as numbers.
  public let instance: GradientInstance
  /// What the user chose.
  public let settings: GradientSettings
  /// What plans call the profile.
  public let profileName: String
  /// Ends the search early with the best plan so far.
  public var cancellation: Cancellation?
  /// Receives a line for each step.
  public var progressHandler: (@Sendable (String) -> Void)?

  /// Prepares a valid profile.
  public init(
    profile: Profile, settings: GradientSettings = GradientSettings()
  ) throws(GradientError) {
    instance = try GradientInstance(of: profile, energyBudget: settings.energy)
    self.settings = settings
    profileName = profile.name
  }

  /// Returns the best plan; nil if the one strategy asked for sends too little energy.
  ///
  /// - Parameter solver: Solves the integer programs.
  public func plan(solver: any Solver) throws(SolverError) -> GradientPlan? {
    let limit = SearchLimit(seconds: settings.timeLimit, cancellation: cancellation)
    var portfolio = GradientPortfolio(instance, limit: limit)
    for strategy in GradientStrategy.allCases where isWanted(strategy) {
      if portfolio.best != nil && portfolio.isCutOff() { break }
      switch strategy {
      case .dense:
        portfolio.offer(.dense, since: .now, termination: "done", instance.dense)
      case .allGather, .mesh, .denseWithin, .okTopk: offerUniform(strategy, &portfolio)
      case .greedy: offerGreedy(&portfolio)
      case .integer: break
      }
    }
    if !portfolio.isCutOff() { try search(&portfolio, solver) }
    guard let best = portfolio.best else { return nil }
    var plan = plan(of: best)
    // A bound is one in the program's tolerance.
    plan.lowerBoundMicroseconds = portfolio.bound.map { max(0, min($0, best.end)) }
    plan.search = portfolio.entries
    plan.isRepeatable = portfolio.isRepeatable
    return plan
  }

  private func isWanted(_ strategy: GradientStrategy) -> Bool {
    settings.strategy == nil || settings.strategy == strategy
  }

  private func offerUniform(_ strategy: GradientStrategy, _ portfolio: inout GradientPortfolio) {
    guard let algorithm = strategy.algorithm else { return }
    let begin = ContinuousClock.now
    let uniform = UniformDensity(instance: instance, algorithm: algorithm)
    let candidates = uniform.candidates()
    let best = uniform.best()
    let words: String
    if let best {
      words = "density \(best.choice.words)"
    } else {
      words = candidates.isEmpty ? "doesn't apply" : "sends too little energy"
    }
    portfolio.offer(
      strategy, nodes: candidates.count, since: begin, termination: words, best?.selection)
  }

  private func offerGreedy(_ portfolio: inout GradientPortfolio) {
    progressHandler?("greedy search")
    let begin = ContinuousClock.now
    let greedy = GreedyDensity(instance: instance, limit: portfolio.limit)
    var (best, evaluations) = (portfolio.best?.selection, 0)
    // From the fastest options, and from the best single algorithm.
    let starts = [greedy.selection(), best.map { greedy.improved(instance.onFrontier($0)) }]
    for start in starts.compactMap({ $0 }) {
      evaluations += start.evaluations
      if let found = best, instance.end(of: found) < instance.end(of: start.selection) { continue }
      best = start.selection
    }
    let ending = portfolio.isCutOff() ? "stopped" : "done"
    portfolio.offer(.greedy, nodes: evaluations, since: begin, termination: ending, best)
  }

  // MARK: Programs

  private func options(_ portfolio: GradientPortfolio, _ solver: any Solver) -> SolveOptions {
    var options = SolveOptions(
      timeLimit: settings.timeLimit.map { max(0.1, $0 - portfolio.seconds) })
    if solver.capabilities.features.contains(.cancellation) { options.cancellation = cancellation }
    return options
  }

  private func search(
    _ portfolio: inout GradientPortfolio, _ solver: any Solver
  ) throws(SolverError) {
    let count = instance.buckets.reduce(0) { $0 + $1.frontier.count }
    guard count <= settings.largestProgram else {
      return portfolio.skip(.integer, "\(count) options are too many")
    }
    let formulation = GradientFormulation(instance)
    progressHandler?("relaxation of \(count) options")
    let relaxed = try solver.relax(formulation.model, options: options(portfolio, solver))
    portfolio.offer(
      .integer, named: "relaxation", nil,
      bound: relaxed.termination == .optimal
        ? relaxed.objective.map(formulation.microseconds) : nil,
      nodes: 0, engine: relaxed.engine, termination: relaxed.termination,
      seconds: relaxed.seconds)
    guard isWanted(.integer) else { return }
    if portfolio.isCutOff() { return }
    if !portfolio.isWithin(gap: settings.relativeGap) {
      progressHandler?("integer program of \(count) options")
      var limits = options(portfolio, solver)
      limits.nodeLimit = settings.nodeLimit
      limits.absoluteGap =
        settings.relativeGap * max(0, (portfolio.best?.end ?? 0) - formulation.origin) / 1e3
      if let best = portfolio.best, solver.capabilities.features.contains(.partialWarmStart) {
        limits.warmStart = formulation.start(from: instance.onFrontier(best.selection))
      }
      let found = try solver.solve(formulation.model, options: limits)
      portfolio.offer(
        .integer, named: GradientStrategy.integer.rawValue,
        found.point.map(formulation.selection),
        bound: found.bound.map(formulation.microseconds), nodes: found.nodes,
        engine: found.engine, termination: found.termination, seconds: found.seconds)
    }
    try fill(&portfolio, formulation, solver)
  }

  /// Sends the most energy that ends no later.
  private func fill(
    _ portfolio: inout GradientPortfolio, _ formulation: GradientFormulation, _ solver: any Solver
  ) throws(SolverError) {
    guard let best = portfolio.best, best.missing > 1e-9, !portfolio.isCutOff() else { return }
    progressHandler?("the most energy until then")
    var limits = options(portfolio, solver)
    // What is left to gain is little.
    limits.nodeLimit = max(1, settings.nodeLimit / 4)
    limits.absoluteGap = settings.relativeGap
    if solver.capabilities.features.contains(.partialWarmStart) {
      limits.warmStart = formulation.start(from: instance.onFrontier(best.selection))
    }
    let model = formulation.leastMissing(endingBy: best.end)
    let found = try solver.solve(model, options: limits)
    portfolio.offer(
      .integer, named: "most energy until then", found.point.map(formulation.selection),
      bound: nil, nodes: found.nodes, engine: found.engine, termination: found.termination,
      seconds: found.seconds)
  }

  private func plan(of best: GradientPortfolio.Candidate) -> GradientPlan {
    let reasons = GradientReasons(instance: instance, selection: best.selection)
    let chosen = zip(instance.buckets, best.selection).map { $0.options[$1] }
    let decisions = chosen.enumerated().map { index, option in
      GradientPlan.Decision(
        bucket: instance.buckets[index].id, algorithm: option.algorithm, choice: option.choice,
        wire: option.wire, reason: reasons.reason(of: index))
    }
    return GradientPlan(
      version: PlannerVersion.current,
      profile: Plan.ProfileReference(name: profileName), energyBudget: settings.energy,
      strategy: best.strategy.rawValue, decisions: decisions, verdict: reasons.verdict,
      prediction: GradientPlan.Prediction(
        endMicroseconds: best.end, denseMicroseconds: instance.end(of: instance.dense),
        energy: 1 - best.missing,
        withinNodeBytes: chosen.reduce(0) { $0 + $1.withinBytes },
        betweenNodesBytes: chosen.reduce(0) { $0 + $1.betweenBytes }))
  }
}
