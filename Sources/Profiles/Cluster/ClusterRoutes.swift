/// The links of a cluster one by one, and which of them each pair of devices uses.
public struct ClusterRoutes: Sendable {
  /// One link in one direction.
  public struct SharedPath: Sendable, Hashable {
    /// What the link is called, with its owner and direction.
    public let name: String
    /// The position of its kind in `Cluster.links`.
    public let kind: Int
    /// The number of its owner among the devices, or among the groups of its level.
    public let owner: Int
    /// The owner's devices.
    public let members: [Int]
    /// Whether it carries what the owner sends; else what it receives.
    public let isOutgoing: Bool
    /// The least and the largest separation (see `separation(_:_:)`) of pairs that use it.
    public let separations: ClosedRange<Int>
    /// Its times.
    public let path: Link
  }

  /// The cluster.
  public let cluster: Cluster
  /// All shared links, those of one kind and direction in a row.
  public let shared: [SharedPath]
  /// The group of each device, `[level][device]`.
  public let groupOfDevice: [[Int]]
  /// The outgoing links of each device, positions in `shared`, `[separation][device]`.
  public let outgoing: [[[Int]]]
  /// The incoming links of each device, positions in `shared`, `[separation][device]`.
  public let incoming: [[[Int]]]

  /// Resolves a cluster without faults.
  public init(_ cluster: Cluster) {
    self.cluster = cluster
    let count = cluster.deviceCount
    groupOfDevice = cluster.levels.map { level in
      var group = [Int](repeating: 0, count: count)
      for (index, members) in level.groups.enumerated() {
        for member in members { group[member] = index }
      }
      return group
    }
    var shared: [SharedPath] = []
    let depth = cluster.levels.count
    let levels = cluster.levels.map(\.name)
    for (kind, link) in cluster.links.enumerated() {
      let level = link.owner.flatMap { levels.firstIndex(of: $0) }
      let owners = level.map { cluster.levels[$0].groups } ?? (0..<count).map { [$0] }
      var least = level.map { $0 + 1 } ?? 0
      if let outside = link.outside.flatMap({ levels.firstIndex(of: $0) }) {
        least = max(least, outside + 1)
      }
      let most = link.within.flatMap { levels.firstIndex(of: $0) } ?? depth
      guard least <= most else { continue }
      for isOutgoing in [true, false] {
        for owner in link.only ?? Array(owners.indices) {
          let place = level.map { "\(levels[$0]) \(owner)" } ?? "device \(owner)"
          shared.append(
            SharedPath(
              name: "\(link.name) of \(place), \(isOutgoing ? "out" : "in")", kind: kind,
              owner: owner, members: owners[owner], isOutgoing: isOutgoing,
              separations: least...most,
              path: isOutgoing ? link.outgoing : link.incoming ?? link.outgoing))
        }
      }
    }
    self.shared = shared
    let none = [[[Int]]](
      repeating: Array(repeating: [], count: count), count: depth + 1)
    var outgoing = none
    var incoming = none
    for (index, path) in shared.enumerated() {
      for member in path.members {
        for separation in path.separations {
          if path.isOutgoing {
            outgoing[separation][member].append(index)
          } else {
            incoming[separation][member].append(index)
          }
        }
      }
    }
    self.outgoing = outgoing
    self.incoming = incoming
  }

  /// How many levels two devices are apart: 0 if they share a group of the finest level, the number of
  /// levels if they share none.
  public func separation(_ first: Int, _ second: Int) -> Int {
    groupOfDevice.firstIndex { $0[first] == $0[second] } ?? groupOfDevice.count
  }

  /// The path of a pair's own; nil if nothing is known of it.
  public func pairPath(from source: Int, to target: Int) -> Link? {
    let separation = separation(source, target)
    let figures =
      separation < cluster.levels.count ? cluster.levels[separation].pair : cluster.beyond
    guard let pairs = cluster.pairs else { return figures?.path }
    let latency = pairs.latencyMicroseconds?[source][target]
    let rate = pairs.gbPerSecond?[source][target]
    if latency == nil && rate == nil { return figures?.path }
    return Link(
      latencyMicroseconds: latency ?? figures?.path.latencyMicroseconds ?? 0,
      points: rate.map { [Link.Point(bytes: 1, gbPerSecond: $0)] } ?? figures?.path.points
        ?? [Link.Point(bytes: 1, gbPerSecond: 1e9)])
  }

  /// What a probe of one pair alone would measure for large messages, in 10⁹ bytes per second: the
  /// least rate on the way; nil if nothing is known.
  public func isolatedRate(from source: Int, to target: Int) -> Double? {
    let separation = separation(source, target)
    let figures =
      separation < cluster.levels.count ? cluster.levels[separation].pair : cluster.beyond
    // A latency alone makes a path, but tells no rate.
    var rate =
      cluster.pairs?.gbPerSecond?[source][target] ?? figures?.path.points.last?.gbPerSecond
    for index in outgoing[separation][source] {
      let next = shared[index].path.points.last?.gbPerSecond ?? 0
      rate = min(rate ?? next, next)
    }
    for index in incoming[separation][target] {
      let next = shared[index].path.points.last?.gbPerSecond ?? 0
      rate = min(rate ?? next, next)
    }
    return rate
  }

  /// The rate of copies within a device, in 10⁹ bytes per second; nil if it wasn't measured.
  public func localRate(of device: Int) -> Double? {
    guard let rate = cluster.pairs?.gbPerSecond?[device][device], rate > 0 else { return nil }
    return rate
  }
}
