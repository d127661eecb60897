extension OperatorRules {
  static let resamplingRules: [String: Rule] = [
    "Resize": resize,
    "Upsample": resize,
  ]

  /// `Resize` by sizes or scales; `Upsample` and version 10 have the scales as input 1 or as an
  /// attribute.
  private static let resize: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let axes = try context.axes(
      context.integers("axes") ?? Array(input.shape.indices), rank: input.shape.count)
    var shape = input.shape
    let isOld = context.type == "Upsample" || context.version < 11
    if !isOld, let sizes = context.optional(3), sizes.count > 0 {
      let known = context.rebatching.rebatched(
        try context.knownIntegers(3, "size"), follows: input, isWritten: !sizes.dependsOnInput)
      guard known.count == axes.count else {
        throw context.invalid("\(known.count) sizes don't fit \(input.shape)")
      }
      for (axis, size) in zip(axes, known) { shape[axis] = size }
    } else {
      let given = context.attribute("scales")?.reals.map { Double($0) }
      guard let scales = given ?? context.optional(isOld ? 1 : 2)?.constant?.reals,
        scales.count == axes.count
      else {
        throw context.unsupported(
          "its scales are known only when the network runs",
          remedy: "export the network with constant shapes, or simplify it (onnxsim) first")
      }
      for (axis, scale) in zip(axes, scales) {
        let extent = (Double(shape[axis]) * scale).rounded(.down)
        guard extent >= 0, extent <= Double(Value.maximumCount) else {
          throw context.invalid("its scales are \(scales)")
        }
        shape[axis] = Int(extent)
      }
    }
    let output = try context.value(shape, input.type)
    let isLinear = context.string("mode", default: "nearest") != "nearest"
    let work = Double(output.count) * (isLinear ? 8 : 1)
    return Operation(
      outputs: [output], flops: work, hostInputs: [1, 2, 3],
      backward: [BackwardOperator(gradients: [Gradient(input: 0, flops: work)])])
  }
}
