/// One direction of a connection, as a copy engine uses it.
///
/// The time of a copy is a latency plus a piecewise linear function through the measured sizes:
/// below the first size the first rate holds, between two sizes the time is interpolated, beyond the
/// last size the last rate holds.
public struct Link: Sendable, Hashable {
  /// A measured rate.
  public struct Point: Sendable, Hashable {
    /// The size of one copy.
    public var bytes: Int
    /// The rate of a copy of that size without latency, in 10⁹ bytes per second.
    public var gbPerSecond: Double

    /// Creates a point.
    public init(bytes: Int, gbPerSecond: Double) {
      self.bytes = bytes
      self.gbPerSecond = gbPerSecond
    }
  }

  /// What a copy costs besides its bytes.
  public var latencyMicroseconds: Double
  /// The measured rates by ascending size, at least one.
  public var points: [Point]
  /// The rate when the opposite direction is busy too; nil where the two don't disturb each other.
  public var duplexGBPerSecond: Double?

  /// Creates a link.
  public init(
    latencyMicroseconds: Double, points: [Point], duplexGBPerSecond: Double? = nil
  ) {
    self.latencyMicroseconds = latencyMicroseconds
    self.points = points
    self.duplexGBPerSecond = duplexGBPerSecond
  }

  /// Creates a link with one rate for all sizes.
  public init(
    latencyMicroseconds: Double, gbPerSecond: Double, duplexGBPerSecond: Double? = nil
  ) {
    self.init(
      latencyMicroseconds: latencyMicroseconds,
      points: [Point(bytes: 1, gbPerSecond: gbPerSecond)], duplexGBPerSecond: duplexGBPerSecond)
  }

  /// Returns how long one copy keeps the link busy when the opposite direction is idle.
  ///
  /// 10⁹ bytes per second are 10³ bytes per microsecond.
  public func copyMicroseconds(bytes: Int) -> Double {
    let size = Double(bytes)
    guard let first = points.first, let last = points.last else { return latencyMicroseconds }
    if bytes <= first.bytes || points.count == 1 {
      return latencyMicroseconds + size / (first.gbPerSecond * 1e3)
    }
    if bytes >= last.bytes {
      let atLast = Double(last.bytes) / (last.gbPerSecond * 1e3)
      return latencyMicroseconds + atLast + (size - Double(last.bytes)) / (last.gbPerSecond * 1e3)
    }
    let next = points.firstIndex { $0.bytes >= bytes } ?? points.count - 1
    let (low, high) = (points[next - 1], points[next])
    let lowTime = Double(low.bytes) / (low.gbPerSecond * 1e3)
    let highTime = Double(high.bytes) / (high.gbPerSecond * 1e3)
    let share = (size - Double(low.bytes)) / Double(high.bytes - low.bytes)
    return latencyMicroseconds + lowTime + share * (highTime - lowTime)
  }

  /// How fast a copy proceeds while the opposite direction is busy, relative to when it is idle.
  ///
  /// Between 0 (exclusive) and 1.
  public var duplexFactor: Double {
    guard let duplexGBPerSecond, let last = points.last else { return 1 }
    return min(1, duplexGBPerSecond / last.gbPerSecond)
  }
}
