extension OperatorRules {
  static let convolutionRules: [String: Rule] = [
    "Conv": convolution,
    "ConvTranspose": transposedConvolution,
  ]

  /// `Conv`: two multiply-add passes more in the backward direction, one per operand.
  ///
  /// Workspace is taken as 0: libraries choose an algorithm by what memory is left.
  private static let convolution: Rule = { context throws(CollectorError) in
    let (input, weight) = (try context.input(0), try context.input(1))
    let rank = input.shape.count - 2
    let group = context.integer("group", default: 1)
    guard rank >= 1, weight.shape.count == input.shape.count, group >= 1,
      weight.shape[0] % group == 0,
      weight.shape[1].multipliedReportingOverflow(by: group) == (input.shape[1], false)
    else {
      throw context.invalid(
        "the input \(input.shape) doesn't fit the weight \(weight.shape) in \(group) groups")
    }
    let window = try Window(context, rank: rank, kernel: Array(weight.shape.dropFirst(2)))
    guard window.kernel == Array(weight.shape.dropFirst(2)) else {
      throw context.invalid("kernel_shape \(window.kernel) isn't that of the weight")
    }
    let extents = try window.output(of: Array(input.shape.dropFirst(2)), context)
    let output = try context.value([input.shape[0], weight.shape[0]] + extents, .real)
    let products = Double(output.count) * Double(weight.shape[1]) * window.volume
    return product(context, output: output, products: products)
  }

  /// `ConvTranspose`: every input element meets every weight of its group once.
  private static let transposedConvolution: Rule = { context throws(CollectorError) in
    let (input, weight) = (try context.input(0), try context.input(1))
    let rank = input.shape.count - 2
    let group = context.integer("group", default: 1)
    guard rank >= 1, weight.shape.count == input.shape.count, group >= 1,
      weight.shape[0] == input.shape[1], input.shape[1] % group == 0
    else {
      throw context.invalid(
        "the input \(input.shape) doesn't fit the weight \(weight.shape) in \(group) groups")
    }
    let window = try Window(context, rank: rank, kernel: Array(weight.shape.dropFirst(2)))
    let extents = try window.transposedOutput(of: Array(input.shape.dropFirst(2)), context)
    let (channels, overflow) = weight.shape[1].multipliedReportingOverflow(by: group)
    guard !overflow else { throw context.invalid("\(group) groups are too many") }
    let output = try context.value([input.shape[0], channels] + extents, .real)
    let products = Double(input.count) * Double(weight.shape[1]) * window.volume
    return product(context, output: output, products: products)
  }

  /// The forward operator, the data gradient, and the weight gradient with that of the bias.
  private static func product(
    _ context: NodeContext, output: Value, products: Double
  ) -> Operation {
    let bias = context.hasInput(2)
    let weightGradient = Gradient(input: 1, needs: [.input(0)], flops: 2 * products)
    let biasGradient = Gradient(input: 2, flops: Double(output.count))
    return Operation(
      outputs: [output], flops: 2 * products + (bias ? Double(output.count) : 0),
      usesMatrixUnits: true,
      backward: [
        BackwardOperator(
          suffix: "grad_input",
          gradients: [Gradient(input: 0, needs: [.input(1)], flops: 2 * products)],
          usesMatrixUnits: true),
        BackwardOperator(
          suffix: "grad_weight",
          gradients: bias ? [weightGradient, biasGradient] : [weightGradient],
          usesMatrixUnits: true),
      ])
  }
}
