/// What the collector keeps of a trace of PyTorch's profiler (Kineto), whatever its vintage.
///
/// Times are nanoseconds since the trace's own origin. Threads and names are positions in `threads`
/// and `names`.
struct KinetoTrace {
  /// A stretch of a CPU thread with a name: an operator or an annotation of the user's program.
  struct CPUEvent {
    var name: Int
    var isAnnotation: Bool
    var thread: Int
    var start: Int
    var end: Int
    /// The number that links a forward operator with its backward node; negative if there is none.
    var sequence: Int
    var recordFunction: Int?
    var externalID: Int?
    var inputs: [TracedInput]
  }

  /// A kernel, a copy or a fill on the device.
  struct DeviceEvent {
    var name: Int
    var stream: Int
    var start: Int
    var end: Int
    var correlation: Int?
    var externalID: Int?
    var isCommunication: Bool
    /// The bytes that a collective exchanges, if the trace says so.
    var messageBytes: Int?
  }

  /// The call of the driver that queued a device event.
  struct Launch {
    var thread: Int
    var time: Int
  }

  /// Memory that was allocated, or freed if the bytes are negative.
  struct MemoryEvent {
    var thread: Int
    var time: Int
    var bytes: Int
    var address: Int?
    var device: MemoryDevice
    var totalAllocated: Int?
  }

  /// Whose memory an event is about: the type 0 is the host.
  struct MemoryDevice: Hashable {
    var type: Int
    var index: Int
  }

  /// One end of a link from a forward operator to its backward node.
  struct FlowEnd {
    var thread: Int
    var time: Int
  }

  var file = ""
  var names: [String] = []
  var threads: [String] = []
  var cpu: [CPUEvent] = []
  var device: [DeviceEvent] = []
  var launches: [Int: Launch] = [:]
  var memory: [MemoryEvent] = []
  var forwardEnds: [Int: FlowEnd] = [:]
  var backwardEnds: [Int: FlowEnd] = [:]
  var eventCount = 0
  var rank: Int?
  var worldSize: Int?
  var deviceName: String?

  /// Whether any operator tells the shapes of its inputs.
  var hasShapes: Bool { cpu.contains { !$0.inputs.isEmpty } }
}

/// A tensor among an operator's inputs, as far as the trace tells.
struct TracedInput: Hashable {
  var shape: [Int]
  var bytes: Int
}
