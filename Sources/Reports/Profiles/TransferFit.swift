/// A straight line through measured transfers: `time = latency + bytes × slope`, the α-β model.
///
/// The line makes the sum of the squared relative errors least, so that small transfers count as
/// much as large ones. Neither latency nor slope is negative.
public struct TransferFit: Sendable, Hashable {
  /// One measured transfer.
  public struct Sample: Sendable, Hashable {
    /// How much was moved.
    public let bytes: Double
    /// How long that took; more than 0.
    public let microseconds: Double

    /// Creates a sample.
    public init(bytes: Double, microseconds: Double) {
      self.bytes = bytes
      self.microseconds = microseconds
    }
  }

  /// The sizes that the line is fitted to.
  public let sizes: ClosedRange<Double>
  /// How many samples it is fitted to.
  public let sampleCount: Int
  /// α, the time of an empty transfer.
  public let latencyMicroseconds: Double
  /// β, the time of each byte more.
  public let microsecondsPerByte: Double

  /// Fits a line.
  ///
  /// - Parameter samples: Samples of at least two sizes, with times above 0.
  /// - Returns: nil if there are fewer than two sizes, or a time that is not above 0.
  public init?(_ samples: some Collection<Sample>) {
    guard let low = samples.map(\.bytes).min(), let high = samples.map(\.bytes).max(), low < high,
      low >= 0, samples.allSatisfy({ $0.microseconds > 0 && $0.microseconds.isFinite })
    else { return nil }
    // With u = 1/t and v = b/t the relative errors are α u + β v - 1.
    var (uu, uv, vv, u, v) = (0.0, 0.0, 0.0, 0.0, 0.0)
    let scale = high  // Keeps the sums of one magnitude: β is fitted for b / high.
    for sample in samples {
      let (one, size) = (1 / sample.microseconds, sample.bytes / scale / sample.microseconds)
      uu += one * one
      uv += one * size
      vv += size * size
      u += one
      v += size
    }
    let determinant = uu * vv - uv * uv
    var latency = determinant > 0 ? (vv * u - uv * v) / determinant : u / uu
    var slope = determinant > 0 ? (uu * v - uv * u) / determinant : 0
    // The least squares with α ≥ 0 and β ≥ 0 lie on the edge that the free ones pass.
    if latency < 0 { (latency, slope) = (0, v / vv) }
    if slope < 0 { (latency, slope) = (u / uu, 0) }
    guard latency.isFinite, slope.isFinite else { return nil }
    sizes = low...high
    sampleCount = samples.count
    latencyMicroseconds = latency
    microsecondsPerByte = slope / scale
  }

  /// The rate of each byte more, in 10⁹ bytes per second; nil if the time doesn't depend on size.
  public var gbPerSecond: Double? {
    microsecondsPerByte > 0 ? 1 / (microsecondsPerByte * 1e3) : nil
  }

  /// Returns the time of a transfer by the line.
  public func microseconds(bytes: Double) -> Double {
    latencyMicroseconds + microsecondsPerByte * bytes
  }

  /// Returns the sum of the squared relative errors.
  func squaredError(of samples: some Collection<Sample>) -> Double {
    samples.reduce(0) {
      let error = microseconds(bytes: $1.bytes) / $1.microseconds - 1
      return $0 + error * error
    }
  }
}
