extension OperatorRules {
  static let productRules: [String: Rule] = [
    "Gemm": generalProduct,
    "MatMul": batchedProduct,
  ]

  /// `Gemm`: both factors are kept; the summand's gradient is a sum over rows.
  private static let generalProduct: Rule = { context throws(CollectorError) in
    let (left, right) = (try context.input(0), try context.input(1))
    guard left.shape.count == 2, right.shape.count == 2 else {
      throw context.invalid("its factors are \(left.shape) and \(right.shape), not matrices")
    }
    let isLeftTransposed = context.integer("transA", default: 0) != 0
    let isRightTransposed = context.integer("transB", default: 0) != 0
    let a = isLeftTransposed ? [left.shape[1], left.shape[0]] : left.shape
    let b = isRightTransposed ? [right.shape[1], right.shape[0]] : right.shape
    let (rows, inner, columns) = (a[0], a[1], b[1])
    guard inner == b[0] else {
      throw context.invalid("its factors \(left.shape) and \(right.shape) don't fit")
    }
    let output = try context.value([rows, columns], .real)
    let work = 2 * Double(output.count) * Double(inner)
    var weightGradients = [Gradient(input: 1, needs: [.input(0)], flops: work)]
    var summands = 0.0
    if let summand = context.optional(2) {
      guard Broadcasting.shape(summand.shape, output.shape) == output.shape else {
        throw context.invalid("its summand \(summand.shape) doesn't fit \(output.shape)")
      }
      summands = Double(output.count)
      weightGradients.append(Gradient(input: 2, flops: summands))
    }
    return Operation(
      outputs: [output], flops: work + summands, usesMatrixUnits: true,
      backward: factors(work: work, second: weightGradients))
  }

  /// `MatMul` with NumPy's rules: vectors are promoted, leading dimensions broadcast.
  private static let batchedProduct: Rule = { context throws(CollectorError) in
    let (left, right) = (try context.input(0), try context.input(1))
    guard let columnsOfLeft = left.shape.last, let lastOfRight = right.shape.last else {
      throw context.invalid("a factor is a single number")
    }
    let a = left.shape.count == 1 ? [1, columnsOfLeft] : left.shape
    let b = right.shape.count == 1 ? [lastOfRight, 1] : right.shape
    let inner = b[b.count - 2]
    guard columnsOfLeft == inner,
      let batch = Broadcasting.shape(Array(a.dropLast(2)), Array(b.dropLast(2)))
    else {
      throw context.invalid("its factors \(left.shape) and \(right.shape) don't fit")
    }
    var shape = batch
    if left.shape.count > 1 { shape.append(a[a.count - 2]) }
    if right.shape.count > 1 { shape.append(b[b.count - 1]) }
    let output = try context.value(shape, .real)
    let work = 2 * Double(output.count) * Double(inner)
    return Operation(
      outputs: [output], flops: work, usesMatrixUnits: true,
      backward: factors(
        work: work, second: [Gradient(input: 1, needs: [.input(0)], flops: work)]))
  }

  private static func factors(work: Double, second: [Gradient]) -> [BackwardOperator] {
    [
      BackwardOperator(
        suffix: "grad_input",
        gradients: [Gradient(input: 0, needs: [.input(1)], flops: work)],
        usesMatrixUnits: true),
      BackwardOperator(suffix: "grad_weight", gradients: second, usesMatrixUnits: true),
    ]
  }
}
