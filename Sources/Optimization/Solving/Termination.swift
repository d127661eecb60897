/// Why a solver stopped, and what its answer means.
///
/// Infeasible, unbounded and out of time are answers, not errors. Whether there is a point is told
/// by the case: `optimal` and `feasible` have one, the others have none.
public enum Termination: Hashable, Sendable {
  /// The point is within the requested gap of the bound.
  case optimal
  /// A limit was reached; the point is the best one found.
  case feasible(Limit)
  /// A limit was reached before any point was found.
  case noSolution(Limit)
  /// No point satisfies all rows, bounds and integrality.
  case infeasible
  /// The objective can be improved without end.
  case unbounded
  /// Either of the two; the solver cannot tell which.
  case infeasibleOrUnbounded
  /// The solver could not finish for numerical reasons; its own words follow.
  case numericalTrouble(String)

  /// What ended a search early.
  public enum Limit: String, Hashable, Sendable, CaseIterable {
    case time
    case nodes
    case memory
    case interrupted
    /// The engine stopped working (crashed, hung or was killed) after it had found the point.
    case engineFailure
  }

  /// Whether a solution with this termination carries a point.
  public var hasPoint: Bool {
    switch self {
    case .optimal, .feasible: true
    case .noSolution, .infeasible, .unbounded, .infeasibleOrUnbounded, .numericalTrouble: false
    }
  }
}

extension Termination: CustomStringConvertible {
  /// The termination in a few words.
  public var description: String {
    switch self {
    case .optimal: "optimal"
    case .feasible(let limit): "feasible (\(limit.rawValue) limit)"
    case .noSolution(let limit): "no solution (\(limit.rawValue) limit)"
    case .infeasible: "infeasible"
    case .unbounded: "unbounded"
    case .infeasibleOrUnbounded: "infeasible or unbounded"
    case .numericalTrouble(let words): "numerical trouble: \(words)"
    }
  }
}
