/// How the size of an encoded tensor depends on its zeros, as a ratio to the raw size.
///
/// With elements of `e` bytes, density `d` and mean cycle `c` (a run of zeros and the run after it).
public enum CodecRatio: Sendable, Hashable {
  /// `d + 1/(8·e)`: a bit for each element, and the non-zero ones.
  case zeroValue
  /// `d·(1 + 2/e) + 4/(65536·e)`: positions of 16 bits in blocks of 65536, and the non-zero elements.
  case sparseRows
  /// `d + 4/(c·e)`: two lengths of 16 bits for each cycle, and the non-zero elements.
  case runLength
  /// The same for every tensor.
  case constant(Double)
  /// Measured at some densities, straight lines between them.
  case byDensity([Point])

  /// The ratio at one density.
  public struct Point: Sendable, Hashable {
    /// The share of elements that are not zero.
    public var density: Double
    /// The ratio of encoded to raw bytes.
    public var ratio: Double

    /// Creates a point.
    public init(density: Double, ratio: Double) {
      self.density = density
      self.ratio = ratio
    }
  }

  /// Returns the ratio of encoded to raw bytes.
  ///
  /// - Parameters:
  ///   - elementBytes: 2 or 4.
  ///   - density: The share of elements that are not zero, from 0 to 1.
  ///   - cycle: The mean length of a run of zeros and the run after it; nil for zeros that know nothing
  ///     of each other: `1 / (d·(1−d))`.
  public func value(density: Double, cycle: Double?, elementBytes: Int) -> Double {
    let size = Double(elementBytes)
    switch self {
    case .zeroValue: return density + 1 / (8 * size)
    case .sparseRows: return density * (1 + 2 / size) + 4 / (65536 * size)
    case .runLength:
      // Blocks of 32768 elements begin with a pair of lengths each.
      let cycles = cycle.map { 1 / max($0, 2) } ?? density * (1 - density)
      return density + 4 * max(cycles, 1.0 / 32768) / size
    case .constant(let ratio): return ratio
    case .byDensity(let points): return CodecRatio.line(through: points, at: density)
    }
  }

  /// The largest ratio that the form can have at any density and cycle.
  public func worst(elementBytes: Int) -> Double {
    let size = Double(elementBytes)
    switch self {
    case .zeroValue, .sparseRows: return value(density: 1, cycle: nil, elementBytes: elementBytes)
    case .runLength: return (size < 4 ? (1 + 4 / size) / 2 : 1) + 4 / (32768 * size)
    case .constant(let ratio): return ratio
    case .byDensity(let points): return points.map(\.ratio).max() ?? 1
    }
  }

  /// The bytes of an element that the form's formula speaks of have to be known.
  public var needsElementBytes: Bool {
    switch self {
    case .zeroValue, .sparseRows, .runLength: true
    case .constant, .byDensity: false
    }
  }

  private static func line(through points: [Point], at density: Double) -> Double {
    guard let first = points.first, let last = points.last else { return 1 }
    if density <= first.density { return first.ratio }
    for (low, high) in zip(points, points.dropFirst()) where density <= high.density {
      let share = (density - low.density) / (high.density - low.density)
      return low.ratio + share * (high.ratio - low.ratio)
    }
    return last.ratio
  }
}
