/// A copy queue: first in, first out, one copy at a time.
struct CopyQueue {
  private var waiting: [Int] = []
  private var head = 0
  /// Work left of the copy under way, in microseconds at rate 1.
  var remaining = 0.0
  var isBusy = false
  /// The gap whose tensor is copied, or was copied last.
  private(set) var current = 0

  init(capacity: Int) { waiting.reserveCapacity(capacity) }

  /// The gap to copy next; nil if there is none.
  var next: Int? { head < waiting.count ? waiting[head] : nil }

  /// Whether the same copies wait and are under way, with the same work left but for rounding.
  func isSame(as other: CopyQueue, within tolerance: Double) -> Bool {
    isBusy == other.isBusy && waiting[head...] == other.waiting[other.head...]
      && (!isBusy || current == other.current && abs(remaining - other.remaining) <= tolerance)
  }

  mutating func append(_ gap: Int) { waiting.append(gap) }

  mutating func begin(_ gap: Int, lasting time: Double) {
    head += 1
    current = gap
    remaining = time
    isBusy = true
  }

  mutating func clear() {
    waiting.removeAll(keepingCapacity: true)
    head = 0
    isBusy = false
  }
}
