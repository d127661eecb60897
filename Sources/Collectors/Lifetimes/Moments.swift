import Profiles

/// A history of buffers cut into moments: each begins with the first allocation after a release.
///
/// In a moment all allocations come before the first release, as an operator of the execution model
/// allocates at its start and frees at its end. So the memory in use at each moment is that of the
/// history, and so is the peak.
struct Moments {
  /// The moment of each event.
  let ofEvent: [Int]
  /// When each moment begins, and when the last one ends.
  let boundaries: [Double]
  /// Who asked for the first buffer of each moment, where that is known.
  let labels: [String?]

  /// How many moments there are.
  var count: Int { labels.count }

  init(_ history: BufferHistory) {
    var ofEvent: [Int] = []
    var boundaries: [Double] = []
    var labels: [String?] = []
    var hasReleased = true
    for event in history.events {
      if labels.isEmpty || (event.action == .allocate && hasReleased) {
        boundaries.append(event.microseconds)
        labels.append(nil)
        hasReleased = false
      }
      if event.action == .release { hasReleased = true }
      if event.action == .allocate, labels[labels.count - 1] == nil {
        labels[labels.count - 1] = event.label
      }
      ofEvent.append(labels.count - 1)
    }
    if let last = history.events.last { boundaries.append(last.microseconds) }
    self.ofEvent = ofEvent
    self.boundaries = boundaries
    self.labels = labels
  }
}
