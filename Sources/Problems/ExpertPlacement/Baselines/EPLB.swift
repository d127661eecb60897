/// The published algorithm of DeepSeek's expert-parallel load balancer, as its description says:
/// groups to nodes, replicas within nodes, replicas to devices, each greedily.
///
/// Source: github.com/deepseek-ai/EPLB. It computes in single precision, and so do we. It may put two
/// replicas of an expert on one device.
public struct EPLB: Sendable {
  /// The devices.
  public let devices: Int
  /// The nodes; they divide the devices.
  public let nodes: Int
  /// The groups of experts.
  public let groups: Int
  /// The replicas of all experts; the devices divide them.
  public let replicas: Int

  /// Creates the algorithm; nil where it doesn't apply.
  public init?(experts: Int, devices: Int, nodes: Int, groups: Int, replicas: Int) {
    guard devices > 0, nodes > 0, groups > 0, replicas >= experts, replicas % devices == 0,
      devices % nodes == 0, experts % groups == 0
    else { return nil }
    self.devices = devices
    self.replicas = replicas
    // Without the same number of groups for each node it works globally.
    let isHierarchical = groups % nodes == 0
    self.nodes = isHierarchical ? nodes : 1
    self.groups = isHierarchical ? groups : 1
  }

  /// Returns the experts of each device, in the order of their slots.
  public func place(_ load: [Double]) -> [[Int]] {
    let weights = load.map(Float.init)
    let groupSize = weights.count / groups
    let groupLoads = (0..<groups).map { group in
      weights[(group * groupSize)..<((group + 1) * groupSize)].reduce(0, +)
    }
    let nodeGroups = EPLB.pack(groupLoads, into: nodes)
    var result: [[Int]] = []
    for groups in nodeGroups {
      let experts = groups.flatMap { Array(($0 * groupSize)..<(($0 + 1) * groupSize)) }
      let (owners, counts) = EPLB.replicate(
        experts.map { weights[$0] }, into: replicas / nodes)
      let shares = owners.map { weights[experts[$0]] / Float(counts[$0]) }
      for device in EPLB.pack(shares, into: devices / nodes) {
        result.append(device.map { experts[owners[$0]] })
      }
    }
    return result
  }

  /// Packs items, the heaviest first, into the lightest pack that isn't full; packs get equally many.
  ///
  /// - Returns: The items of each pack in the order in which they came.
  static func pack(_ weights: [Float], into packs: Int) -> [[Int]] {
    let size = weights.count / packs
    if size == 1 { return weights.indices.map { [$0] } }
    var items = [[Int]](repeating: [], count: packs)
    var loads = [Float](repeating: 0, count: packs)
    let order = weights.indices.sorted {
      weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1
    }
    for item in order {
      var lightest = -1
      for pack in 0..<packs
      where items[pack].count < size && (lightest < 0 || loads[pack] < loads[lightest]) {
        lightest = pack
      }
      items[lightest].append(item)
      loads[lightest] += weights[item]
    }
    return items
  }

  /// Gives each further replica to the expert whose replicas are heaviest.
  static func replicate(
    _ weights: [Float], into replicas: Int
  ) -> (owners: [Int], counts: [Int]) {
    var owners = Array(weights.indices)
    var counts = [Int](repeating: 1, count: weights.count)
    while owners.count < replicas {
      var heaviest = 0
      for expert in weights.indices
      where weights[expert] / Float(counts[expert])
        > weights[heaviest] / Float(counts[heaviest])
      {
        heaviest = expert
      }
      owners.append(heaviest)
      counts[heaviest] += 1
    }
    return (owners, counts)
  }
}
