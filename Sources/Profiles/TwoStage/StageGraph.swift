/// What each way of running the nodes of a network on a mesh of devices costs, and in which stages of a
/// chain the nodes stand: one strategy for each node, and for each stage whether it saves its activations, some of
/// them, or runs again, fit the memory of a device together.
///
/// The section `two_stage` of a profile. All bytes and times are those of one device: every device of the
/// mesh does the same. Nodes stand in execution order; each feeds nodes of its own stage or of the next one.
///
/// What a stage hands to the next is the `outputBytes` of its nodes that feed it. Tensors that stay within
/// the stage count in `savedBytes`, if the backward pass needs them, else in the workspace.
///
/// The choice of strategies is the integer program of Alpa (Zheng et al., OSDI 2022); the two stages of memory
/// are those of Colossal-Auto (Liu et al. 2023, arXiv 2302.02599).
public struct StageGraph: Sendable, Hashable {
  /// The devices, and the links along each axis of the mesh.
  public var mesh: Mesh
  /// The memory that a plan may take on each device.
  public var memoryLimitBytes: Int
  /// The names of the stages, in the order of the chain.
  public var stages: [String]
  /// The nodes, in execution order: stage by stage.
  public var nodes: [Node]
  /// Which nodes feed which, and what the tensor's way from one layout to the other takes.
  public var edges: [Edge]
  /// How strategies place tensors; nil where that isn't known.
  public var placement: StagePlacement?

  /// Creates a section; `Profile.validate()` tells whether it makes sense.
  public init(
    mesh: Mesh, memoryLimitBytes: Int, stages: [String], nodes: [Node], edges: [Edge],
    placement: StagePlacement? = nil
  ) {
    self.mesh = mesh
    self.memoryLimitBytes = memoryLimitBytes
    self.stages = stages
    self.nodes = nodes
    self.edges = edges
    self.placement = placement
  }

  /// A grid of devices. Transfers along an axis take its latency and its rate.
  public struct Mesh: Sendable, Hashable {
    /// How many devices each axis has.
    public var shape: [Int]
    /// What a message takes on each axis, however small.
    public var latencyMicroseconds: [Double]
    /// What a device sends along each axis, in 10⁹ bytes per second.
    public var gbPerSecond: [Double]

    /// Creates a mesh.
    public init(shape: [Int], latencyMicroseconds: [Double], gbPerSecond: [Double]) {
      self.shape = shape
      self.latencyMicroseconds = latencyMicroseconds
      self.gbPerSecond = gbPerSecond
    }
  }

  /// An operator, or several that are sharded as one.
  public struct Node: Sendable, Hashable {
    /// The name, which no other node has.
    public var id: String
    /// The position of its stage.
    public var stage: Int
    /// The group of nodes of which this is one: alike in their strategies' names, so that a plan may treat
    /// them alike.
    public var repeatGroup: String?
    /// The position of an earlier node whose strategy's position this one takes, too.
    public var leader: Int?
    /// The ways to run it; at least one.
    public var strategies: [Strategy]
    /// The position of how its strategies place tensors, in `placement.shardings`.
    public var sharding: Int?
    /// The names of its weights, in the order of that sharding.
    public var weights: [String]
    /// The names of weights of an earlier node that this one uses, too, as the scores of a model with tied
    /// embeddings do. Both take the strategy at the same position: one follows the other, or both a third.
    public var borrowed: [String]

    /// Creates a node.
    public init(
      id: String, stage: Int, repeatGroup: String? = nil, leader: Int? = nil,
      strategies: [Strategy], sharding: Int? = nil, weights: [String] = [],
      borrowed: [String] = []
    ) {
      self.id = id
      self.stage = stage
      self.repeatGroup = repeatGroup
      self.leader = leader
      self.strategies = strategies
      self.sharding = sharding
      self.weights = weights
      self.borrowed = borrowed
    }
  }

  /// A tensor that goes from one node to another.
  public struct Edge: Sendable, Hashable {
    /// The position of the node that makes it.
    public var source: Int
    /// The position of the node that reads it, behind the source.
    public var target: Int
    /// What changing its layout takes in the forward pass, `[strategy of source][strategy of target]`.
    public var forwardMicroseconds: [[Double]]
    /// What changing the gradient's layout takes in the backward pass, in the same shape.
    public var backwardMicroseconds: [[Double]]

    /// Creates an edge.
    public init(
      source: Int, target: Int, forwardMicroseconds: [[Double]], backwardMicroseconds: [[Double]]
    ) {
      self.source = source
      self.target = target
      self.forwardMicroseconds = forwardMicroseconds
      self.backwardMicroseconds = backwardMicroseconds
    }
  }
}
