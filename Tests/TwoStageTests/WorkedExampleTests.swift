import CBC
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing

@testable import TwoStage

/// Two stages by hand, and what a replay refuses.
@Suite struct WorkedExampleTests {
  private static func strategy(
    _ id: String, _ time: Double, states: Int, saved: Int, output: Int
  ) -> StageStrategy {
    StageStrategy(
      id: id, forwardMicroseconds: time, backwardMicroseconds: 2 * time,
      synchronizationMicroseconds: 1, parameterBytes: states, savedBytes: saved,
      outputBytes: output)
  }

  /// `a` hands 2 bytes on and saves 6, `b` saves 4. Sharding saves half of the states and takes 3 µs more in
  /// each direction.
  static let graph = StageGraph(
    mesh: StageGraph.Mesh(shape: [2], latencyMicroseconds: [1], gbPerSecond: [1]),
    memoryLimitBytes: 40, stages: ["A", "B"],
    nodes: [
      StageGraph.Node(
        id: "a", stage: 0,
        strategies: [
          strategy("data_parallel", 10, states: 12, saved: 6, output: 2),
          strategy("zero3", 13, states: 6, saved: 6, output: 2),
        ]),
      StageGraph.Node(
        id: "b", stage: 1,
        strategies: [
          strategy("data_parallel", 10, states: 12, saved: 4, output: 0),
          strategy("zero3", 13, states: 6, saved: 4, output: 0),
        ]),
    ],
    edges: [
      StageGraph.Edge(
        source: 0, target: 1, forwardMicroseconds: [[0, 1], [1, 0]],
        backwardMicroseconds: [[0, 1], [1, 0]])
    ])

  private func plan(within budget: Int) throws -> StagePlan? {
    let planner = try TwoStagePlanner(profile: RandomStages.profile(Self.graph))
    guard case .plan(let plan) = try planner.plan(budgetBytes: budget, solver: CBCSolver()) else {
      return nil
    }
    return plan
  }

  /// Data parallel takes 62 µs: 3 × 10 for each stage and 2 for gradients. With everything saved the
  /// peak is in B's backward pass: 24 of states, 8 that A saved, 4 of B, 2 for the gradient: 38. If A runs
  /// again, its output alone stays: 24 + 2 + 4 + 2 = 32, but A's own backward pass takes 24 + 8 + 2 = 34,
  /// and costs 10 µs. Sharding both takes 80 µs and 12 bytes less; one of them 73 µs and 6 bytes less.
  @Test(
    "time and memory of two stages",
    arguments: [(38, 62.0), (37, 72), (34, 72), (33, 73), (32, 73), (31, 80), (26, 80), (22, 93)])
  func twoStages(budget: Int, time: Double) throws {
    let plan = try #require(try plan(within: budget))
    #expect(plan.prediction?.iterationMicroseconds == time)
    let report = StageReport(plan, name: "example", graph: Self.graph)
    #expect(report.result.isValid && report.isPredictionExact)
  }

