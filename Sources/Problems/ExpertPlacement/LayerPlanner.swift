import Optimization
import Plans
import Profiles

/// What came of one layer.
struct LayerOutcome {
  /// The experts on each device, ascending.
  var assignment: Assignment
  /// The shares of weighted split, `[scenario][device][position]`; empty for equal split.
  var shares: [[[Double]]] = []
  /// The layer's value.
  var value: Double
  /// What no placement can beat.
  var bound: LayerBound
  /// The strategy that found the assignment.
  var strategy: String
}

/// Plans one layer: baselines, search, and for weighted split the linear and integer programs.
struct LayerPlanner {
  let instance: PlacementInstance
  let layer: Int
  let problem: LayerProblem
  /// Solves the programs of weighted split.
  let solver: (any Solver)?
  /// When the search has to end with the best assignment so far.
  let limit: SearchLimit

  private(set) var best: LayerOutcome?
  /// Whether time or the user cut something off.
  private(set) var isCutOff = false
  private(set) var bound: LayerBound
  private let settings: PlacementSettings

  /// Prepares a layer.
  ///
  /// - Throws: `infeasible` where groups don't fit on the nodes.
  init(
    _ instance: PlacementInstance, layer: Int, redundancy: Int?, moveLimit: Int?,
    solver: (any Solver)?, limit: SearchLimit = SearchLimit()
  ) throws(PlacementError) {
    self.instance = instance
    self.layer = layer
    self.solver = solver
    self.limit = limit
    settings = instance.settings
    var problem = instance.problem(layer: layer, redundancy: redundancy, moveLimit: moveLimit)
    var bound = problem.bound()
    if instance.keepsGroups {
      guard let groups = instance.groupHomes(problem) else {
        throw .infeasible(
          problem: "the groups of experts don't fit on the nodes as wholes",
          remedy: "give more slots, or --free-groups to spread them")
      }
      problem.home = groups.home
      if groups.bound > bound.value {
        bound = LayerBound(value: groups.bound, method: "groups kept on one node")
      }
    } else if settings.usesCoactivation {
      let visits = TokenVisits(
        of: instance.moe, layer: layer, scenarios: instance.scenarios.map(\.name))
      guard !visits.sets.isEmpty else {
        throw .missing(
          place: "moe.coactivation",
          remedy: "add what tokens visit in layer \(instance.moe.layerNumbers[layer]) too")
      }
      var partition = NodePartition(
        problem, visits: visits, loadLimit: settings.coactivationLoadLimit,
        proposals: settings.iterationLimit / 4, seed: settings.seed)
      partition.limit = limit
      partition.run()
      isCutOff = partition.isCutOff
      problem.home = partition.best
    }
    self.problem = problem
    self.bound = bound
  }

  private func tries(_ strategy: PlacementStrategy) -> Bool {
    settings.strategies.isEmpty || settings.strategies.contains(strategy)
  }

  /// Tries all strategies.
  ///
  /// - Parameter start: An assignment to begin with, such as that of a smaller budget.
  mutating func run(
    _ records: inout PlacementRecords, from start: Assignment? = nil
  ) throws(SolverError) {
    if let current = instance.current(layer: layer) {
      offer("current placement", current, &records)
      if problem.moveLimit != nil, !problem.accepts(current) {
        let moved = FewestMoves(problem, current: current)
        offer("fewest moves", moved.bare, &records)
        if let filled = moved.filled, filled != moved.bare {
          offer("fewest moves, all kept", filled, &records)
        }
      }
    }
    if let start, problem.accepts(start) { keep(start, "smaller budget") }
    tryBaselines(&records)
    // Those of the other layers come fast, too.
    if best != nil { limit.noteAnswer() }
    if tries(.search) || settings.strategies == [.integerProgram] { search(&records) }
    if settings.split == .weighted { try share(&records) }
  }

  /// Whether the best assignment is as close to the bound as was asked for.
  private var isCloseEnough: Bool {
    best.map { $0.value <= bound.value * (1 + settings.relativeGap) } ?? false
  }

  private mutating func tryBaselines(_ records: inout PlacementRecords) {
    if tries(.contiguous) {
      offer(PlacementStrategy.contiguous.rawValue, problem.contiguous(), &records)
    }
    if tries(.roundRobin) {
      offer(PlacementStrategy.roundRobin.rawValue, problem.roundRobin(), &records)
    }
    if tries(.eplb) { tryEPLB(&records) }
    if tries(.greedy) { offer(PlacementStrategy.greedy.rawValue, problem.greedy(), &records) }
    if tries(.pairing),
      let paired = problem.alone() ?? problem.paired(counts: problem.waterfill().counts)
    {
      offer(PlacementStrategy.pairing.rawValue, paired, &records)
    }
    // The search needs some start even where the user names it alone.
    if best == nil, let greedy = problem.greedy(), problem.accepts(greedy) {
      keep(greedy, "greedy")
    }
  }

