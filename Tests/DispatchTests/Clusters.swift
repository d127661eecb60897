import Profiles
import TestSupport
import TokenDispatch

/// Clusters to dispatch on.
enum Clusters {
  static func link(_ rate: Double, latency: Double = 0) -> Link {
    Link(latencyMicroseconds: latency, gbPerSecond: rate)
  }

  /// A tree of leaf switches, nodes and devices.
  ///
  /// - Parameters:
  ///   - leaves: The devices of each node under each leaf switch.
  ///   - spine: The rate of a leaf's uplink; nil for a network that binds nothing.
  ///   - slowNode: A node whose cards have another rate.
  static func tree(
    _ leaves: [[Int]], spine: Double? = nil, nvlink: Double = 160, nic: Double = 50,
    isShared: Bool = false, slowNode: (node: Int, rate: Double)? = nil, latency: Double = 0
  ) -> Cluster {
    var nodes: [[Int]] = []
    var switches: [[Int]] = []
    var count = 0
    for leaf in leaves {
      let start = count
      for size in leaf {
        nodes.append(Array(count..<count + size))
        count += size
      }
      switches.append(Array(start..<count))
    }
    var cluster = Cluster(
      deviceCount: count, levels: [Cluster.Level(name: "node", groups: nodes)],
      links: [
        Cluster.SharedLink(
          name: "nvlink", within: "node", outgoing: link(nvlink, latency: latency))
      ])
    let slow = slowNode.map { nodes[$0.node] } ?? []
    let fast = (0..<count).filter { !slow.contains($0) }
    if isShared {
      cluster.links.append(
        Cluster.SharedLink(
          name: "nic", owner: "node", outside: "node", outgoing: link(nic, latency: latency)))
    } else {
      cluster.links.append(
        Cluster.SharedLink(
          name: "nic", only: slow.isEmpty ? nil : fast, outside: "node",
          outgoing: link(nic, latency: latency)))
    }
    if let slowNode {
      cluster.links.append(
        Cluster.SharedLink(
          name: "slow nic", only: slow, outside: "node", outgoing: link(slowNode.rate)))
    }
    if let spine {
      cluster.levels.append(Cluster.Level(name: "leaf", groups: switches))
      cluster.links.append(
        Cluster.SharedLink(
          name: "spine", owner: "leaf", outside: "leaf", outgoing: link(spine)))
    }
    return cluster
  }

  /// A cluster of few devices with links at random.
  static func random(seed: UInt64, devices: Int, latency: Bool) -> Cluster {
    var random = SeededGenerator(seed: seed)
    func path() -> Link {
      link(
        Double(Int.random(in: 1...20, using: &random)),
        latency: latency ? Double(Int.random(in: 0...3, using: &random)) : 0)
    }
    let cut = Int.random(in: 1..<devices, using: &random)
    var cluster = Cluster(
      deviceCount: devices,
      levels: [
        Cluster.Level(name: "node", groups: [Array(0..<cut), Array(cut..<devices)])
      ],
      links: [
        Cluster.SharedLink(name: "port", within: "node", outgoing: path(), incoming: path()),
        Cluster.SharedLink(name: "nic", outside: "node", outgoing: path()),
      ])
    if Bool.random(using: &random) {
      cluster.links.append(
        Cluster.SharedLink(
          name: "uplink", owner: "node", only: [Int.random(in: 0...1, using: &random)],
          outside: "node", outgoing: path()))
    }
    if Bool.random(using: &random) {
      func matrix(_ range: ClosedRange<Int>) -> [[Double]] {
        (0..<devices).map { _ in
          (0..<devices).map { _ in Double(Int.random(in: range, using: &random)) }
        }
      }
      cluster.pairs = Cluster.PairMatrix(
        latencyMicroseconds: latency ? matrix(0...2) : nil, gbPerSecond: matrix(1...20))
    }
    return cluster
  }

  /// A profile with as many tokens of 8 KiB as the literature's examples: 2048 to one expert each.
  static func profile(
    _ cluster: Cluster, tokens: Int = 2048, topK: Int = 1, experts: Int? = nil,
    tokenBytes: Int = 8192
  ) -> Profile {
    Profile(
      name: "exchange", tensors: [], operators: [], cluster: cluster,
      moe: MixtureOfExperts(
        experts: experts ?? cluster.deviceCount, topK: topK, layerNumbers: [0],
        tokensPerDevice: tokens, tokenBytes: tokenBytes))
  }

  static func instance(_ cluster: Cluster, tokens: Int = 2048, tokenBytes: Int = 8192) throws
    -> DispatchInstance
  {
    try DispatchInstance(
      cluster: cluster, experts: cluster.deviceCount, topK: 1, tokensPerDevice: tokens,
      tokenBytes: tokenBytes)
  }
}
