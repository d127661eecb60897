public import Plans

/// What came of planning.
public enum TwoStageAnswer: Sendable {
  /// The best plan found.
  case plan(StagePlan)
  /// No plan fits.
  case infeasible(TwoStageConflict)
  /// No plan was found, and none is ruled out.
  case notFound(TwoStageConflict)
}

/// Why there is no plan, and what would do.
public struct TwoStageConflict: Sendable, Hashable {
  /// The stage whose backward pass takes most in the smallest plan.
  public var stage: String
  /// The states in the smallest plan, in bytes.
  public var stateBytes: Int
  /// No budget below this works, whatever the strategies and the schedule.
  public var provenBytes: Int
  /// The smallest budget found that works.
  public var smallestBudgetBytes: Int
}

/// Why a profile can't be planned.
public enum TwoStageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The profile has no such section.
  case missingSection
  /// Nodes of many strategies are tied to too many others.
  case tooWide(entries: Int)

  /// The error as a sentence.
  public var description: String {
    switch self {
    case .missingSection:
      "two_stage: the profile has no such section; add the strategies of its nodes"
    case .tooWide(let entries):
      "two_stage.edges: nodes are tied to so many others that a table of \(entries) entries would be "
        + "needed; remove edges, join nodes, or give them fewer strategies"
    }
  }
}
