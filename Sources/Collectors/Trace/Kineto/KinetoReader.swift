import Profiles

/// Reads a trace in one pass over its text; nothing but the kept events is ever in memory.
struct KinetoReader {
  /// The longest time that is believed, in nanoseconds: three days.
  private static let longest = 1 << 48

  private let mostEvents = InputLimits.current[.traceEvents]
  private var trace = KinetoTrace()
  /// The time of the first event.
  private var origin: Int?
  private var nameIndex: [String: Int] = [:]
  private var threadIndex: [String: Int] = [:]

  /// Returns what a file holds.
  static func read(_ source: SourceFile) throws(CollectorError) -> KinetoTrace {
    var trace = try TraceText.read(source) { (pull) throws(JSONPull.Failure) in
      var reader = KinetoReader()
      try reader.document(&pull)
      return reader.trace
    }
    trace.file = source.name
    return trace
  }

  private mutating func document(_ pull: inout JSONPull) throws(JSONPull.Failure) {
    if pull.kind() == .array {
      try events(&pull)
      return try pull.finish()
    }
    try pull.openObject()
    while let key = try pull.nextKey() {
      switch key {
      case "traceEvents": try events(&pull)
      case "distributedInfo" where pull.kind() == .object: try distributed(&pull)
      case "deviceProperties" where pull.kind() == .array: try devices(&pull)
      default: try pull.skip()
      }
    }
    try pull.finish()
  }

  private mutating func distributed(_ pull: inout JSONPull) throws(JSONPull.Failure) {
    try pull.openObject()
    while let key = try pull.nextKey() {
      switch key {
      case "rank": trace.rank = try pull.optionalInteger()
      case "world_size": trace.worldSize = try pull.optionalInteger()
      default: try pull.skip()
      }
    }
  }

  private mutating func devices(_ pull: inout JSONPull) throws(JSONPull.Failure) {
    try pull.openArray()
    while try pull.nextElement() {
      guard pull.kind() == .object else {
        try pull.skip()
        continue
      }
      try pull.openObject()
      while let key = try pull.nextKey() {
        if key == "name", trace.deviceName == nil {
          trace.deviceName = try pull.optionalText()?.string
        } else {
          try pull.skip()
        }
      }
    }
  }

  // MARK: Events

  private mutating func events(_ pull: inout JSONPull) throws(JSONPull.Failure) {
    try pull.openArray()
    while try pull.nextElement() {
      let start = pull.position
      guard let event = try KinetoEvent(&pull) else { continue }
      trace.eventCount += 1
      guard trace.eventCount <= mostEvents else {
        throw JSONPull.Failure(
          offset: start, problem: "the trace has too many events",
          remedy: "record fewer steps; \(InputLimits.raise(.traceEvents))")
      }
      try keep(event, at: start)
    }
  }

  /// Makes times relative to the first event, so that they can be added and subtracted at will.
  private mutating func keep(_ event: KinetoEvent, at offset: Int) throws(JSONPull.Failure) {
    var event = event
    let first = origin ?? event.time
    origin = first
    event.time -= first
    guard event.time.magnitude < KinetoReader.longest, event.duration ?? 0 < KinetoReader.longest
    else {
      throw JSONPull.Failure(
        offset: offset, problem: "the event lies days away from the first one",
        remedy: "record the trace again")
    }
    switch event.role {
    case .none: return
    case .memory: keepMemory(event)
    case .forwardEnd, .backwardEnd: keepFlow(event)
    case .operation, .annotation, .device, .launch:
      guard let duration = event.duration, duration >= 0 else {
        throw JSONPull.Failure(
          offset: offset, problem: "the event lacks dur, or it is negative",
          remedy: "record the trace again")
      }
      keepInterval(event, end: event.time + duration)
    }
  }

  private mutating func keepInterval(_ event: KinetoEvent, end: Int) {
    switch event.role {
    case .launch:
      guard let correlation = event.correlation else { return }
      trace.launches[correlation] = KinetoTrace.Launch(
        thread: thread(of: event), time: event.time)
    case .device:
      let name = event.name?.string ?? "kernel"
      trace.device.append(
        KinetoTrace.DeviceEvent(
          name: index(ofName: name), stream: event.stream ?? 0, start: event.time, end: end,
          correlation: event.correlation, externalID: event.externalID,
          isCommunication: event.isCollective || KinetoEvent.isCommunication(kernel: name),
          messageBytes: event.messageBytes))
    default:
      trace.cpu.append(
        KinetoTrace.CPUEvent(
          name: index(ofName: event.name?.string ?? ""), isAnnotation: event.role == .annotation,
          thread: thread(of: event), start: event.time, end: end,
          sequence: event.sequence ?? -1, recordFunction: event.recordFunction,
          externalID: event.externalID, inputs: event.inputs))
    }
  }

  private mutating func keepMemory(_ event: KinetoEvent) {
    guard let bytes = event.bytes, bytes != 0, bytes != Int.min else { return }
    trace.memory.append(
      KinetoTrace.MemoryEvent(
        thread: thread(of: event), time: event.time, bytes: bytes, address: event.address,
        device: KinetoTrace.MemoryDevice(
          type: event.deviceType ?? 0, index: event.deviceIndex ?? 0),
        totalAllocated: event.totalAllocated))
  }

  private mutating func keepFlow(_ event: KinetoEvent) {
    guard let id = event.flow else { return }
    let end = KinetoTrace.FlowEnd(thread: thread(of: event), time: event.time)
    if event.role == .forwardEnd {
      trace.forwardEnds[id] = end
    } else {
      trace.backwardEnds[id] = end
    }
  }

  // MARK: Names

  private mutating func index(ofName name: String) -> Int {
    if let known = nameIndex[name] { return known }
    nameIndex[name] = trace.names.count
    trace.names.append(name)
    return trace.names.count - 1
  }

  private mutating func thread(of event: KinetoEvent) -> Int {
    let name = "\(event.process?.string ?? "") \(event.thread?.string ?? "")"
    if let known = threadIndex[name] { return known }
    threadIndex[name] = trace.threads.count
    trace.threads.append(name)
    return trace.threads.count - 1
  }
}
