/// Devices in a grid of one to four axes, and how fast those along each axis exchange data.
///
/// Device numbers count the last axis fastest, as ranks do in PyTorch's and JAX's meshes.
public struct DeviceMesh: Sendable, Hashable {
  /// One axis of the grid.
  public struct Axis: Sendable, Hashable {
    /// The devices along the axis.
    public var size: Int
    /// α: what one exchange among them takes without data.
    public var latencyMicroseconds: Double
    /// β: the bus rate of their collective operations, in 10⁹ bytes per second, as nccl-tests count it.
    public var gbPerSecond: Double

    /// Creates an axis.
    public init(size: Int, latencyMicroseconds: Double, gbPerSecond: Double) {
      self.size = size
      self.latencyMicroseconds = latencyMicroseconds
      self.gbPerSecond = gbPerSecond
    }
  }

  /// The most axes.
  public static let maximumRank = 4

  /// The axes, the slowest to vary first.
  public let axes: [Axis]

  /// Creates a mesh.
  ///
  /// - Throws: `LayoutError` where there are no axes or too many, or where a figure is out of range.
  public init(axes: [Axis]) throws(LayoutError) {
    guard (1...DeviceMesh.maximumRank).contains(axes.count) else {
      throw LayoutError(
        "mesh", "\(axes.count) axes are not between 1 and \(DeviceMesh.maximumRank)",
        "give the devices along each axis, as 2x8")
    }
    var devices = 1
    for (index, axis) in axes.enumerated() {
      guard (1...Cluster.maximumDevices).contains(axis.size) else {
        throw LayoutError(
          "mesh axis \(index)", "\(axis.size) devices are out of range",
          "give a number from 1 to \(Cluster.maximumDevices)")
      }
      devices *= axis.size
      guard (0...1e9).contains(axis.latencyMicroseconds) else {
        throw LayoutError(
          "mesh axis \(index)", "a latency of \(axis.latencyMicroseconds) µs is out of range",
          "give microseconds from 0 to 10^9")
      }
      guard (1e-6...1e9).contains(axis.gbPerSecond) else {
        throw LayoutError(
          "mesh axis \(index)", "a rate of \(axis.gbPerSecond) GB/s is out of range",
          "give 10⁹ bytes per second from 10^-6 to 10^9")
      }
    }
    guard devices <= Cluster.maximumDevices else {
      throw LayoutError(
        "mesh", "\(devices) devices are too many", "give at most \(Cluster.maximumDevices)")
    }
    self.axes = axes
  }

  /// The number of all devices.
  public var deviceCount: Int { axes.reduce(1) { $0 * $1.size } }

  /// The mesh as people write it, such as `2x8`.
  public var title: String { axes.map { "\($0.size)" }.joined(separator: "x") }
}

/// What is wrong with a mesh, a tensor or a layout, and what to do about it.
public struct LayoutError: Error, Hashable, CustomStringConvertible {
  /// What it is about.
  public let place: String
  /// What is wrong.
  public let problem: String
  /// What helps.
  public let remedy: String

  /// Creates an error.
  public init(_ place: String, _ problem: String, _ remedy: String) {
    self.place = place
    self.problem = problem
    self.remedy = remedy
  }

  /// The sentence for people.
  public var description: String { "\(place): \(problem); \(remedy)" }
}
