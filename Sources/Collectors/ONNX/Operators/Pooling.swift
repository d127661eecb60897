extension OperatorRules {
  static let poolingRules: [String: Rule] = [
    "MaxPool": maximumPooling,
    "AveragePool": averagePooling,
    "GlobalAveragePool": { context throws(CollectorError) in
      try globalPooling(context, needs: [])
    },
    "GlobalMaxPool": { context throws(CollectorError) in
      try globalPooling(context, needs: [.input(0), .output(0)])
    },
  ]

  private static func pooled(
    _ context: NodeContext
  ) throws(CollectorError) -> (output: Value, window: Window) {
    let input = try context.input(0)
    guard input.shape.count >= 3 else {
      throw context.invalid("its input \(input.shape) has no spatial dimension")
    }
    let window = try Window(context, rank: input.shape.count - 2)
    let extents = try window.output(of: Array(input.shape.dropFirst(2)), context)
    return (try context.value(Array(input.shape.prefix(2)) + extents, .real), window)
  }

  /// `MaxPool` keeps its input and the position of each maximum as a 64-bit integer.
  private static let maximumPooling: Rule = { context throws(CollectorError) in
    let (output, window) = try pooled(context)
    let indices = try context.value(output.shape, .int64)
    let isSecondOutput = context.hasOutput(1)
    let position: Operand = isSecondOutput ? .output(1) : .saved(0)
    return Operation(
      outputs: isSecondOutput ? [output, indices] : [output],
      flops: Double(output.count) * window.volume,
      saved: isSecondOutput ? [] : [SavedTensor(suffix: "indices", value: indices)],
      backward: [
        BackwardOperator(gradients: [
          Gradient(
            input: 0, needs: [.input(0), position], flops: Double(output.count))
        ])
      ])
  }

  private static let averagePooling: Rule = { context throws(CollectorError) in
    let (output, window) = try pooled(context)
    let work = Double(output.count) * window.volume
    return Operation(
      outputs: [output], flops: work,
      backward: [
        BackwardOperator(gradients: [Gradient(input: 0, needs: [.input(0)], flops: work)])
      ])
  }

  private static func globalPooling(
    _ context: NodeContext, needs: [Operand]
  ) throws(CollectorError) -> Operation {
    let input = try context.input(0)
    guard input.shape.count >= 3 else {
      throw context.invalid("its input \(input.shape) has no spatial dimension")
    }
    let ones = [Int](repeating: 1, count: input.shape.count - 2)
    let output = try context.value(Array(input.shape.prefix(2)) + ones, .real)
    let work = Double(input.count)
    return Operation(
      outputs: [output], flops: work,
      backward: [
        BackwardOperator(gradients: [Gradient(input: 0, needs: needs, flops: work)])
      ])
  }
}
