/// What happens in one exchange of tokens.
public struct DispatchResult: Sendable, Hashable {
  /// One link in one direction, or one pair's own path.
  public struct LinkUse: Sendable, Hashable {
    /// What the link is called, such as `nic of node 0, out`.
    public var name: String
    /// The kind of link, such as `nic`.
    public var kind: String
    /// What it carries.
    public var bytes: Int
    /// How long that takes.
    public var microseconds: Double
    /// Whether the link's figures are assumed.
    public var isAssumed: Bool
  }

  /// What is wrong with the plan, the first ten faults; empty for a valid plan.
  public var faults: [String] = []
  /// From the first byte to the last, in microseconds.
  public var microseconds = 0.0
  /// The shared links in the order of the cluster.
  public var links: [LinkUse] = []
  /// The pair whose own path takes longest, or the copy within a device; nil if none has a path.
  public var slowestPair: LinkUse?
  /// The link or pair that ends last.
  public var binding: LinkUse?
  /// The share of tokens that go elsewhere than in an even dispatch.
  public var deviation = 0.0
  /// The share that the rounding of the even dispatch to whole tokens makes.
  public var roundingDeviation = 0.0
  /// What stays on its own device, in tokens.
  public var localTokens = 0
  /// All tokens.
  public var totalTokens = 0
  /// Tokens by separation, see `ClusterRoutes.separation(_:_:)`; those that stay are not counted.
  public var tokensBySeparation: [Int] = []

  /// Whether the plan keeps all it promises.
  public var isValid: Bool { faults.isEmpty }
}
