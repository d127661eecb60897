import Profiles

/// The memory over the iteration in equal stretches of time, each by its largest operator.
struct MemoryTimeline {
  /// One stretch of the iteration.
  struct Row: Hashable {
    /// When it begins.
    let microseconds: Double
    /// The operator with the most memory in it; of equals, the first.
    let step: Int
    /// The memory of that operator.
    let bytes: Int
  }

  /// The stretches in order; none for a profile without operators.
  let rows: [Row]

  /// Cuts an iteration into at most so many stretches.
  ///
  /// An iteration without time is cut by the number of operators.
  ///
  /// - Parameters:
  ///   - keptBytes: The memory of each operator.
  ///   - starts: The start of each operator, and the end of the last.
  ///   - count: How many stretches there are if there are as many operators.
  init(keptBytes: [Int], starts: [Double], count: Int) {
    let count = min(count, keptBytes.count)
    guard count > 0, let end = starts.last else {
      rows = []
      return
    }
    let isTimed = end / Double(count) > 0
    let width = isTimed ? end / Double(count) : Double(keptBytes.count) / Double(count)
    var largest = [Int?](repeating: nil, count: count)
    for (step, bytes) in keptBytes.enumerated() {
      let from = isTimed ? starts[step] : Double(step)
      let to = isTimed ? starts[step + 1] : Double(step + 1)
      let first = min(count - 1, Int(from / width))
      let last = min(count - 1, max(first, Int((to / width).rounded(.up)) - 1))
      for row in first...last where bytes > largest[row].map({ keptBytes[$0] }) ?? -1 {
        largest[row] = step
      }
    }
    rows = largest.enumerated().compactMap { row, step in
      step.map {
        Row(microseconds: isTimed ? Double(row) * width : 0, step: $0, bytes: keptBytes[$0])
      }
    }
  }
}
