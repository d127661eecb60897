public import Simulation

extension SimulationResult {
  /// Returns true, or throws why a run is worse than another one: it fails, or takes longer by more than
  /// the tolerance.
  ///
  /// - Parameters:
  ///   - base: The run to compare with.
  ///   - tolerance: How much longer the iteration may take, relatively; 0.01 is 1 %.
  /// - Throws: `PlanFailure`.
  @discardableResult
  public func isNoWorse(
    than base: SimulationResult, within tolerance: Double = 0
  ) throws(PlanFailure) -> Bool {
    try summary.isNoWorse(than: base.summary, within: tolerance)
  }

  private var summary: PlanOutcome {
    PlanOutcome(
      problem: "simulated", profile: "one iteration",
      faults: failure.map { ["\($0)"] } ?? [],
      figures: [
        PlanFigure("iteration_us", "iteration", iterationMicroseconds, .microseconds, .value)
      ])
  }
}
