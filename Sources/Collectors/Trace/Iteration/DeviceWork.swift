/// Who queued what the device does: kernel → call of the driver (by correlation) → operator that runs
/// on that thread at that time.
struct DeviceWork {
  private(set) var work: [DeviceTimeline.Work] = []
  /// Device events of which the trace doesn't tell who queued them.
  private(set) var orphans = 0
  private(set) var communicationBytes = 0
  private(set) var streams = 0

  /// Finds the operators of all device events. Communication, and kernels that no operator
  /// surrounds, become operators of their own.
  init(of trace: KinetoTrace, nesting: inout OperatorNesting) {
    var byExternalID: [Int: Int] = [:]
    for (index, event) in trace.cpu.enumerated() where !event.isAnnotation {
      if let id = event.externalID { byExternalID[id] = index }
    }
    let main = DeviceWork.mainStream(of: trace)
    streams = Set(trace.device.map(\.stream)).count
    let order = trace.device.indices.sorted {
      (trace.device[$0].start, $0) < (trace.device[$1].start, $1)
    }
    var lastOnStream: [Int: Int] = [:]
    var owners = [Int](repeating: -1, count: trace.device.count)
    let surrounding = nesting
    for index in order {
      let event = trace.device[index]
      var launch = event.correlation.flatMap { trace.launches[$0] }
      if launch == nil, let cpu = event.externalID.flatMap({ byExternalID[$0] }) {
        launch = KinetoTrace.Launch(thread: trace.cpu[cpu].thread, time: trace.cpu[cpu].start)
      }
      guard let launch else {
        orphans += 1
        owners[index] = lastOnStream[event.stream] ?? -1
        continue
      }
      let owner = surrounding.index(thread: launch.thread, time: launch.time)
      if let owner, !event.isCommunication {
        owners[index] = owner
      } else {
        owners[index] = nesting.operators.count
        nesting.add(
          TracedOperator(
            name: TracedName.kernel(trace.names[event.name]), thread: -1, start: launch.time,
            end: launch.time,
            recordFunction: owner.flatMap { surrounding.operators[$0].recordFunction },
            isBackwardNode: owner.map { surrounding.operators[$0].isBackwardNode } ?? false,
            isCommunication: event.isCommunication, messageBytes: event.messageBytes))
        communicationBytes += event.messageBytes ?? 0
      }
      lastOnStream[event.stream] = owners[index]
    }
    let position = nesting.sort()
    var launches = [Int](repeating: 0, count: position.count)
    for index in order where owners[index] >= 0 {
      let event = trace.device[index]
      let operation = position[owners[index]]
      launches[operation] += 1
      work.append(
        DeviceTimeline.Work(
          start: event.start, end: event.end, operation: operation,
          isMain: event.stream == main && !event.isCommunication))
    }
    nesting.setLaunches(launches)
  }

  private static func mainStream(of trace: KinetoTrace) -> Int? {
    var busy: [Int: Int] = [:]
    for event in trace.device where !event.isCommunication {
      busy[event.stream, default: 0] &+= event.end &- event.start
    }
    return busy.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }
}
