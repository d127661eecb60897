/// Which names of one list belong to which of another: equal names first, then by order among
/// those that are equal without their numbers.
struct NameMatching {
  /// One of the two lists.
  enum Side {
    case first
    case second
  }

  /// Positions that belong together, ascending in the first list.
  let pairs: [(first: Int, second: Int)]
  /// Positions of the first list without a partner, ascending.
  let onlyFirst: [Int]
  /// Positions of the second list without a partner, ascending.
  let onlySecond: [Int]

  /// Matches two lists of unique names. O(n log n).
  ///
  /// - Parameter group: What must be equal besides the name without its number.
  init(_ first: [String], _ second: [String], group: (Int, Side) -> String) {
    let positions = Dictionary(
      second.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var pairs: [(first: Int, second: Int)] = []
    var partner = [Int?](repeating: nil, count: second.count)
    var rest: [Int] = []
    for (position, name) in first.enumerated() {
      if let other = positions[name], partner[other] == nil {
        pairs.append((position, other))
        partner[other] = position
      } else {
        rest.append(position)
      }
    }
    var waiting: [String: [Int]] = [:]
    for position in second.indices.reversed() where partner[position] == nil {
      waiting["\(group(position, .second)) \(NameStem.of(second[position]))", default: []]
        .append(position)
    }
    var onlyFirst: [Int] = []
    for position in rest {
      let key = "\(group(position, .first)) \(NameStem.of(first[position]))"
      if let other = waiting[key]?.popLast() {
        pairs.append((position, other))
        partner[other] = position
      } else {
        onlyFirst.append(position)
      }
    }
    self.pairs = pairs.sorted { $0.first < $1.first }
    self.onlyFirst = onlyFirst
    onlySecond = second.indices.filter { partner[$0] == nil }
  }
}
