/// The contents of a small tensor, in row-major order.
enum Constant: Hashable, Sendable {
  case integers([Int])
  case reals([Double])

  var count: Int {
    switch self {
    case .integers(let values): values.count
    case .reals(let values): values.count
    }
  }

  /// The elements as integers; nil for reals.
  var integers: [Int]? {
    if case .integers(let values) = self { values } else { nil }
  }

  /// The elements as reals.
  var reals: [Double] {
    switch self {
    case .integers(let values): values.map { Double($0) }
    case .reals(let values): values
    }
  }
}

/// What is known of a value that flows through a graph.
struct Value: Hashable, Sendable {
  /// Where a value comes from.
  enum Origin: Hashable, Sendable {
    case input
    case parameter
    case computed
  }

  /// The extent of each dimension; none is beyond `maximumCount`, nor is their product.
  let shape: [Int]
  let type: ElementType
  /// The contents, where they are known before the iteration runs.
  var constant: Constant?
  var origin = Origin.computed
  /// Whether the value, or its shape, follows from an input of the network.
  var dependsOnInput = false

  /// The number of elements.
  let count: Int

  /// The most elements that a tensor may have: 2⁵² of eight bytes.
  static let maximumCount = 1 << 52

  /// The most dimensions that a tensor may have.
  static let maximumRank = 64

  /// Creates a value; nil if no tensor can have the shape.
  init?(_ shape: [Int], _ type: ElementType, constant: Constant? = nil) {
    guard let count = Value.count(of: shape) else { return nil }
    self.shape = shape
    self.type = type
    self.constant = constant
    self.count = count
  }

  /// Returns the number of elements; nil if an extent is negative, or the rank, an extent or the
  /// product is too large.
  static func count(of shape: [Int]) -> Int? {
    guard shape.count <= maximumRank, shape.allSatisfy({ (0...maximumCount).contains($0) }) else {
      return nil
    }
    if shape.contains(0) { return 0 }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow || product > maximumCount { return nil }
      count = product
    }
    return count
  }

  /// Whether gradients can flow into the value.
  var isReal: Bool { type == .real }

  /// Whether training changes the value: weights, but not single numbers such as exponents.
  var isTrainable: Bool { origin == .parameter && isReal && count > 1 }

  /// Whether the value is passed to a kernel as an argument and takes no memory worth counting.
  var isArgument: Bool { constant != nil && count <= 1 }
}
