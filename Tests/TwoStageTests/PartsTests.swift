import CBC
import GLPK
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing

@testable import TwoStage

/// Stages that keep a part of what they save and make the rest again.
@Suite struct PartsTests {
  private static func work(_ count: Int, seed: UInt64) -> StageWork {
    var random = SeededGenerator(seed: seed)
    var nodes = (0..<count).map { index in
      let isHandedOn = index == count - 1
      let output = Int.random(in: 1...9, using: &random)
      let keepsOutput = !isHandedOn && Bool.random(using: &random)
      let saved = keepsOutput ? output : 0
      return StageWork.Node(
        time: Double(Int.random(in: 1...20, using: &random)),
        saved: saved + (Bool.random(using: &random) ? Int.random(in: 0...6, using: &random) : 0),
        output: output, workspace: Int.random(in: 0...4, using: &random), isHandedOn: isHandedOn,
        keepsOutput: keepsOutput, sources: [], lastReader: nil)
    }
    for node in 1..<count {
      var sources: Set<Int> = [node - 1]
      if Bool.random(using: &random) { sources.insert(Int.random(in: 0..<node, using: &random)) }
      nodes[node].sources = sources.sorted()
      for source in sources { nodes[source].lastReader = node }
    }
    return StageWork(nodes: nodes)
  }

  /// A normalisation, a product, a function and a sum that is handed on: 2, 3 and 4 bytes saved in 1, 9 and 2 µs.
  private static let block = StageWork(nodes: [
    StageWork.Node(
      time: 1, saved: 2, output: 2, workspace: 0, isHandedOn: false, keepsOutput: true,
      sources: [], lastReader: 1),
    StageWork.Node(
      time: 9, saved: 3, output: 3, workspace: 0, isHandedOn: false, keepsOutput: true,
      sources: [0], lastReader: 2),
    StageWork.Node(
      time: 2, saved: 4, output: 4, workspace: 0, isHandedOn: false, keepsOutput: true,
      sources: [1], lastReader: 3),
    StageWork.Node(
      time: 1, saved: 0, output: 2, workspace: 0, isHandedOn: true, keepsOutput: false,
      sources: [2], lastReader: nil),
  ])

  @Test("parts of a block by hand")
  func byHand() throws {
    var finder = StageParts()
    let parts = finder.parts(of: Self.block)
    // Going without the function costs 2, without the normalisation 1, without both 3; the product costs 9.
    #expect(parts.map(\.keptBytes) == [9, 7, 5, 4, 2])
    #expect(parts.map(\.microseconds) == [1, 2, 3, 11, 12])
    #expect(parts[2].kept == [1] && parts[2].again == [0, 2] && parts[2].wholeBytes == 11)
    // Keeping nothing: the product reads the normalisation's output, makes its own, and saves it.
    #expect(parts[4].kept == [] && parts[4].again == [0, 1, 2])
    #expect(parts[4].running == 4 + 4 + 3 && parts[4].remaking == 0)
  }

