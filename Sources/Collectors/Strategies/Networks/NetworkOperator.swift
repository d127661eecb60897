import Profiles

/// An operator of a network as strategies see it: which dimensions of its tensors it can share out, its work,
/// and what its derivative keeps.
struct NetworkOperator: Hashable, Sendable {
  /// What one role shares out.
  struct Share: Hashable, Sendable {
    /// The dimension of the inputs; nil where each device reads all of them.
    var input: Int?
    /// The dimension of the output; nil where each device makes summands.
    var output: Int?
    /// The dimension of each weight; nil for those that every device has whole.
    var weights: [Int?]
    /// What the devices must divide.
    var extents: [Int]
  }

  /// Where a tensor that the operator reads comes from.
  enum Place: Hashable, Sendable {
    /// From another operator, or into the network.
    case flow
    /// The weight at this position.
    case weight(Int)
    /// Known before the iteration.
    case constant
  }

  /// A tensor with the size of its elements.
  struct Extent: Hashable, Sendable {
    var shape: [Int]
    var elementBytes: Int
  }

  /// One kernel of the backward pass.
  struct Step: Hashable, Sendable {
    var flops: Double
    var usesMatrixUnits: Bool
    /// Positions of operands, outputs and saved tensors that it reads besides the output's gradient.
    var operands: [Int]
    var outputs: [Int]
    var saved: [Int]
    /// Positions of operands whose gradients it writes.
    var gradients: [Int]
  }

  var name: String
  /// The type in the file, such as `Conv`.
  var type: String
  var weights: [Weight]
  var operands: [Extent]
  var places: [Place]
  var outputs: [Extent]
  /// What it keeps for its derivative alone.
  var saved: [Extent]
  /// By role; roles that are absent don't suit.
  var shares: [AxisRole: Share]
  var flops: Double
  var usesMatrixUnits: Bool
  /// Whether the output is the input under another shape, in the same memory.
  var isView: Bool
  var steps: [Step]
  /// Whether some operator's derivative needs the output.
  var isOutputNeeded: Bool
  /// Whether its derivative needs the input of the network, which nobody else keeps.
  var keepsNetworkInput: Bool
  /// Whether the output goes to the next stage.
  var endsStage = false
  var needsInput: Bool

  /// The first of the tensors that flow in; others have its rank.
  var input: Extent? { zip(operands, places).first { $0.1 == .flow }?.0 }

  /// The shape of a tensor that flows in, as layouts need it.
  var inputRank: Int { max(1, input?.shape.count ?? 1) }
}

extension NetworkOperator: ShardableOperator {
  var roles: [AxisRole] {
    [.data, .tensor, .rows].filter { shares[$0] != nil } + [.replicate]
  }

  var sharesWeights: Bool { usesMatrixUnits && !weights.isEmpty }

  var keepsOutput: Bool { isOutputNeeded && !endsStage && !isView }

  func isEven(_ assignment: RoleAssignment, _ costs: StrategyCosts) -> Bool {
    shares.allSatisfy { role, share in
      let degree = assignment.degree(costs.mesh, role)
      return share.extents.allSatisfy { $0 % degree == 0 }
    }
  }

  func outputTensor(_ costs: StrategyCosts) throws(CollectorError) -> MeshTensor? {
    do throws(LayoutError) {
      return try MeshTensor(shape: outputs[0].shape, elementBytes: outputs[0].elementBytes)
    } catch {
      throw .option(
        name: "batch", problem: "the output of \(name): \(error.problem)", remedy: error.remedy)
    }
  }

  func place(of weight: Weight, _ assignment: RoleAssignment) -> WeightSharding {
    let position = weights.firstIndex(of: weight) ?? 0
    var dimensions = weight.shape.map { _ in [Int]() }
    for (role, share) in shares {
      if let dimension = share.weights[position] { dimensions[dimension] += assignment.axes(role) }
    }
    return WeightSharding(
      layout: TensorLayout(dimensions: dimensions.map { $0.sorted() }),
      copies: assignment.axes(.data))
  }

  func exchanges(
    _ assignment: RoleAssignment, _ costs: StrategyCosts
  ) throws(CollectorError) -> [StageExchange] { [] }

  // MARK: Layouts

  func input(_ assignment: RoleAssignment) -> TensorLayout {
    layout(assignment, rank: inputRank, \.input) { _ in false }
  }

  /// Devices that read the same and made different things hold summands.
  func inputGradient(_ assignment: RoleAssignment) -> TensorLayout {
    layout(assignment, rank: inputRank, \.input) { $0.input == nil }
  }

  func output(_ assignment: RoleAssignment) -> TensorLayout {
    layout(assignment, rank: max(1, outputs[0].shape.count), \.output) { $0.output == nil }
  }

  func outputGradient(_ assignment: RoleAssignment) -> TensorLayout {
    layout(assignment, rank: max(1, outputs[0].shape.count), \.output) { _ in false }
  }

  private func layout(
    _ assignment: RoleAssignment, rank: Int, _ dimension: KeyPath<Share, Int?>,
    isPartial: (Share) -> Bool
  ) -> TensorLayout {
    var (dimensions, partial) = ([[Int]](repeating: [], count: rank), [Int]())
    for role in [AxisRole.data, .tensor, .rows] {
      guard let share = shares[role] else { continue }
      if let split = share[keyPath: dimension] {
        dimensions[split] += assignment.axes(role)
      } else if isPartial(share) {
        partial += assignment.axes(role)
      }
    }
    return TensorLayout(dimensions: dimensions.map { $0.sorted() }, partialAxes: partial)
  }
}
