import Optimization
import Plans
import Profiles
import Simulation
import TwoStage

/// Sharding strategies and recomputed stages together: against deciding one after the other, and what a schedule
/// of many stages takes.
struct TwoStageBenchmark: Benchmark {
  let title = "two-stage"
  let subjects = ["32 blocks", "80 blocks", "200 stages", "400 stages"]

  /// Strategies of the search's own table that others are.
  private static let others = [
    "strategies at the budget, then rotor", "budgets 1.3^i (Colossal-Auto), then rotor",
    "full recomputing", "zero3",
  ]

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    let solver = try Engines.cbc(setting)
    let models: [(name: String, model: GeneratedStages, budget: Int)] = [
      (
        "32 blocks",
        GeneratedStages(blocks: 32, hidden: 4096, feedForward: 14_336, tokens: 131_072), 40 << 30
      ),
      (
        "80 blocks",
        GeneratedStages(blocks: 80, hidden: 8192, feedForward: 28_672, tokens: 65_536), 160 << 30
      ),
    ]
    for (name, model, budget) in models where setting.includes(name, of: self) {
      try compose(name, model.profile(), budget, solver, print)
    }
    for (name, count) in [("200 stages", 200), ("400 stages", 400)]
    where setting.includes(name, of: self) && !(setting.isQuick && count > 200) {
      try schedule(name, stages: count, rounds: setting.longRounds, print)
    }
  }

  private func compose(
    _ name: String, _ profile: Profile, _ budget: Int, _ solver: any Solver,
    _ print: (Line) -> Void
  ) throws {
    let planner = try TwoStagePlanner(profile: profile)
    guard let graph = profile.stageGraph,
      case .plan(let plan) = try planner.plan(budgetBytes: budget, solver: solver)
    else {
      print(.remark(name, "nothing fits"))
      return
    }
    let result = StageReplay(of: graph).run(plan)
    guard result.isValid else {
      print(.remark(name, "the replay rejects the plan"))
      return
    }
    let gap = plan.gap.map { "gap \(Int(($0 * 1000).rounded()))/1000" } ?? ""
    for other in Self.others {
      guard let value = plan.search.first(where: { $0.strategy == other })?.valueMicroseconds
      else {
        print(.remark("\(name), iteration", "\(other) finds no plan"))
        continue
      }
      print(
        Line(
          subject: "\(name), iteration", first: "composed", second: other, unit: .milliseconds,
          firstValues: [result.iterationMicroseconds / 1e3], secondValues: [value / 1e3],
          note: gap))
    }
  }

  /// Four kinds of stages over and over, in two fifths of what they save: few slots against many.
  private func schedule(
    _ name: String, stages count: Int, rounds: Int, _ print: (Line) -> Void
  ) throws {
    let outputs = (0..<count).map { $0 == count - 1 ? 0 : [997, 1013, 4001, 1009][$0 % 4] }
    let extra = [3001, 499, 1009, 503]
    let chain = CheckpointChain(
      forward: (0..<count).map { [3, 1, 4, 1][$0 % 4] }, inputs: [0] + outputs.dropLast(),
      saved: outputs.enumerated().map { $1 + extra[$0 % 4] },
      demands: outputs.map {
        CheckpointChain.Demand(gradient: $0, running: 500, saving: 500, backward: 1000)
      })
    let limit = chain.saved.reduce(0, +) * 2 / 5
    let backward = 2 * chain.forward.reduce(0, +)
    var (few, many) = (Double.nan, Double.nan)
    let seconds = try Contest.seconds(
      rounds: rounds,
      [
        { few = chain.plan(within: limit, slots: 500)?.time ?? .nan },
        { many = chain.table(limit: limit, slots: 500).time(within: 500) ?? .nan },
      ])
    print(
      Line(
        subject: "\(name), planning", first: "slots refined", second: "500 slots, rounded up",
        unit: .seconds, firstValues: seconds[0], secondValues: seconds[1]))
    print(
      Line(
        subject: "\(name), iteration", first: "slots refined", second: "500 slots, rounded up",
        unit: .milliseconds, firstValues: [few + backward], secondValues: [many + backward]))
    // Slots of a few units: a bound that takes longer than the plan.
    if let bound = chain.leastTime(within: limit, slots: count > 200 ? 2_000 : 8_000) {
      print(
        Line(
          subject: "\(name), iteration", first: "slots refined", second: "bound of exact sizes",
          unit: .milliseconds, firstValues: [few + backward], secondValues: [bound + backward]))
    }
  }
}
