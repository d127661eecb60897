/// What happens in one iteration of a chunk plan in the steady state.
public struct ChunkReplayResult: Sendable, Hashable {
  /// What is wrong with the plan, the first ten faults; empty for a valid plan.
  public var faults: [String] = []
  /// The operators' own time, in microseconds.
  public var computeMicroseconds = 0.0
  /// The copies from host to device, in microseconds.
  public var copyInMicroseconds = 0.0
  /// The copies from device to host, in microseconds.
  public var copyOutMicroseconds = 0.0
  /// The optimizer on the host, in microseconds.
  public var hostOptimizerMicroseconds = 0.0
  /// What goes from host to device.
  public var bytesIn = 0
  /// What goes from device to host.
  public var bytesOut = 0
  /// The largest amount of device memory in use.
  public var peakDeviceBytes = 0
  /// The operator that runs then.
  public var peakOperator: String?
  /// The device memory in use while each operator runs.
  public var deviceBytes: [Int] = []
  /// The most elements in chunks of parameters on the device at one time.
  public var peakLiveElements = 0

  /// Whether the plan runs through within its budget.
  public var isValid: Bool { faults.isEmpty }

  /// Copies and the host's optimizer one after the other: what the plan adds if nothing overlaps.
  public var addedMicroseconds: Double {
    copyInMicroseconds + copyOutMicroseconds + hostOptimizerMicroseconds
  }

  /// The iteration if nothing overlaps.
  public var serialMicroseconds: Double { computeMicroseconds + addedMicroseconds }

  /// The iteration if operators, both directions and the host's optimizer overlap perfectly: no
  /// execution of the plan is shorter.
  public var overlappedMicroseconds: Double {
    [
      computeMicroseconds, copyInMicroseconds, copyOutMicroseconds, hostOptimizerMicroseconds,
    ].max() ?? 0
  }
}