  private mutating func tryEPLB(_ records: inout PlacementRecords) {
    let name = PlacementStrategy.eplb.rawValue
    let room = instance.slots[0]
    guard settings.objective == .tokens, instance.slots.allSatisfy({ $0 == room }),
      instance.moe.deviceSpeeds.isEmpty,
      let eplb = EPLB(
        experts: problem.experts, devices: problem.devices, nodes: instance.moe.nodeSizes.count,
        groups: instance.moe.groups, replicas: problem.replicaLimit)
    else {
      records.note(name, value: nil, ending: "doesn't apply")
      return
    }
    let begin = ContinuousClock.now
    // It knows one load only: the mean of the scenarios.
    let load = (0..<problem.experts).map { expert in
      (0..<problem.scenarios).reduce(0.0) { $0 + problem.weight(expert, 1, $1) }
    }
    let placed = eplb.place(load)
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let raw = Assignment(devices: placed)
    let clean = LayerProblem.withoutDuplicates(placed)
    let ending =
      raw == clean ? ending(of: clean) : "an expert twice on a device, once in the plan"
    records.note(
      name, value: problem.valueWithDuplicates(raw), moves: moves(of: clean), ending: ending,
      seconds: seconds)
    if problem.accepts(clean) { keep(clean, name) }
  }

  private func moves(of assignment: Assignment) -> Int? {
    problem.current == nil ? nil : problem.moves(of: assignment)
  }

  /// How a strategy ended whose assignment may break a rule.
  private func ending(of assignment: Assignment) -> String {
    if problem.accepts(assignment) { return "done" }
    if let limit = problem.moveLimit, problem.moves(of: assignment) > limit {
      return "too many moves"
    }
    return problem.home.isEmpty ? "breaks a rule" : "leaves its node"
  }

  /// Takes an assignment if it breaks no rule and is the best so far.
  private mutating func offer(
    _ name: String, _ assignment: Assignment?, _ records: inout PlacementRecords
  ) {
    guard let assignment else {
      records.note(name, value: nil, ending: "finds no place for an expert")
      return
    }
    let counts = assignment.replicaCounts(experts: problem.experts)
    guard counts.allSatisfy({ 1...problem.maximumReplicas ~= $0 }) else {
      records.note(name, value: nil, ending: "leaves out an expert")
      return
    }
    records.note(
      name, value: problem.value(of: assignment), moves: moves(of: assignment),
      ending: ending(of: assignment))
    if problem.accepts(assignment) { keep(assignment, name) }
  }

  private mutating func keep(_ assignment: Assignment, _ strategy: String) {
    let value = problem.value(of: assignment)
    if best.map({ value < $0.value - 1e-12 }) ?? true {
      best = LayerOutcome(
        assignment: assignment.sorted, value: value, bound: bound, strategy: strategy)
    }
  }

  private mutating func search(_ records: inout PlacementRecords) {
    guard let start = best?.assignment else { return }
    let begin = ContinuousClock.now
    var search = PlacementSearch(
      problem, from: start, target: bound.value * (1 + settings.relativeGap),
      iterationLimit: settings.iterationLimit, seed: settings.seed)
    search.limit = limit
    search.run()
    isCutOff = isCutOff || search.isCutOff
    records.note(
      PlacementStrategy.search.rawValue, value: problem.value(of: search.best),
      moves: moves(of: search.best), nodes: search.iterations,
      ending: search.isCutOff ? "time limit" : "done",
      seconds: (ContinuousClock.now - begin) / .seconds(1))
    keep(search.best, PlacementStrategy.search.rawValue)
  }

  // MARK: Weighted split

