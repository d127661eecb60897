public import Optimization
public import Plans
public import Profiles

/// What came of planning.
public enum ChunkAnswer: Sendable {
  /// The best plan found.
  case plan(ChunkPlan)
  /// No plan fits: the operator that binds, and the smallest budget that works.
  case infeasible(operation: String, smallestBudgetBytes: Int)
}

/// Plans the chunks of one profile: their size, what they hold, and where they are at each moment.
///
/// Baselines give the first plans, the linear relaxation the bound; rounding, a sweep over the number of
/// optimizers on the device, and integer programs give better ones. The best one wins.
public struct ChunkPlanner: Sendable {
  /// The model data.
  public let data: ModelData
  /// The chunks.
  public let layout: ChunkLayout
  /// The placement as numbers.
  public let instance: ChunkInstance
  /// The device's memory.
  public let budgetBytes: Int
  /// What the user chose.
  public let settings: ChunkSettings
  /// Ends the search early with the best plan so far.
  public var cancellation: Cancellation?
  /// Receives a line for each step.
  public var progressHandler: (@Sendable (String) -> Void)?

  /// Prepares a valid profile.
  public init(
    profile: Profile, budgetBytes: Int, settings: ChunkSettings = ChunkSettings()
  ) throws(ChunkError) {
    data = try ModelData(of: profile)
    layout = try ChunkLayout(of: data, settings: settings)
    instance = try ChunkInstance(
      of: data, layout: layout, budgetBytes: budgetBytes, settings: settings)
    self.budgetBytes = budgetBytes
    self.settings = settings
  }

  /// The smallest budget that any plan with these chunks works with.
  public var smallestBudgetBytes: Int {
    let least = ChunkChoice(
      isOnHost: instance.hostOptimizers.map(\.isPossible),
      isKept: instance.gaps.map { _ in false })
    return budgetBytes - (instance.memoryLeft(of: least).min() ?? budgetBytes)
  }

  /// Returns the best plan.
  ///
  /// - Parameter solver: Solves the relaxation and the integer program.
  public func plan(solver: any Solver) throws(SolverError) -> ChunkAnswer {
    if let missing = instance.missing {
      return .infeasible(
        operation: data.profile.operators[missing.moment].id,
        smallestBudgetBytes: smallestBudgetBytes)
    }
    let limit = SearchLimit(seconds: settings.timeLimit, cancellation: cancellation)
    var portfolio = ChunkPortfolio(instance, limit: limit)
    let rows = MemoryRow.undominated(of: instance)
    let eviction = Eviction(instance, rows: rows)
    let onDevice = instance.hostOptimizers.map { _ in false }
    let onHost = instance.hostOptimizers.map(\.isPossible)
    portfolio.offer("keep all") {
      ChunkChoice(isOnHost: onDevice, isKept: instance.gaps.map { _ in true })
    }
    portfolio.offer("all on the host") {
      ChunkChoice(isOnHost: onHost, isKept: instance.gaps.map { _ in false })
    }
    portfolio.offer("Belady (Gemini auto)") { eviction.gemini() }
    portfolio.offer("weighted Belady, optimizer on the host") {
      eviction.weighted(isOnHost: onHost)
    }
    portfolio.offer("weighted Belady, optimizer on the device") {
      eviction.weighted(isOnHost: onDevice)
    }
    portfolio.offer("weighted Belady, optimizer split") { eviction.weightedWithChoice() }

    if portfolio.isCutOff() {
      // What there is must do.
    } else if rows.isEmpty {
      portfolio.bound = 0
    } else {
      try improve(&portfolio, rows: rows, eviction: eviction, solver: solver)
    }
    guard let best = portfolio.best else {
      // `missing` has shown that evicting everything fits.
      preconditionFailure("no choice although one fits")
    }
    var plan = plan(of: best.choice)
    plan.lowerBoundMicroseconds = portfolio.bound.map { min($0, best.cost) }
    plan.search = portfolio.entries
    plan.isRepeatable = portfolio.isRepeatable
    return .plan(plan)
  }