  @Test("program, MathProg reference and all subsets agree", arguments: UInt64(0)..<16)
  func program(seed: UInt64) throws {
    let work = Self.work(4 + Int(seed % 3), seed: seed)
    let saved = work.nodes.reduce(0) { $0 + $1.saved }
    let budget = saved * Int(seed * 7 % 10) / 10
    var best = saved <= budget ? 0 : Double.infinity
    for mask in 0..<(1 << work.nodes.count) {
      let keeps = work.nodes.indices.map { mask >> $0 & 1 == 1 }
      if let part = work.part(keeping: keeps), part.keptBytes - work.handed <= budget {
        best = min(best, part.microseconds)
      }
    }
    let formulation = RecomputeFormulation(work, budget: budget)
    for solver in [CBCSolver() as any Solver, GLPKSolver()] {
      let solved = try solver.solve(formulation.model, options: SolveOptions())
      let value = formulation.microseconds(of: try #require(solved.objective))
      #expect(abs(value - best) < 1e-6, "\(solver.name)")
      if best > 0 {
        let point = try #require(solved.point)
        let part = try #require(formulation.part(at: point))
        #expect(part.keptBytes - work.handed <= budget && abs(part.microseconds - best) < 1e-9)
      }
    }
    let text = try FormulationTests.reference("recompute.mod")
    let model = try MathProg.read(model: text, data: work.mathProgData(budget: budget))
    let solved = try GLPKSolver().solve(model, options: SolveOptions())
    #expect(abs(try #require(solved.objective) - best) < 1e-6)
    // What running again takes limits the choice alike.
    let room = 6
    let tight = try GLPKSolver().solve(
      RecomputeFormulation(work, budget: budget, room: room).model, options: SolveOptions())
    let other = try GLPKSolver().solve(
      try MathProg.read(model: text, data: work.mathProgData(budget: budget, room: room)),
      options: SolveOptions())
    #expect((tight.objective == nil) == (other.objective == nil))
    if let value = tight.objective, let expected = other.objective {
      #expect(abs(formulation.microseconds(of: value) - expected) < 1e-6)
      #expect(expected >= best - 1e-6)
    }
  }

  // MARK: - Schedules

  /// All schedules of a chain with all parts of each stage.
  private static func schedules(
    _ graph: StageGraph, _ first: Int, _ last: Int
  ) -> [[StagePlan.Step]] {
    let name = graph.stages[first]
    let own: [StagePlan.Step] = [.forward(stage: name, keeping: .all)]
    if first == last { return [own + [.backward(stage: name)]] }
    let nodes = graph.nodes.filter { $0.stage == first }.map(\.id)
    var all: [[StagePlan.Step]] = []
    for rest in schedules(graph, first + 1, last) {
      all.append(own + rest + [.backward(stage: name)])
      for mask in 0..<(1 << nodes.count) {
        let kept = nodes.enumerated().filter { mask >> $0.offset & 1 == 1 }.map(\.element)
        all.append(
          [.forward(stage: name, keeping: .nodes(kept))] + rest
            + [.again(stage: name), .backward(stage: name)])
      }
    }
    for middle in (first + 1)...last {
      let passes = (first..<middle).map { stage in
        StagePlan.Step.forward(
          stage: graph.stages[stage], keeping: stage == first ? .input : .nothing)
      }
      for rest in schedules(graph, middle, last) {
        for before in schedules(graph, first, middle - 1) { all.append(passes + rest + before) }
      }
    }
    return all
  }

  @Test("no schedule with parts beats the plan's, by the replay of all of them", arguments: 0..<10)
  func bruteForce(seed: Int) {
    let graph = RandomStages.graph(
      stages: 3, nodes: 3, strategies: 1, seed: UInt64(900 + seed))
    let instance = StageInstance(graph)
    let choice = instance.domains.map { _ in 0 }
    let strategies = graph.nodes.map { StagePlan.Assignment(node: $0.id, strategy: "s0") }
    let points = Self.schedules(graph, 0, 2).map { schedule in
      let result = StageReplay(of: graph).run(
        StagePlan(
          version: "1", profile: Plan.ProfileReference(name: "random"), budgetBytes: 1 << 40,
          strategies: strategies, schedule: schedule))
      #expect(result.isValid, "\(result.faults)")
      return (time: result.iterationMicroseconds, bytes: result.peakBytes)
    }
    let (least, most) = (points.map(\.bytes).min() ?? 0, points.map(\.bytes).max() ?? 0)
    var (search, whole) = (
      StageSearch(instance, slots: 4000, mostSchedules: .max),
      StageSearch(instance, slots: 4000, mostSchedules: .max, parts: nil)
    )
    var hull = LossHull(instance)
    var last = Double.infinity
    for share in 0...8 {
      let budget = least + (most - least) * share / 8
      let best = points.filter { $0.bytes <= budget }.map(\.time).min() ?? .infinity
      guard let found = search.candidate(choice, within: budget) else {
        // Slots may hide a schedule that fits by a byte or two.
        #expect(share == 0)
        continue
      }
      #expect(found.peakBytes <= budget && found.microseconds >= best - 1e-3)
      // Parts with the same memory and time may need more room than another.
      #expect(found.microseconds <= best * 1.03, "\(share): \(found.microseconds), \(best)")
      #expect(found.microseconds <= last * (1 + 1e-9))
      last = found.microseconds
      if let alone = whole.candidate(choice, within: budget) {
        #expect(found.microseconds <= alone.microseconds * (1 + 1e-9))
      }
      #expect(hull.bound(within: budget) <= best * (1 + 1e-9))
    }
  }

  @Test("stages of more nodes than subsets can be tried of take a solver's parts", arguments: 0..<3)
  func large(seed: Int) throws {
    let graph = RandomStages.graph(
      stages: 3, nodes: 14, strategies: 1, seed: UInt64(40 + seed))
    let instance = StageInstance(graph)
    let figures = instance.figures(of: instance.domains.map { _ in 0 })
    let budget =
      figures.stateBytes + figures.backwardBytes(of: 2) + figures.saved[0] + figures.saved[1] / 2
    let planner = try TwoStagePlanner(profile: RandomStages.profile(graph))
    var settings = TwoStageSettings()
    settings.keepsParts = false
    let plain = try TwoStagePlanner(profile: RandomStages.profile(graph), settings: settings)
    guard case .plan(let plan) = try planner.plan(budgetBytes: budget, solver: GLPKSolver()),
      case .plan(let whole) = try plain.plan(budgetBytes: budget, solver: GLPKSolver())
    else {
      Issue.record("nothing fits")
      return
    }
    let report = StageReport(plan, name: "random", graph: graph)
    #expect(report.result.isValid && report.isPredictionExact, "\(report.result.faults)")
    #expect(plan.search.contains { $0.strategy == "parts of stages by program" })
    #expect(!report.result.partStages.isEmpty)
    let time = report.result.iterationMicroseconds
    #expect(time < StageReplay(of: graph).run(whole).iterationMicroseconds)
    #expect(try #require(plan.lowerBound).iterationMicroseconds <= time)
  }

  @Test("a transformer keeps parts of its layers, and its exchanges are confirmed")
  func transformer() throws {
    let small = try SmallTransformer.shared.get()
    var settings = TwoStageSettings()
    (settings.largestProgram, settings.largestFirstStage) = (0, 0)
    settings.searchWork = 1e5
    let planner = try TwoStagePlanner(profile: small.profile, settings: settings)
    settings.keepsParts = false
    let plain = try TwoStagePlanner(profile: small.profile, settings: settings)
    var parts = 0
    for budget in [600_000, 400_000] {
      let found = try planner.plan(budgetBytes: budget, solver: GLPKSolver())
      let other = try plain.plan(budgetBytes: budget, solver: GLPKSolver())
      guard case .plan(let plan) = found else { continue }
      let report = small.report(plan)
      #expect(report.result.isValid && report.isPredictionExact, "\(report.result.faults)")
      parts += report.result.partStages.count
      if !report.result.partStages.isEmpty {
        #expect(report.text().contains("Made again in part"))
        let read = try StagePlan.read(plan.encoded(), name: "p.json")
        #expect(read.schedule == plan.schedule && read.encoded() == plan.encoded())
      }
      #expect(plan.search.contains { $0.strategy == SearchEntry.tiedBlocks })
      guard case .plan(let whole) = other else { continue }
      let wholeTime = small.report(whole).result.iterationMicroseconds
      #expect(report.result.iterationMicroseconds <= wholeTime * (1 + 1e-9))
    }
    #expect(parts > 0)
  }

  @Test("a replay refuses parts that can't be")
  func faults() {
    let graph = RandomStages.graph(stages: 2, nodes: 2, strategies: 1, seed: 3)
    let strategies = graph.nodes.map { StagePlan.Assignment(node: $0.id, strategy: "s0") }
    let end: [StagePlan.Step] = [
      .forward(stage: "s1", keeping: .all), .backward(stage: "s1"),
    ]
    let first = StagePlan.Step.forward(stage: "s0", keeping: .nodes(["n0.0"]))
    let cases: [([StagePlan.Step], String)] = [
      (
        [.forward(stage: "s0", keeping: .nodes(["n1.0"]))],
        "schedule[0]: stage 's0' has no node 'n1.0'"
      ),
      (
        [.forward(stage: "s0", keeping: .nodes(["n0.0", "n0.0"]))],
        "schedule[0]: 'n0.0' stands twice"
      ),
      ([.again(stage: "s0")], "schedule[0]: no part of 's0' is saved"),
      (
        [first] + end + [.backward(stage: "s0")],
        "schedule[3]: the rest of 's0' is not made again yet"
      ),
      ([first, first], "schedule[1]: a part of 's0' is saved already"),
    ]
    for (schedule, fault) in cases {
      let result = StageReplay(of: graph).run(
        StagePlan(
          version: "1", profile: Plan.ProfileReference(name: "random"), budgetBytes: 1 << 40,
          strategies: strategies, schedule: schedule))
      #expect(result.faults == [fault])
    }
  }
}
