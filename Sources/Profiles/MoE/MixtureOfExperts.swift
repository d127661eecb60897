/// What was measured of a model's routed experts, and of the devices that hold them.
///
/// Layers, experts, devices and groups are counted from 0. Groups and nodes are blocks of neighbours:
/// with 8 groups of 64 experts, group 0 holds the experts 0 to 7.
public struct MixtureOfExperts: Sendable, Hashable {
  /// The routed experts of each layer.
  public var experts: Int
  /// How many experts each token visits in each layer.
  public var topK: Int
  /// The layers by the number that they have in the model, ascending.
  public var layerNumbers: [Int]
  /// The blocks of experts that node-limited routing picks from; they divide the experts.
  public var groups: Int
  /// How many devices each node has, in order; one entry for a single node, none if unknown.
  public var nodeSizes: [Int]
  /// How many experts each device has room for, in each layer; empty if unknown.
  public var slots: [Int]
  /// The speed of each device against the others; empty if all are alike.
  public var deviceSpeeds: [Double]
  /// The tokens that each device brings to each layer of one batch.
  public var tokensPerDevice: Int?
  /// What one token carries to an expert, in bytes.
  public var tokenBytes: Int?
  /// The weights of one expert in one layer, in bytes.
  public var expertBytes: Int?
  /// The loads seen, one entry for each workload.
  public var scenarios: [LoadScenario]
  /// Which experts tokens visit together.
  public var coactivation: [Coactivation]
  /// The experts on each device today, `[layer][device]`; empty if unknown.
  public var placement: [[[Int]]]

  /// Creates a section; `Profile.validate()` tells whether it makes sense.
  public init(
    experts: Int, topK: Int, layerNumbers: [Int], groups: Int = 1, nodeSizes: [Int] = [],
    slots: [Int] = [], deviceSpeeds: [Double] = [], tokensPerDevice: Int? = nil,
    tokenBytes: Int? = nil, expertBytes: Int? = nil, scenarios: [LoadScenario] = [],
    coactivation: [Coactivation] = [], placement: [[[Int]]] = []
  ) {
    self.experts = experts
    self.topK = topK
    self.layerNumbers = layerNumbers
    self.groups = groups
    self.nodeSizes = nodeSizes
    self.slots = slots
    self.deviceSpeeds = deviceSpeeds
    self.tokensPerDevice = tokensPerDevice
    self.tokenBytes = tokenBytes
    self.expertBytes = expertBytes
    self.scenarios = scenarios
    self.coactivation = coactivation
    self.placement = placement
  }

  /// How many layers have routed experts.
  public var layers: Int { layerNumbers.count }

  /// How many devices share the experts; nil if unknown.
  public var devices: Int? { nodeSizes.isEmpty ? nil : nodeSizes.reduce(0, +) }

  /// The node of each device.
  public var nodeOfDevice: [Int] {
    nodeSizes.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
  }

  /// The group of an expert.
  public func group(of expert: Int) -> Int { expert / max(1, experts / groups) }
}

/// The tokens that visited each expert under one workload.
public struct LoadScenario: Sendable, Hashable {
  /// What the workload is called.
  public var name: String
  /// Tokens by batch, `[batch][layer][expert]`: one batch where only the sum is known.
  public var batches: [[[Double]]]

  /// Creates a scenario from the sum of all batches, `[layer][expert]`.
  public init(name: String, load: [[Double]]) {
    self.init(name: name, batches: [load])
  }

  /// Creates a scenario from its batches, `[batch][layer][expert]`.
  public init(name: String, batches: [[[Double]]]) {
    self.name = name
    self.batches = batches
  }

  /// Tokens of all batches, `[layer][expert]`.
  public var load: [[Double]] {
    guard var sum = batches.first else { return [] }
    for batch in batches.dropFirst() {
      for (layer, row) in batch.enumerated() {
        for (expert, tokens) in row.enumerated() { sum[layer][expert] += tokens }
      }
    }
    return sum
  }
}

/// Which experts of one layer tokens visit together.
public struct Coactivation: Sendable, Hashable {
  /// Two experts and the tokens that visit both.
  public struct Pair: Sendable, Hashable {
    /// The expert with the smaller number.
    public var first: Int
    /// The expert with the larger number.
    public var second: Int
    /// How many tokens visit both.
    public var tokens: Double

    /// Creates a pair.
    public init(first: Int, second: Int, tokens: Double) {
      self.first = first
      self.second = second
      self.tokens = tokens
    }
  }

  /// The position of the layer among `MixtureOfExperts.layerNumbers`.
  public var layer: Int
  /// The workload; nil for all.
  public var scenario: String?
  /// The experts that each token visits, as long as they are known token by token.
  public var tokens: [[Int]]
  /// How often two experts are visited together, where only that is known.
  public var pairs: [Pair]

  /// Creates a record.
  public init(layer: Int, scenario: String? = nil, tokens: [[Int]] = [], pairs: [Pair] = []) {
    self.layer = layer
    self.scenario = scenario
    self.tokens = tokens
    self.pairs = pairs
  }
}
