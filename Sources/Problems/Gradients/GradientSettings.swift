import Plans

/// What the user may choose about an exchange of gradients.
public struct GradientSettings: Sendable, Hashable {
  /// The share of the gradients' energy, the sum of their squares, that has to be sent, from 0 to 1.
  ///
  /// What isn't sent is added to the next step's gradients where the training program keeps it.
  public var energy = 0.9
  /// The only strategy to take; nil for the best of all.
  public var strategy: GradientStrategy?
  /// The most options of all buckets that an integer program is solved for.
  public var largestProgram = 20_000
  /// The search ends when plan and bound are this close, relative to the plan.
  public var relativeGap = 0.0001
  /// Nodes of each integer program after which the search ends.
  public var nodeLimit = 2000
  /// Wall time for the search, in seconds; nil for none.
  public var timeLimit: Double?

  /// Creates settings with all defaults.
  public init() {}
}

/// A way to find a plan.
public enum GradientStrategy: String, Sendable, Hashable, CaseIterable {
  /// Everything is sent.
  case dense = "dense-all-reduce"
  /// All-gather, with one density for all buckets.
  case allGather = "all-gather-top-k"
  /// The sparse mesh, with one density for all buckets.
  case mesh = "sparse-mesh"
  /// Dense in the node and sparse between nodes, with one density for all buckets.
  case denseWithin = "dense-intra-sparse-inter"
  /// Ok-Topk, with one density for all buckets.
  case okTopk = "ok-topk"
  /// Each bucket by itself: the most energy for the time that it takes, then exchanges one by one.
  case greedy
  /// The integer program.
  case integer = "integer-program"

  /// The algorithm that a strategy takes for all buckets; nil for one that mixes them.
  var algorithm: GradientPlan.Algorithm? { GradientPlan.Algorithm(rawValue: rawValue) }
}
