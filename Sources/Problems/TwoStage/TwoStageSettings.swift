/// How far to search.
public struct TwoStageSettings: Sendable, Hashable {
  /// Slots of memory for schedules.
  public var slots = 500
  /// Slots of memory for schedules of long chains in the local search.
  public var searchSlots = 200
  /// How much work the local search may do for one budget: slots times stages to the third power, by six.
  public var searchWork = 4e9
  /// How many choices may be mixed stage by stage.
  public var mixedChoices = 8
  /// The largest fused program that the solver gets, in pairs of options; 0 for none.
  public var largestProgram = 20_000
  /// The largest program for strategies that save everything, counted alike; 0 for none.
  public var largestFirstStage = 4_000
  /// Whether stages may keep a part of what they save and make the rest again; else they save all of it, or run
  /// again as a whole.
  public var keepsParts = true
  /// How many kinds of stages with too many nodes to try all parts the solver gets for one budget.
  public var largestParts = 4
  /// Whether blocks that are alike are also planned with one decision for all, to tell what that loses.
  public var comparesTied = true
  /// Nodes after which the solver ends.
  public var nodeLimit = 2_000
  /// Wall time for all budgets together, in seconds; nil for none.
  public var timeLimit: Double?
  /// The search ends when the plan is this close to the bound.
  public var relativeGap = 1e-4

  /// Creates the defaults.
  public init() {}
}
