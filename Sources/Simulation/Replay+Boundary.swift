/// The state between two iterations, as far as plans can make it differ: everything else is the same at
/// each boundary.
struct BoundaryState: Sendable, Equatable {
  /// The absences whose copies wait, and the one whose copy is under way, by direction.
  var waitingToHost: [Int] = []
  var waitingToDevice: [Int] = []
  var waitingToNVMe: [Int] = []
  var waitingFromNVMe: [Int] = []
  var activeToHost: Int?
  var activeToDevice: Int?
  var activeToNVMe: Int?
  var activeFromNVMe: Int?
  /// The work left of the copies under way, in microseconds.
  var workToHost = 0.0
  var workToDevice = 0.0
  var workToNVMe = 0.0
  var workFromNVMe = 0.0

  /// Whether two states are the same but for rounding.
  func isSame(as other: BoundaryState, within tolerance: Double) -> Bool {
    waitingToHost == other.waitingToHost && waitingToDevice == other.waitingToDevice
      && activeToHost == other.activeToHost && activeToDevice == other.activeToDevice
      && waitingToNVMe == other.waitingToNVMe && waitingFromNVMe == other.waitingFromNVMe
      && activeToNVMe == other.activeToNVMe && activeFromNVMe == other.activeFromNVMe
      && abs(workToNVMe - other.workToNVMe) <= tolerance
      && abs(workFromNVMe - other.workFromNVMe) <= tolerance
      && abs(workToHost - other.workToHost) <= tolerance
      && abs(workToDevice - other.workToDevice) <= tolerance
  }
}

extension Replay {
  /// Work left that differs by this share of the iteration's time at most is the same.
  static let sameWork = 1e-9

  /// Returns the state of the copies now.
  func boundaryState() -> BoundaryState {
    BoundaryState(
      waitingToHost: toHost.waiting.map(\.absence),
      waitingToDevice: toDevice.waiting.map(\.absence),
      waitingToNVMe: toNVMe.waiting.map(\.absence),
      waitingFromNVMe: fromNVMe.waiting.map(\.absence),
      activeToHost: toHost.active?.entry.absence, activeToDevice: toDevice.active?.entry.absence,
      activeToNVMe: toNVMe.active?.entry.absence,
      activeFromNVMe: fromNVMe.active?.entry.absence,
      workToHost: toHost.workLeft(at: now), workToDevice: toDevice.workLeft(at: now),
      workToNVMe: toNVMe.workLeft(at: now), workFromNVMe: fromNVMe.workLeft(at: now))
  }

  /// Ends an iteration: the run is over once an iteration has begun as the one before it.
  mutating func endIteration() {
    let state = boundaryState()
    let begin = result.iterationStarts.last ?? 0
    if state.isSame(as: boundary, within: Self.sameWork * (now - begin)) {
      isFinished = true
      return
    }
    boundary = state
    guard result.iterationStarts.count < Self.mostIterations else {
      result.isSteady = false
      isFinished = true
      return
    }
    result.iterationStarts.append(now)
    result.iterationSamples.append(result.memory.count)
    result.computeMicroseconds = 0
    result.recomputeMicroseconds = 0
    result.codecMicroseconds = 0
    result.swapInStallMicroseconds = 0
    result.memoryStallMicroseconds = 0
    result.bytesToHost = 0
    result.bytesToDevice = 0
    result.bytesToNVMe = 0
    result.bytesFromNVMe = 0
    nextTask = 0
  }
}
