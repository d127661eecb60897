extension OperatorRules {
  static let indexingRules: [String: Rule] = [
    "Gather": gather,
    "GatherElements": gatherElements,
    "Slice": slice,
  ]

  /// `Gather` reads only the rows it picks. Its gradient is as large as the operand: zeros, then the
  /// rows are added in; the indices are kept.
  private static let gather: Rule = { context throws(CollectorError) in
    let (input, indices) = (try context.input(0), try context.input(1))
    let axis = try context.axis(context.integer("axis", default: 0), rank: input.shape.count)
    let shape = Array(input.shape.prefix(axis)) + indices.shape + input.shape.dropFirst(axis + 1)
    let output = try context.value(shape, input.type)
    let (picked, positions) = (context.bytes(of: output), context.bytes(of: indices))
    return Operation(
      outputs: [output], bytesAccessed: 2 * picked + positions,
      backward: [
        BackwardOperator(
          gradients: [Gradient(input: 0, needs: [.input(1)], flops: Double(output.count))],
          bytesAccessed: context.bytes(of: input) + 2 * picked + positions)
      ])
  }

  private static let gatherElements: Rule = { context throws(CollectorError) in
    let (input, indices) = (try context.input(0), try context.input(1))
    guard input.shape.count == indices.shape.count else {
      throw context.invalid("the indices \(indices.shape) don't fit \(input.shape)")
    }
    let output = try context.value(indices.shape, input.type)
    let (picked, positions) = (context.bytes(of: output), context.bytes(of: indices))
    return Operation(
      outputs: [output], bytesAccessed: 2 * picked + positions,
      backward: [
        BackwardOperator(
          gradients: [Gradient(input: 0, needs: [.input(1)], flops: Double(output.count))],
          bytesAccessed: context.bytes(of: input) + 2 * picked + positions)
      ])
  }

  /// `Slice`: attributes until version 9, inputs since. Its gradient is as large as the operand.
  private static let slice: Rule = { context throws(CollectorError) in
    let input = try context.input(0)
    let ranges = try SliceRange.all(context, shape: input.shape)
    var shape = input.shape
    for range in ranges { shape[range.axis] = range.count }
    let output = try context.value(shape, input.type)
    let moved = context.bytes(of: output)
    return Operation(
      outputs: [output], bytesAccessed: 2 * moved, hostInputs: [1, 2, 3, 4],
      backward: [
        BackwardOperator(
          gradients: [Gradient(input: 0)],
          bytesAccessed: context.bytes(of: input) + 2 * moved)
      ])
  }
}

/// What a slice takes along one axis.
struct SliceRange {
  let axis: Int
  let start: Int
  let step: Int
  let count: Int

  /// Reads the ranges of a `Slice` node; ends beyond the extents are cut as the operator says.
  static func all(_ context: NodeContext, shape: [Int]) throws(CollectorError) -> [SliceRange] {
    guard let starts = try context.integers(attribute: "starts", orInput: 1),
      let ends = try context.integers(attribute: "ends", orInput: 2)
    else { throw context.invalid("its starts or ends are missing") }
    let axes = try context.integers(attribute: "axes", orInput: 3) ?? Array(starts.indices)
    let steps =
      context.hasInput(4)
      ? try context.knownIntegers(4, "steps") : [Int](repeating: 1, count: starts.count)
    guard starts.count == ends.count, starts.count == axes.count, starts.count == steps.count
    else {
      throw context.invalid("its starts, ends, axes and steps differ in number")
    }
    var ranges: [SliceRange] = []
    for index in starts.indices {
      let axis = try context.axis(axes[index], rank: shape.count)
      guard steps[index] != 0, steps[index] > -Value.maximumCount else {
        throw context.invalid("its step is \(steps[index])")
      }
      ranges.append(
        SliceRange(
          axis: axis, extent: shape[axis], start: starts[index], end: ends[index],
          step: steps[index]))
    }
    return ranges
  }

  private init(axis: Int, extent: Int, start: Int, end: Int, step: Int) {
    func position(_ index: Int) -> Int {
      // Far ends, such as the largest integer, mean "to the end".
      let near = max(-Value.maximumCount * 2, min(Value.maximumCount * 2, index))
      return near < 0 ? near + extent : near
    }
    self.axis = axis
    self.step = step
    if step > 0 {
      let first = max(0, min(extent, position(start)))
      let last = max(0, min(extent, position(end)))
      self.start = first
      count = last > first ? (last - first - 1) / step + 1 : 0
    } else {
      let first = max(-1, min(extent - 1, position(start)))
      let last = max(-1, min(extent - 1, position(end)))
      self.start = first
      count = first > last ? (first - last - 1) / -step + 1 : 0
    }
  }
}
