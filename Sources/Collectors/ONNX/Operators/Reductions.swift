extension OperatorRules {
  static let reductionRules: [String: Rule] = [
    "ReduceMean": { context throws(CollectorError) in try reduction(context, needs: []) },
    "ReduceSum": { context throws(CollectorError) in try reduction(context, needs: []) },
    "ReduceMax": { context throws(CollectorError) in
      try reduction(context, needs: [.input(0), .output(0)])
    },
    "ReduceMin": { context throws(CollectorError) in
      try reduction(context, needs: [.input(0), .output(0)])
    },
    "ReduceProd": { context throws(CollectorError) in
      try reduction(context, needs: [.input(0), .output(0)])
    },
    "ReduceL2": { context throws(CollectorError) in
      try reduction(context, needs: [.input(0), .output(0)])
    },
    "ReduceSumSquare": { context throws(CollectorError) in
      try reduction(context, needs: [.input(0)])
    },
    "ArgMax": { context throws(CollectorError) in try extremum(context) },
    "ArgMin": { context throws(CollectorError) in try extremum(context) },
  ]

  private static func reduced(_ shape: [Int], axes: [Int], keeps: Bool) -> [Int] {
    shape.indices.compactMap { axis in
      axes.contains(axis) ? (keeps ? 1 : nil) : shape[axis]
    }
  }

  private static func reduction(
    _ context: NodeContext, needs: [Operand]
  ) throws(CollectorError) -> Operation {
    let input = try context.input(0)
    let given = try context.integers(attribute: "axes", orInput: 1) ?? []
    let isNothing = given.isEmpty && context.integer("noop_with_empty_axes", default: 0) != 0
    let all = isNothing ? [] : Array(input.shape.indices)
    let axes = given.isEmpty ? all : try context.axes(given, rank: input.shape.count)
    let shape = reduced(
      input.shape, axes: axes, keeps: context.integer("keepdims", default: 1) != 0)
    let output = try context.value(shape, input.type)
    let work = Double(input.count)
    return Operation(
      outputs: [output], flops: work, hostInputs: [1],
      backward: [
        BackwardOperator(gradients: [Gradient(input: 0, needs: needs, flops: work)])
      ])
  }

  private static func extremum(_ context: NodeContext) throws(CollectorError) -> Operation {
    let input = try context.input(0)
    let axis = try context.axis(context.integer("axis", default: 0), rank: input.shape.count)
    let shape = reduced(
      input.shape, axes: [axis], keeps: context.integer("keepdims", default: 1) != 0)
    return Operation(
      outputs: [try context.value(shape, .int64)], flops: Double(input.count))
  }
}
