public import Plans

/// What came of planning.
public enum ShardingAnswer: Sendable {
  /// A choice of strategies that fits.
  case plan(ShardingPlan)
  /// No choice fits.
  case infeasible(ShardingConflict)
  /// A limit was reached before any choice that fits was found.
  case limit(search: [SearchEntry])
}

/// Why no choice fits.
public enum ShardingConflict: Sendable, Hashable {
  /// At a time even the least memory of all live nodes is more than the limit.
  case memory(time: Int, leastBytes: Int, nodes: [Int])
  /// The limit would do at each time alone; strategies that are forbidden, or the times together, leave
  /// nothing.
  case combination
}
