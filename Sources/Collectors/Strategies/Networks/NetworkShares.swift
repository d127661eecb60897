/// Which roles suit an operator of a network, and what each shares out.
///
/// Every operator may be repeated on all devices. Those that keep the samples in their first dimension can share
/// them; products can share the columns of their weight or, with summands as outputs, its rows; functions of
/// each element or channel, pooling and normalisations over samples share the channels.
struct NetworkShares {
  let node: ONNXNode
  let operation: Operation
  /// What flows in, with its position among the inputs.
  let flowing: [(position: Int, value: Value)]
  /// The weights that training changes, with their positions.
  let weights: [(position: Int, value: Value)]
  /// The samples on all devices.
  let batch: Int

  private typealias Share = NetworkOperator.Share

  private var output: [Int] { operation.outputs[0].shape }
  private var input: [Int] { flowing.first?.value.shape ?? [] }

  /// The roles besides repeating.
  func all() -> [AxisRole: NetworkOperator.Share] {
    var shares: [AxisRole: NetworkOperator.Share] = [:]
    if keepsSamples {
      shares[.data] = Share(
        input: 0, output: 0, weights: weights.map { _ in nil }, extents: [input[0], output[0]])
    }
    if let product {
      shares[.tensor] = product.columns
      shares[.rows] = product.rows
    } else if let channels {
      shares[.tensor] = channels
    }
    return shares
  }

  /// Whether the first dimension counts samples before and after.
  private var keepsSamples: Bool {
    guard let first = input.first, let made = output.first, first > 0, first % batch == 0,
      flowing.allSatisfy({ $0.value.shape.first == first })
    else { return false }
    if operation.isView { return made % batch == 0 && made > 0 }
    if made != first { return false }
    // Dimension 0 may go elsewhere, or be what is picked from, joined or reduced.
    switch node.type {
    case "Transpose": return node.integers("perm")?.first == 0
    case "Concat": return node.integer("axis", rank: input.count) != 0
    case "Gather": return flowing[0].position == 1 || node.integer("axis", rank: input.count) != 0
    case "Softmax", "LogSoftmax": return input.count > 1
    default: return true
    }
  }

  // MARK: Products with a weight

  /// The columns and rows of the weight of a product; nil for other operators.
  private var product: (columns: NetworkOperator.Share, rows: NetworkOperator.Share)? {
    guard flowing.count == 1, flowing[0].position == 0,
      let weight = weights.first(where: { $0.position == 1 })
    else { return nil }
    let dimensions: (columns: Int, rows: Int)
    let axes: (input: Int, output: Int)
    switch node.type {
    case "Conv" where node.integer("group") ?? 1 == 1:
      (dimensions, axes) = ((columns: 0, rows: 1), (1, 1))
    case "ConvTranspose" where node.integer("group") ?? 1 == 1:
      (dimensions, axes) = ((columns: 1, rows: 0), (1, 1))
    case "Gemm" where node.integer("transA") ?? 0 == 0:
      let isTransposed = node.integer("transB") ?? 0 != 0
      (dimensions, axes) = (isTransposed ? (columns: 0, rows: 1) : (columns: 1, rows: 0), (1, 1))
    case "MatMul" where weight.value.shape.count == 2 && input.count >= 2:
      (dimensions, axes) = ((columns: 1, rows: 0), (input.count - 1, output.count - 1))
    default: return nil
    }
    let shape = weight.value.shape
    func places(_ own: Int, sharesBias: Bool) -> [Int?] {
      weights.map { entry in
        if entry.position == 1 { return own }
        // The bias belongs to the columns.
        let last = entry.value.shape.count - 1
        return sharesBias && last >= 0 && entry.value.shape[last] == shape[dimensions.columns]
          ? last : nil
      }
    }
    return (
      Share(
        input: nil, output: axes.output, weights: places(dimensions.columns, sharesBias: true),
        extents: [shape[dimensions.columns]]),
      Share(
        input: axes.input, output: nil, weights: places(dimensions.rows, sharesBias: false),
        extents: [shape[dimensions.rows]])
    )
  }

  // MARK: Channels

  /// Types whose channels don't mix.
  private static let byChannel: Set<String> = [
    "BatchNormalization", "InstanceNormalization", "MaxPool", "AveragePool",
    "GlobalAveragePool", "GlobalMaxPool", "Resize", "Upsample", "Dropout",
  ]

  private static let byElement = Set(OperatorRules.activationRules.keys)
    .union(OperatorRules.arithmeticRules.keys).union(["Identity", "Cast", "Dropout"])

  /// The channels: dimension 1 of images, the last one of other tensors.
  private var channels: NetworkOperator.Share? {
    let isGrouped = node.type == "Conv" && node.integer("group") ?? 1 > 1
    let dimension: Int
    if Self.byElement.contains(node.type) {
      dimension = input.count == 3 ? 2 : 1
    } else if Self.byChannel.contains(node.type) || isGrouped {
      dimension = 1
    } else if operation.isView, isFlattening {
      dimension = 1
    } else {
      return nil
    }
    guard input.count > dimension, output.count > dimension,
      flowing.allSatisfy({ $0.value.shape.count == input.count })
    else { return nil }
    let count = input[dimension]
    // Operands that are repeated along the channels can't be split.
    guard count > 1, flowing.allSatisfy({ $0.value.shape[dimension] == count }),
      operation.isView || isGrouped || output[dimension] == count
    else { return nil }
    var extents = [count, output[dimension]]
    if isGrouped { extents.append(node.integer("group") ?? 1) }
    return Share(
      input: dimension, output: dimension,
      weights: weights.map { place(of: $0.value.shape, count, dimension, isGrouped) },
      extents: extents)
  }

  /// Whether a view joins all dimensions behind the samples, or cuts ones of extent 1 away behind the
  /// channels: then parts of the channels stay in one piece.
  private var isFlattening: Bool {
    guard input.count > 1, output.count > 1, input.count >= output.count,
      input[0] == output[0]
    else { return false }
    return output.count == 2
      || (input[1] == output[1]
        && input.count == output.count + input.dropFirst(2).count { $0 == 1 })
  }

  /// The dimension of a weight that counts channels, by NumPy's rules of broadcasting or as a vector.
  private func place(
    of shape: [Int], _ count: Int, _ dimension: Int, _ isGrouped: Bool
  ) -> Int? {
    if isGrouped { return 0 }
    if shape.count == 1, Self.byChannel.contains(node.type) { return shape[0] == count ? 0 : nil }
    let own = shape.count - (input.count - dimension)
    return own >= 0 && shape[own] == count ? own : nil
  }
}

extension ONNXNode {
  /// An attribute with one integer.
  func integer(_ name: String) -> Int? {
    attributes.first { $0.name == name }?.integer.map { Int($0) }
  }

  /// An attribute with an axis, counted from the front; 0 where it is absent.
  func integer(_ name: String, rank: Int) -> Int {
    let axis = integer(name) ?? 0
    return axis < 0 ? axis + rank : axis
  }

  /// An attribute with a list of integers.
  func integers(_ name: String) -> [Int]? {
    attributes.first { $0.name == name }.map { $0.integers.map { Int($0) } }
  }
}
