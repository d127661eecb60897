public import Profiles

/// How the gradients of each bucket are added up over all workers.
public struct GradientPlan: Sendable, Hashable {
  /// The version of planner that made the plan.
  public var version: String
  /// The profile that the plan is for.
  public var profile: Plan.ProfileReference
  /// The share of the gradients' energy that has to be sent, from 0 to 1.
  public var energyBudget: Double
  /// The strategy that the decisions come from.
  public var strategy: String
  /// One decision for each bucket, in the order of the profile.
  public var decisions: [Decision]
  /// Whether sparse exchanges pay, in a sentence.
  public var verdict: String?
  /// What the planner expects.
  public var prediction: Prediction?
  /// The least time of any plan within the same budget, in microseconds.
  public var lowerBoundMicroseconds: Double?
  /// The strategies tried, in order; their values are the ends of the exchange.
  public var search: [SearchEntry]
  /// Whether the same command gives the same plan again; false if a time limit cut the search off.
  public var isRepeatable: Bool

  /// Creates a plan.
  public init(
    version: String, profile: Plan.ProfileReference, energyBudget: Double, strategy: String,
    decisions: [Decision], verdict: String? = nil, prediction: Prediction? = nil,
    lowerBoundMicroseconds: Double? = nil, search: [SearchEntry] = [], isRepeatable: Bool = true
  ) {
    self.version = version
    self.profile = profile
    self.energyBudget = energyBudget
    self.strategy = strategy
    self.decisions = decisions
    self.verdict = verdict
    self.prediction = prediction
    self.lowerBoundMicroseconds = lowerBoundMicroseconds
    self.search = search
    self.isRepeatable = isRepeatable
  }

  /// A way to add up a bucket's gradients over all workers.
  public enum Algorithm: String, Sendable, Hashable, CaseIterable {
    /// Everything: reduce-scatter in the node, all-reduce between nodes, all-gather in the node.
    case dense = "dense-all-reduce"
    /// Each worker sends its chosen elements to all others, by recursive doubling.
    case allGather = "all-gather-top-k"
    /// Sparse reduce-scatter and all-gather over a mesh of nodes and devices (CN116405398A).
    case mesh = "sparse-mesh"
    /// All in the node; of the sum, each device chooses from its shard and exchanges that between nodes.
    case denseWithin = "dense-intra-sparse-inter"
    /// Ok-Topk's sparse all-reduce (Li and Hoefler, PPoPP 2022).
    case okTopk = "ok-topk"

    /// How many of its phases send chosen elements in a form that the plan names.
    public var wireFormats: Int {
      switch self {
      case .dense, .okTopk: 0
      case .allGather: 1
      case .denseWithin: 3
      case .mesh: 4
      }
    }
  }

  /// How elements look on the wire.
  public enum WireFormat: String, Sendable, Hashable, CaseIterable {
    /// Every element.
    case dense
    /// A bit for each element, and the chosen ones.
    case bitmap
    /// A position for each chosen element, and they.
    case index
  }

  /// What happens to one bucket.
  public struct Decision: Sendable, Hashable {
    /// The bucket.
    public var bucket: String
    /// How its gradients are added up.
    public var algorithm: Algorithm
    /// Which elements are sent; nil for all.
    public var choice: Choice?
    /// How elements look in each phase that sends chosen ones, see `Algorithm.wireFormats`.
    public var wire: [WireFormat]
    /// Why, in a sentence.
    public var reason: String?

    /// Creates a decision.
    public init(
      bucket: String, algorithm: Algorithm, choice: Choice? = nil, wire: [WireFormat] = [],
      reason: String? = nil
    ) {
      self.bucket = bucket
      self.algorithm = algorithm
      self.choice = choice
      self.wire = wire
      self.reason = reason
    }
  }

  /// Which elements a worker sends.
  public struct Choice: Sendable, Hashable {
    /// How they are chosen.
    public var selection: GradientBucket.Selection
    /// The elements of a block; nil for the whole bucket.
    public var block: Int?
    /// The share of the elements that are sent, one of those that the bucket's curve has.
    public var density: Double

    /// Creates a choice.
    public init(selection: GradientBucket.Selection, block: Int? = nil, density: Double) {
      self.selection = selection
      self.block = block
      self.density = density
    }
  }

  /// What the planner expects of the exchange.
  public struct Prediction: Sendable, Hashable {
    /// The end of the last bucket's exchange, in microseconds.
    public var endMicroseconds: Double
    /// The same with everything sent, in microseconds.
    public var denseMicroseconds: Double
    /// The share of the energy that is sent.
    public var energy: Double
    /// What one device sends to others of its node, in bytes.
    public var withinNodeBytes: Int
    /// What one node sends to others, in bytes.
    public var betweenNodesBytes: Int

    /// Creates a prediction.
    public init(
      endMicroseconds: Double, denseMicroseconds: Double, energy: Double, withinNodeBytes: Int,
      betweenNodesBytes: Int
    ) {
      self.endMicroseconds = endMicroseconds
      self.denseMicroseconds = denseMicroseconds
      self.energy = energy
      self.withinNodeBytes = withinNodeBytes
      self.betweenNodesBytes = betweenNodesBytes
    }
  }

  /// How far the end may be from the earliest, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = lowerBoundMicroseconds, let value = prediction?.endMicroseconds else {
      return nil
    }
    return value > 0 ? max(0, value - bound) / value : 0
  }

  /// Whether everything is sent.
  public var isDense: Bool { decisions.allSatisfy { $0.algorithm == .dense } }
}
