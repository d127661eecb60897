/// How the strategies of a `StageGraph` place tensors on the mesh: what a plan's placement block is made from.
///
/// The key `placement` of the section `two_stage`. It is optional: times and bytes alone make a plan, but only
/// with it can a plan tell where each weight lies and what devices exchange.
public struct StagePlacement: Sendable, Hashable {
  /// The element type of weights, gradients and activations, such as `bfloat16`.
  public var dtype: String
  /// The size of an element of that type.
  public var elementBytes: Int
  /// The optimizer, such as `adam`.
  public var optimizer: String
  /// What the optimizer holds for each trained element, in bytes.
  public var stateBytesPerElement: Int
  /// How strategies place tensors; nodes refer to these.
  public var shardings: [NodeSharding]
  /// The ways from one layout of a tensor to another, each once.
  public var ways: [LayoutWay]

  /// Creates the part.
  public init(
    dtype: String, elementBytes: Int, optimizer: String, stateBytesPerElement: Int,
    shardings: [NodeSharding], ways: [LayoutWay]
  ) {
    self.dtype = dtype
    self.elementBytes = elementBytes
    self.optimizer = optimizer
    self.stateBytesPerElement = stateBytesPerElement
    self.shardings = shardings
    self.ways = ways
  }
}

/// The tensors of a node, and how each of its strategies lays them out.
public struct NodeSharding: Sendable, Hashable {
  /// The name, which no other has.
  public var id: String
  /// The output on all devices together; nil for a node that hands nothing on.
  public var output: MeshTensor?
  /// Whether the backward pass reads the input again.
  public var readsInputAgain: Bool
  /// The extents of each trained weight.
  public var weights: [[Int]]
  /// One for each strategy of the node, in its order.
  public var strategies: [StrategySharding]

  /// Creates a sharding.
  public init(
    id: String, output: MeshTensor?, readsInputAgain: Bool, weights: [[Int]],
    strategies: [StrategySharding]
  ) {
    self.id = id
    self.output = output
    self.readsInputAgain = readsInputAgain
    self.weights = weights
    self.strategies = strategies
  }
}

/// The layouts of one strategy.
public struct StrategySharding: Sendable, Hashable {
  /// The layout of what is read.
  public var input: TensorLayout
  /// The layout of what is made.
  public var output: TensorLayout
  /// The layout in which the gradient of what is read comes out.
  public var inputGradient: TensorLayout
  /// The layout in which the gradient of what is made is needed.
  public var outputGradient: TensorLayout
  /// Whether `saved_bytes` counts the output.
  public var keepsOutput: Bool
  /// What copies of weights share: 0 nothing, 1 the optimizer's states, 2 gradients too, 3 weights too (ZeRO,
  /// Rajbhandari et al. 2020).
  public var zeroStage: Int
  /// One for each weight.
  public var weights: [WeightSharding]
  /// What devices exchange within the node, besides its weights.
  public var exchanges: [StageExchange]

  /// Creates the layouts of a strategy.
  public init(
    input: TensorLayout, output: TensorLayout, inputGradient: TensorLayout,
    outputGradient: TensorLayout, keepsOutput: Bool, zeroStage: Int, weights: [WeightSharding],
    exchanges: [StageExchange]
  ) {
    self.input = input
    self.output = output
    self.inputGradient = inputGradient
    self.outputGradient = outputGradient
    self.keepsOutput = keepsOutput
    self.zeroStage = zeroStage
    self.weights = weights
    self.exchanges = exchanges
  }
}

/// Where a weight lies.
public struct WeightSharding: Sendable, Hashable {
  /// Which axes split which dimension.
  public var layout: TensorLayout
  /// The axes whose devices hold copies with gradients of their own, ascending: these are added up, and what
  /// ZeRO shares is split among them.
  public var copies: [Int]

  /// Creates a place.
  public init(layout: TensorLayout, copies: [Int]) {
    self.layout = layout
    self.copies = copies
  }
}

/// One exchange within a node, in one of its passes.
public struct StageExchange: Sendable, Hashable {
  /// The pass.
  public var pass: Pass
  /// What is exchanged.
  public var kind: CollectiveKind
  /// The axes along which, ascending.
  public var axes: [Int]
  /// The tensor on all devices together.
  public var tensor: MeshTensor
  /// The layout that says how much each device contributes or, of a gathering, ends with.
  public var layout: TensorLayout

  /// A pass through a node.
  public enum Pass: String, Sendable, Hashable, CaseIterable {
    case forward
    case backward
  }

  /// Creates an exchange.
  public init(
    pass: Pass, kind: CollectiveKind, axes: [Int], tensor: MeshTensor, layout: TensorLayout
  ) {
    self.pass = pass
    self.kind = kind
    self.axes = axes
    self.tensor = tensor
    self.layout = layout
  }
}

/// What devices along an axis of a mesh do together.
public enum CollectiveKind: String, Sendable, Hashable, CaseIterable {
  case allGather = "all_gather"
  case allReduce = "all_reduce"
  case reduceScatter = "reduce_scatter"
  case allToAll = "all_to_all"
}

/// The steps from one layout of a tensor to another.
public struct LayoutWay: Sendable, Hashable {
  /// What tells a way from all others.
  public struct Ends: Sendable, Hashable {
    /// The tensor on all devices together.
    public var tensor: MeshTensor
    /// The layout at the beginning.
    public var source: TensorLayout
    /// The layout at the end.
    public var target: TensorLayout

    /// Creates the two ends of a way.
    public init(tensor: MeshTensor, source: TensorLayout, target: TensorLayout) {
      self.tensor = tensor
      self.source = source
      self.target = target
    }
  }

  /// From where to where.
  public var ends: Ends
  /// The steps, in order.
  public var steps: [LayoutStep]

  /// Creates a way.
  public init(ends: Ends, steps: [LayoutStep]) {
    self.ends = ends
    self.steps = steps
  }
}
