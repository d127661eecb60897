extension LayerProblem {
  /// Returns the best placement for devices with two slots each and given replica counts: the heaviest
  /// replica with the lightest, the second with the second lightest, and so on.
  ///
  /// Exact for given counts, one scenario and equal devices, by exchange: any two pairs get no worse
  /// when the heaviest of the four is put with the lightest. Only where that puts two replicas of one
  /// expert together, the pair is exchanged with the nearest that allows it.
  ///
  /// - Returns: Nil where devices have other than two slots, or speeds differ.
  func paired(counts: [Int]) -> Assignment? {
    guard slots.allSatisfy({ $0 == 2 }), home.isEmpty, scenarios == 1,
      slowness.allSatisfy({ $0 == 1 })
    else { return nil }
    var replicas = (0..<experts).flatMap { Array(repeating: $0, count: counts[$0]) }
    replicas.sort {
      let (first, second) = (weight($0, counts[$0], 0), weight($1, counts[$1], 0))
      return first != second ? first > second : $0 < $1
    }
    let empty = 2 * devices - replicas.count
    guard empty >= 0 else { return nil }
    var partners: [Int?] = replicas.map { $0 } + Array(repeating: nil, count: empty)
    let last = 2 * devices - 1
    for pair in stride(from: devices - 1, through: 0, by: -1) {
      guard let one = partners[pair], one == partners[last - pair] else { continue }
      let other = (0..<devices).reversed().first { candidate in
        partners[candidate] != one && partners[last - candidate] != one
      }
      guard let other else { return nil }
      partners.swapAt(last - pair, last - other)
    }
    let assignment = Assignment(
      devices: (0..<devices).map { pair in
        [partners[pair], partners[last - pair]].compactMap { $0 }
      })
    return accepts(assignment) ? assignment : nil
  }

  /// Returns the best placement for devices with one slot each: a replica alone weighs least when the
  /// largest replica does, which waterfilling finds.
  ///
  /// - Returns: Nil where a device has more than one slot, or speeds differ.
  func alone() -> Assignment? {
    guard slots.allSatisfy({ $0 == 1 }), home.isEmpty, scenarios == 1,
      slowness.allSatisfy({ $0 == 1 })
    else { return nil }
    let counts = waterfill().counts
    var lists = (0..<experts).flatMap { Array(repeating: [$0], count: counts[$0]) }
    lists += Array(repeating: [], count: max(0, devices - lists.count))
    let assignment = Assignment(devices: lists)
    return accepts(assignment) ? assignment : nil
  }
}
