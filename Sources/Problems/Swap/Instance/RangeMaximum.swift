/// The place of the largest number in any stretch of a list, in a few steps each.
///
/// A table of the largest numbers in all stretches whose lengths are powers of two. Of equal numbers the first one
/// counts.
struct RangeMaximum {
  private let values: [Int]
  /// `places[k][i]`: where the largest of the 2ᵏ numbers from `i` on is.
  private var places: [[Int]]

  init(_ values: [Int]) {
    self.values = values
    places = [Array(values.indices)]
    var length = 2
    while length <= values.count {
      let half = places[places.count - 1]
      places.append(
        (0...(values.count - length)).map { larger(half[$0], half[$0 + length / 2]) })
      length *= 2
    }
  }

  /// The place of the largest number in some stretches; nil if all are empty.
  func place(in ranges: [Range<Int>]) -> Int? {
    var best: Int?
    for range in ranges where !range.isEmpty {
      let level = Int.bitWidth - 1 - range.count.leadingZeroBitCount
      let row = places[level]
      let own = larger(row[range.lowerBound], row[range.upperBound - (1 << level)])
      best = best.map { larger($0, own) } ?? own
    }
    return best
  }

  private func larger(_ first: Int, _ second: Int) -> Int {
    let (low, high) = first < second ? (first, second) : (second, first)
    return values[high] > values[low] ? high : low
  }
}
