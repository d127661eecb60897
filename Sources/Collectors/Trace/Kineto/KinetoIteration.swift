import Profiles

/// One iteration of a Kineto trace: which steps count, the operators of the reference step and their
/// times, averaged over the steps.
struct KinetoIteration {
  let trace: KinetoTrace
  private(set) var nesting: OperatorNesting
  private(set) var steps: TraceSteps
  /// The step whose operators and memory the profile shows.
  private(set) var reference = TraceStep(label: "", start: 0, end: 0)
  /// The mean time of each operator of the reference step.
  private(set) var microseconds: [Double] = []
  private(set) var findings = Findings()
  /// Whether the trace has a device; else times are those of the CPU.
  let hasDevice: Bool
  /// The memory events of the device whose memory is planned, in the order of time.
  let memory: [KinetoTrace.MemoryEvent]

  /// The operators of the reference step.
  var operators: ArraySlice<TracedOperator> { nesting.operators[reference.operators] }

  init(of trace: KinetoTrace, step wanted: Int?) throws(CollectorError) {
    self.trace = trace
    hasDevice = !trace.device.isEmpty
    var nesting = OperatorNesting(of: trace)
    let device = DeviceWork(of: trace, nesting: &nesting)
    steps = TraceSteps(of: trace, nesting: nesting)
    self.nesting = nesting
    memory = KinetoIteration.deviceMemory(of: trace)
    guard !steps.steps.isEmpty else {
      throw .invalid(
        file: trace.file, place: "traceEvents",
        problem: "none of the \(self.nesting.operators.count) operators lies in a step",
        remedy: "record training steps with torch.profiler.profile and call its step()")
    }
    for step in steps.steps { self.nesting.setPhases(of: step.operators) }
    let timeline =
      hasDevice
      ? DeviceTimeline(
        device.work, operatorCount: self.nesting.operators.count, steps: steps.steps)
      : DeviceTimeline(cpu: self.nesting.operators, steps: steps.steps)
    try average(timeline, step: wanted)
    tell(device, timeline)
  }

  /// The host's memory counts only where there is no other.
  private static func deviceMemory(of trace: KinetoTrace) -> [KinetoTrace.MemoryEvent] {
    var count: [KinetoTrace.MemoryDevice: Int] = [:]
    for event in trace.memory where event.device.type != 0 { count[event.device, default: 0] += 1 }
    let device = count.max {
      ($0.value, $1.key.type, $1.key.index) < ($1.value, $0.key.type, $0.key.index)
    }?.key
    let isHost = device == nil && trace.device.isEmpty
    let kept = trace.memory.filter { isHost ? $0.device.type == 0 : $0.device == device }
    return kept.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element)
  }

  // MARK: Steps

  private mutating func average(
    _ timeline: DeviceTimeline, step wanted: Int?
  ) throws(CollectorError) {
    let all = steps.steps
    var candidates = all.indices.filter { timeline.windows[$0] > 0 }
    if candidates.count < all.count {
      findings.assumed("\(all.count - candidates.count) steps without work don't count")
    }
    if let wanted {
      guard let index = all.firstIndex(where: { $0.number == wanted }) else {
        let known = all.compactMap(\.number).map(String.init).joined(separator: ", ")
        throw .option(
          name: "step", problem: "the trace has no step \(wanted)",
          remedy: known.isEmpty ? "leave it out" : "choose one of \(known)")
      }
      candidates = candidates.filter { $0 == index }
    } else if candidates.count > 1 {
      findings.assumed(
        "\(all[candidates[0]].label) is left out: the profiler warms up, and the device's time "
          + "before it isn't known")
      candidates.removeFirst()
    }
    guard !candidates.isEmpty else {
      throw .invalid(
        file: trace.file, place: wanted.map { "step \($0)" } ?? "traceEvents",
        problem: "nothing runs on the device in any step",
        remedy: "record complete steps, with ProfilerActivity.CUDA if there is a device")
    }
    let keys = candidates.map { signature(of: all[$0].operators) }
    var count: [[String]: Int] = [:]
    for key in keys { count[key, default: 0] += 1 }
    let most = count.values.max() ?? 0
    let chosen = keys.first { count[$0] == most } ?? []
    let used = zip(candidates, keys).filter { $0.1 == chosen }.map(\.0)
    reference = all[used[0]]
    averageTimes(timeline, over: used)
    tellSteps(timeline, used: used, others: candidates.filter { !used.contains($0) })
  }

  /// The names of the operators that have work on the device, in their order.
  private func signature(of step: Range<Int>) -> [String] {
    significant(step).map { nesting.operators[$0].name }
  }

  private func significant(_ step: Range<Int>) -> [Int] {
    step.filter { !hasDevice || nesting.operators[$0].launches > 0 }
  }

  private mutating func averageTimes(_ timeline: DeviceTimeline, over used: [Int]) {
    microseconds = [Double](repeating: 0, count: reference.operators.count)
    let share = 1e3 * Double(used.count)
    for step in used {
      let own = significant(steps.steps[step].operators)
      for (index, target) in zip(own, significant(reference.operators)) {
        microseconds[target - reference.operators.lowerBound] +=
          Double(timeline.charged[index]) / share
      }
    }
  }

  // MARK: Findings

  private mutating func tellSteps(_ timeline: DeviceTimeline, used: [Int], others: [Int]) {
    let times = used.map { Double(timeline.windows[$0]) / 1e6 }
    let mean = times.reduce(0, +) / Double(times.count)
    let onHost =
      used.reduce(0.0) { $0 + Double(steps.steps[$1].end - steps.steps[$1].start) / 1e6 }
      / Double(used.count)
    let range =
      "\(TraceNumber.milliseconds(times.min() ?? 0)) to "
      + TraceNumber.milliseconds(times.max() ?? 0)
    findings.found(
      "\(steps.steps.count) steps, told apart by \(steps.rule); the mean of \(used.count) is "
        + "\(TraceNumber.milliseconds(mean)) (\(range)); on the CPU they take "
        + TraceNumber.milliseconds(onHost))
    findings.found("operators and memory are those of \(reference.label)")
    if !others.isEmpty {
      let labels = others.map { steps.steps[$0].label }.joined(separator: ", ")
      findings.assumed("\(labels) run other operators and don't count")
    }
  }

  private mutating func tell(_ device: DeviceWork, _ timeline: DeviceTimeline) {
    let count = Double(steps.steps.count)
    if !hasDevice {
      findings.assumed(
        "times are those of the CPU: the trace has no device; time between operators belongs to "
          + "the next one")
      return
    }
    findings.assumed(
      "times are the device's; \(TraceNumber.milliseconds(Double(timeline.idle) / 1e6 / count)) a "
        + "step in which it is idle belong to the operator that runs next")
    if timeline.sideBusy > 0 {
      let busy = TraceNumber.milliseconds(Double(timeline.sideBusy) / 1e6 / count)
      let exposed = TraceNumber.milliseconds(Double(timeline.sideExposed) / 1e6 / count)
      findings.assumed(
        "\(device.streams) streams: of \(busy) a step beside the main one, \(exposed) aren't hidden "
          + "behind it and count")
    }
    if device.communicationBytes > 0 {
      findings.found("\(device.communicationBytes) bytes in collectives, all steps together")
    }
    if device.orphans > 0 {
      findings.assumed(
        "\(device.orphans) kernels without their launch belong to the operator before them")
    }
  }
}
