extension OperatorRules {
  static let viewRules: [String: Rule] = [
    "Identity": { context throws(CollectorError) in
      try view(context, try context.input(0).shape)
    },
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Cast": cast,
    "Dropout": dropout,
  ]

  /// The first input under another shape; its gradient likewise.
  private static func view(
    _ context: NodeContext, _ shape: [Int], hostInputs: Set<Int> = []
  ) throws(CollectorError) -> Operation {
    let input = try context.input(0)
    return Operation(
      outputs: [try context.value(shape, input.type)], isView: true, hostInputs: hostInputs,
      backward: [BackwardOperator(gradients: [Gradient(input: 0, route: .shared)])])
  }

  private static let reshape: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    // Until version 5 the shape was an attribute.
    guard var shape = try context.integers(attribute: "shape", orInput: 1) else {
      throw context.invalid("its shape is missing")
    }
    let isWritten = !(context.optional(1)?.dependsOnInput ?? false)
    if context.integer("allowzero", default: 0) == 0 {
      for axis in shape.indices where shape[axis] == 0 {
        guard axis < input.shape.count else {
          throw context.invalid("its shape \(shape) copies a dimension that doesn't exist")
        }
        shape[axis] = input.shape[axis]
      }
    }
    guard shape.count <= ONNXLimitExceeded.rank, shape.count(where: { $0 == -1 }) <= 1,
      let result = context.rebatching.reshaped(shape, of: input, isWritten: isWritten)
    else {
      throw context.invalid(
        "the \(input.count) elements of \(input.shape) don't fit the shape \(shape)",
        remedy: "export the network with a dynamic batch dimension, or keep the file's own batch")
    }
    return try view(context, result, hostInputs: [1])
  }

  private static let flatten: Rule = { context throws(CollectorError) in
    let shape = try context.input(0).shape
    let axis = context.integer("axis", default: 1)
    guard axis >= -shape.count, axis <= shape.count else {
      throw context.invalid("axis \(axis) doesn't exist in \(shape)")
    }
    let split = axis < 0 ? axis + shape.count : axis
    guard let rows = Value.count(of: Array(shape.prefix(split))),
      let columns = Value.count(of: Array(shape.dropFirst(split)))
    else { throw context.invalid("its input has the shape \(shape)") }
    return try view(context, [rows, columns])
  }

  private static let squeeze: Rule = { context throws(CollectorError) in
    let shape = try context.input(0).shape
    let axes: [Int]
    if let given = try context.integers(attribute: "axes", orInput: 1) {
      axes = try context.axes(given, rank: shape.count)
    } else {
      axes = shape.indices.filter { shape[$0] == 1 }
    }
    guard axes.allSatisfy({ shape[$0] == 1 }) else {
      throw context.invalid("the dimensions \(axes) of \(shape) aren't all 1")
    }
    let kept = shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
    return try view(context, kept, hostInputs: [1])
  }

  private static let unsqueeze: Rule = { context throws(CollectorError) in
    let shape = try context.input(0).shape
    guard let given = try context.integers(attribute: "axes", orInput: 1) else {
      throw context.invalid("its axes are missing")
    }
    let rank = shape.count + given.count
    guard rank <= ONNXLimitExceeded.rank else {
      throw context.invalid("it would make \(rank) dimensions")
    }
    var result = shape
    for axis in try context.axes(given, rank: rank) { result.insert(1, at: axis) }
    return try view(context, result, hostInputs: [1])
  }

  /// `Cast` between real types is a view, since all of them become the training type.
  private static let cast: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let code = context.integer("to", default: 0)
    guard let type = Int32(exactly: code).flatMap({ ElementType(code: $0) }) else {
      throw context.unsupported(
        "it casts to the type \(code)", remedy: "cast to a real, integer or Boolean type")
    }
    if type == input.type { return try view(context, input.shape) }
    return Operation(
      outputs: [try context.value(input.shape, type)], flops: Double(input.count))
  }

  /// `Dropout` in training: a mask of one byte per element is kept. It isn't recomputable, since a
  /// second run would draw another mask. With ratio 0 it is a view.
  private static let dropout: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let given = context.optional(1)?.constant?.reals.first
    let ratio = context.version < 12 ? context.real("ratio", default: 0.5) : given ?? 0.5
    var operation: Operation
    let mask = try context.value(input.shape, .boolean)
    if ratio == 0, !context.hasOutput(1) {
      operation = try view(context, input.shape, hostInputs: [1, 2])
    } else {
      let keptMask: Operand = context.hasOutput(1) ? .output(1) : .saved(0)
      operation = Operation(
        outputs: [try context.value(input.shape, .real)], flops: 2 * Double(input.count),
        hostInputs: [1, 2],
        saved: context.hasOutput(1) ? [] : [SavedTensor(suffix: "mask", value: mask)],
        backward: [
          BackwardOperator(gradients: [
            Gradient(input: 0, needs: [keptMask], flops: Double(input.count))
          ])
        ], isRecomputable: false)
    }
    if context.hasOutput(1) { operation.outputs.append(mask) }
    return operation
  }
}
