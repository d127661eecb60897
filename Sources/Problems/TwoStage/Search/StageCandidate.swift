package import Optimization

/// A choice of strategies with a schedule of its chain.
package struct StageCandidate: Sendable, Hashable {
  /// The strategy of each variable.
  package var choice: [Int]
  /// What to do with each stage, and what that takes.
  package var schedule: CheckpointChain.Plan
  /// The parts that are kept of stages that keep neither all nor nothing.
  package var parts: [Int: StagePart] = [:]
  /// The time of an iteration.
  package var microseconds: Double
  /// The most memory, states included.
  package var peakBytes: Int

  /// Puts a choice and its schedule together.
  init(choice: [Int], figures: StageFigures, schedule: CheckpointChain.Plan) {
    self.choice = choice
    self.schedule = schedule
    microseconds =
      schedule.time + figures.backwardMicroseconds + figures.synchronizationMicroseconds
    peakBytes = figures.stateBytes + schedule.peak
    addParts(of: schedule.schedule, figures.parts)
  }

  private mutating func addParts(
    of schedule: CheckpointChain.Schedule, _ list: [[StagePart]]
  ) {
    switch schedule {
    case .last: break
    case .saving(_, let rest): addParts(of: rest, list)
    case .keeping(let stage, let number, let rest):
      parts[stage] = list[stage][number]
      addParts(of: rest, list)
    case .checkpoint(_, let rest, let before):
      addParts(of: rest, list)
      addParts(of: before, list)
    }
  }
}
