/// What the user may choose about a dispatch.
public struct DispatchSettings: Sendable, Hashable {
  /// The share of all tokens that may go elsewhere than in an even dispatch, from 0 to 1.
  ///
  /// Without such a budget every token would stay where it is, and the experts of a device would only
  /// learn from its own data.
  public var deviation = 0.1
  /// The only strategy to take; nil for the best of all.
  public var strategy: DispatchStrategy?
  /// The budgets whose least times are computed as well.
  public var paretoDeviations: [Double] = []
  /// The most kinds of pairs that a linear program is solved for.
  public var largestProgram = 5000
  /// The most pairs of devices of an integer program.
  public var largestIntegerPairs = 256
  /// The most tokens that a device of an integer program sends.
  public var largestIntegerTokens = 256
  /// The search ends when plan and bound are this close, relative to the plan.
  public var relativeGap = 0.001
  /// Nodes of the integer program after which the search ends.
  public var nodeLimit = 2000
  /// Wall time for the search, in seconds; nil for none.
  public var timeLimit: Double?

  /// Creates settings with all defaults.
  public init() {}
}
