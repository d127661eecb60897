public import Profiles

/// What differs between two profiles: operators and tensors that came, went or changed.
///
/// Operators and tensors are matched by id. Those whose id the other profile lacks are matched by
/// the name without its number and, among equal names, by order. Swapping the two profiles swaps
/// what came and what went and nothing else.
public struct ProfileDifference: Sendable {
  /// Two things that belong together, or one without its partner.
  public struct Pair<Item: Sendable & Hashable>: Sendable, Hashable {
    /// The one of the first profile.
    public let first: Item?
    /// The one of the second profile.
    public let second: Item?

    /// Creates a pair.
    public init(first: Item?, second: Item?) {
      self.first = first
      self.second = second
    }
  }

  /// A total of both profiles.
  public struct Total: Sendable, Hashable {
    /// What is added up: a phase or a kind.
    public let name: String
    /// How many there are in each.
    public let counts: Pair<Int>
    /// The sum of the microseconds or bytes in each.
    public let sums: Pair<Double>

    /// The second sum less the first.
    public var change: Double { (sums.second ?? 0) - (sums.first ?? 0) }
  }

  /// The first profile.
  public let first: Profile
  /// The second profile.
  public let second: Profile
  /// The operators that differ, by change of time, the largest first.
  public let operators: [Pair<Operator>]
  /// The tensors that differ, by change of bytes, the largest first.
  public let tensors: [Pair<Tensor>]
  /// How many operators both have, changed or not.
  public let matchedOperators: Int
  /// How many tensors both have, changed or not.
  public let matchedTensors: Int
  /// Whether operators that both have run in another order.
  public let isReordered: Bool
  /// The time of each phase that one of them has.
  public let phases: [Total]
  /// The bytes of each kind that one of them has; aliases have none.
  public let kinds: [Total]
  /// The largest memory of each if nothing leaves the device.
  public let peakBytes: Pair<Int>

  /// Compares two valid profiles. The names of the profiles and their sources don't count.
  public init(_ first: Profile, _ second: Profile) {
    self.first = first
    self.second = second
    let tensors = NameMatching(first.tensors.map(\.id), second.tensors.map(\.id)) {
      position, side in
      (side == .first ? first : second).tensors[position].kind.rawValue
    }
    let operators = NameMatching(
      first.operators.map(\.id), second.operators.map(\.id)
    ) { position, side in
      (side == .first ? first : second).operators[position].phase.rawValue
    }
    // Tensors are known by their position in the first profile where they have one, so that a new
    // name of a tensor is no change of the operators that touch it.
    let owners = ProfileDifference.names(of: tensors, first: first, second: second)
    self.tensors = ProfileDifference.changes(
      tensors, first.tensors, second.tensors,
      size: { Double($0.aliasOf == nil ? $0.bytes : 0) }, name: \.id
    ) { first, second in
      var renamed = second
      renamed.id = first.id
      renamed.aliasOf = second.aliasOf.map { owners[$0] ?? $0 }
      return renamed == first
    }
    self.operators = ProfileDifference.changes(
      operators, first.operators, second.operators,
      size: \.durationMicroseconds, name: \.id
    ) { first, second in
      var renamed = second
      renamed.id = first.id
      renamed.reads = second.reads.map { owners[$0] ?? $0 }
      renamed.writes = second.writes.map { owners[$0] ?? $0 }
      return renamed.hasSameEffect(as: first)
    }
    matchedTensors = tensors.pairs.count
    matchedOperators = operators.pairs.count
    isReordered = zip(operators.pairs, operators.pairs.dropFirst()).contains {
      $0.second > $1.second
    }
    phases = Operator.Phase.allCases.compactMap { phase in
      Total(name: phase.rawValue, first.operators, second.operators) {
        $0.phase == phase ? $0.durationMicroseconds : nil
      }
    }
    kinds = Tensor.Kind.allCases.compactMap { kind in
      Total(name: kind.rawValue, first.tensors, second.tensors) {
        $0.kind == kind && $0.aliasOf == nil ? Double($0.bytes) : nil
      }
    }
    func peak(_ profile: Profile) -> Int {
      MemoryDemand(of: profile, storages: Storages(of: profile)).unconstrainedPeak.bytes
    }
    peakBytes = Pair(first: peak(first), second: peak(second))
  }

  /// Whether nothing differs but names of profiles, operators and tensors, and sources.
  public var isEmpty: Bool {
    operators.isEmpty && tensors.isEmpty && !isReordered && !isDeviceChanged
  }

  /// Whether the devices differ.
  public var isDeviceChanged: Bool { first.device != second.device }

  /// The times of the iterations if nothing waits.
  public var iterationMicroseconds: Pair<Double> {
    func time(_ profile: Profile) -> Double {
      profile.operators.reduce(0) { $0 + $1.durationMicroseconds }
    }
    return Pair(first: time(first), second: time(second))
  }
}

// MARK: - Matching

extension ProfileDifference {
  /// Returns the second profile's names of tensors with the first one's.
  private static func names(
    of matching: NameMatching, first: Profile, second: Profile
  ) -> [String: String] {
    var names: [String: String] = [:]
    for pair in matching.pairs {
      names[second.tensors[pair.second].id] = first.tensors[pair.first].id
    }
    return names
  }

  /// Returns the pairs that differ and those without a partner, by the change of their size.
  private static func changes<Item: Sendable & Hashable>(
    _ matching: NameMatching, _ first: [Item], _ second: [Item],
    size: (Item) -> Double, name: (Item) -> String, isSame: (Item, Item) -> Bool
  ) -> [Pair<Item>] {
    var found: [(pair: Pair<Item>, change: Double, place: (Int, Int))] = []
    for pair in matching.pairs where !isSame(first[pair.first], second[pair.second]) {
      let (old, new) = (first[pair.first], second[pair.second])
      found.append(
        (Pair(first: old, second: new), abs(size(new) - size(old)), (pair.first, pair.second)))
    }
    found += matching.onlyFirst.map { position in
      (Pair(first: first[position], second: nil), size(first[position]), (position, position))
    }
    found += matching.onlySecond.map { position in
      (Pair(first: nil, second: second[position]), size(second[position]), (position, position))
    }
    // Ties by the places in both profiles, added so that the order is the same the other way round.
    func tie(_ place: (Int, Int), _ pair: Pair<Item>) -> (Int, Int, String) {
      let names = [pair.first, pair.second].compactMap { $0.map(name) }
      return (place.0 + place.1, max(place.0, place.1), names.min() ?? "")
    }
    return found.sorted {
      $0.change != $1.change
        ? $0.change > $1.change : tie($0.place, $0.pair) < tie($1.place, $1.pair)
    }.map(\.pair)
  }
}

extension ProfileDifference.Total {
  /// Adds up what both have of something; nil if neither has any.
  fileprivate init?<Item>(
    name: String, _ first: [Item], _ second: [Item], _ size: (Item) -> Double?
  ) {
    let (old, new) = (first.compactMap(size), second.compactMap(size))
    guard !old.isEmpty || !new.isEmpty else { return nil }
    self.name = name
    counts = .init(first: old.count, second: new.count)
    sums = .init(first: old.reduce(0, +), second: new.reduce(0, +))
  }
}

extension Operator {
  /// Whether an operator is the same but for the order in which it names tensors.
  fileprivate func hasSameEffect(as other: Operator) -> Bool {
    guard Set(reads) == Set(other.reads), Set(writes) == Set(other.writes) else { return false }
    var same = self
    (same.reads, same.writes) = (other.reads, other.writes)
    return same == other
  }
}
