import CBC
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing

@testable import TwoStage

/// Strategies and schedules together, against all choices with the best schedule of each.
@Suite struct CompositionTests {
  /// The best of all choices; schedules with slots of one byte or a few.
  private func optimum(_ instance: StageInstance, within budget: Int) -> Double? {
    var search = StageSearch(instance, slots: 2000, mostSchedules: .max)
    return search.best(of: RandomStages.choices(of: instance), within: budget)?.microseconds
  }

  private func plan(_ graph: StageGraph, within budget: Int) throws -> StagePlan? {
    let planner = try TwoStagePlanner(profile: RandomStages.profile(graph))
    guard case .plan(let plan) = try planner.plan(budgetBytes: budget, solver: CBCSolver()) else {
      return nil
    }
    return plan
  }

  @Test(
    "7 stages of 4 strategies: within 0.1 % of the joint optimum on the mean",
    arguments: UInt64(0)..<5)
  func chains(tens: UInt64) throws {
    var losses: [Double] = []
    var gaps: [Double] = []
    for seed in 10 * tens..<10 * tens + 10 {
      let graph = RandomStages.graph(stages: 7, strategies: 4, seed: seed)
      let instance = StageInstance(graph)
      let budget = RandomStages.budget(of: instance, share: Double(5 + seed * 17 % 60) / 100)
      guard let optimum = optimum(instance, within: budget) else { continue }
      let plan = try #require(try plan(graph, within: budget), "seed \(seed)")
      let report = StageReport(plan, name: "random", graph: graph)
      #expect(report.result.isValid && report.isPredictionExact, "seed \(seed)")
      #expect(report.result.peakBytes <= budget)
      let bound = try #require(plan.lowerBound).iterationMicroseconds
      #expect(bound <= optimum * (1 + 1e-9), "seed \(seed)")
      // Schedules of the reference have slots of a few bytes, those of the plan fit in bytes.
      losses.append(report.result.iterationMicroseconds / optimum - 1)
      gaps.append(optimum / bound - 1)
    }
    #expect(losses.count >= 9)
    let mean = losses.reduce(0, +) / Double(losses.count)
    print(
      "composition: \(losses.count) cases, mean loss \(mean), largest \(losses.max() ?? 0), "
        + "mean gap of the bound \(gaps.reduce(0, +) / Double(gaps.count)), largest "
        + "\(gaps.max() ?? 0)")
    #expect(mean <= 0.001)
    #expect(losses.max() ?? 1 <= 0.01)
  }

  @Test("stages of several tied nodes: valid, bounded, and near the optimum", arguments: 0..<12)
  func ties(seed: Int) throws {
    let graph = RandomStages.graph(
      stages: 4, nodes: 2, strategies: 3, ties: true, seed: UInt64(100 + seed))
    #expect(RandomStages.profile(graph).validate() == [])
    let instance = StageInstance(graph)
    let budget = RandomStages.budget(of: instance, share: 0.3)
    let optimum = optimum(instance, within: budget)
    let plan = try plan(graph, within: budget)
    #expect((plan == nil) == (optimum == nil))
    guard let plan, let optimum else { return }
    let report = StageReport(plan, name: "random", graph: graph)
    #expect(report.result.isValid && report.isPredictionExact)
    #expect(try #require(plan.lowerBound).iterationMicroseconds <= optimum * (1 + 1e-9))
    #expect(report.result.iterationMicroseconds <= optimum * 1.02)
  }

  @Test("a front is monotone, and each point is as good as alone or better", arguments: 0..<4)
  func front(seed: Int) throws {
    let graph = RandomStages.graph(
      stages: 6, nodes: 2, strategies: 3, seed: UInt64(300 + seed))
    let planner = try TwoStagePlanner(profile: RandomStages.profile(graph))
    let budgets = stride(from: 60_000, through: 4_000, by: -4_000).map { $0 }
    let answers = try planner.plans(budgets: budgets, solver: CBCSolver())
    #expect(answers.count == budgets.count)
    let rows = zip(budgets, answers).map { budget, answer in
      guard case .plan(let plan) = answer else {
        return StageFrontReport.Row(budgetBytes: budget, report: nil)
      }
      return StageFrontReport.Row(
        budgetBytes: budget, report: StageReport(plan, name: "random", graph: graph))
    }
    let report = StageFrontReport(name: "random", rows: rows)
    #expect(report.isValid)
    #expect(report.front.count >= 4)
    for row in rows {
      guard let own = row.report else { continue }
      #expect(own.plan.lowerBound.map { $0.iterationMicroseconds } ?? 0 > 0)
      #expect(own.result.peakBytes <= row.budgetBytes)
    }
  }

