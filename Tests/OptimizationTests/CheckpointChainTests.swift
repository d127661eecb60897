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
}