  /// Shares tokens out among the replicas of the best assignment, and looks for a better one.
  private mutating func share(_ records: inout PlacementRecords) throws(SolverError) {
    guard let equal = best else { return }
    // Equal shares are shares too.
    let counts = equal.assignment.replicaCounts(experts: problem.experts)
    let even = (0..<problem.scenarios).map { _ in
      equal.assignment.devices.map { list in list.map { 1 / Double(counts[$0]) } }
    }
    best?.shares = even
    if tries(.wrapAround) {
      let begin = ContinuousClock.now
      let wrapped = problem.wrapAround()
      let seconds = (ContinuousClock.now - begin) / .seconds(1)
      if let wrapped {
        offer(PlacementStrategy.wrapAround.rawValue, wrapped, &records, seconds: seconds)
      } else {
        records.note(
          PlacementStrategy.wrapAround.rawValue, value: nil, ending: "doesn't fit",
          seconds: seconds)
      }
    }
    guard let solver else { return }
    try resplit(equal.assignment, solver, &records)
    let isAsked = settings.strategies.contains(.integerProgram)
    guard tries(.integerProgram), isAsked || !isProven else { return }
    let places = problem.experts * problem.devices
    if isAsked || places <= settings.programLimit {
      try solveProgram(solver, &records)
    } else {
      records.note(
        PlacementStrategy.integerProgram.rawValue, value: nil,
        ending: "left out: \(places) places, too many unless asked for")
    }
  }

  /// Whether the best value is the bound, to within what engines can tell.
  private var isProven: Bool { best.map { $0.value <= bound.value * (1 + 1e-6) } ?? false }

  private mutating func offer(
    _ name: String, _ shared: SharedAssignment, _ records: inout PlacementRecords,
    solution: Solution? = nil, engine: String = "planner", seconds: Double
  ) {
    let shared = shared.sorted
    let value = problem.robustness.value(of: shared.scenarioValues(problem))
    records.note(
      name, value: value, bound: solution.map { max(bound.value, $0.bound ?? 0) },
      moves: moves(of: shared.assignment), nodes: solution?.nodes ?? 0,
      engine: solution?.engine ?? engine, ending: solution?.termination.description ?? "done",
      seconds: seconds)
    if best.map({ value < $0.value - 1e-9 }) ?? true, problem.accepts(shared.assignment) {
      best = LayerOutcome(
        assignment: shared.assignment, shares: shared.shares, value: value, bound: bound,
        strategy: name)
    }
  }

  /// Finds the best shares for given replicas: a linear program.
  private mutating func resplit(
    _ assignment: Assignment, _ solver: any Solver, _ records: inout PlacementRecords
  ) throws(SolverError) {
    let formulation = SplitFormulation(problem, bound: 0, placedAs: assignment)
    let relaxation = try solver.relax(formulation.model, options: limit.options(for: solver))
    guard relaxation.termination == .optimal else {
      isCutOff = isCutOff || limit.isReached
      records.note(
        "best shares", value: nil, engine: relaxation.engine,
        ending: relaxation.termination.description, seconds: relaxation.seconds)
      return
    }
    offer(
      "best shares", formulation.decode(relaxation.point, placedAs: assignment), &records,
      engine: relaxation.engine, seconds: relaxation.seconds)
  }

  private mutating func solveProgram(
    _ solver: any Solver, _ records: inout PlacementRecords
  ) throws(SolverError) {
    let name = PlacementStrategy.integerProgram.rawValue
    let isOneValue = problem.scenarios == 1 || problem.robustness == .worst
    let formulation = SplitFormulation(problem, bound: isOneValue ? bound.value : 0)
    var options = SolveOptions(nodeLimit: settings.nodeLimit, absoluteGap: 1e-6)
    if limit.isReached {
      isCutOff = true
      records.note(name, value: nil, ending: "time limit")
      return
    }
    options.timeLimit = limit.secondsLeft
    if solver.capabilities.features.contains(.cancellation) {
      options.cancellation = limit.cancellation
    }
    if let best, solver.capabilities.features.contains(.warmStart) {
      options.warmStart = formulation.start(
        from: SharedAssignment(assignment: best.assignment, shares: best.shares))
    }
    let solution = try solver.solve(formulation.model, options: options)
    switch solution.termination {
    case .feasible(.time), .feasible(.interrupted), .noSolution(.time), .noSolution(.interrupted):
      isCutOff = true
    default: break
    }
    if let proven = solution.bound, proven > bound.value + 1e-9 {
      bound = LayerBound(value: proven, method: "integer program")
      best?.bound = bound
    }
    guard let point = solution.point else {
      records.note(
        name, value: nil, bound: solution.bound, nodes: solution.nodes, engine: solution.engine,
        ending: solution.termination.description, seconds: solution.seconds)
      return
    }
    offer(
      name, formulation.decode(point), &records, solution: solution, seconds: solution.seconds)
  }
}
