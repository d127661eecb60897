/// One way to run a node of a `StageGraph`: how its tensors are sharded, and what that takes on each device.
///
/// The names of published placements are agreed: where every node has a strategy whose name is
/// `data_parallel`, `zero1`, `zero2`, `zero3` or `megatron`, or begins with one of these and a colon, the
/// planner shows that placement beside its own.
public struct StageStrategy: Sendable, Hashable {
  /// The name, which no other strategy of the node has.
  public var id: String
  /// Computing and communicating in the forward pass.
  public var forwardMicroseconds: Double
  /// Computing and communicating in the backward pass.
  public var backwardMicroseconds: Double
  /// Bringing gradients and parameters together, once in an iteration.
  public var synchronizationMicroseconds: Double
  /// Parameters, held throughout.
  public var parameterBytes: Int
  /// Gradients of parameters, held throughout.
  public var gradientBytes: Int
  /// States of the optimizer, held throughout.
  public var optimizerStateBytes: Int
  /// What the forward pass makes and the backward pass needs, without an output that goes to the next stage.
  public var savedBytes: Int
  /// The output. Its gradient takes as much.
  public var outputBytes: Int
  /// What else the forward pass takes while it runs.
  public var forwardWorkspaceBytes: Int
  /// What else the backward pass takes while it runs.
  public var backwardWorkspaceBytes: Int

  /// Creates a strategy.
  public init(
    id: String, forwardMicroseconds: Double, backwardMicroseconds: Double,
    synchronizationMicroseconds: Double = 0, parameterBytes: Int = 0, gradientBytes: Int = 0,
    optimizerStateBytes: Int = 0, savedBytes: Int, outputBytes: Int,
    forwardWorkspaceBytes: Int = 0, backwardWorkspaceBytes: Int = 0
  ) {
    self.id = id
    self.forwardMicroseconds = forwardMicroseconds
    self.backwardMicroseconds = backwardMicroseconds
    self.synchronizationMicroseconds = synchronizationMicroseconds
    self.parameterBytes = parameterBytes
    self.gradientBytes = gradientBytes
    self.optimizerStateBytes = optimizerStateBytes
    self.savedBytes = savedBytes
    self.outputBytes = outputBytes
    self.forwardWorkspaceBytes = forwardWorkspaceBytes
    self.backwardWorkspaceBytes = backwardWorkspaceBytes
  }

  /// Parameters, gradients and states of the optimizer together.
  public var stateBytes: Int { parameterBytes + gradientBytes + optimizerStateBytes }
}

extension StageGraph {
  /// One way to run a node.
  public typealias Strategy = StageStrategy
}
