/// Numbers in a row that ranges are added to, and whose greatest is asked for: a segment tree, each
/// question and change in logarithmic time.
struct PeakTree {
  private var size = 1
  private var greatest: [Int] = []
  private var added: [Int] = []
  /// Small enough never to be the greatest, large enough to be added to.
  private static let nothing = -(1 << 61)

  init(_ values: [Int]) {
    while size < values.count { size *= 2 }
    greatest = Array(repeating: Self.nothing, count: 2 * size)
    added = Array(repeating: 0, count: 2 * size)
    for (index, value) in values.enumerated() { greatest[size + index] = value }
    for node in (1..<size).reversed() {
      greatest[node] = max(greatest[2 * node], greatest[2 * node + 1])
    }
  }

  /// The greatest number.
  var peak: Int { greatest[1] }

  /// The first position of the greatest number.
  var peakPosition: Int {
    var node = 1
    while node < size {
      node = greatest[2 * node] >= greatest[2 * node + 1] ? 2 * node : 2 * node + 1
    }
    return node - size
  }

  /// Adds a number to a range.
  mutating func add(_ value: Int, to range: Range<Int>) {
    if value != 0, !range.isEmpty { add(value, range, 1, 0, size) }
  }

  private mutating func add(
    _ value: Int, _ range: Range<Int>, _ node: Int, _ low: Int, _ high: Int
  ) {
    if range.lowerBound <= low, high <= range.upperBound {
      greatest[node] += value
      added[node] += value
      return
    }
    let middle = (low + high) / 2
    if range.lowerBound < middle { add(value, range, 2 * node, low, middle) }
    if range.upperBound > middle { add(value, range, 2 * node + 1, middle, high) }
    greatest[node] = max(greatest[2 * node], greatest[2 * node + 1]) + added[node]
  }

  /// Returns the greatest number of a range that isn't empty.
  func peak(of range: Range<Int>) -> Int { peak(range, 1, 0, size) }

  private func peak(_ range: Range<Int>, _ node: Int, _ low: Int, _ high: Int) -> Int {
    if range.lowerBound <= low, high <= range.upperBound { return greatest[node] }
    let middle = (low + high) / 2
    var most = Self.nothing
    if range.lowerBound < middle { most = max(most, peak(range, 2 * node, low, middle)) }
    if range.upperBound > middle { most = max(most, peak(range, 2 * node + 1, middle, high)) }
    return most + added[node]
  }
}
