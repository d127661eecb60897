import Profiles

/// Which experts each device holds in each layer, and how tokens are shared out among replicas.
///
/// Values are ratios: the largest load of a device over the mean, so that 1 is perfect balance. A value
/// of the plan is the mean over its layers.
public struct ExpertPlacementPlan: Sendable, Hashable {
  /// What is balanced.
  public enum Objective: String, Sendable, Hashable, CaseIterable {
    /// The tokens of each device: compute and links of large batches (prefill).
    case tokens
    /// The experts that a batch wakes on each device: memory traffic of small batches (decode).
    case activated
  }

  /// How the tokens of an expert are shared out among its replicas.
  public enum Split: String, Sendable, Hashable, CaseIterable {
    /// Evenly.
    case equal
    /// By shares that the plan gives.
    case weighted
  }

  /// The version of planner that made the plan.
  public var version: String
  /// The profile that the plan is for.
  public var profile: Plan.ProfileReference
  /// What was balanced.
  public var objective: Objective
  /// How tokens are shared out.
  public var split: Split
  /// How scenarios became one value: `average`, `worst`, or `cvar:` with its level.
  public var robustness: String
  /// The scenarios that were planned on, by name.
  public var scenarios: [String]
  /// The tokens of a batch, which the objective of activated experts depends on.
  public var batchTokens: Int?
  /// The devices of each node.
  public var nodeSizes: [Int]
  /// How many experts each device has room for in each layer.
  public var slots: [Int]
  /// Whether all experts of a group are on one node.
  public var keepsGroups: Bool
  /// The layers in order.
  public var layers: [Layer]
  /// What has to be copied to come from the current placement to this one; empty if none is known.
  public var moves: [Move]
  /// What the planner expects.
  public var prediction: Prediction?
  /// What no plan of the kind can beat.
  public var lowerBound: Bound?
  /// The strategies tried, in order.
  public var search: [Strategy]
  /// What more moves or more redundant experts would give.
  public var curve: [CurvePoint]
  /// Whether the same command gives the same plan again; false if a time limit cut the search off.
  public var isRepeatable: Bool

  /// Creates a plan.
  public init(
    version: String, profile: Plan.ProfileReference, objective: Objective = .tokens,
    split: Split = .equal, robustness: String = "average", scenarios: [String],
    batchTokens: Int? = nil, nodeSizes: [Int], slots: [Int], keepsGroups: Bool = false,
    layers: [Layer], moves: [Move] = [], prediction: Prediction? = nil, lowerBound: Bound? = nil,
    search: [Strategy] = [], curve: [CurvePoint] = [], isRepeatable: Bool = true
  ) {
    self.version = version
    self.profile = profile
    self.objective = objective
    self.split = split
    self.robustness = robustness
    self.scenarios = scenarios
    self.batchTokens = batchTokens
    self.nodeSizes = nodeSizes
    self.slots = slots
    self.keepsGroups = keepsGroups
    self.layers = layers
    self.moves = moves
    self.prediction = prediction
    self.lowerBound = lowerBound
    self.search = search
    self.curve = curve
    self.isRepeatable = isRepeatable
  }

  /// `(value − bound) / value`, nil without one of the two.
  public var gap: Double? {
    guard let prediction, let lowerBound else { return nil }
    return prediction.value > 0
      ? max(0, prediction.value - lowerBound.value) / prediction.value : 0
  }

  /// The replicas beyond one for each expert, in the layer that has most.
  public func redundancy(experts: Int) -> Int {
    layers.map { $0.devices.reduce(0) { $0 + $1.count } - experts }.max() ?? 0
  }
}

extension ExpertPlacementPlan {
  /// One layer.
  public struct Layer: Sendable, Hashable {
    /// The layer by the number that it has in the model.
    public var number: Int
    /// The experts of each device, ascending.
    public var devices: [[Int]]
    /// The shares of weighted split, one entry for each scenario.
    public var shares: [Shares]
    /// The value of the layer.
    public var value: Double?
    /// What no placement of the layer can beat.
    public var bound: Double?
    /// The strategy that found it.
    public var strategy: String?

