/// A solver that tells the points it finds while it still searches.
///
/// Workers pass them on, so that the best one is not lost when a process ends early.
package protocol IncumbentReporting: Solver {
  /// Returns the best point found, as `solve(_:options:)`.
  ///
  /// - Parameter incumbentHandler: Receives each better point that is known early, checked against
  ///   the model.
  func solve(
    _ model: Model, options: SolveOptions, incumbentHandler: @escaping @Sendable ([Double]) -> Void
  ) throws(SolverError) -> Solution
}
