import Optimization
import Plans

/// Writes the schedule of a chain as passes, one after the other.
struct StageSteps {
  let names: [String]
  /// The nodes that each stage keeps of which a part is kept.
  let kept: [Int: [String]]

  func steps(of schedule: CheckpointChain.Schedule) -> [StagePlan.Step] {
    var steps: [StagePlan.Step] = []
    add(schedule, from: 0, to: &steps)
    return steps
  }

  private func add(
    _ schedule: CheckpointChain.Schedule, from first: Int, to steps: inout [StagePlan.Step]
  ) {
    switch schedule {
    case .last(let stage):
      steps.append(.forward(stage: names[stage], keeping: .all))
      steps.append(.backward(stage: names[stage]))
    case .saving(let stage, let rest):
      steps.append(.forward(stage: names[stage], keeping: .all))
      add(rest, from: stage + 1, to: &steps)
      steps.append(.backward(stage: names[stage]))
    case .keeping(let stage, part: _, let rest):
      steps.append(.forward(stage: names[stage], keeping: .nodes(kept[stage] ?? [])))
      add(rest, from: stage + 1, to: &steps)
      steps.append(.again(stage: names[stage]))
      steps.append(.backward(stage: names[stage]))
    case .checkpoint(let middle, let rest, let before):
      for stage in first..<middle {
        steps.append(.forward(stage: names[stage], keeping: stage == first ? .input : .nothing))
      }
      add(rest, from: middle, to: &steps)
      add(before, from: first, to: &steps)
    }
  }
}
