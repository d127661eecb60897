/// NumPy's rule for operands of different shapes.
enum Broadcasting {
  /// Returns the common shape; nil if an extent differs and neither is 1.
  static func shape(_ left: [Int], _ right: [Int]) -> [Int]? {
    let rank = max(left.count, right.count)
    var result = [Int](repeating: 1, count: rank)
    for offset in stride(from: 1, through: rank, by: 1) {
      let one = offset <= left.count ? left[left.count - offset] : 1
      let other = offset <= right.count ? right[right.count - offset] : 1
      guard one == other || one == 1 || other == 1 else { return nil }
      result[rank - offset] = one == 1 ? other : one
    }
    return result
  }

  /// Returns, for each element of `shape` in row-major order, the position of the element of an
  /// operand of shape `operand` that meets it.
  ///
  /// - Precondition: `operand` broadcasts to `shape`.
  static func positions(of operand: [Int], in shape: [Int]) -> [Int] {
    if shape.contains(0) { return [] }
    let offset = shape.count - operand.count
    var strides = [Int](repeating: 0, count: shape.count)
    var stride = 1
    for axis in operand.indices.reversed() {
      strides[axis + offset] = operand[axis] == 1 ? 0 : stride
      stride *= operand[axis]
    }
    var positions = [0]
    for axis in shape.indices {
      positions = positions.flatMap { position in
        (0..<shape[axis]).map { position + $0 * strides[axis] }
      }
    }
    return positions
  }
}
