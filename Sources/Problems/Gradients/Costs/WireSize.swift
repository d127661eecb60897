import Plans

/// How many bytes some elements take on the wire.
struct WireSize {
  /// The bytes of an element.
  let valueBytes: Int
  /// The bytes of a position.
  let positionBytes: Int

  /// The bytes of positions in a block, or in a bucket of so many elements.
  static func positionBytes(block: Int?, elements: Int) -> Int {
    (block ?? elements) <= 1 << 16 ? 2 : 4
  }

  /// The format with the fewest bytes where a share of the elements is sent; of equals the first.
  func best(density: Double) -> GradientPlan.WireFormat {
    let value = Double(valueBytes)
    let sizes: [(GradientPlan.WireFormat, Double)] = [
      (.dense, value), (.bitmap, density * value + 0.125),
      (.index, density * (value + Double(positionBytes))),
    ]
    return sizes.min { $0.1 < $1.1 }?.0 ?? .dense
  }

  /// Returns the bytes of a message about some elements of which a share is sent.
  func bytes(elements: Int, density: Double, _ format: GradientPlan.WireFormat) -> Int {
    let value = Double(valueBytes)
    let each =
      switch format {
      case .dense: value
      case .bitmap: density * value + 0.125
      case .index: density * (value + Double(positionBytes))
      }
    return WireSize.whole(Double(elements) * each)
  }

  /// Rounds up, but not for what is only the error of a product.
  static func whole(_ bytes: Double) -> Int { Int((bytes * (1 - 1e-9)).rounded(.up)) }
}
