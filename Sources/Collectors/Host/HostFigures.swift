/// What was measured of the machine that planner runs on.
public struct HostFigures: Sendable, Hashable {
  /// A copy of one size.
  public struct Copy: Sendable, Hashable {
    /// The bytes of one copy.
    public let bytes: Int
    /// The median rate, in 10⁹ bytes per second.
    public let gbPerSecond: Double
  }

  /// What a folder's disk does with large files.
  public struct Disk: Sendable, Hashable {
    /// The bytes that were written and read.
    public let bytes: Int
    /// The rate of writing, each part forced to the disk, in 10⁹ bytes per second.
    public let writeGBPerSecond: Double
    /// The rate of reading, in 10⁹ bytes per second.
    public let readGBPerSecond: Double
    /// The median time to read 4 KiB, in microseconds.
    public let latencyMicroseconds: Double
    /// Whether the system's page cache may have answered instead of the disk.
    public let mayBeCached: Bool
  }

  /// The machine's memory.
  public let memoryBytes: Int
  /// The part of it that programs can still have.
  public let availableBytes: Int
  /// The cores that are online.
  public let cores: Int
  /// Copies from memory to memory by one thread, by size.
  public let copies: [Copy]
  /// The time to start a copy, in microseconds.
  public let copyLatencyMicroseconds: Double
  /// The disk; nil if it wasn't asked for.
  public let disk: Disk?
}

extension HostFigures {
  /// The rate of the largest copies, which no cache holds.
  public var copyGBPerSecond: Double { copies.last?.gbPerSecond ?? 0 }
}
