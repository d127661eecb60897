import Foundation
import Optimization

/// Puts experts on nodes so that tokens visit few of them: annealing over swaps, with a penalty on nodes
/// whose load passes the limit.
struct NodePartition {
  let problem: LayerProblem
  let visits: TokenVisits
  /// How far the load of a node may exceed the mean.
  let loadLimit: Double
  let seed: UInt64
  /// When the search has to end.
  var limit = SearchLimit()
  /// Whether the limit cut something off.
  private(set) var isCutOff = false

  /// The node of each expert.
  private(set) var best: [Int]
  /// The distinct nodes of a token, on average.
  private(set) var value = Double.infinity

  /// Swaps that are looked at.
  let proposals: Int

  private let nodes: Int
  private let strength: [Double]
  private var home: [Int]
  /// How many experts of each set are on each node, `[set * nodes + node]`.
  private var visited: [UInt8]
  /// The sets that each expert is in.
  private let setsOfExpert: [[Int32]]
  private let weights: [Double]

  /// Starts from contiguous blocks, as large as the nodes' shares of all slots.
  init(
    _ problem: LayerProblem, visits: TokenVisits, loadLimit: Double, proposals: Int, seed: UInt64
  ) {
    self.problem = problem
    self.visits = visits
    self.loadLimit = loadLimit
    self.seed = seed
    self.proposals = max(1, proposals)
    let nodes = (problem.nodeOfDevice.max() ?? 0) + 1
    self.nodes = nodes
    var strength = [Double](repeating: 0, count: nodes)
    var room = [Int](repeating: 0, count: nodes)
    for device in 0..<problem.devices {
      strength[problem.nodeOfDevice[device]] += 1 / problem.slowness[device]
      room[problem.nodeOfDevice[device]] += problem.slots[device]
    }
    self.strength = strength
    home = NodePartition.contiguous(experts: problem.experts, room: room)
    best = home
    weights = visits.weights
    var lists = [[Int32]](repeating: [], count: problem.experts)
    for (index, set) in visits.sets.enumerated() {
      for expert in set { lists[expert].append(Int32(index)) }
    }
    setsOfExpert = lists
    visited = [UInt8](repeating: 0, count: visits.sets.count * nodes)
    for (index, set) in visits.sets.enumerated() {
      for expert in set { visited[index * nodes + home[expert]] += 1 }
    }
  }

  /// Blocks of neighbours in proportion to the room of each node.
  static func contiguous(experts: Int, room: [Int]) -> [Int] {
    let total = max(1, room.reduce(0, +))
    var home: [Int] = []
    var reached = 0
    for (node, slots) in room.enumerated() {
      reached += slots
      home += Array(repeating: node, count: experts * reached / total - home.count)
    }
    return home
  }

  /// Searches.
  mutating func run() {
    let experts = problem.experts
    let total = weights.reduce(0, +)
    guard nodes > 1, experts > 1, total > 0 else { return }
    let scenarios = problem.scenarios
    var loads = [Double](repeating: 0, count: nodes * scenarios)
    for expert in 0..<experts {
      for scenario in 0..<scenarios {
        loads[home[expert] * scenarios + scenario] += problem.weight(expert, 1, scenario)
      }
    }
    func excess(_ load: Double, _ node: Int) -> Double {
      max(0, load / strength[node] - loadLimit)
    }
    var distinct = 0.0
    for index in visits.sets.indices {
      for node in 0..<nodes where visited[index * nodes + node] > 0 { distinct += weights[index] }
    }
    var penalty = 0.0
    for node in 0..<nodes {
      for scenario in 0..<scenarios { penalty += excess(loads[node * scenarios + scenario], node) }
    }
    var random = SplitMix(state: seed)
    var bestCost = (penalty: penalty, distinct: distinct)
    let price = 3 * total
    let cooling = pow(1e-3, 1 / Double(proposals))
    var temperature = total * 0.004
    for step in 0..<proposals {
      if step % 1024 == 0, limit.isReached {
        isCutOff = true
        break
      }
      temperature *= cooling
      let (bits, more) = (random.next(), random.next())
      let (a, b) = (SplitMix.below(experts, bits), SplitMix.below(experts, more))
      let (here, there) = (home[a], home[b])
      if here == there { continue }
      var change = 0.0
      for scenario in 0..<scenarios {
        let moved = problem.weight(b, 1, scenario) - problem.weight(a, 1, scenario)
        let (first, second) = (here * scenarios + scenario, there * scenarios + scenario)
        change += excess(loads[first] + moved, here) - excess(loads[first], here)
        change += excess(loads[second] - moved, there) - excess(loads[second], there)
      }
      let visits = relocate(a, here, there) + relocate(b, there, here)
      let uniform = Double(more >> 11 | 1) * 0x1p-53
      guard visits + price * change <= -temperature * log(uniform) else {
        _ = relocate(a, there, here) + relocate(b, here, there)
        continue
      }
      (home[a], home[b]) = (there, here)
      distinct += visits
      penalty += change
      for scenario in 0..<scenarios {
        let moved = problem.weight(b, 1, scenario) - problem.weight(a, 1, scenario)
        loads[here * scenarios + scenario] += moved
        loads[there * scenarios + scenario] -= moved
      }
      let over = penalty < 1e-9 ? 0 : penalty
      if over < bestCost.penalty - 1e-12
        || (over <= bestCost.penalty + 1e-12 && distinct < bestCost.distinct - 1e-9)
      {
        bestCost = (over, distinct)
        best = home
      }
    }
    value = bestCost.distinct / total
  }

  /// Moves an expert between two nodes, and returns how the visits change.
  private mutating func relocate(_ expert: Int, _ old: Int, _ new: Int) -> Double {
    var change = 0.0
    for set in setsOfExpert[expert] {
      let first = Int(set) &* nodes
      visited[first &+ old] &-= 1
      if visited[first &+ old] == 0 { change -= weights[Int(set)] }
      if visited[first &+ new] == 0 { change += weights[Int(set)] }
      visited[first &+ new] &+= 1
    }
    return change
  }
}
