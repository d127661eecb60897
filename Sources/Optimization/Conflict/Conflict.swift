/// Rows and bounds of a model that no point satisfies together.
///
/// A row or bound counts once for each side: of the row `2 ≤ x + y ≤ 5` perhaps only the part
/// `x + y ≥ 2` contradicts the rest.
public struct Conflict: Sendable, Hashable, CustomStringConvertible {
  /// The direction of a requirement.
  public enum Side: String, Sendable, Hashable, CaseIterable {
    case atLeast
    case atMost
  }

  /// One side of a row, or one bound of a variable.
  public struct Requirement: Sendable, Hashable {
    /// The row or variable.
    public let name: String
    /// The index of the row or variable in its model.
    public let index: Int
    /// Whether `value` is the least or the greatest that is allowed.
    public let side: Side
    /// The bound.
    public let value: Double
  }

  /// The sides of rows, by index.
  public let rows: [Requirement]
  /// The bounds of variables, by index.
  public let bounds: [Requirement]
  /// The variables that must be whole for a contradiction; empty if fractions contradict as well.
  public let wholeVariables: [String]
  /// Why some of the rows and bounds may not be needed for the contradiction; nil if each of them
  /// is: without any one of them, the others can be satisfied.
  public let unproven: String?
  /// What contradicts what, with names and values; several lines if more than one row is involved.
  public let description: String

  /// Whether each of the rows and bounds is needed for the contradiction.
  public var isIrreducible: Bool { unproven == nil }
}

/// What the search for a conflict found.
public enum ConflictAnswer: Sendable, Hashable {
  /// These rows and bounds contradict each other.
  case conflict(Conflict)
  /// There is no conflict: a point satisfies all rows and bounds.
  case feasible
  /// The solver stopped before it knew whether a point exists.
  case undecided(Termination)
}

/// How long to search for a conflict.
public struct ConflictLimits: Sendable {
  /// Wall time of the whole search, in seconds; what is found until then is returned.
  public var timeLimit: Double?
  /// Nodes of each single search; the way to repeatable answers.
  ///
  /// Without it, a search over integer variables without bounds may never end.
  public var nodeLimit: Int?
  /// Ends the search from another thread; what is found until then is returned.
  public var cancellation: Cancellation?

  /// Creates limits.
  public init(
    timeLimit: Double? = nil, nodeLimit: Int? = 10_000, cancellation: Cancellation? = nil
  ) {
    self.timeLimit = timeLimit
    self.nodeLimit = nodeLimit
    self.cancellation = cancellation
  }
}

extension Model {
  /// Returns a smallest set of rows and bounds that contradict each other.
  ///
  /// Smallest means irreducible: there may be others, even with fewer members. The search goes from
  /// cheap to dear: bounds that contradict each other; bounds that follow from the rows one by one;
  /// an elastic filter, which pays for broken rows and keeps those that had to be paid for
  /// (Chinneck and Dravnieks 1991); at last each member is left out once to see whether it matters.
  /// Integrality is always kept.
  ///
  /// - Parameters:
  ///   - solver: Answers whether parts of the model can be satisfied.
  ///   - limits: When to stop; a conflict found so far is then returned as `unproven`.
  /// - Throws: `SolverError` if the model is malformed, or if the solver fails before it is known
  ///   that there is a conflict.
  public func conflict(
    using solver: any Solver, within limits: ConflictLimits = ConflictLimits()
  ) throws(SolverError) -> ConflictAnswer {
    try validate()
    return try ConflictSearch(model: self, solver: solver, limits: limits).answer()
  }
}
