/// How far to search.
public struct ShardingSettings: Sendable, Hashable {
  /// Wall time after which the best choice so far is the answer, in seconds.
  public var timeLimit: Double?
  /// Nodes of the integer programs together, and iterations of the search by prices, after which the
  /// best choice so far is the answer.
  public var nodeLimit: Int?
  /// The search ends when cost and bound are this close, relative to the cost.
  public var relativeGap = 0.0
  /// Steps of prices where no limit says otherwise; those of a small kernel before its integer program.
  public var priceSteps = 400
  /// Moves of trees where no limit says otherwise.
  public var treeMoves = 4000
  /// Up to how many costs of pairs, after the presolve, the whole integer program is solved.
  public var largestExactProgram = 150_000

  /// Creates settings without limits.
  public init() {}
}
