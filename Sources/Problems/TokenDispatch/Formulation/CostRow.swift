import Profiles

/// A link, or a pair's own path, whose time the exchange takes at least.
struct CostRow {
  /// What models call it.
  let name: String
  /// How many pairs of each class it carries, by ascending class.
  let terms: [(pairs: PairClasses.Index, count: Double)]
  /// Its times.
  let path: Link
  /// How many links or pairs the row stands for.
  let copies: Int
  /// The most tokens that it can carry.
  let most: Double

  /// Returns one row for each kind of shared link, and one for each class of pairs that has a path.
  static func all(of instance: DispatchInstance, _ classes: PairClasses) -> [CostRow] {
    shared(of: instance, classes) + pairs(of: instance, classes)
  }

  private struct Key: Hashable {
    let kind: Int
    let isOutgoing: Bool
    let color: Int
  }

  private static func shared(
    of instance: DispatchInstance, _ classes: PairClasses
  ) -> [CostRow] {
    let routes = instance.routes
    let cluster = routes.cluster
    var copies: [Key: Int] = [:]
    var order: [(key: Key, index: Int)] = []
    for (index, shared) in routes.shared.enumerated() {
      let level = cluster.levels.firstIndex { $0.name == cluster.links[shared.kind].owner }
      let color = level.map { classes.groupColors[$0][shared.owner] }
      let key = Key(
        kind: shared.kind, isOutgoing: shared.isOutgoing,
        color: color ?? classes.deviceColors[shared.owner])
      if copies[key] == nil { order.append((key, index)) }
      copies[key, default: 0] += 1
    }
    return order.map { key, index in
      let shared = routes.shared[index]
      var counts: [PairClasses.Index: Int] = [:]
      for member in shared.members {
        for other in 0..<instance.deviceCount where other != member {
          guard shared.separations.contains(routes.separation(member, other)) else { continue }
          let (source, target) = shared.isOutgoing ? (member, other) : (other, member)
          counts[classes.ofPair[source * instance.deviceCount + target], default: 0] += 1
        }
      }
      let most =
        shared.isOutgoing
        ? shared.members.count * instance.row
        : shared.members.reduce(0) { $0 + instance.columns[$1] }
      return CostRow(
        name: "link[\(index)]",
        terms: counts.sorted { $0.key < $1.key }.map { ($0.key, Double($0.value)) },
        path: shared.path, copies: copies[key] ?? 1, most: Double(most))
    }
  }

  private static func pairs(of instance: DispatchInstance, _ classes: PairClasses) -> [CostRow] {
    guard instance.hasPairPaths else { return [] }
    return classes.first.enumerated().compactMap { index, pair in
      guard let path = instance.path(from: pair.source, to: pair.target) else { return nil }
      return CostRow(
        name: "pair[\(pair.source),\(pair.target)]", terms: [(PairClasses.Index(index), 1)],
        path: path, copies: classes.sizes[index],
        most: Double(min(instance.row, instance.columns[pair.target])))
    }
  }

  /// What the row carries in the even dispatch, in tokens.
  func evenLoad(_ instance: DispatchInstance, _ classes: PairClasses) -> Double {
    terms.reduce(0) { $0 + $1.count * instance.even(to: classes.first[Int($1.pairs)].target) }
  }

  /// Returns lines that the time of the exchange lies above.
  ///
  /// - Parameters:
  ///   - even: What the row carries in the even dispatch.
  ///   - movable: How many tokens may move. Of the links that the row stands for, one carries at least
  ///     the mean, and the mean of all can't lose more than its share of them.
  func lines(even: Double, movable: Double, tokenBytes: Int) -> [CostLine] {
    CostLine.hull(
      of: path, tokenBytes: tokenBytes, from: max(0, even - movable / Double(copies)), to: most)
  }
}

extension PairClasses {
  /// The number of a class.
  typealias Index = Int32
}
