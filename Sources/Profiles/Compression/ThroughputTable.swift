import Glibc

/// How fast a codec is, by the tensor's size and density, in raw bytes.
public struct ThroughputTable: Sendable, Hashable {
  /// What starting it takes each time, in microseconds, besides what the rates tell.
  public var launchMicroseconds: Double
  /// The sizes of raw tensors, ascending.
  public var bytes: [Int]
  /// The densities, ascending.
  public var densities: [Double]
  /// The rates in 10⁹ raw bytes per second, `[size][density]`.
  public var gbPerSecond: [[Double]]
  /// The rates as shares of a plain copy's of the same size in the same run, `[size][density]`; nil if
  /// nobody compared them.
  public var copyRatios: [[Double]]?
  /// The median relative error of interpolated rates at points between those of the table.
  public var fitError: Double?
  /// The largest of these errors.
  public var worstFitError: Double?

  /// Creates a table.
  public init(
    launchMicroseconds: Double = 0, bytes: [Int], densities: [Double], gbPerSecond: [[Double]],
    copyRatios: [[Double]]? = nil, fitError: Double? = nil, worstFitError: Double? = nil
  ) {
    self.launchMicroseconds = launchMicroseconds
    self.bytes = bytes
    self.densities = densities
    self.gbPerSecond = gbPerSecond
    self.copyRatios = copyRatios
    self.fitError = fitError
    self.worstFitError = worstFitError
  }

  /// Creates a table of one rate for all sizes and densities.
  public init(gbPerSecond: Double, launchMicroseconds: Double = 0) {
    self.init(
      launchMicroseconds: launchMicroseconds, bytes: [1], densities: [1],
      gbPerSecond: [[gbPerSecond]])
  }

  /// Whether it is one rate for all sizes and densities, as a file may write it.
  var isOneRate: Bool {
    self
      == ThroughputTable(
        gbPerSecond: gbPerSecond.first?.first ?? 0, launchMicroseconds: launchMicroseconds)
  }

  /// Returns whether a size and density lie within the table.
  public func covers(bytes: Int, density: Double) -> Bool {
    guard let low = self.bytes.first, let high = self.bytes.last, let sparse = densities.first,
      let dense = densities.last
    else { return false }
    return (low...high).contains(bytes) && (sparse...dense).contains(density)
  }

  /// Returns the rate in 10⁹ raw bytes per second.
  ///
  /// Between the table's points it is linear in the logarithm of the size and in the density; outside
  /// of them the nearest edge counts, and `covers` says so.
  public func rate(bytes: Int, density: Double) -> Double {
    let sizes = self.bytes.map { log2(Double(max($0, 1))) }
    let (row, down) = ThroughputTable.place(of: log2(Double(max(bytes, 1))), in: sizes)
    let (column, right) = ThroughputTable.place(of: density, in: densities)
    func along(_ row: Int) -> Double {
      let rates = gbPerSecond[row]
      return right == 0
        ? rates[column] : rates[column] + right * (rates[column + 1] - rates[column])
    }
    let first = along(row)
    return down == 0 ? first : first + down * (along(row + 1) - first)
  }

  /// Returns how long a tensor takes, in microseconds.
  ///
  /// - Parameters:
  ///   - bytes: The size of the tensor.
  ///   - density: nil, where nobody measured it, counts as 1.
  public func microseconds(bytes: Int, density: Double?) -> Double {
    if bytes == 0 { return launchMicroseconds }
    return launchMicroseconds
      + Double(bytes) / (rate(bytes: bytes, density: density ?? 1) * 1e3)
  }

  /// The entry before a value, and the share of the way to the next one.
  private static func place(of value: Double, in list: [Double]) -> (index: Int, share: Double) {
    guard let next = list.firstIndex(where: { $0 > value }) else { return (list.count - 1, 0) }
    if next == 0 { return (0, 0) }
    return (next - 1, (value - list[next - 1]) / (list[next] - list[next - 1]))
  }
}
