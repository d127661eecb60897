import Profiles

extension Cluster {
  /// Returns a cluster that is nowhere slower, and in which figures that differ by little are equal: no
  /// exchange takes longer on it than on this one.
  ///
  /// Rates of links with the same place in the topology, and of pairs of the same separation, are raised
  /// to the fastest of their band (`Topology.step`), latencies lowered to the least.
  func optimistic() -> Cluster {
    var better = self
    var kinds: [[String?]: [Int]] = [:]
    for (index, link) in links.enumerated() {
      kinds[[link.owner, link.within, link.outside], default: []].append(index)
    }
    for members in kinds.values {
      for isOutgoing in [true, false] {
        func path(_ index: Int) -> Link {
          isOutgoing ? links[index].outgoing : links[index].incoming ?? links[index].outgoing
        }
        let latency = members.map { path($0).latencyMicroseconds }.min() ?? 0
        let fastest = members.map { path($0).points.map(\.gbPerSecond).max() ?? 0 }
        let bands = Cluster.bands(fastest)
        for (member, rate) in zip(members, fastest) {
          let raised = Link(latencyMicroseconds: latency, gbPerSecond: bands[rate] ?? rate)
          if isOutgoing {
            better.links[member].outgoing = raised
            if links[member].incoming == nil { better.links[member].incoming = raised }
          } else {
            better.links[member].incoming = raised
          }
        }
      }
    }
    if let pairs {
      let routes = ClusterRoutes(self)
      better.pairs?.gbPerSecond = pairs.gbPerSecond.map { rates in
        routes.banded(rates) { Cluster.bands($0) }
      }
      better.pairs?.latencyMicroseconds = pairs.latencyMicroseconds.map { latencies in
        routes.banded(latencies) { values in
          let least = values.min() ?? 0
          return Dictionary(values.map { ($0, least) }) { first, _ in first }
        }
      }
    }
    return better
  }

  /// The fastest rate of the band of each rate.
  private static func bands(_ rates: [Double]) -> [Double: Double] {
    var top: [Double: Double] = [:]
    var fastest = Double.infinity
    for rate in Set(rates).sorted(by: >) {
      if fastest > Topology.step * rate { fastest = rate }
      top[rate] = fastest
    }
    return top
  }
}

extension ClusterRoutes {
  /// Replaces the figures of a matrix, those of each separation and the diagonal by themselves.
  fileprivate func banded(
    _ matrix: [[Double]], _ replace: ([Double]) -> [Double: Double]
  ) -> [[Double]] {
    func kind(_ source: Int, _ target: Int) -> Int {
      source == target ? -1 : separation(source, target)
    }
    var values: [Int: [Double]] = [:]
    for (source, row) in matrix.enumerated() {
      for (target, value) in row.enumerated() {
        values[kind(source, target), default: []].append(value)
      }
    }
    let replaced = values.mapValues(replace)
    return matrix.enumerated().map { source, row in
      row.enumerated().map { target, value in replaced[kind(source, target)]?[value] ?? value }
    }
  }
}
