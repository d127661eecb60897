extension OperatorRules {
  static let layoutRules: [String: Rule] = [
    "Transpose": transpose,
    "Concat": concatenation,
    "Split": split,
    "Expand": expand,
    "Tile": tile,
    "Pad": pad,
    "DepthToSpace": depthToSpace,
    "SpaceToDepth": spaceToDepth,
    "Trilu": { context throws(CollectorError) in
      try moved(context, try context.input(0).shape, hostInputs: [1])
    },
  ]

  /// An operator that only moves elements; its derivative moves them back and keeps nothing.
  private static func moved(
    _ context: NodeContext, _ shape: [Int], hostInputs: Set<Int> = []
  ) throws(CollectorError) -> Operation {
    let input = try context.input(0)
    return Operation(
      outputs: [try context.value(shape, input.type)], hostInputs: hostInputs,
      backward: [BackwardOperator(gradients: [Gradient(input: 0)])])
  }

  /// `Transpose` copies: the products and reshapes behind it need their operands in order.
  private static let transpose: Rule = { context throws(CollectorError) in
    let shape = try context.input(0).shape
    let order = context.integers("perm") ?? Array(shape.indices.reversed())
    guard order.sorted() == Array(shape.indices) else {
      throw context.invalid("perm \(order) doesn't order the dimensions of \(shape)")
    }
    return try moved(context, order.map { shape[$0] })
  }

  /// `Concat`: the gradient of each part is a slice of the whole one's, in the same memory.
  ///
  /// An operand that was written for the file's batch (a class token) is taken as repeated.
  private static let concatenation: Rule = { context throws(CollectorError) in
    let first = try context.input(0)
    let axis = try context.axis(context.integer("axis", default: 1), rank: first.shape.count)
    let batch = context.rebatching
    var shape = first.shape
    var extent = 0
    for index in context.inputs.indices {
      var part = try context.input(index).shape
      guard part.count == shape.count else {
        throw context.invalid("its parts \(shape) and \(part) have different ranks")
      }
      if batch.changesShapes, axis != 0, part[0] != shape[0] {
        if part[0] == batch.fileBatch, shape[0] == batch.batch { part[0] = shape[0] }
        if shape[0] == batch.fileBatch, part[0] == batch.batch { shape[0] = part[0] }
      }
      let (sum, overflow) = extent.addingReportingOverflow(part[axis])
      part[axis] = shape[axis]
      guard part == shape, !overflow else {
        throw context.invalid("its parts \(shape) and \(part) don't fit along axis \(axis)")
      }
      extent = sum
    }
    shape[axis] = extent
    let output = try context.value(shape, first.type)
    let gradients = context.inputs.indices.map { index in
      let isWhole = context.inputs[index]?.shape.first == shape.first || axis == 0
      return Gradient(input: index, route: isWhole ? .slice : .computed)
    }
    return Operation(outputs: [output], backward: [BackwardOperator(gradients: gradients)])
  }

  private static let split: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let axis = try context.axis(context.integer("axis", default: 0), rank: input.shape.count)
    let parts = context.node.outputs.count
    let extent = input.shape[axis]
    var sizes: [Int]
    if let given = try context.integers(attribute: "split", orInput: 1) {
      sizes = given
    } else {
      let size = (extent + parts - 1) / max(parts, 1)
      sizes = (0..<parts).map { max(0, min(size, extent - $0 * size)) }
    }
    // The sum stops growing beyond the extent, so that it can't overflow.
    let total = sizes.reduce(0) { $0 > extent ? $0 : $0 + $1 }
    guard sizes.count == parts, sizes.allSatisfy({ (0...extent).contains($0) }), total == extent
    else {
      throw context.invalid("the parts \(sizes) don't make up the extent \(extent)")
    }
    var outputs: [Value] = []
    for size in sizes {
      var shape = input.shape
      shape[axis] = size
      outputs.append(try context.value(shape, input.type))
    }
    return Operation(
      outputs: outputs, hostInputs: [1],
      backward: [BackwardOperator(gradients: [Gradient(input: 0)])])
  }

  private static let expand: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let isWritten = !(context.optional(1)?.dependsOnInput ?? false)
    let target = context.rebatching.rebatched(
      try context.knownIntegers(1, "shape"), follows: input, isWritten: isWritten)
    guard target.count <= ONNXLimitExceeded.rank,
      let shape = Broadcasting.shape(input.shape, target)
    else {
      throw context.invalid("\(input.shape) doesn't expand to \(target)")
    }
    if shape == input.shape {
      return Operation(
        outputs: [try context.value(shape, input.type)], isView: true, hostInputs: [1],
        backward: [BackwardOperator(gradients: [Gradient(input: 0, route: .shared)])])
    }
    return try moved(context, shape, hostInputs: [1])
  }

  private static let tile: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let repeats = try context.knownIntegers(1, "repeats")
    guard repeats.count == input.shape.count else {
      throw context.invalid("\(repeats.count) repeats don't fit \(input.shape)")
    }
    var shape: [Int] = []
    for (extent, count) in zip(input.shape, repeats) {
      let (product, overflow) = extent.multipliedReportingOverflow(by: count)
      guard !overflow else { throw context.invalid("its repeats are \(repeats)") }
      shape.append(product)
    }
    return try moved(context, shape, hostInputs: [1])
  }

  private static let pad: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let rank = input.shape.count
    guard let pads = try context.integers(attribute: "pads", orInput: 1) else {
      throw context.invalid("its pads are missing")
    }
    var axes = Array(0..<rank)
    if context.hasInput(3) {
      axes = []
      for axis in try context.knownIntegers(3, "axes") {
        axes.append(try context.axis(axis, rank: rank))
      }
    }
    guard pads.count == 2 * axes.count, pads.allSatisfy({ abs($0 / 2) < 1 << 40 }) else {
      throw context.invalid("the pads \(pads) don't fit \(input.shape)")
    }
    var shape = input.shape
    for (index, axis) in axes.enumerated() {
      shape[axis] += pads[index] + pads[index + axes.count]
    }
    return try moved(context, shape, hostInputs: [1, 2, 3])
  }

  private static let depthToSpace: Rule = { context throws(CollectorError) in
    let shape = try context.input(0).shape
    let block = context.integer("blocksize", default: 0)
    guard shape.count == 4, (1...1 << 20).contains(block), shape[1] % (block * block) == 0,
      shape[2] < 1 << 40, shape[3] < 1 << 40
    else { throw context.invalid("blocksize \(block) doesn't fit \(shape)") }
    return try moved(
      context, [shape[0], shape[1] / (block * block), shape[2] * block, shape[3] * block])
  }

  private static let spaceToDepth: Rule = { context throws(CollectorError) in
    let shape = try context.input(0).shape
    let block = context.integer("blocksize", default: 0)
    guard shape.count == 4, (1...1 << 20).contains(block), shape[2] % block == 0,
      shape[3] % block == 0, shape[1] < 1 << 20
    else { throw context.invalid("blocksize \(block) doesn't fit \(shape)") }
    return try moved(
      context, [shape[0], shape[1] * block * block, shape[2] / block, shape[3] / block])
  }
}
