extension TraceRules {
  // MARK: Views

  static let views: [String: Rule] = [
    "flatten": reshape, "view": reshape, "reshape": reshape, "_unsafe_view": reshape,
    "unflatten": reshape, "squeeze": reshape, "unsqueeze": reshape, "view_as": reshape,
    "as_strided": reshape,
    "detach": alias, "contiguous": alias, "to": alias, "_to_copy": alias, "alias": alias,
    "clone": alias, "type_as": alias, "float": alias, "half": alias, "bfloat16": alias,
    "lift_fresh": alias, "requires_grad": alias,
    "t": { (call) in transpose(call.rank(0) == 2 ? [1, 0] : Array(0..<call.rank(0))) },
    "transpose": { (call) throws(CollectorError) in
      let rank = call.rank(0)
      guard let first = call.axis(1), let second = call.axis(2) else {
        throw call.unsupported("its dimensions aren't known", "record the trace again")
      }
      var order = Array(0..<rank)
      order.swapAt(first, second)
      return transpose(order)
    },
    "permute": { (call) throws(CollectorError) in
      let rank = call.rank(0)
      let order = (call.argument(1)?.integers ?? []).map { $0 < 0 ? $0 + rank : $0 }
      guard order.sorted() == Array(0..<rank) else {
        throw call.unsupported("its dimensions aren't known", "record the trace again")
      }
      return transpose(order)
    },
    "expand": { (call) throws(CollectorError) in
      guard let shape = call.resultShape else { throw call.withoutShape() }
      return shape == call.shape(0)
        ? .alias : .nodes([TraceNode("Expand", [.data(0), .integers(shape)])])
    },
    "cat": { (call) in
      let count = call.argument(0)?.tensors.count ?? 0
      return .nodes([
        TraceNode(
          "Concat", (0..<count).map { .member(0, $0) },
          [ONNXAttribute("axis", call.integer(1) ?? 0)])
      ])
    },
    "slice": { (call) throws(CollectorError) in
      guard let shape = call.resultShape, let axis = call.axis(1) else { throw call.withoutShape() }
      if shape == call.shape(0) { return .alias }
      let bounds = [call.integer(2) ?? 0, call.integer(3) ?? Int.max, call.integer(4) ?? 1]
      return .nodes([
        TraceNode(
          "Slice",
          [.data(0)]
            + [[bounds[0]], [bounds[1]], [axis], [bounds[2]]].map { .integers($0) })
      ])
    },
    "chunk": { (call) throws(CollectorError) in
      guard let axis = call.axis(2), let extent = call.shape(0)?[axis],
        let parts = call.integer(1), parts > 0
      else { throw call.withoutShape() }
      return split(call, axis, extent, (extent + parts - 1) / parts)
    },
    "split": { (call) throws(CollectorError) in
      guard let axis = call.axis(2), let extent = call.shape(0)?[axis] else {
        throw call.withoutShape()
      }
      if let sizes = call.argument(1)?.integers { return split(axis, sizes) }
      guard let size = call.integer(1), size > 0 else { throw call.withoutShape() }
      return split(call, axis, extent, size)
    },
    "split_with_sizes": { (call) throws(CollectorError) in
      guard let axis = call.axis(2), let sizes = call.argument(1)?.integers else {
        throw call.withoutShape()
      }
      return split(axis, sizes)
    },
  ]

  private static let alias: Rule = { (_) in .alias }

  /// The shape is the recorded one.
  private static let reshape: Rule = { (call) throws(CollectorError) in
    guard let shape = call.resultShape, let tensor = call.tensor(0),
      Value.count(of: shape) == tensor.elements
    else { throw call.withoutShape() }
    return shape == call.shape(0)
      ? .alias : .nodes([TraceNode("Reshape", [.data(0), .integers(shape)])])
  }

  private static func transpose(_ order: [Int]) -> TraceMeaning {
    .nodes([TraceNode("Transpose", [.data(0)], [ONNXAttribute("perm", order)])])
  }

  private static func split(
    _ call: TraceCall, _ axis: Int, _ extent: Int, _ size: Int
  ) -> TraceMeaning {
    let count = max(1, (extent + size - 1) / size)
    return split(axis, (0..<min(count, 4096)).map { min(size, extent - $0 * size) })
  }

  private static func split(_ axis: Int, _ sizes: [Int]) -> TraceMeaning {
    .nodes([
      TraceNode(
        "Split", [.data(0), .integers(sizes)], [ONNXAttribute("axis", axis)],
        outputs: sizes.count)
    ])
  }

  // MARK: Functions of elements

  static let elementwise: [String: Rule] = [
    functions.mapValues { type -> Rule in { (_) in .nodes([TraceNode(type, [.data(0)])]) } },
    pairs.mapValues { type -> Rule in
      { (_) in .nodes([TraceNode(type, [.either(0), .either(1)])]) }
    },
    [
      "where": { (_) in .nodes([TraceNode("Where", [.either(0), .either(1), .either(2)])]) },
      "masked_fill": { (_) in .nodes([TraceNode("Where", [.either(1), .either(2), .data(0)])]) },
      // One factor is the first by the root of the mean of its squares.
      "rms_norm": { (call) in
        let rank = call.argument(1)?.integers?.count ?? 1
        return .nodes([
          TraceNode(
            "LayerNormalization", [.data(0), .weight(2)], [ONNXAttribute("axis", -rank)])
        ])
      },
    ],
  ].reduce(into: [:]) { all, rules in all.merge(rules) { first, _ in first } }

  private static let functions = [
    "relu": "Relu", "clamp_min": "Relu", "relu6": "Clip", "hardtanh": "Clip", "clamp": "Clip",
    "sigmoid": "Sigmoid", "tanh": "Tanh", "gelu": "Gelu", "silu": "Swish", "elu": "Elu",
    "selu": "Selu", "celu": "Celu", "leaky_relu": "LeakyRelu", "hardswish": "HardSwish",
    "hardsigmoid": "HardSigmoid", "softplus": "Softplus", "mish": "Mish", "exp": "Exp",
    "sqrt": "Sqrt", "rsqrt": "Sqrt", "reciprocal": "Reciprocal", "log": "Log", "abs": "Abs",
    "neg": "Neg", "sin": "Sin", "cos": "Cos", "erf": "Erf", "floor": "Floor", "ceil": "Ceil",
    "round": "Round", "sign": "Sign",
  ]

  private static let pairs = [
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "pow": "Pow", "maximum": "Max",
    "minimum": "Min", "prelu": "PRelu", "rsub": "Sub",
  ]
}

extension TraceCall {
  /// A dimension of the first argument, counted from the front; absent ones are 0.
  func axis(_ position: Int) -> Int? {
    let axis = integer(position) ?? 0
    let own = axis < 0 ? axis + rank(0) : axis
    return (0..<rank(0)).contains(own) ? own : nil
  }

  func withoutShape() -> CollectorError {
    unsupported("the trace lacks shapes or sizes of it", "record the trace again with shapes")
  }
}