    /// Creates a layer.
    public init(
      number: Int, devices: [[Int]], shares: [Shares] = [], value: Double? = nil,
      bound: Double? = nil, strategy: String? = nil
    ) {
      self.number = number
      self.devices = devices
      self.shares = shares
      self.value = value
      self.bound = bound
      self.strategy = strategy
    }
  }

  /// How the tokens of each expert are shared out under one workload.
  public struct Shares: Sendable, Hashable {
    /// The workload; nil for any.
    public var scenario: String?
    /// The share of its expert's tokens that each replica takes, `[device][position]`.
    public var devices: [[Double]]

    /// Creates shares.
    public init(scenario: String? = nil, devices: [[Double]]) {
      self.scenario = scenario
      self.devices = devices
    }
  }

  /// One replica that has to be copied to a device.
  public struct Move: Sendable, Hashable {
    /// The layer by the number that it has in the model.
    public var layer: Int
    /// The expert.
    public var expert: Int
    /// A device that holds it today.
    public var from: Int
    /// The device that will hold it.
    public var to: Int

    /// Creates a move.
    public init(layer: Int, expert: Int, from: Int, to: Int) {
      self.layer = layer
      self.expert = expert
      self.from = from
      self.to = to
    }
  }

  /// What the planner expects.
  public struct Prediction: Sendable, Hashable {
    /// The mean value of the layers.
    public var value: Double
    /// The value of the worst layer.
    public var worstLayer: Double
    /// The mean over layers for each scenario by itself, as `scenarios` lists them.
    public var scenarioValues: [Double]
    /// The distinct nodes that a token visits in a layer, on average; nil if nothing is known of it.
    public var nodesPerToken: Double?

    /// Creates a prediction.
    public init(
      value: Double, worstLayer: Double, scenarioValues: [Double], nodesPerToken: Double? = nil
    ) {
      self.value = value
      self.worstLayer = worstLayer
      self.scenarioValues = scenarioValues
      self.nodesPerToken = nodesPerToken
    }
  }

  /// What no plan of the kind can beat.
  public struct Bound: Sendable, Hashable {
    /// The least mean value of the layers.
    public var value: Double
    /// What the bound follows from.
    public var method: String

    /// Creates a bound.
    public init(value: Double, method: String) {
      self.value = value
      self.method = method
    }
  }

  /// One strategy that was tried on all layers.
  public struct Strategy: Sendable, Hashable {
    /// What the strategy is called.
    public var name: String
    /// The mean value of the layers; nil if it found nothing for one of them.
    public var value: Double?
    /// The value of its worst layer.
    public var worstLayer: Double?
    /// The lower bound that it proved, if any.
    public var bound: Double?
    /// The replicas that it copies; nil without a current placement.
    public var moves: Int?
    /// Nodes or proposals, as the strategy counts.
    public var nodes: Int
    /// The engine with its version, or `planner`.
    public var engine: String
    /// How the strategy ended, in a few words.
    public var termination: String
    /// How long it took. Told in reports, never in the plan's file.
    public var seconds: Double

    /// Creates an entry.
    public init(
      name: String, value: Double?, worstLayer: Double? = nil, bound: Double? = nil,
      moves: Int? = nil, nodes: Int = 0, engine: String = "planner", termination: String,
      seconds: Double = 0
    ) {
      self.name = name
      self.value = value
      self.worstLayer = worstLayer
      self.bound = bound
      self.moves = moves
      self.nodes = nodes
      self.engine = engine
      self.termination = termination
      self.seconds = seconds
    }
  }

  /// What so many moves or redundant experts of each layer give.
  public struct CurvePoint: Sendable, Hashable {
    /// What is counted.
    public enum Resource: String, Sendable, Hashable, CaseIterable {
      case moves
      case redundancy
    }

    /// What is counted.
    public var resource: Resource
    /// How many each layer may have.
    public var limit: Int
    /// The mean value of the layers.
    public var value: Double
    /// The least mean value of the layers.
    public var bound: Double

    /// Creates a point.
    public init(resource: Resource, limit: Int, value: Double, bound: Double) {
      self.resource = resource
      self.limit = limit
      self.value = value
      self.bound = bound
    }
  }
}
