/// The sliding window of a convolution or pooling: one entry per spatial dimension.
struct Window {
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  /// The padding before and after each dimension, where it is given.
  let padsBefore: [Int]
  let padsAfter: [Int]
  let autoPad: String
  let roundsUp: Bool

  /// Far beyond any window, and small enough that products of two don't overflow.
  private static let limit = 1 << 30

  /// Reads a node's attributes; `kernel` comes from the weight where the node doesn't state it.
  init(_ context: NodeContext, rank: Int, kernel: [Int]? = nil) throws(CollectorError) {
    guard let size = context.integers("kernel_shape") ?? kernel else {
      throw context.invalid("kernel_shape is missing")
    }
    func setting(
      _ name: String, _ value: [Int]?, count: Int, in range: ClosedRange<Int>
    ) throws(CollectorError) {
      guard let value else { return }
      guard value.count == count, value.allSatisfy({ range.contains($0) }) else {
        throw context.invalid(
          "\(name) is \(value), which doesn't fit \(rank) spatial dimensions")
      }
    }
    let strides = context.integers("strides")
    let dilations = context.integers("dilations")
    let pads = context.integers("pads")
    try setting("kernel_shape", size, count: rank, in: 1...Window.limit)
    try setting("strides", strides, count: rank, in: 1...Window.limit)
    try setting("dilations", dilations, count: rank, in: 1...Window.limit)
    try setting("pads", pads, count: 2 * rank, in: 0...Window.limit)
    let ones = [Int](repeating: 1, count: rank)
    let zeros = [Int](repeating: 0, count: rank)
    self.kernel = size
    self.strides = strides ?? ones
    self.dilations = dilations ?? ones
    self.padsBefore = pads.map { Array($0.prefix(rank)) } ?? zeros
    self.padsAfter = pads.map { Array($0.suffix(rank)) } ?? zeros
    autoPad = context.string("auto_pad", default: "NOTSET")
    roundsUp = context.integer("ceil_mode", default: 0) != 0
    guard ["NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER"].contains(autoPad) else {
      throw context.invalid("auto_pad is \(autoPad)")
    }
  }

  /// The number of elements under the window.
  var volume: Double { kernel.reduce(1) { $0 * Double($1) } }

  private var isSame: Bool { autoPad.hasPrefix("SAME") }

  private func reach(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  /// Returns the extents after sliding over `input`.
  ///
  /// With `ceil_mode`, a window that would begin in the padding behind the input is left out, as in
  /// the operators' definitions since version 19 and in PyTorch.
  func output(of input: [Int], _ context: NodeContext) throws(CollectorError) -> [Int] {
    var result: [Int] = []
    for axis in input.indices {
      let stride = strides[axis]
      if isSame {
        result.append((input[axis] + stride - 1) / stride)
        continue
      }
      let before = autoPad == "VALID" ? 0 : padsBefore[axis]
      let after = autoPad == "VALID" ? 0 : padsAfter[axis]
      let room = input[axis] + before + after - reach(axis)
      guard room >= 0 else {
        throw context.invalid(
          "its window of \(reach(axis)) doesn't fit in the extent \(input[axis])")
      }
      var extent = (room + (roundsUp ? stride - 1 : 0)) / stride + 1
      if roundsUp, (extent - 1) * stride >= input[axis] + before { extent -= 1 }
      result.append(extent)
    }
    return result
  }

  /// Returns the extents of a transposed convolution over `input`.
  func transposedOutput(of input: [Int], _ context: NodeContext) throws(CollectorError) -> [Int] {
    if let shape = context.integers("output_shape") {
      guard shape.count >= input.count else {
        throw context.invalid("output_shape has \(shape.count) extents")
      }
      return Array(shape.suffix(input.count))
    }
    let extra = context.integers("output_padding") ?? [Int](repeating: 0, count: input.count)
    guard extra.count == input.count, extra.allSatisfy({ (0...Window.limit).contains($0) }) else {
      throw context.invalid("output_padding is \(extra)")
    }
    var result: [Int] = []
    for axis in input.indices {
      guard input[axis] <= Window.limit else {
        throw context.invalid("its input has the extent \(input[axis])")
      }
      if isSame {
        result.append(input[axis] * strides[axis])
      } else {
        let spread = strides[axis] * max(input[axis] - 1, 0)
        result.append(
          spread + extra[axis] + reach(axis) - padsBefore[axis] - padsAfter[axis])
      }
    }
    return result
  }
}
