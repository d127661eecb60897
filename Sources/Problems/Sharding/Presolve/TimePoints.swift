import Profiles

/// The times at which memory can be at its largest.
///
/// Memory grows only where a node's life begins, and a beginning counts only if some life ends before the
/// next beginning: else more nodes are live there.
struct TimePoints: Sendable {
  /// The times, ascending.
  let times: [Int]

  /// How many there are.
  var count: Int { times.count }

  /// Finds the times of an instance.
  init(_ instance: ShardingInstance) {
    let live = instance.intervals.filter { !$0.isEmpty }
    let begins = live.map(\.lowerBound).sorted()
    let ends = live.map(\.upperBound).sorted()
    var kept: [Int] = []
    var next = 0
    for (index, time) in begins.enumerated() {
      let following = index + 1 < begins.count ? begins[index + 1] : Int.max
      if following == time { continue }
      while next < ends.count, ends[next] <= time { next += 1 }
      if next < ends.count, ends[next] <= following { kept.append(time) }
    }
    times = kept
  }

  /// Returns the points within an interval.
  func span(of interval: Range<Int>) -> Range<Int> {
    if interval.isEmpty { return 0..<0 }
    return first(from: interval.lowerBound)..<first(from: interval.upperBound)
  }

  /// The first point that isn't before a time.
  private func first(from time: Int) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
