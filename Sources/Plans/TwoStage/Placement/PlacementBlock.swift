public import Profiles

/// Where each tensor lies under a plan, what that takes on each device, and what devices exchange in one
/// iteration.
///
/// A device holds its part of a tensor along the axes of the mesh that split it, all of it along the others, and of
/// what ZeRO shares among copies its share. Everything is on the devices: plans of strategies and checkpoints
/// offload nothing.
public struct PlacementBlock: Sendable, Hashable {
  /// The weights, in the order of their nodes.
  public var weights: [Weight]
  /// The outputs of nodes, in the order of these.
  public var activations: [Activation]
  /// What is exchanged, each kind once, sorted.
  public var collectives: [Collective]

  /// Creates a block.
  public init(weights: [Weight], activations: [Activation], collectives: [Collective]) {
    self.weights = weights
    self.activations = activations
    self.collectives = collectives
  }

  /// A weight, its gradient, and the optimizer's states of it.
  public struct Weight: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The node that trains it.
    public var node: String
    /// The extents of the whole weight.
    public var shape: [Int]
    /// Which axes split which dimension; along all others it is replicated.
    public var layout: TensorLayout
    /// The axes along which copies add up their gradients, ascending.
    public var copies: [Int]
    /// What these share: 0 nothing, 1 the optimizer's states, 2 gradients too, 3 the weight too.
    public var zeroStage: Int
    /// The weight on each device.
    public var parameterBytes: Int
    /// Its gradient on each device.
    public var gradientBytes: Int
    /// The optimizer's states on each device.
    public var optimizerStateBytes: Int

    /// Creates a row.
    public init(
      name: String, node: String, shape: [Int], layout: TensorLayout, copies: [Int],
      zeroStage: Int, parameterBytes: Int, gradientBytes: Int, optimizerStateBytes: Int
    ) {
      self.name = name
      self.node = node
      self.shape = shape
      self.layout = layout
      self.copies = copies
      self.zeroStage = zeroStage
      self.parameterBytes = parameterBytes
      self.gradientBytes = gradientBytes
      self.optimizerStateBytes = optimizerStateBytes
    }
  }

  /// The output of a node, and what its backward pass needs.
  public struct Activation: Sendable, Hashable {
    /// The node.
    public var node: String
    /// The extents of the output on all devices together; nil where nothing is handed on.
    public var tensor: MeshTensor?
    /// Which axes split which dimension, and which hold partial sums.
    public var layout: TensorLayout
    /// The output on each device.
    public var bytes: Int
    /// What the node saves for its backward pass on each device, the output included if it is needed.
    public var savedBytes: Int
    /// How often the node's forward pass runs; more than once where its stage is recomputed.
    public var forwardRuns: Int

    /// Creates a row.
    public init(
      node: String, tensor: MeshTensor?, layout: TensorLayout, bytes: Int, savedBytes: Int,
      forwardRuns: Int
    ) {
      self.node = node
      self.tensor = tensor
      self.layout = layout
      self.bytes = bytes
      self.savedBytes = savedBytes
      self.forwardRuns = forwardRuns
    }
  }

  /// Collective operations that are alike.
  public struct Collective: Sendable, Hashable {
    /// When they run.
    public var pass: Pass
    /// What for.
    public var cause: Cause
    /// What devices do.
    public var kind: CollectiveKind
    /// The axis of the mesh along which they do it; all groups along it at once.
    public var axis: Int
    /// What each device contributes or, of a gathering, ends with, each time; rounded up.
    public var bytes: Int
    /// How often in one iteration.
    public var count: Int
    /// What all of them take.
    public var microseconds: Double

    /// Creates a row.
    public init(
      pass: Pass, cause: Cause, kind: CollectiveKind, axis: Int, bytes: Int, count: Int,
      microseconds: Double
    ) {
      self.pass = pass
      self.cause = cause
      self.kind = kind
      self.axis = axis
      self.bytes = bytes
      self.count = count
      self.microseconds = microseconds
    }
  }

  /// A part of an iteration.
  public enum Pass: String, Sendable, Hashable, CaseIterable {
    case forward
    case backward
    /// Once, when gradients are there.
    case update
  }

  /// What an exchange is for.
  public enum Cause: String, Sendable, Hashable, CaseIterable {
    /// Shared weights are gathered.
    case weights
    /// Gradients of copies are added up.
    case gradients
    /// Within an operator: keys and values, experts' tokens, sums of a loss.
    case operators
    /// A tensor changes its layout between two nodes.
    case layouts
  }

  /// Parameters, gradients and states of the optimizer on each device.
  public var stateBytes: Int {
    weights.reduce(0) { $0 + $1.parameterBytes + $1.gradientBytes + $1.optimizerStateBytes }
  }

  /// What all collective operations take.
  public var collectiveMicroseconds: Double {
    collectives.reduce(0) { $0 + $1.microseconds }
  }
}

extension PlacementBlock.Collective: Comparable {
  /// Orders rows by pass, cause, kind, axis and bytes.
  public static func < (first: Self, second: Self) -> Bool { first.order < second.order }

  private var order: (Int, Int, Int, Int, Int) {
    (
      PlacementBlock.Pass.allCases.firstIndex(of: pass) ?? 0,
      PlacementBlock.Cause.allCases.firstIndex(of: cause) ?? 0,
      CollectiveKind.allCases.firstIndex(of: kind) ?? 0, axis, bytes
    )
  }

  /// Whether two rows are about the same exchange.
  public func isLike(_ other: Self) -> Bool { order == other.order }
}
