/// What a swap plan may do, and how hard to search for it.
public struct SwapSettings: Sendable, Hashable {
  /// Whether tensors may be copied to the host and back.
  public var allowsSwap = true
  /// Whether operators may run again.
  public var allowsRecompute = true
  /// Which codecs of the profile swaps may use.
  public var codecRule = CodecRule.joint
  /// Which of a tensor's measured densities compressed swaps count on, from 0 to 1; nil for
  /// `Sparsity.defaultQuantile`.
  public var densityQuantile: Double?
  /// How many ways to make a tensor again are considered: from the nearest tensors that stay, and from those
  /// farther and farther away. Chains have at most six times as many operators.
  public var chainReach = 4
  /// The published strategies to try besides the search.
  public var strategies: [SwapStrategy] = [.keepAll, .swapAll, .recomputeAll, .greedy]
  /// Tensors smaller than this share of the budget are left to the greedy search: the integer program
  /// keeps them on the device, and its bound is lowered by what moving them could save.
  public var minorShare = 1e-4
  /// The integer program is solved only if the plan is not this close to the bound before, relative to
  /// the iteration time; improvements go on to a quarter of it.
  public var relativeGap = 5e-3
  /// Wall time for the whole search, in seconds; a plan that it cut off is not repeatable.
  public var timeLimit: Double?
  /// How many moments the integer program tells apart at most. Of a larger graph only the moment with the
  /// least room of each stretch is kept, which leaves the bound valid but lower.
  public var momentLimit = 2000
  /// By how much times and rates may vary, as a share: of the plans found, the one that is fastest on the mean
  /// of such iterations is taken.
  public var jitter = 0.0
  /// Nodes of each integer program.
  public var nodeLimit = 20
  /// How many operators may be replayed to improve a plan: the same effort for graphs of all sizes.
  public var replayLimit = 60_000_000

  /// Creates the default settings.
  public init() {}
}
