/// One event of a trace while it is read: the union of what all kinds of events may carry.
struct KinetoEvent {
  /// What an event means to the collector.
  enum Role {
    case none, operation, annotation, device, launch, memory, forwardEnd, backwardEnd
  }

  var name: JSONText?
  var process: JSONText?
  var thread: JSONText?
  var time = 0
  var duration: Int?
  var flow: Int?
  var correlation: Int?
  var externalID: Int?
  var sequence: Int?
  var recordFunction: Int?
  var stream: Int?
  var bytes: Int?
  var address: Int?
  var deviceType: Int?
  var deviceIndex: Int?
  var totalAllocated: Int?
  var inputs: [TracedInput] = []
  var isCollective = false
  private(set) var role = Role.none
  private var phase: JSONText?
  private var category: JSONText?
  private var hasTime = false
  private var elements: Int?
  private var elementType: JSONText?

  /// Reads an event; nil for one that says nothing of use.
  init?(_ pull: inout JSONPull) throws(JSONPull.Failure) {
    let start = pull.position
    guard pull.kind() == .object else {
      try pull.skip()
      return nil
    }
    var shapes = InputShapes()
    try pull.openObject()
    while let key = try pull.nextKey() {
      switch key {
      case "ph": phase = try pull.optionalText()
      case "cat": category = try pull.optionalText()
      case "name": name = try pull.optionalText()
      case "pid": process = try pull.optionalText()
      case "tid": thread = try pull.optionalText()
      case "id": flow = try pull.optionalInteger()
      case "ts":
        // Metadata may lack a time or have a strange one; whether it matters shows at the end.
        if pull.kind() == .number {
          time = try pull.nanoseconds("ts")
          hasTime = true
        } else {
          try pull.skip()
        }
      case "dur":
        if pull.kind() == .number {
          duration = try pull.nanoseconds("dur")
        } else {
          try pull.skip()
        }
      case "args" where pull.kind() == .object: try arguments(&pull, &shapes)
      default: try pull.skip()
      }
    }
    role = KinetoEvent.role(phase: phase, category: category, name: name)
    guard role != .none else { return nil }
    guard hasTime else {
      throw JSONPull.Failure(
        offset: start, problem: "the event lacks ts, or it isn't a number",
        remedy: "record the trace again")
    }
    if role == .operation || role == .annotation {
      guard let tensors = shapes.inputs else {
        throw JSONPull.Failure(
          offset: start, problem: "an input has more elements than can be counted",
          remedy: "check Input Dims")
      }
      inputs = tensors
    }
  }

  private mutating func arguments(
    _ pull: inout JSONPull, _ shapes: inout InputShapes
  ) throws(JSONPull.Failure) {
    try pull.openObject()
    while let key = try pull.nextKey() {
      switch key {
      case "External id", "external id": externalID = try pull.optionalInteger()
      case "Record function id": recordFunction = try pull.optionalInteger()
      case "Sequence number": sequence = try pull.optionalInteger()
      case "correlation": correlation = try pull.optionalInteger()
      case "stream": stream = try pull.optionalInteger()
      case "Bytes", "bytes": bytes = try pull.optionalInteger()
      case "Addr": address = try pull.optionalInteger()
      case "Device Type": deviceType = try pull.optionalInteger()
      case "Device Id": deviceIndex = try pull.optionalInteger()
      case "Total Allocated": totalAllocated = try pull.optionalInteger()
      case "Collective name":
        isCollective = true
        try pull.skip()
      case "In msg nelems": elements = try pull.optionalInteger()
      case "dtype": elementType = try pull.optionalText()
      case "Input Dims", "Input dims": try shapes.readDimensions(&pull)
      case "Input type": try shapes.readTypes(&pull)
      default: try pull.skip()
      }
    }
  }

  /// The bytes that a collective exchanges.
  var messageBytes: Int? {
    guard let elements, elements >= 0, let elementType,
      let size = TracedType.bytes(elementType.string)
    else { return nil }
    let (bytes, overflow) = elements.multipliedReportingOverflow(by: size)
    return overflow ? nil : bytes
  }

  // MARK: Vintages

  private static func role(phase: JSONText?, category: JSONText?, name: JSONText?) -> Role {
    guard let phase else { return .none }
    switch phase {
    case "X": return category.map(role(ofInterval:)) ?? .none
    case "i", "I": return name.map { $0 == "[memory]" } == true ? .memory : .none
    case "s": return category.map { $0 == "fwdbwd" } == true ? .forwardEnd : .none
    case "f": return category.map { $0 == "fwdbwd" } == true ? .backwardEnd : .none
    default: return .none
    }
  }

  /// The categories of 2021 begin with a capital; those of other accelerators end alike.
  private static func role(ofInterval category: JSONText) -> Role {
    switch category {
    case "cpu_op", "Operator": return .operation
    case "user_annotation": return .annotation
    case "kernel", "Kernel", "concurrent_kernel", "gpu_memcpy", "Memcpy", "gpu_memset", "Memset":
      return .device
    case "cuda_runtime", "cuda_driver", "Runtime", "runtime": return .launch
    default:
      let ends = category.bytes.suffix(8)
      if ends.elementsEqual("_runtime".utf8) { return .launch }
      return category.bytes.suffix(7).elementsEqual("_driver".utf8) ? .launch : .none
    }
  }

  /// Whether a kernel exchanges data with other devices.
  static func isCommunication(kernel name: String) -> Bool {
    let start = name.prefix(40).lowercased()
    return ["nccl", "rccl", "deep_ep", "nvshmem", "hccl"].contains { start.contains($0) }
  }
}
