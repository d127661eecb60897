import Plans
import Profiles
import Simulation

/// The last iteration of a run, with times in whole nanoseconds from its beginning.
struct PlannedIteration {
  /// A stretch of time.
  struct Span: Hashable {
    let start: Int
    let end: Int

    var length: Int { end - start }
  }

  let tasks: [(task: ComputeTask, span: Span)]
  let copies: [(copy: Copy, span: Span)]
  let stalls: [(stall: Stall, span: Span)]

  /// Picks what ends in the last iteration; what began before it begins with it.
  init(_ result: SimulationResult) {
    let origin = result.iterationStarts.last ?? 0
    func span(_ start: Double, _ end: Double) -> Span? {
      guard end >= origin, start >= origin || end > origin else { return nil }
      let first = Self.nanoseconds(start - origin)
      return Span(start: first, end: max(first, Self.nanoseconds(end - origin)))
    }
    tasks = result.tasks.compactMap { task in
      span(task.startMicroseconds, task.endMicroseconds).map { (task, $0) }
    }
    copies = result.copies.compactMap { copy in
      span(copy.startMicroseconds, copy.endMicroseconds).map { (copy, $0) }
    }
    stalls = result.stalls.compactMap { stall in
      span(stall.startMicroseconds, stall.endMicroseconds).map { (stall, $0) }
    }
  }

  /// The nearest whole number of nanoseconds, from 0 to 9·10¹⁵.
  static func nanoseconds(_ microseconds: Double) -> Int {
    Int(min(max(0, microseconds * 1e3), 9e15).rounded())
  }
}
