/// What a calibration measures.
public struct CalibrationGrid: Sendable, Hashable {
  /// The sizes of raw tensors in bytes, ascending.
  public var bytes: [Int]
  /// The densities, ascending.
  public var densities: [Double]
  /// How often everything is measured, in turn with the copy that it is compared with.
  public var rounds: Int
  /// The largest tensor for LZ4 and Zstandard, which are too slow for their rates to depend on it.
  public var slowBytes: Int

  /// Creates a grid.
  public init(bytes: [Int], densities: [Double], rounds: Int, slowBytes: Int) {
    self.bytes = bytes
    self.densities = densities
    self.rounds = rounds
    self.slowBytes = slowBytes
  }

  /// From 64 KiB to 64 MiB: a minute.
  public static let full = CalibrationGrid(
    bytes: [1 << 16, 1 << 20, 1 << 22, 1 << 24, 1 << 26],
    densities: [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1], rounds: 7, slowBytes: 1 << 24)

  /// From 64 KiB to 4 MiB: seconds.
  public static let quick = CalibrationGrid(
    bytes: [1 << 16, 1 << 20, 1 << 22], densities: [0, 0.3, 0.6, 1], rounds: 3,
    slowBytes: 1 << 20)

  /// Points between those of the grid, where its straight lines are put to the test: half-way between
  /// two sizes (as logarithms), at every other middle of two densities.
  func between(_ bytes: [Int]) -> [(bytes: Int, density: Double)] {
    var points: [(bytes: Int, density: Double)] = []
    for (row, (low, high)) in zip(bytes, bytes.dropFirst()).enumerated() {
      // Whole vectors, as all sizes of the grid.
      let size = Int((Double(low) * Double(high)).squareRoot()) / 64 * 64
      for (column, (sparse, dense)) in zip(densities, densities.dropFirst()).enumerated()
      where (row + column) % 2 == 0 {
        points.append((size, (sparse + dense) / 2))
      }
    }
    return points
  }
}