  @Test("what nothing fits in is told with a budget that works", arguments: 0..<8)
  func infeasible(seed: Int) throws {
    let graph = RandomStages.graph(
      stages: 5, nodes: 1, strategies: 3, seed: UInt64(500 + seed))
    let planner = try TwoStagePlanner(profile: RandomStages.profile(graph))
    guard
      case .infeasible(let conflict) = try planner.plan(budgetBytes: 1000, solver: CBCSolver())
    else {
      Issue.record("a plan in 1000 bytes")
      return
    }
    #expect(conflict.provenBytes <= conflict.smallestBudgetBytes)
    #expect(graph.stages.contains(conflict.stage))
    let instance = StageInstance(graph)
    #expect(optimum(instance, within: conflict.smallestBudgetBytes) != nil)
    #expect(optimum(instance, within: conflict.provenBytes - 1) == nil)
    // The smallest of all choices is at most a thousandth below.
    #expect(optimum(instance, within: conflict.smallestBudgetBytes * 98 / 100) == nil)
    guard
      case .plan = try planner.plan(
        budgetBytes: conflict.smallestBudgetBytes, solver: CBCSolver())
    else {
      Issue.record("nothing in the budget that should work")
      return
    }
  }

  @Test("the same input gives the same bytes; scaled times scale, renaming changes nothing else")
  func properties() throws {
    let graph = RandomStages.graph(stages: 6, nodes: 2, strategies: 3, seed: 9)
    let budget = 20_000
    let plan = try #require(try plan(graph, within: budget))
    #expect(try self.plan(graph, within: budget)?.encoded() == plan.encoded())
    var scaled = graph
    for node in scaled.nodes.indices {
      for index in scaled.nodes[node].strategies.indices {
        scaled.nodes[node].strategies[index].forwardMicroseconds *= 8
        scaled.nodes[node].strategies[index].backwardMicroseconds *= 8
        scaled.nodes[node].strategies[index].synchronizationMicroseconds *= 8
      }
    }
    for edge in scaled.edges.indices {
      scaled.edges[edge].forwardMicroseconds = graph.edges[edge].forwardMicroseconds.map {
        $0.map { $0 * 8 }
      }
      scaled.edges[edge].backwardMicroseconds = graph.edges[edge].backwardMicroseconds.map {
        $0.map { $0 * 8 }
      }
    }
    let slow = try #require(try self.plan(scaled, within: budget))
    let (fast, slower) = (
      try #require(plan.prediction).iterationMicroseconds,
      try #require(slow.prediction).iterationMicroseconds
    )
    #expect(abs(slower / fast - 8) < 1e-9)
    var renamed = graph
    for node in renamed.nodes.indices { renamed.nodes[node].id = "x\(99 - node)" }
    let other = try #require(try self.plan(renamed, within: budget))
    let names = Dictionary(
      uniqueKeysWithValues: zip(graph.nodes, renamed.nodes).map { ($0.id, $1.id) })
    let expected = plan.schedule.map { step in
      guard case .forward(let stage, .nodes(let kept)) = step else { return step }
      return .forward(stage: stage, keeping: .nodes(kept.map { names[$0] ?? "" }))
    }
    #expect(other.schedule == expected)
    #expect(other.strategies.map(\.strategy) == plan.strategies.map(\.strategy))
  }

  @Test("a plan reads back as it was written")
  func file() throws {
    let graph = RandomStages.graph(stages: 4, strategies: 3, seed: 4)
    let plan = try #require(try plan(graph, within: 14_000))
    var back = try StagePlan.read(plan.encoded(), name: "p.json")
    for index in back.search.indices { back.search[index].seconds = plan.search[index].seconds }
    #expect(back == plan)
    let text = String(decoding: plan.encoded(), as: UTF8.self)
    for (old, new, fault) in [
      (
        "\"keep\": \"all\"", "\"keep\": \"some\"",
        "\"some\" is not one of the words known here; use nothing, input, all"
      ),
      ("\"problem\": \"two-stage\"", "\"problem\": \"chunks\"", "this is a chunks plan"),
      ("\"device_bytes\": 14000", "\"device_bytes\": -1", "-1 is negative"),
    ] {
      let broken = text.replacing(old, with: new, maxReplacements: 1)
      try #require(broken != text)
      let error = #expect(throws: PlanError.self) {
        try StagePlan.read(Array(broken.utf8), name: "p.json")
      }
      #expect(error?.description.contains(fault) == true, "\(error?.description ?? "")")
    }
  }
}
