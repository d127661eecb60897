extension OperatorRules {
  static let normalizationRules: [String: Rule] = [
    "BatchNormalization": batchNormalization,
    "InstanceNormalization": instanceNormalization,
    "GroupNormalization": groupNormalization,
    "LayerNormalization": layerNormalization,
    "LRN": localResponseNormalization,
    "Softmax": softmax,
    "LogSoftmax": softmax,
  ]

  /// `BatchNormalization` in training mode: the batch's mean and inverse deviation are kept in 32
  /// bits. The running statistics are read; their update, a few kilobytes, isn't modelled, so that
  /// the operator can be run again from its input.
  private static let batchNormalization: Rule = { context throws(CollectorError) in
    let (input, scale) = (try context.input(0), try context.input(1))
    guard input.shape.count >= 2, scale.shape == [input.shape[1]] else {
      throw context.invalid("the scale \(scale.shape) doesn't fit the input \(input.shape)")
    }
    return try normalized(context, statistics: scale.shape, extraOutputs: scale.shape)
  }

  private static let instanceNormalization: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    guard input.shape.count >= 3 else {
      throw context.invalid("its input \(input.shape) has no spatial dimension")
    }
    return try normalized(context, statistics: Array(input.shape.prefix(2)))
  }

  private static let groupNormalization: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let groups = context.integer("num_groups", default: 0)
    guard input.shape.count >= 2, groups >= 1, input.shape[1] % groups == 0 else {
      throw context.invalid("\(groups) groups don't fit the input \(input.shape)")
    }
    return try normalized(context, statistics: [input.shape[0], groups])
  }

  private static let layerNormalization: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let axis = try context.axis(
      context.integer("axis", default: -1), rank: input.shape.count)
    let ones = [Int](repeating: 1, count: input.shape.count - axis)
    let statistics = Array(input.shape.prefix(axis)) + ones
    return try normalized(context, statistics: statistics, extraOutputs: statistics)
  }

  /// A normalisation with scale and shift that keeps its input and two statistics per group: about
  /// five operations per element forward, eight backward.
  private static func normalized(
    _ context: NodeContext, statistics: [Int], extraOutputs: [Int]? = nil
  ) throws(CollectorError) -> Operation {
    let input = try context.input(0)
    let statistic = try context.value(statistics, .float32)
    let work = Double(input.count)
    let kept: [Operand] = [.input(0), .input(1), .saved(0), .saved(1)]
    var gradients = [Gradient(input: 0, flops: 6 * work), Gradient(input: 1, flops: work)]
    if context.hasInput(2) { gradients.append(Gradient(input: 2, flops: work)) }
    var outputs = [try context.value(input.shape, .real)]
    // The statistics that the format lets a node hand on are copies of what is kept.
    if let extraOutputs, context.node.outputs.count > 1 {
      for _ in context.node.outputs.dropFirst() {
        outputs.append(try context.value(extraOutputs, .float32))
      }
    }
    return Operation(
      outputs: outputs, flops: 5 * work,
      saved: [
        SavedTensor(suffix: "saved_mean", value: statistic),
        SavedTensor(suffix: "saved_invstd", value: statistic),
      ],
      backward: [BackwardOperator(gradients: gradients, needs: kept)])
  }

  /// `LRN` keeps its input and its output.
  private static let localResponseNormalization: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let size = context.integer("size", default: 0)
    guard input.shape.count >= 2, size >= 1 else {
      throw context.invalid("size is \(size) for the input \(input.shape)")
    }
    let work = Double(input.count) * (Double(min(size, input.shape[1])) + 3)
    return Operation(
      outputs: [try context.value(input.shape, .real)], flops: 2 * work,
      backward: [
        BackwardOperator(gradients: [
          Gradient(input: 0, needs: [.input(0), .output(0)], flops: 2 * work)
        ])
      ])
  }

  private static let softmax: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    _ = try context.axis(
      context.integer("axis", default: context.version < 13 ? 1 : -1),
      rank: max(input.shape.count, 1))
    let work = Double(input.count)
    return Operation(
      outputs: [try context.value(input.shape, .real)], flops: 5 * work,
      backward: [
        BackwardOperator(gradients: [
          Gradient(input: 0, needs: [.output(0)], flops: 4 * work)
        ])
      ])
  }
}
