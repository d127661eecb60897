import Profiles

extension DispatchInstance {
  /// Whether pairs have paths of their own.
  var hasPairPaths: Bool {
    let cluster = routes.cluster
    return cluster.pairs != nil || cluster.beyond != nil
      || cluster.levels.contains { $0.pair != nil }
  }

  /// The path of a pair's own; for a device with itself the copy within it. nil if it takes no time.
  func path(from source: Int, to target: Int) -> Link? {
    if source == target {
      return routes.localRate(of: source).map { Link(latencyMicroseconds: 0, gbPerSecond: $0) }
    }
    return routes.pairPath(from: source, to: target)
  }

  /// Returns how long the exchange takes, in microseconds: as long as the slowest link or pair.
  ///
  /// Everything begins at once, and each link forwards what it has without a pause. What nobody uses
  /// takes no time, not even its latency.
  public func time(of tokens: [Double]) -> Double {
    let count = deviceCount
    var loads = [Double](repeating: 0, count: routes.shared.count)
    var slowest = 0.0
    let hasPaths = hasPairPaths
    for source in 0..<count {
      for target in 0..<count {
        let sent = tokens[source * count + target]
        guard sent > 0 else { continue }
        if hasPaths, let path = path(from: source, to: target) {
          slowest = max(slowest, path.copyMicroseconds(bytes: bytes(sent)))
        }
        guard source != target else { continue }
        let separation = routes.separation(source, target)
        for index in routes.outgoing[separation][source] { loads[index] += sent }
        for index in routes.incoming[separation][target] { loads[index] += sent }
      }
    }
    for (load, shared) in zip(loads, routes.shared) where load > 0 {
      slowest = max(slowest, shared.path.copyMicroseconds(bytes: bytes(load)))
    }
    return slowest
  }

  private func bytes(_ tokens: Double) -> Int {
    Int((tokens * Double(tokenBytes)).rounded())
  }
}
