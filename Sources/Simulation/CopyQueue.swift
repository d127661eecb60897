import Profiles

/// The copies of one direction: first in, first out, one at a time.
struct CopyQueue {
  /// A copy that waits for its turn.
  struct Entry {
    let absence: Int
    let queued: Double
  }

  /// The copy under way.
  struct Active {
    let entry: Entry
    let start: Double
    /// The work left at `anchor`: the time that it takes at rate 1.
    var work: Double
    var anchor: Double
    var rate: Double
    /// When the copy ends if its rate stays.
    var end: Double
  }

  let direction: CopyDirection
  let link: Link?
  private var entries: [Entry] = []
  private var served = 0
  private(set) var active: Active?

  /// Creates an empty queue.
  init(_ direction: CopyDirection, link: Link?) {
    self.direction = direction
    self.link = link
  }

  /// The copy whose turn it is; nil while another is under way.
  var next: Entry? { active == nil ? head : nil }

  /// The first copy that has not started.
  var head: Entry? { served < entries.count ? entries[served] : nil }

  /// The copies that have not started.
  var waiting: ArraySlice<Entry> { entries[served...] }

  /// The work left of the copy under way.
  func workLeft(at now: Double) -> Double {
    active.map { max(0, $0.work - (now - $0.anchor) * $0.rate) } ?? 0
  }

  /// Queues a copy.
  mutating func append(_ absence: Int, at now: Double) {
    entries.append(Entry(absence: absence, queued: now))
  }

  /// Starts the copy whose turn it is, at rate 1.
  mutating func start(bytes: Int, at now: Double) {
    start(lasting: link?.copyMicroseconds(bytes: bytes) ?? 0, at: now)
  }

  /// Starts what has its turn, with an amount of work.
  mutating func start(lasting work: Double, at now: Double) {
    guard let entry = next else { return }
    served += 1
    active = Active(
      entry: entry, start: now, work: work, anchor: now, rate: 1, end: now + work)
  }

  /// Ends the copy under way.
  mutating func finish() -> Active? {
    defer { active = nil }
    return active
  }

  /// Lets the copy under way proceed at another rate from now on.
  mutating func setRate(whileOtherIsBusy isOtherBusy: Bool, at now: Double) {
    guard var copy = active else { return }
    let rate = isOtherBusy ? link?.duplexFactor ?? 1 : 1
    guard rate != copy.rate else { return }
    copy.work = max(0, copy.work - (now - copy.anchor) * copy.rate)
    copy.anchor = now
    copy.rate = rate
    copy.end = now + copy.work / rate
    active = copy
  }
}
