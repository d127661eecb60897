/// What a run did and whether it came through.
///
/// A plan that sends tensors away over the boundary between iterations is run for several iterations,
/// until one begins as the one before it did. Times and bytes are those of the last iteration; peaks and
/// records are those of all of them, on one clock. After a failure the numbers describe the run up to the
/// moment at which it stopped.
public struct SimulationResult: Sendable, Hashable {
  /// Whether the plan runs through.
  public var verdict: Verdict
  /// From the end of the last task of the iteration before to the end of the last task.
  public var iterationMicroseconds = 0.0
  /// When each iteration begins; the first at 0.
  public var iterationStarts: [Double] = [0]
  /// The first sample of `memory` that belongs to each iteration.
  public var iterationSamples: [Int] = [0]
  /// Whether the last iteration began in the same state as the one before it, so that all that follow
  /// take as long. Always so unless tensors are away over the boundary.
  public var isSteady = true
  /// The operators' own time.
  public var computeMicroseconds = 0.0
  /// The time of operators that ran again.
  public var recomputeMicroseconds = 0.0
  /// The time in which kernels of codecs held the compute stream.
  public var codecMicroseconds = 0.0
  /// The time in which the compute stream waited for a tensor.
  public var swapInStallMicroseconds = 0.0
  /// The time in which the compute stream waited for memory.
  public var memoryStallMicroseconds = 0.0
  /// The waits, in order.
  public var stalls: [Stall] = []
  /// The most device memory in use at any time.
  public var peakDeviceBytes = 0
  /// The first sample of `memory` at the peak.
  public var peakSample = 0
  /// The operator that ran, or was next to run, when the peak was first reached; nil in a profile
  /// without operators.
  public var peakOperator: String?
  /// The most host memory in use at any time.
  public var peakHostBytes = 0
  /// The most NVMe room in use at any time.
  public var peakNVMeBytes = 0
  /// The bytes copied to the host, by copies that ended.
  public var bytesToHost = 0
  /// The bytes copied to the device, by copies that ended.
  public var bytesToDevice = 0
  /// The bytes written from the host to NVMe, by writes that ended.
  public var bytesToNVMe = 0
  /// The bytes read from NVMe to the host, by reads that ended.
  public var bytesFromNVMe = 0
  /// The tasks of the compute stream that ended, in order.
  public var tasks: [ComputeTask] = []
  /// The copies that ended, by start, to the host first.
  public var copies: [Copy] = []
  /// The memory in use after each change, in order. Several changes may happen at one moment.
  public var memory: [MemorySample] = []
  /// What the device memory was used for, by the sample in which it was taken.
  public var occupancy: [Occupancy] = []

  /// Whether the plan runs through.
  public var isValid: Bool { verdict == .valid }
  /// Why the run stopped; nil if it didn't.
  public var failure: Failure? {
    if case .failed(let failure) = verdict { failure } else { nil }
  }
  /// The time in which the compute stream waited.
  public var stallMicroseconds: Double { swapInStallMicroseconds + memoryStallMicroseconds }

  /// Returns what is on the device after a change, in the order in which it came.
  public func occupancy(atSample sample: Int) -> [Occupancy] {
    occupancy.filter { $0.fromSample <= sample && sample < $0.toSample ?? .max }
  }
}

/// A wait of the compute stream.
public struct Stall: Sendable, Hashable {
  /// What the compute stream waits for.
  public enum Cause: String, Sendable, Hashable, CaseIterable {
    /// A tensor that is away.
    case swapIn
    /// Memory for what the task makes and for its workspace.
    case memory
  }

  /// The position of the operator in the profile.
  public let step: Int
  /// The task that waits.
  public let task: TaskName
  /// What it waits for.
  public let cause: Cause
  /// The tensor that arrives last; nil if the cause is memory.
  public let tensor: String?
  /// When the wait begins.
  public let startMicroseconds: Double
  /// When the wait ends.
  public let endMicroseconds: Double

  /// How long the wait takes.
  public var microseconds: Double { endMicroseconds - startMicroseconds }
}

/// A task of the compute stream.
public struct ComputeTask: Sendable, Hashable {
  /// The position of the operator in the profile.
  public let step: Int
  /// The task.
  public let task: TaskName
  /// When the task starts.
  public let startMicroseconds: Double
  /// When the task ends.
  public let endMicroseconds: Double
}

/// A copy between device and host, or between host and NVMe.
public struct Copy: Sendable, Hashable {
  /// The gap that the copy belongs to.
  public let gap: GapName
  /// Where the bytes go.
  public let direction: CopyDirection
  /// How many bytes are copied.
  public let bytes: Int
  /// When the copy is queued.
  public let queuedMicroseconds: Double
  /// When the copy starts.
  public let startMicroseconds: Double
  /// When the copy ends.
  public let endMicroseconds: Double
}

/// The memory in use after a change.
public struct MemorySample: Sendable, Hashable {
  /// When the change happens.
  public let microseconds: Double
  /// The device memory in use from then on.
  public let deviceBytes: Int
  /// The host memory in use from then on.
  public let hostBytes: Int
  /// The NVMe room in use from then on.
  public var nvmeBytes = 0
}

/// A piece of device memory in use.
public struct Occupancy: Sendable, Hashable {
  /// What memory is used for.
  public enum Use: Sendable, Hashable {
    /// A tensor with all its aliases, copies under way included.
    case tensor(String)
    /// What an operator of a chain made besides the chain's own tensor.
    case temporary(String, chain: GapName)
    /// An encoded tensor, or the room for one.
    case encoded(String)
    /// The workspace of a running task.
    case workspace(TaskName)
  }

  /// What the memory is used for.
  public let use: Use
  /// The amount.
  public let bytes: Int
  /// The sample in which the memory is taken.
  public let fromSample: Int
  /// The sample in which the memory is freed; nil if it stays to the end.
  public internal(set) var toSample: Int?
}
