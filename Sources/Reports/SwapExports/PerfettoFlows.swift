import Plans
import Profiles
import Simulation

/// The arrows of a trace: from each copy to the host over NVMe to the copy back, and from the operator that queues a
/// copy back to that copy.
///
/// An arrow never leads back in time: what leaves in one iteration and returns in the next has none.
struct PerfettoFlows {
  private(set) var events: [JSON] = []
  private var count = 0

  init(_ iteration: PlannedIteration, _ decisions: [GapDecision]) {
    var copies: [GapName: [(copy: Copy, span: PlannedIteration.Span)]] = [:]
    for item in iteration.copies { copies[item.copy.gap, default: []].append(item) }
    var starts: [String: Int] = [:]
    for (task, span) in iteration.tasks where task.task.chain == nil && task.task.kernel == nil {
      starts[task.task.operation] = span.start
    }
    for decision in decisions {
      guard case .swap(let trigger, _, _) = decision.action, let path = copies[decision.name] else {
        continue
      }
      addPath(path.sorted { $0.span.start < $1.span.start })
      if let back = path.last(where: { $0.copy.direction == .toDevice }),
        let start = starts[trigger], start <= back.span.start
      {
        add("prefetch", [(.compute, start), (.toDevice, back.span.start)])
      }
    }
  }

  /// Adds the way of a tensor from its copy to the host to its copy back.
  private mutating func addPath(_ path: [(copy: Copy, span: PlannedIteration.Span)]) {
    guard let out = path.firstIndex(where: { $0.copy.direction == .toHost }),
      let back = path.lastIndex(where: { $0.copy.direction == .toDevice }), out < back
    else { return }
    add(
      "swap", path[out...back].map { (PerfettoTrace.Lane($0.copy.direction), $0.span.start) })
  }

  private mutating func add(_ name: String, _ points: [(lane: PerfettoTrace.Lane, start: Int)]) {
    count += 1
    for (index, point) in points.enumerated() {
      let phase = index == 0 ? "s" : index + 1 == points.count ? "f" : "t"
      var event = PerfettoTrace.members(phase, name, at: point.start, on: point.lane)
      event.add("cat", .string("flow"))
      event.add("id", .integer(count))
      if phase == "f" { event.add("bp", .string("e")) }
      events.append(event.object)
    }
  }
}
