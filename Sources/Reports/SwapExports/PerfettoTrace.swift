import Plans
import Profiles
import Simulation

/// The planned iteration as trace events, which ui.perfetto.dev and chrome://tracing show.
///
/// The form is that of "Trace Event Format" (Chromium): complete events (X), counters (C), names (M) and flows
/// (s, t, f). Times are microseconds.
struct PerfettoTrace {
  /// The threads, in the order in which they are shown.
  enum Lane: Int, CaseIterable {
    case compute = 1
    case stalls
    case codecs
    case toHost
    case toDevice
    case toNVMe
    case fromNVMe

    var title: String {
      switch self {
      case .compute: "compute"
      case .stalls: "waits of compute"
      case .codecs: "codecs"
      case .toHost: "copies, device to host"
      case .toDevice: "copies, host to device"
      case .toNVMe: "copies, host to NVMe"
      case .fromNVMe: "copies, NVMe to host"
      }
    }

    init(_ direction: CopyDirection) {
      switch direction {
      case .toHost: self = .toHost
      case .toDevice: self = .toDevice
      case .toNVMe: self = .toNVMe
      case .fromNVMe: self = .fromNVMe
      }
    }
  }

  /// The file.
  let bytes: [UInt8]

  init(_ report: SwapReport) {
    let iteration = PlannedIteration(report.result)
    var events = Self.names(report.profile.name)
    events += Self.tasks(iteration, report.profile)
    events += Self.stalls(iteration)
    events += iteration.copies.map(Self.event)
    events += PerfettoFlows(iteration, report.decisions).events
    events += Self.counters(MemoryLayers(report.result, storages: report.storages))
    var file = JSONMembers()
    file.add("displayTimeUnit", .string("ns"))
    file.add("traceEvents", .array(events))
    bytes = JSONWriter.encode(file.object, pretty: true)
  }

  // MARK: Events

  /// An event with what all events have.
  static func members(
    _ phase: String, _ name: String, at nanoseconds: Int, on lane: Lane
  ) -> JSONMembers {
    var members = JSONMembers()
    members.add("ph", .string(phase))
    members.add("name", .string(name))
    members.add("pid", .integer(1))
    members.add("tid", .integer(lane.rawValue))
    members.add("ts", microseconds(nanoseconds))
    return members
  }

  /// A number of microseconds that gives the same nanoseconds when it is multiplied by 1000 and cut off, as readers
  /// do: else neighbours would overlap by one, and slices that overlap are dropped.
  static func microseconds(_ nanoseconds: Int) -> JSON {
    if nanoseconds.isMultiple(of: 1000) { return .integer(nanoseconds / 1000) }
    var value = Double(nanoseconds) / 1000
    while Int(value * 1000) < nanoseconds { value = value.nextUp }
    return .number(value)
  }

  private static func complete(
    _ name: String, _ category: String, _ span: PlannedIteration.Span, on lane: Lane,
    _ arguments: [(String, JSON?)]
  ) -> JSON {
    var event = members("X", name, at: span.start, on: lane)
    event.add("dur", microseconds(span.length))
    event.add("cat", .string(category))
    var values = JSONMembers()
    for (key, value) in arguments { values.add(key, value) }
    event.add("args", values.object)
    return event.object
  }

  private static func names(_ profile: String) -> [JSON] {
    func name(_ kind: String, _ lane: Lane?, _ key: String, _ value: JSON) -> JSON {
      var event = JSONMembers()
      event.add("ph", .string("M"))
      event.add("name", .string(kind))
      event.add("pid", .integer(1))
      event.add("tid", lane.map { .integer($0.rawValue) })
      var arguments = JSONMembers()
      arguments.add(key, value)
      event.add("args", arguments.object)
      return event.object
    }
    return [name("process_name", nil, "name", .string("planned iteration of \(profile)"))]
      + Lane.allCases.flatMap { lane in
        [
          name("thread_name", lane, "name", .string(lane.title)),
          name("thread_sort_index", lane, "sort_index", .integer(lane.rawValue)),
        ]
      }
  }

  private static func tasks(_ iteration: PlannedIteration, _ profile: Profile) -> [JSON] {
    iteration.tasks.map { task, span in
      let name = task.task
      let chain: [(String, JSON?)] = [
        ("tensor", name.chain.map { .string($0.tensor) }),
        ("needed_by", name.chain.map { .string($0.before) }),
      ]
      if let kernel = name.kernel {
        return complete(
          "\(kernel.rawValue) \(name.chain?.tensor ?? name.operation)", "codec", span, on: .codecs,
          [("operator", .string(name.operation))] + chain)
      }
      let operation = profile.operators[task.step]
      return complete(
        name.operation, name.chain == nil ? operation.phase.rawValue : "recompute", span,
        on: .compute,
        [
          ("operator", .integer(task.step)), ("phase", .string(operation.phase.rawValue)),
          ("workspace_bytes", .integer(operation.workspaceBytes)),
        ] + chain)
    }
  }

  private static func stalls(_ iteration: PlannedIteration) -> [JSON] {
    iteration.stalls.map { stall, span in
      let cause = stall.cause == .swapIn ? "waits for a tensor" : "waits for memory"
      return complete(
        cause, "stall", span, on: .stalls,
        [
          ("operator", .string(stall.task.operation)), ("cause", .string(stall.cause.rawValue)),
          ("tensor", stall.tensor.map { .string($0) }),
        ])
    }
  }

  private static func event(_ copy: Copy, _ span: PlannedIteration.Span) -> JSON {
    complete(
      copy.gap.tensor, "copy", span, on: Lane(copy.direction),
      [
        ("bytes", .integer(copy.bytes)), ("after", .string(copy.gap.after)),
        ("before", .string(copy.gap.before)),
        ("queued_for_us", .number(max(0, copy.startMicroseconds - copy.queuedMicroseconds))),
      ])
  }

  /// Memory after each change; of several changes in one nanosecond the last.
  private static func counters(_ memory: MemoryLayers) -> [JSON] {
    let moments = memory.times.map(PlannedIteration.nanoseconds)
    let last = moments.indices.filter {
      $0 + 1 == moments.count || moments[$0] < moments[$0 + 1]
    }
    let sums = memory.sums
    func counter(_ name: String, _ series: [(String, [Int])]) -> [JSON] {
      var before: [Int]?
      return last.compactMap { sample in
        let now = series.map { $0.1[sample] }
        if now == before { return nil }
        before = now
        var event = JSONMembers()
        event.add("ph", .string("C"))
        event.add("name", .string(name))
        event.add("pid", .integer(1))
        event.add("ts", microseconds(moments[sample]))
        var values = JSONMembers()
        for (title, bytes) in series { values.add(title, .integer(bytes[sample])) }
        event.add("args", values.object)
        return event.object
      }
    }
    var events = counter("device memory, bytes", [("all", sums)])
    events += counter(
      "device memory by kind, bytes", zip(memory.layers, memory.bytes).map { ($0.name, $1) })
    events += counter("host memory, bytes", [("all", memory.hostBytes)])
    if memory.nvmeBytes.contains(where: { $0 > 0 }) {
      events += counter("NVMe, bytes", [("all", memory.nvmeBytes)])
    }
    return events
  }
}
