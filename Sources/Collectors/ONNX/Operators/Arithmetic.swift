extension OperatorRules {
  static let arithmeticRules: [String: Rule] = [
    "Add": { context throws(CollectorError) in
      try elementwise(context) { _ in [] }
    },
    "Sum": { context throws(CollectorError) in
      try elementwise(context) { _ in [] }
    },
    "Mean": { context throws(CollectorError) in
      try elementwise(context, shares: false) { _ in [] }
    },
    "Sub": { context throws(CollectorError) in
      // The second operand's gradient is negated, so only the first one's passes through.
      try elementwise(context, sharesOnlyFirst: true) { _ in [] }
    },
    "Mul": { context throws(CollectorError) in
      try binary(context, first: [.input(1)], second: [.input(0)])
    },
    "Div": { context throws(CollectorError) in
      try binary(context, first: [.input(1)], second: [.input(0), .input(1)])
    },
    "Pow": { context throws(CollectorError) in
      try binary(
        context, flops: 4, first: [.input(0), .input(1)], second: [.input(0), .output(0)])
    },
    "PRelu": { context throws(CollectorError) in
      try binary(context, first: [.input(0), .input(1)], second: [.input(0), .input(1)])
    },
    "Mod": { context throws(CollectorError) in
      try binary(context, first: [], second: [.input(0), .input(1)])
    },
    // Every operand is compared with the result, so that any number of them will do.
    "Max": { context throws(CollectorError) in
      try elementwise(context, shares: false) { [.output(0), .input($0)] }
    },
    "Min": { context throws(CollectorError) in
      try elementwise(context, shares: false) { [.output(0), .input($0)] }
    },
    "Where": choice,
  ]

  static let comparisonRules: [String: Rule] = [
    "Equal": comparison, "Greater": comparison, "GreaterOrEqual": comparison,
    "Less": comparison, "LessOrEqual": comparison, "And": comparison, "Or": comparison,
    "Xor": comparison, "Not": comparison, "IsNaN": comparison,
  ]

  /// A truth value per element, without a derivative.
  private static let comparison: Rule = { context throws(CollectorError) in
    var operation = try elementwise(context) { _ in [] }
    operation.outputs = [try context.value(operation.outputs[0].shape, .boolean)]
    operation.backward = []
    return operation
  }

  /// An operator on two operands, with what the derivative by each needs.
  private static func binary(
    _ context: NodeContext, flops: Double = 1, first: [Operand], second: [Operand]
  ) throws(CollectorError) -> Operation {
    guard context.inputs.count == 2 else {
      throw context.invalid("it has \(context.inputs.count) inputs instead of 2")
    }
    return try elementwise(context, flops: flops, shares: false) { $0 == 0 ? first : second }
  }

  /// An operator on operands that broadcast to one shape.
  ///
  /// Where the derivative is 1 (`shares`), the gradient of an operand with the output's shape is the
  /// output's own gradient; that of a broadcast operand is a sum of it.
  private static func elementwise(
    _ context: NodeContext, flops: Double = 1, shares: Bool = true, sharesOnlyFirst: Bool = false,
    needs: (Int) -> [Operand]
  ) throws(CollectorError) -> Operation {
    var shape = try context.input(0).shape
    var type = try context.input(0).type
    for index in context.inputs.indices.dropFirst() {
      let other = try context.input(index)
      guard let common = Broadcasting.shape(shape, other.shape) else {
        throw context.invalid("its operands \(shape) and \(other.shape) don't broadcast")
      }
      shape = common
      if other.isReal { type = .real }
    }
    let output = try context.value(shape, type)
    let work = Double(output.count) * flops * Double(max(context.inputs.count - 1, 1))
    var gradients: [Gradient] = []
    for index in context.inputs.indices {
      let passes = shares && (index == 0 || !sharesOnlyFirst)
      let isWhole = context.inputs[index]?.shape == shape
      gradients.append(
        Gradient(
          input: index, route: passes && isWhole ? .shared : .computed, needs: needs(index),
          flops: Double(output.count) * flops))
    }
    return Operation(
      outputs: [output], flops: work,
      backward: output.isReal ? [BackwardOperator(gradients: gradients)] : [])
  }

  /// `Where` keeps its condition.
  private static let choice: Rule = { context throws(CollectorError) in
    let (condition, first, second) =
      (try context.input(0), try context.input(1), try context.input(2))
    guard let values = Broadcasting.shape(first.shape, second.shape),
      let shape = Broadcasting.shape(condition.shape, values)
    else {
      throw context.invalid(
        "its operands \(condition.shape), \(first.shape) and \(second.shape) don't broadcast")
    }
    let output = try context.value(shape, first.isReal ? first.type : second.type)
    let work = Double(output.count)
    return Operation(
      outputs: [output], flops: work,
      backward: [
        BackwardOperator(gradients: [
          Gradient(input: 1, needs: [.input(0)], flops: work),
          Gradient(input: 2, needs: [.input(0)], flops: work),
        ])
      ])
  }
}
