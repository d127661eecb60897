/// What a choice of strategies costs and takes.
public struct ShardingResult: Sendable, Hashable {
  /// What is wrong with the choice, the first ten faults.
  public private(set) var faults: [String] = []
  /// The number of all faults.
  public private(set) var faultCount = 0
  /// The cost of computing.
  public internal(set) var computeCost: Int128 = 0
  /// The cost of communication inside of strategies.
  public internal(set) var communicationCost: Int128 = 0
  /// The cost of all edges.
  public internal(set) var reshardingCost: Int128 = 0
  /// How many edges cost something.
  public internal(set) var reshardedEdges = 0
  /// The most memory at any time, in bytes.
  public internal(set) var peakBytes: Int128 = 0
  /// The first time at which so much is taken; nil if nothing ever is.
  public internal(set) var peakTime: Int?

  /// The memory from each time on at which it changes, in bytes; 0 before the first.
  public internal(set) var memory: [MemoryChange] = []

  /// The memory from one time on.
  public struct MemoryChange: Sendable, Hashable {
    /// The time, as the instance counts it.
    public let time: Int
    /// The memory from then on.
    public let bytes: Int128
  }

  /// What all of it costs.
  public var cost: Int128 { computeCost + communicationCost + reshardingCost }
  /// Whether the choice may be used: nothing forbidden, and within the limit at every time.
  public var isValid: Bool { faultCount == 0 }

  mutating func addFault(_ fault: @autoclosure () -> String) {
    faultCount += 1
    if faults.count < 10 { faults.append(fault()) }
  }
}
