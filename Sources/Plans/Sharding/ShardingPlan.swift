import Profiles

/// The strategy of each operator of a graph: how its tensors lie on the mesh of devices.
public struct ShardingPlan: Sendable, Hashable {
  /// The version of planner that made the plan.
  public var version: String
  /// The instance that the plan is for; its digest is that of the file as it is stored.
  public var profile: Plan.ProfileReference
  /// The memory that may be taken at every time, in bytes.
  public var memoryLimitBytes: Int
  /// The strategy of each node, counted from 0.
  public var strategies: [Int]
  /// What the planner expects.
  public var prediction: Prediction?
  /// The least cost of any choice within the limit.
  public var lowerBound: Bound?
  /// The strategies tried, in order. Their values are costs in the unit of the instance, whatever the
  /// names of their properties and keys say.
  public var search: [SearchEntry]
  /// Whether the same command gives the same plan again; false if a time limit cut the search off.
  public var isRepeatable: Bool

  /// Creates a plan.
  public init(
    version: String, profile: Plan.ProfileReference, memoryLimitBytes: Int, strategies: [Int],
    prediction: Prediction? = nil, lowerBound: Bound? = nil, search: [SearchEntry] = [],
    isRepeatable: Bool = true
  ) {
    self.version = version
    self.profile = profile
    self.memoryLimitBytes = memoryLimitBytes
    self.strategies = strategies
    self.prediction = prediction
    self.lowerBound = lowerBound
    self.search = search
    self.isRepeatable = isRepeatable
  }

  /// What the planner expects of the choice.
  public struct Prediction: Sendable, Hashable {
    /// The cost of all nodes and edges, in the unit of the instance.
    public var cost: Int
    /// The most memory at any time, in bytes.
    public var peakBytes: Int

    /// Creates a prediction.
    public init(cost: Int, peakBytes: Int) {
      self.cost = cost
      self.peakBytes = peakBytes
    }
  }

  /// What no choice can be below.
  public struct Bound: Sendable, Hashable {
    /// The cost, in the unit of the instance.
    public var cost: Int
    /// How the bound was found.
    public var method: String

    /// Creates a bound.
    public init(cost: Int, method: String) {
      self.cost = cost
      self.method = method
    }
  }

  /// How far the cost may be from the least, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = lowerBound, let value = prediction?.cost else { return nil }
    return value > 0 ? max(0, Double(value - bound.cost)) / Double(value) : 0
  }
}
