/// Evaluates operators on contents that are known before the iteration runs: the sub-graphs that
/// compute shapes.
enum ConstantFolding {
  /// Returns the contents of a node's first output; nil where they aren't known.
  static func fold(_ context: NodeContext, _ operation: Operation) -> Constant? {
    guard let output = operation.outputs.first, output.count <= ONNXLimitExceeded.elements else {
      return nil
    }
    if let constant = output.constant { return constant }
    var inputs: [(value: Value, constant: Constant)] = []
    for case let value? in context.inputs {
      guard let constant = value.constant else { return nil }
      inputs.append((value, constant))
    }
    guard let first = inputs.first else { return nil }
    let folded: Constant? =
      switch context.type {
      case "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze": first.constant
      case "Cast": cast(first.constant, to: output.type)
      case "Gather": gather(context, inputs)
      case "Concat": concatenate(context, inputs)
      case "Slice": slice(context, first.value, first.constant)
      case "Expand":
        pick(first.constant, Broadcasting.positions(of: first.value.shape, in: output.shape))
      case "Transpose": output.shape.count <= 1 ? first.constant : nil
      case "ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin":
        output.count == 1 ? reduce(context.type, first.constant) : nil
      default: elementwise(context.type, inputs, output)
      }
    return folded?.count == output.count ? folded : nil
  }

  // MARK: Moving elements

  private static func pick(_ constant: Constant, _ positions: [Int]) -> Constant? {
    guard positions.allSatisfy({ $0 >= 0 && $0 < constant.count }) else { return nil }
    return switch constant {
    case .integers(let values): .integers(positions.map { values[$0] })
    case .reals(let values): .reals(positions.map { values[$0] })
    }
  }

  private static func cast(_ constant: Constant, to type: ElementType) -> Constant? {
    switch (constant, type) {
    case (.reals, .real): constant
    case (.integers(let values), .real): .reals(values.map { Double($0) })
    case (_, .boolean): .integers(constant.reals.map { $0 == 0 ? 0 : 1 })
    case (.integers, _): constant
    case (.reals(let values), _): whole(values)
    }
  }

  private static func whole(_ values: [Double]) -> Constant? {
    let integers = values.compactMap { Int(exactly: $0.rounded(.towardZero)) }
    return integers.count == values.count ? .integers(integers) : nil
  }

  /// A gather along the first axis, which is what shape arithmetic uses.
  private static func gather(
    _ context: NodeContext, _ inputs: [(value: Value, constant: Constant)]
  ) -> Constant? {
    guard inputs.count == 2, let indices = inputs[1].constant.integers,
      let extent = inputs[0].value.shape.first, context.integer("axis", default: 0) == 0
    else { return nil }
    let row = extent == 0 ? 0 : inputs[0].value.count / extent
    var positions: [Int] = []
    for index in indices {
      guard index >= -extent, index < extent else { return nil }
      let start = (index < 0 ? index + extent : index) * row
      positions += start..<start + row
    }
    return pick(inputs[0].constant, positions)
  }

  private static func concatenate(
    _ context: NodeContext, _ inputs: [(value: Value, constant: Constant)]
  ) -> Constant? {
    guard inputs.allSatisfy({ $0.value.shape.count == 1 }) else { return nil }
    let integers = inputs.compactMap(\.constant.integers)
    if integers.count == inputs.count { return .integers(integers.flatMap { $0 }) }
    return .reals(inputs.flatMap(\.constant.reals))
  }

  private static func slice(
    _ context: NodeContext, _ value: Value, _ constant: Constant
  ) -> Constant? {
    guard value.shape.count == 1,
      let range = try? SliceRange.all(context, shape: value.shape).last
    else { return nil }
    return pick(constant, (0..<range.count).map { range.start + $0 * range.step })
  }

  private static func reduce(_ type: String, _ constant: Constant) -> Constant? {
    guard case .integers(let values) = constant else { return nil }
    switch type {
    case "ReduceMax": return values.max().map { .integers([$0]) }
    case "ReduceMin": return values.min().map { .integers([$0]) }
    default:
      var result = type == "ReduceSum" ? 0 : 1
      for value in values {
        guard
          let next = combine(type == "ReduceSum" ? "Add" : "Mul", result, value)
        else { return nil }
        result = next
      }
      return .integers([result])
    }
  }

