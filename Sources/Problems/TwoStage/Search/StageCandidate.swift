package import Optimization

/// A choice of strategies with a schedule of its chain.
package struct StageCandidate: Sendable, Hashable {
  /// The strategy of each variable.
  package var choice: [Int]
  /// What to do with each stage, and what that takes.
  package var schedule: CheckpointChain.Plan
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
  }
}
