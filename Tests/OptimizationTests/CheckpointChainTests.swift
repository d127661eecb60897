import Optimization
import TestSupport
import Testing

/// The optimal persistent checkpoints of a chain.
@Suite("Checkpoints of a chain")
struct CheckpointChainTests {
  /// By hand: with room for two of three, the third stage's input is the checkpoint. Stages 0 and 1 run, then
  /// stage 2; stages 0 and 1 run again and save: five runs.
  @Test("three stages of one unit each")
  func threeStages() {
    let chain = CheckpointChain(forward: [1, 1, 1], inputs: [0, 1, 1], saved: [1, 1, 1])
    let table = chain.table(limit: 3, slots: 3)
    #expect(table.slotSize == 1)
    #expect(table.time(within: 3) == 3)
    #expect(table.time(within: 2) == 5)
    #expect(table.time(within: 1) == nil)
    #expect(
      table.schedule(within: 2)
        == .checkpoint(2, then: .last(2), before: .saving(0, then: .last(1))))
    #expect(table.schedule(within: 3) == .saving(0, then: .saving(1, then: .last(2))))
    #expect(table.schedule(within: 1) == nil)
  }

  /// Runs a schedule: how long the stages run, and the largest memory; nil if a stage lacks its input.
  static func run(
    _ schedule: CheckpointChain.Schedule, of chain: CheckpointChain
  ) -> (time: Double, peak: Int) {
    var (time, used, peak) = (0.0, 0, 0)
    func take(_ bytes: Int) {
      used += bytes
      peak = max(peak, used)
    }
    /// Runs the stages from `first` on, whose input is stored; returns the last stage.
    func walk(_ schedule: CheckpointChain.Schedule, from first: Int, to last: Int) {
      switch schedule {
      case .last(let stage):
        #expect(stage == first && stage == last)
        time += chain.forward[stage]
        take(chain.saved[stage])
        used -= chain.saved[stage]
      case .saving(let stage, let rest):
        #expect(stage == first)
        time += chain.forward[stage]
        take(chain.saved[stage])
        walk(rest, from: stage + 1, to: last)
        used -= chain.saved[stage]
      case .keeping(let stage, let number, let rest):
        let part = chain.parts[stage][number]
        #expect(stage == first)
        time += chain.forward[stage] + part.time
        take(part.kept)
        walk(rest, from: stage + 1, to: last)
        take(part.whole - part.kept)
        used -= part.whole
      case .checkpoint(let stage, let rest, let before):
        #expect(stage > first && stage <= last)
        time += chain.forward[first..<stage].reduce(0, +)
        take(chain.inputs[stage])
        walk(rest, from: stage, to: last)
        used -= chain.inputs[stage]
        walk(before, from: first, to: stage - 1)
      }
    }
    walk(schedule, from: 0, to: chain.forward.count - 1)
    return (time, peak)
  }

  /// All schedules of some stages in a row.
  static func all(_ first: Int, _ last: Int) -> [CheckpointChain.Schedule] {
    if first == last { return [.last(first)] }
    var found = all(first + 1, last).map { CheckpointChain.Schedule.saving(first, then: $0) }
    for middle in (first + 1)...last {
      for rest in all(middle, last) {
        for before in all(first, middle - 1) {
          found.append(.checkpoint(middle, then: rest, before: before))
        }
      }
    }
    return found
  }

  @Test("no schedule of a small chain is better", arguments: UInt64(0)..<20)
  func enumeration(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...6, using: &random)
    let chain = CheckpointChain(
      forward: (0..<count).map { _ in Double(Int.random(in: 1...9, using: &random)) },
      inputs: (0..<count).map { $0 == 0 ? 0 : Int.random(in: 0...4, using: &random) },
      saved: (0..<count).map { _ in Int.random(in: 0...6, using: &random) })
    let limit = max(1, chain.saved.reduce(0, +))
    let table = chain.table(limit: limit, slots: limit)
    let runs = Self.all(0, count - 1).map { Self.run($0, of: chain) }
    for memory in 0...limit {
      let best = runs.filter { $0.peak <= memory }.map(\.time).min()
      #expect(table.time(within: memory) == best)
      guard let schedule = table.schedule(within: memory) else { continue }
      let run = Self.run(schedule, of: chain)
      #expect(run.time == best && run.peak <= memory)
    }
  }

  /// A random chain with everything that stages take for a while.
  static func demanding(count: Int, largest: Int, seed: UInt64) -> CheckpointChain {
    var random = SeededGenerator(seed: seed)
    let outputs = (0..<count).map { stage in
      stage == count - 1 ? 0 : Int.random(in: 0...largest, using: &random)
    }
    return CheckpointChain(
      forward: (0..<count).map { _ in Double(Int.random(in: 1...9, using: &random)) },
      inputs: [0] + outputs.dropLast(),
      saved: outputs.map { $0 + Int.random(in: 0...largest, using: &random) },
      demands: outputs.map {
        CheckpointChain.Demand(
          gradient: $0, running: Int.random(in: 0...largest, using: &random),
          saving: Int.random(in: 0...largest, using: &random),
          backward: Int.random(in: 0...largest, using: &random))
      })
  }

  @Test("with workspaces and gradients, no schedule is better either", arguments: UInt64(0)..<30)
  func demands(seed: UInt64) {
    let count = 1 + Int(seed % 6)
    let chain = Self.demanding(count: count, largest: 4, seed: seed)
    let plans = Self.all(0, count - 1).map { chain.plan(of: $0) }
    let most = plans.map(\.peak).max() ?? 0
    for limit in 0...most {
      let best = plans.filter { $0.peak <= limit }.map(\.time).min()
      let table = chain.table(limit: limit, slots: limit)
      #expect(table.time(within: table.slots) == best)
      if limit > 0 { #expect(chain.plan(within: limit, slots: limit)?.time == best) }
    }
  }

  /// Sizes of many digits, so that slots round: the plan is close to the best of exact sizes, which a
  /// table of sizes rounded down bounds.
  @Test("few slots lose little", arguments: UInt64(0)..<6)
  func rounding(seed: UInt64) throws {
    let chain = Self.demanding(count: 40, largest: 1_000_000, seed: seed)
    let limit = chain.saved.reduce(0, +) * 2 / 5
    let plan = try #require(chain.plan(within: limit, slots: 400))
    #expect(plan.peak <= limit)
    let bound = try #require(chain.leastTime(within: limit, slots: 8000))
    #expect(bound <= plan.time * 1.000001)
    // Forward runs alone; backward passes take twice as long as the first of them.
    let backward = 2 * chain.forward.reduce(0, +)
    #expect((plan.time + backward) / (bound + backward) < 1.002)
  }
}