  @Test("below 22 bytes nothing fits")
  func nothing() throws {
    let planner = try TwoStagePlanner(profile: RandomStages.profile(Self.graph))
    guard case .infeasible(let conflict) = try planner.plan(budgetBytes: 21, solver: CBCSolver())
    else {
      Issue.record("a plan in 21 bytes")
      return
    }
    #expect(
      conflict
        == TwoStageConflict(
          stage: "A", stateBytes: 12, provenBytes: 22, smallestBudgetBytes: 22))
  }

  // MARK: - Replays

  private static func plan(
    _ schedule: [StagePlan.Step], _ strategies: [(String, String)] = [],
    budget: Int = 100
  ) -> StagePlan {
    let named = strategies.isEmpty ? [("a", "data_parallel"), ("b", "data_parallel")] : strategies
    return StagePlan(
      version: "0", profile: Plan.ProfileReference(name: "example"), budgetBytes: budget,
      strategies: named.map { StagePlan.Assignment(node: $0.0, strategy: $0.1) },
      schedule: schedule)
  }

  private static let good: [StagePlan.Step] = [
    .forward(stage: "A", keeping: .all), .forward(stage: "B", keeping: .all),
    .backward(stage: "B"), .backward(stage: "A"),
  ]

  @Test("the replay adds up by hand")
  func replay() {
    let result = StageReplay(of: Self.graph).run(Self.plan(Self.good))
    #expect(result.isValid && result.picoseconds == 62_000_000 && result.peakBytes == 38)
    let again = StageReplay(of: Self.graph).run(
      Self.plan([
        .forward(stage: "A", keeping: .input), .forward(stage: "B", keeping: .all),
        .backward(stage: "B"), .forward(stage: "A", keeping: .all), .backward(stage: "A"),
      ]))
    #expect(again.isValid && again.picoseconds == 72_000_000 && again.peakBytes == 34)
    #expect(again.recomputePicoseconds == 10_000_000 && again.forwardRuns == [2, 1])
    #expect(again.peakStep == .forward(stage: "A", keeping: .all))
  }

  @Test("a schedule that can't run is refused with its step")
  func faults() {
    let cases: [([StagePlan.Step], String)] = [
      ([.forward(stage: "B", keeping: .all)], "schedule[0]: the input of 'B' is not there"),
      (
        [.forward(stage: "A", keeping: .input), .backward(stage: "A")],
        "schedule[1]: the gradient of 'A' is not there yet"
      ),
      (
        [
          .forward(stage: "A", keeping: .input), .forward(stage: "B", keeping: .input),
          .backward(stage: "B"),
        ], "schedule[2]: 'B' is not saved"
      ),
      (
        [.forward(stage: "A", keeping: .all), .forward(stage: "A", keeping: .all)],
        "schedule[1]: 'A' is saved already"
      ),
      (
        [.forward(stage: "A", keeping: .all), .forward(stage: "B", keeping: .nothing)],
        "schedule[1]: the input of 'B' is a part of what 'A' has saved"
      ),
      (
        [
          .forward(stage: "A", keeping: .input), .forward(stage: "B", keeping: .all),
          .backward(stage: "B"), .backward(stage: "A"),
        ], "schedule[3]: 'A' is not saved"
      ),
      (Array(Self.good.dropLast()), "the backward pass of 'A' never runs"),
      (
        Self.good + [.backward(stage: "A")], "schedule[4]: the backward pass of 'A' is over already"
      ),
      (
        Self.good + [.forward(stage: "A", keeping: .input)],
        "schedule[4]: the backward pass of 'A' is over"
      ),
      ([.backward(stage: "C")], "schedule[0]: there is no stage 'C'"),
    ]
    for (schedule, fault) in cases {
      let result = StageReplay(of: Self.graph).run(Self.plan(schedule))
      #expect(result.faults == [fault])
    }
    let tight = StageReplay(of: Self.graph).run(Self.plan(Self.good, budget: 37))
    #expect(
      tight.faults == ["the backward pass of 'B' takes 38 bytes, 1 more than the budget"])
  }

  @Test("each node has one strategy, which it knows")
  func strategies() {
    let cases: [([(String, String)], [String])] = [
      ([("a", "zero3")], ["'b' has no strategy"]),
      ([("a", "zero3"), ("b", "zero2")], ["'b' knows no strategy 'zero2'"]),
      (
        [("a", "zero3"), ("b", "zero3"), ("a", "zero3"), ("c", "zero3")],
        ["'a' has two strategies", "there is no node 'c'"]
      ),
    ]
    for (strategies, faults) in cases {
      #expect(StageReplay(of: Self.graph).run(Self.plan(Self.good, strategies)).faults == faults)
    }
    var tied = Self.graph
    tied.nodes[1].leader = 0
    let result = StageReplay(of: tied).run(
      Self.plan(Self.good, [("a", "zero3"), ("b", "data_parallel")]))
    #expect(result.faults == ["'b' takes another strategy than 'a', which it follows"])
  }
}
