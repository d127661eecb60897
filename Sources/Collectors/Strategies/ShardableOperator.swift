import Profiles

/// An operator that strategies shard: what an axis of the mesh may do for it, and the layouts that follow.
protocol ShardableOperator: Hashable, Sendable {
  var name: String { get }
  /// The weights that training changes.
  var weights: [Weight] { get }
  /// Weights of an earlier operator that it uses, too, under the same assignment.
  var borrowed: [Weight] { get }
  /// Whether a later operator uses its first weight, too.
  var lendsFirst: Bool { get }
  /// What an axis may do for it.
  var roles: [AxisRole] { get }
  /// Whether ZeRO is worth offering for its weights.
  var sharesWeights: Bool { get }
  /// Whether the backward pass reads the input again.
  var needsInput: Bool { get }
  /// Whether the backward pass needs the output, and the stage doesn't hand it on.
  var keepsOutput: Bool { get }

  /// Whether all that an assignment splits can be split evenly.
  func isEven(_ assignment: RoleAssignment, _ costs: StrategyCosts) -> Bool
  /// One device's share of the work and its sizes.
  func strategy(
    _ assignment: RoleAssignment, _ costs: StrategyCosts
  ) throws(CollectorError) -> StageStrategy
  /// The output on all devices together; nil for an operator that hands nothing on.
  func outputTensor(_ costs: StrategyCosts) throws(CollectorError) -> MeshTensor?
  /// Where a weight lies.
  func place(of weight: Weight, _ assignment: RoleAssignment) -> WeightSharding
  /// What devices exchange within it, besides its weights.
  func exchanges(
    _ assignment: RoleAssignment, _ costs: StrategyCosts
  ) throws(CollectorError) -> [StageExchange]

  /// The layout of what is read.
  func input(_ assignment: RoleAssignment) -> TensorLayout
  /// The layout of what is made.
  func output(_ assignment: RoleAssignment) -> TensorLayout
  /// The layout in which the gradient of what is read comes out.
  func inputGradient(_ assignment: RoleAssignment) -> TensorLayout
  /// The layout in which the gradient of what is made is needed.
  func outputGradient(_ assignment: RoleAssignment) -> TensorLayout
}

/// An operator of a stage, and those that it reads from.
struct StageOperator<Operator: ShardableOperator>: Hashable, Sendable {
  var operation: Operator
  /// The names of operators in the stage, or of the last one of the stage before; empty for what that stage
  /// hands over.
  var sources: [String]
  /// The name of the operator whose strategy's position it takes.
  var leader: String?
  /// Whether it reads nothing but the input of the whole network.
  var readsNetworkInput = false
}

/// An operator of a transformer's layer.
typealias LayerOperator = StageOperator<ShardedOperator>

extension ShardableOperator {
  var borrowed: [Weight] { [] }
  var lendsFirst: Bool { false }

  /// The layouts under an assignment, and what devices exchange.
  func sharding(
    _ assignment: RoleAssignment, _ costs: StrategyCosts
  ) throws(CollectorError) -> StrategySharding {
    StrategySharding(
      input: input(assignment), output: output(assignment),
      inputGradient: inputGradient(assignment), outputGradient: outputGradient(assignment),
      keepsOutput: keepsOutput, zeroStage: assignment.zero.rawValue,
      weights: weights.map { place(of: $0, assignment) },
      exchanges: try exchanges(assignment, costs))
  }
}

extension ShardedOperator: ShardableOperator {
  var sharesWeights: Bool { !weights.isEmpty && kind != .norm }

  func isEven(_ assignment: RoleAssignment, _ costs: StrategyCosts) -> Bool {
    costs.isEven(self, assignment)
  }

  func strategy(
    _ assignment: RoleAssignment, _ costs: StrategyCosts
  ) throws(CollectorError) -> StageStrategy {
    try costs.strategy(self, assignment)
  }

  func outputTensor(_ costs: StrategyCosts) throws(CollectorError) -> MeshTensor? {
    outputWidth > 0 ? try costs.tensor(outputWidth, of: costs.training.dtype.bytes) : nil
  }

  func place(of weight: Weight, _ assignment: RoleAssignment) -> WeightSharding {
    WeightSharding(layout: assignment.layout(of: weight), copies: assignment.copies(of: weight))
  }

  func exchanges(
    _ assignment: RoleAssignment, _ costs: StrategyCosts
  ) throws(CollectorError) -> [StageExchange] {
    try costs.exchanges(self, assignment)
  }
}
