/// Which operator the device's time is charged to.
///
/// The execution model has one compute stream. The main stream of a trace is the one that is busy
/// longest with something else than communication. Its events are charged to the operators that
/// queued them; what other streams do is charged only where the main stream is idle; where nothing
/// runs, the time is charged to the operator that runs next. So the times of a step add up to what
/// passes from the end of the step before to its own end, as the device sees them.
struct DeviceTimeline {
  /// A stretch of a stream that belongs to an operator.
  struct Work {
    var start: Int
    var end: Int
    var operation: Int
    var isMain: Bool
  }

  /// Nanoseconds by operator of the trace.
  private(set) var charged: [Int]
  /// Nanoseconds by step.
  private(set) var windows: [Int] = []
  /// How long streams other than the main one are busy, in nanoseconds.
  private(set) var sideBusy = 0
  /// How much of that isn't hidden behind the main stream.
  private(set) var sideExposed = 0
  /// How long nothing runs on the device.
  private(set) var idle = 0

  /// Charges the work of a device.
  init(_ work: [Work], operatorCount: Int, steps: [TraceStep]) {
    charged = [Int](repeating: 0, count: operatorCount)
    var stepOf = [Int](repeating: -1, count: operatorCount)
    for (step, entry) in steps.enumerated() {
      for operation in entry.operators { stepOf[operation] = step }
    }
    var byStep = [[Work]](repeating: [], count: steps.count)
    for entry in work where stepOf[entry.operation] >= 0 {
      byStep[stepOf[entry.operation]].append(entry)
    }
    var previousEnd: Int?
    for (step, entries) in byStep.enumerated() {
      guard let last = entries.map(\.end).max(), let first = entries.map(\.start).min() else {
        windows.append(0)
        continue
      }
      let start = min(previousEnd ?? min(steps[step].start, first), last)
      charge(entries, from: start)
      windows.append(last - start)
      previousEnd = max(previousEnd ?? last, last)
    }
  }

  /// Charges the operators' own times on the CPU; the end of a step belongs to its last operator.
  init(cpu operators: [TracedOperator], steps: [TraceStep]) {
    charged = [Int](repeating: 0, count: operators.count)
    for step in steps {
      let entries = step.operators.map {
        Work(start: operators[$0].start, end: operators[$0].end, operation: $0, isMain: true)
      }
      charge(entries, from: step.start)
      let used = step.operators.reduce(0) { $0 + charged[$1] }
      let window = max(step.end - step.start, used)
      if let last = step.operators.last { charged[last] += window - used }
      windows.append(window)
    }
  }

  private mutating func charge(_ entries: [Work], from start: Int) {
    let main = DeviceTimeline.disjoint(entries.filter(\.isMain), from: start)
    let side = DeviceTimeline.disjoint(entries.filter { !$0.isMain }, from: start)
    for entry in side { sideBusy += entry.end - entry.start }
    var cursor = start
    var next = 0
    /// Charges the time up to `end`, in which the main stream is idle.
    func fill(to end: Int, waiting operation: Int?) {
      while next < side.count, side[next].end <= cursor { next += 1 }
      while next < side.count, side[next].start < end {
        let entry = side[next]
        let from = max(cursor, entry.start)
        let to = min(entry.end, end)
        idle += from - cursor
        charged[operation ?? entry.operation] += from - cursor
        charged[entry.operation] += to - from
        sideExposed += to - from
        cursor = to
        if entry.end > end { break }
        next += 1
      }
      if let operation, cursor < end {
        idle += end - cursor
        charged[operation] += end - cursor
        cursor = end
      }
    }
    for entry in main {
      fill(to: entry.start, waiting: entry.operation)
      charged[entry.operation] += entry.end - cursor
      cursor = entry.end
    }
    fill(to: Int.max, waiting: nil)
  }

  /// Sorts stretches and cuts each at the end of those before it.
  private static func disjoint(_ entries: [Work], from start: Int) -> [Work] {
    var end = start
    var result: [Work] = []
    let sorted = entries.sorted {
      ($0.start, $0.end, $0.operation) < ($1.start, $1.end, $1.operation)
    }
    for var entry in sorted {
      entry.start = max(entry.start, end)
      guard entry.end > entry.start else { continue }
      end = entry.end
      result.append(entry)
    }
    return result
  }
}
