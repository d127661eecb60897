import Profiles

/// What one axis of the mesh does for one operator.
enum AxisRole: String, Hashable, Sendable, CaseIterable {
  /// Each device along it has samples of its own.
  case data = "D"
  /// Each has columns, rows, heads or words of its own (Shoeybi et al. 2019).
  case tensor = "T"
  /// Each has rows of a weight and the channels that meet them; all then hold summands.
  case rows = "I"
  /// Each has tokens of the same samples (Korthikanti et al. 2022).
  case sequence = "S"
  /// Each has samples and experts of its own; tokens go to the experts and back (Lepikhin et al. 2020).
  case expert = "E"
  /// All do the same.
  case replicate = "R"
}

/// What copies of weights share: nothing, the optimizer's states, gradients too, weights too (ZeRO, Rajbhandari
/// et al. 2020).
enum ZeroStage: Int, Hashable, Sendable, CaseIterable {
  case none = 0
  case states, gradients, parameters
}

/// The roles of all axes for one operator, and what the copies of its weights share.
struct RoleAssignment: Hashable, Sendable {
  /// One role for each axis of the mesh.
  var roles: [AxisRole]
  var zero = ZeroStage.none
  /// Whether the operator knows no other way than repeating to go along with shared products.
  var repeatsForProducts = true

  /// The axes with one of some roles, ascending.
  func axes(_ wanted: AxisRole...) -> [Int] {
    roles.indices.filter { wanted.contains(roles[$0]) }
  }

  /// The axes whose devices hold copies of a weight with gradients of their own.
  func copies(of weight: Weight) -> [Int] {
    weight.isOfExperts ? axes(.data, .sequence) : axes(.data, .sequence, .expert)
  }

  /// Which axes split which dimension of a weight.
  func layout(of weight: Weight) -> TensorLayout {
    var dimensions = weight.shape.map { _ in [Int]() }
    if weight.isOfExperts { dimensions[0] += axes(.expert) }
    if case .dimension(let dimension) = weight.split { dimensions[dimension] += axes(.tensor) }
    return TensorLayout(dimensions: dimensions)
  }

  /// The devices along all axes with one of some roles.
  func degree(_ mesh: DeviceMesh, _ wanted: AxisRole...) -> Int {
    roles.indices.filter { wanted.contains(roles[$0]) }.reduce(1) { $0 * mesh.axes[$1].size }
  }

  /// The strategy's name. Published placements have their own: `data_parallel`, `zero1` to `zero3`, and
  /// `megatron`, where the last axis shares products and all others the batch. Else the roles by axis, as
  /// `DT.zero3`.
  var title: String {
    let isLastShared =
      roles.last == .tensor || (repeatsForProducts && roles.last == .replicate)
    if roles.allSatisfy({ $0 == .data }) {
      return zero == .none ? "data_parallel" : "zero\(zero.rawValue)"
    }
    if zero == .none, isLastShared, roles.dropLast().allSatisfy({ $0 == .data }) {
      return "megatron"
    }
    let letters = roles.map(\.rawValue).joined()
    return zero == .none ? letters : "\(letters).zero\(zero.rawValue)"
  }

  /// All assignments of roles from a list, data first; at most one axis shares the sequence of an operator
  /// with roles of experts or of products, which keeps their number low.
  ///
  /// Pure data parallelism comes with all stages of ZeRO; others with none, gradients and parameters,
  /// because with one exchange of gradients an iteration sharing states alone is never faster.
  static func all(axes: Int, of allowed: [AxisRole], sharesWeights: Bool) -> [RoleAssignment] {
    var combinations: [[AxisRole]] = [[]]
    for _ in 0..<axes {
      combinations = combinations.flatMap { list in allowed.map { list + [$0] } }
    }
    if allowed.contains(.tensor) || allowed.contains(.expert) {
      combinations.removeAll { list in list.count { $0 == .sequence } > 1 }
    }
    return combinations.flatMap { roles -> [RoleAssignment] in
      var stages: [ZeroStage] = [.none]
      if roles.allSatisfy({ $0 == .data }) {
        stages = ZeroStage.allCases
      } else if sharesWeights, roles.contains(where: { $0 == .data || $0 == .sequence }) {
        stages = [.none, .gradients, .parameters]
      }
      return stages.map {
        RoleAssignment(roles: roles, zero: $0, repeatsForProducts: !allowed.contains(.tensor))
      }
    }
  }
}