  // MARK: Arithmetic

  private static func elementwise(
    _ type: String, _ inputs: [(value: Value, constant: Constant)], _ output: Value
  ) -> Constant? {
    let operands = inputs.compactMap { input in
      Broadcasting.shape(input.value.shape, output.shape) == output.shape
        ? pick(
          input.constant, Broadcasting.positions(of: input.value.shape, in: output.shape))
        : nil
    }
    guard operands.count == inputs.count, let first = operands.first else { return nil }
    switch operands.count {
    case 1: return function(type, first)
    case 2: return combine(type, first, operands[1])
    case 3 where type == "Where":
      guard let condition = first.integers else { return nil }
      if let one = operands[1].integers, let other = operands[2].integers {
        return .integers(condition.indices.map { condition[$0] != 0 ? one[$0] : other[$0] })
      }
      let (one, other) = (operands[1].reals, operands[2].reals)
      return .reals(condition.indices.map { condition[$0] != 0 ? one[$0] : other[$0] })
    default: return nil
    }
  }

  private static func function(_ type: String, _ operand: Constant) -> Constant? {
    switch (type, operand) {
    case ("Not", .integers(let values)): .integers(values.map { $0 == 0 ? 1 : 0 })
    case ("Neg", .integers(let values)): .integers(values.map { 0 &- $0 })
    case ("Neg", .reals(let values)): .reals(values.map { -$0 })
    case ("Floor", .reals(let values)): .reals(values.map { $0.rounded(.down) })
    case ("Ceil", .reals(let values)): .reals(values.map { $0.rounded(.up) })
    case ("Round", .reals(let values)): .reals(values.map { $0.rounded(.toNearestOrEven) })
    case ("Sqrt", .reals(let values)): .reals(values.map { $0.squareRoot() })
    default: nil
    }
  }

  private static func combine(_ type: String, _ left: Constant, _ right: Constant) -> Constant? {
    if let one = left.integers, let other = right.integers {
      let results = zip(one, other).compactMap { combine(type, $0, $1) }
      return results.count == one.count ? .integers(results) : nil
    }
    let pairs = Array(zip(left.reals, right.reals))
    switch type {
    case "Add": return .reals(pairs.map { $0 + $1 })
    case "Sub": return .reals(pairs.map { $0 - $1 })
    case "Mul": return .reals(pairs.map { $0 * $1 })
    case "Div": return .reals(pairs.map { $0 / $1 })
    case "Equal": return .integers(pairs.map { $0 == $1 ? 1 : 0 })
    case "Greater": return .integers(pairs.map { $0 > $1 ? 1 : 0 })
    case "Less": return .integers(pairs.map { $0 < $1 ? 1 : 0 })
    default: return nil
    }
  }

  /// Returns the result of an integer operation; nil where it overflows or isn't known.
  private static func combine(_ type: String, _ left: Int, _ right: Int) -> Int? {
    func exact(_ result: (partialValue: Int, overflow: Bool)) -> Int? {
      result.overflow ? nil : result.partialValue
    }
    switch type {
    case "Add", "Sum": return exact(left.addingReportingOverflow(right))
    case "Sub": return exact(left.subtractingReportingOverflow(right))
    case "Mul": return exact(left.multipliedReportingOverflow(by: right))
    case "Div": return exact(left.dividedReportingOverflow(by: right))
    case "Mod":
      guard let remainder = exact(left.remainderReportingOverflow(dividingBy: right)) else {
        return nil
      }
      return remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder
    case "Max": return max(left, right)
    case "Min": return min(left, right)
    case "Equal": return left == right ? 1 : 0
    case "Greater": return left > right ? 1 : 0
    case "GreaterOrEqual": return left >= right ? 1 : 0
    case "Less": return left < right ? 1 : 0
    case "LessOrEqual": return left <= right ? 1 : 0
    case "And": return left != 0 && right != 0 ? 1 : 0
    case "Or": return left != 0 || right != 0 ? 1 : 0
    case "Xor": return (left != 0) != (right != 0) ? 1 : 0
    default: return nil
    }
  }
}