  /// Solves the relaxation, rounds it, and solves the integer program where that leaves a gap.
  private func improve(
    _ portfolio: inout ChunkPortfolio, rows: [MemoryRow], eviction: Eviction,
    solver: any Solver
  ) throws(SolverError) {
    let formulation = ChunkFormulation(instance, rows: rows)
    let model = formulation.model
    var options = portfolio.limit.options(for: solver)
    progressHandler?("relaxation of \(model.variableCount) variables, \(model.rowCount) rows")
    let relaxation = try solver.relax(model, options: options)
    portfolio.note(relaxation)
    if relaxation.termination == .optimal {
      let shares = formulation.shares(at: relaxation.point)
      portfolio.offer("rounded relaxation", engine: relaxation.engine) {
        let isOnHost = zip(shares.host, instance.hostOptimizers).map { $0 > 0.5 && $1.isPossible }
        return eviction.choice(isOnHost: isOnHost) { gap, _, _ in -shares.keep[gap] }
      }
      portfolio.offer("sweep of the relaxation", engine: relaxation.engine) {
        eviction.sweep(hostShares: shares.host)
      }
    }
    if portfolio.isWithin(gap: settings.relativeGap) || portfolio.isCutOff() { return }
    options.nodeLimit = settings.nodeLimit
    // Absolute, because engines disagree whether the objective's constant counts.
    options.absoluteGap = settings.relativeGap * (relaxation.objective ?? 0)
    // Layers are alike, and no engine ends soon with many binaries that are: large programs are solved
    // for the optimizers of the best choice so far, small ones as a whole.
    let isSmall = model.integerCount <= settings.wholeProgramLimit
    if let best = portfolio.best?.choice, !isSmall {
      progressHandler?("integer program of the gaps")
      let part = formulation.withOptimizers(of: best)
      options.timeLimit = settings.timeLimit.map { max(0.1, ($0 - portfolio.seconds) / 2) }
      options.warmStart = formulation.start(from: best)
      let solution = try solver.solve(part, options: options)
      portfolio.noteLimits(solution)
      offer(solution, "integer program of the gaps", formulation, &portfolio)
      if portfolio.isWithin(gap: settings.relativeGap) || portfolio.isCutOff() { return }
      progressHandler?("bound with whole optimizers")
      options.timeLimit = settings.timeLimit.map { max(0.1, $0 - portfolio.seconds) }
      options.warmStart = portfolio.best.map { formulation.start(from: $0.choice) }
      let fluid = try solver.solve(formulation.withFluidParameters(), options: options)
      portfolio.note(fluid, as: "bound with whole optimizers")
      return
    }
    progressHandler?("integer program of \(model.integerCount) binaries")
    options.timeLimit = settings.timeLimit.map { max(0.1, $0 - portfolio.seconds) }
    options.warmStart = portfolio.best.map { formulation.start(from: $0.choice) }
    let solution = try solver.solve(model, options: options)
    portfolio.note(solution)
    offer(solution, "integer program", formulation, &portfolio)
  }

  private func offer(
    _ solution: Solution, _ strategy: String, _ formulation: ChunkFormulation,
    _ portfolio: inout ChunkPortfolio
  ) {
    guard let point = solution.point else { return }
    portfolio.offer(strategy, engine: solution.engine, solution: solution) {
      formulation.choice(at: point)
    }
  }

  /// Returns a choice as a plan with its prediction, whether it fits or not.
  public func plan(of choice: ChunkChoice) -> ChunkPlan {
    let cost = instance.cost(of: choice)
    let operators = data.profile.operators
    let peak = budgetBytes - (instance.memoryLeft(of: choice).min() ?? budgetBytes)
    func names(_ storages: [Int]) -> [String] { storages.map { data.storages.all[$0].tensor.id } }
    let chunks = layout.chunks.enumerated().map { index, chunk in
      let members = chunk.parameters.map { data.parameters[$0] }
      let isUpdated = members.contains { member in
        data.storages.all[member.storage].writes.contains { operators[$0].phase == .optimizer }
      }
      return ChunkPlan.Chunk(
        id: chunk.id, dtype: chunk.dtype, elements: chunk.elements,
        usedElements: chunk.usedElements, parameters: members.map(\.id),
        gradients: names(members.flatMap(\.gradients)),
        optimizerStates: names(members.flatMap(\.states)), parameterBytes: chunk.parameterBytes,
        gradientBytes: chunk.gradientBytes, optimizerBytes: chunk.optimizerBytes,
        optimizer: choice.isOnHost[index] ? .host : isUpdated ? .device : .none)
    }
    let gaps = instance.gaps.enumerated().filter {
      instance.exists($0.element, isOnHost: choice.isOnHost)
    }.map { index, gap in
      ChunkPlan.Gap(
        chunk: layout.chunks[gap.chunk].id, part: gap.part, after: operators[gap.after].id,
        before: operators[gap.before].id, isKept: choice.isKept[index])
    }
    return ChunkPlan(
      version: PlannerVersion.current,
      profile: Plan.ProfileReference(name: data.profile.name), budgetBytes: budgetBytes,
      worldSize: layout.worldSize, chunkElements: layout.chunkElements,
      hostOptimizerGBPerSecond: settings.hostOptimizerGBPerSecond, chunks: chunks, gaps: gaps,
      prediction: ChunkPlan.Prediction(
        addedMicroseconds: cost.total, copyInMicroseconds: cost.copyIn,
        copyOutMicroseconds: cost.copyOut, hostOptimizerMicroseconds: cost.update,
        bytesIn: cost.bytesIn, bytesOut: cost.bytesOut, peakDeviceBytes: peak),
      sizings: layout.sizings)
  }
}
