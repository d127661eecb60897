import Profiles

extension ClusterMerger {
  /// Repeats one node and adds the network between the nodes.
  mutating func addNetwork(to cluster: inout Cluster) throws(CollectorError) {
    let network = probes.compactMap(\.network).first
    if let network, let rate = network.localRate, cluster.pairs?.gbPerSecond == nil {
      cluster.beyond = Cluster.PairFigures(
        path: Link(latencyMicroseconds: network.localLatency, gbPerSecond: rate), isAssumed: true)
    }
    let hasRemote = (network?.remoteRate ?? 0) > 0
    guard let nodes = options.nodes ?? (hasRemote ? 2 : nil), nodes > 1 else {
      if options.networkGBPerSecond != nil {
        throw .option(name: "--nic-gb-per-s", problem: "there is one node", remedy: "add --nodes")
      }
      return
    }
    if options.nodes == nil { findings.assumed("2 nodes; give --nodes for another number") }
    guard !cluster.levels.contains(where: { $0.name == "node" }) else {
      throw .option(
        name: "--nodes", problem: "the files are of several hosts already", remedy: "leave it out")
    }
    let count = cluster.deviceCount
    guard count <= Cluster.maximumDevices / nodes else {
      throw .option(
        name: "--nodes", problem: "more than \(Cluster.maximumDevices) devices",
        remedy: "take fewer nodes")
    }
    let cards = probes.compactMap(\.nearestCards).first.map(ClusterMerger.cardGroups)
    repeatNode(nodes, in: &cluster)
    let rate = options.networkGBPerSecond ?? (hasRemote ? network?.cardRate : nil)
    if rate == nil {
      let assumed = Quantity.fixed(ClusterCollector.assumedNetworkRate, decimals: 0)
      findings.assumed("a network card carries \(assumed) GB/s each way; give --nic-gb-per-s")
    }
    var link = Cluster.SharedLink(
      name: "nic", outside: "node",
      outgoing: Link(
        latencyMicroseconds: 0, gbPerSecond: rate ?? ClusterCollector.assumedNetworkRate),
      isAssumed: rate == nil)
    if let network, hasRemote {
      cluster.beyond = Cluster.PairFigures(
        path: Link(latencyMicroseconds: network.remoteLatency, gbPerSecond: network.remoteRate))
      if network.cardsPerNode == 1 { link.owner = "node" }
      if network.cardsPerNode > 1, network.cardsPerNode != count {
        findings.assumed(
          "the node's \(network.cardsPerNode) cards are like one that is as fast as all of them")
        link.owner = "node"
        link.outgoing = Link(
          latencyMicroseconds: 0,
          gbPerSecond: network.cardRate * Double(network.cardsPerNode))
      }
    } else if let cards, cards.count < count {
      let groups = (0..<nodes).flatMap { node in cards.map { $0.map { $0 + node * count } } }
      cluster.levels.insert(Cluster.Level(name: "card", groups: groups), at: 0)
      link.owner = "card"
      findings.found("devices share \(cards.count) network cards in each node")
    } else if cards == nil {
      findings.assumed("each device has a network card of its own")
    }
    if cluster.beyond == nil {
      findings.assumed("the network adds no latency; measure a pair in two nodes with osu_latency")
    }
    cluster.links.append(link)
  }

  /// The devices that have the same nearest cards.
  private static func cardGroups(_ nearest: [[String]]) -> [[Int]] {
    var groups: [(cards: [String], devices: [Int])] = []
    for (device, cards) in nearest.enumerated() {
      // As many cards as devices that share them: one for each.
      if let index = groups.firstIndex(where: { $0.cards == cards }) {
        groups[index].devices.append(device)
      } else {
        groups.append((cards, [device]))
      }
    }
    return groups.flatMap { group in
      group.cards.count >= group.devices.count ? group.devices.map { [$0] } : [group.devices]
    }
  }

  /// Makes several nodes of one; its pairs become those of each node.
  private func repeatNode(_ nodes: Int, in cluster: inout Cluster) {
    let count = cluster.deviceCount
    cluster.deviceCount = count * nodes
    for (index, level) in cluster.levels.enumerated() {
      cluster.levels[index].groups = (0..<nodes).flatMap { node in
        level.groups.map { $0.map { $0 + node * count } }
      }
    }
    cluster.levels.append(
      Cluster.Level(
        name: "node", groups: (0..<nodes).map { Array($0 * count..<($0 + 1) * count) },
        pair: cluster.beyond))
    cluster.beyond = nil
    for (index, link) in cluster.links.enumerated() where link.within == nil {
      cluster.links[index].within = "node"
    }
    cluster.hostToDeviceGBPerSecond = (0..<nodes).flatMap { _ in cluster.hostToDeviceGBPerSecond }
    cluster.deviceToHostGBPerSecond = (0..<nodes).flatMap { _ in cluster.deviceToHostGBPerSecond }
    guard let pairs = cluster.pairs else { return }
    // Pairs across nodes have no path of their own: only the network's card counts.
    func whole(_ matrix: [[Double]]?, across: Double) -> [[Double]]? {
      guard let matrix else { return nil }
      return (0..<count * nodes).map { source in
        (0..<count * nodes).map { target in
          source / count == target / count ? matrix[source % count][target % count] : across
        }
      }
    }
    cluster.pairs?.gbPerSecond = whole(pairs.gbPerSecond, across: 1e6)
    cluster.pairs?.latencyMicroseconds = whole(pairs.latencyMicroseconds, across: 0)
  }
}
