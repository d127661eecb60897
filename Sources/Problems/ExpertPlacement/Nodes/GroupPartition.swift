import Profiles

/// Puts groups of experts on nodes so that the heaviest node is as light as can be.
///
/// Depth first over groups by descending load, with the best partition so far as the bound.
struct GroupPartition {
  /// The load of each group in each scenario.
  let loads: [[Double]]
  /// How many groups each node has room for.
  let room: [Int]
  /// The devices of each node, weighed by their speed.
  let strength: [Double]
  /// After so many steps the best partition so far is taken.
  var stepLimit = 200_000

  /// The node of each group.
  private(set) var best: [Int] = []
  /// The load of the heaviest node, as a share of the mean device.
  private(set) var value = Double.infinity
  /// Whether no partition is better.
  private(set) var isProven = true

  private var steps = 0
  private var order: [Int] = []
  private var nodes: [Int] = []
  private var left: [Int] = []
  private var sums: [[Double]] = []

  init(loads: [[Double]], room: [Int], strength: [Double]) {
    self.loads = loads
    self.room = room
    self.strength = strength
  }

  /// Searches; `best` stays empty if the groups don't fit.
  mutating func run() {
    guard room.reduce(0, +) >= loads.count else { return }
    order = loads.indices.sorted {
      let (first, second) = (loads[$0].max() ?? 0, loads[$1].max() ?? 0)
      return first != second ? first > second : $0 < $1
    }
    nodes = Array(repeating: -1, count: loads.count)
    left = room
    sums = room.map { _ in Array(repeating: 0, count: loads.first?.count ?? 0) }
    descend(0, 0)
  }

  private mutating func descend(_ position: Int, _ largest: Double) {
    if position == order.count {
      value = largest
      best = nodes
      return
    }
    steps += 1
    guard steps <= stepLimit else {
      isProven = false
      return
    }
    let group = order[position]
    var candidates: [(load: Double, node: Int)] = []
    for node in room.indices where left[node] > 0 {
      // A node like an earlier one gives nothing new.
      let isLike = candidates.contains {
        left[$0.node] == left[node] && strength[$0.node] == strength[node]
          && sums[$0.node] == sums[node]
      }
      if isLike { continue }
      var load = 0.0
      for (scenario, tokens) in loads[group].enumerated() {
        load = max(load, (sums[node][scenario] + tokens) / strength[node])
      }
      candidates.append((load, node))
    }
    candidates.sort { $0.load != $1.load ? $0.load < $1.load : $0.node < $1.node }
    for (load, node) in candidates where max(load, largest) < value - 1e-12 {
      let before = sums[node]
      for (scenario, tokens) in loads[group].enumerated() { sums[node][scenario] += tokens }
      left[node] -= 1
      nodes[group] = node
      descend(position + 1, max(load, largest))
      sums[node] = before
      left[node] += 1
    }
  }
}

extension PlacementInstance {
  /// Returns the node of each expert such that groups stay together, and what that costs at least.
  ///
  /// - Returns: Nil if the groups don't fit on the nodes.
  func groupHomes(_ problem: LayerProblem) -> (home: [Int], bound: Double)? {
    let size = moe.experts / moe.groups
    let nodes = moe.nodeSizes.count
    var room = [Int](repeating: 0, count: nodes)
    var strength = [Double](repeating: 0, count: nodes)
    for device in 0..<devices {
      room[problem.nodeOfDevice[device]] += problem.slots[device]
      strength[problem.nodeOfDevice[device]] += 1 / problem.slowness[device]
    }
    func partition(_ scenarios: Range<Int>) -> GroupPartition {
      let loads = (0..<moe.groups).map { group in
        scenarios.map { scenario in
          ((group * size)..<((group + 1) * size)).reduce(0.0) {
            $0 + problem.weight($1, 1, scenario)
          }
        }
      }
      var partition = GroupPartition(
        loads: loads, room: room.map { $0 / size }, strength: strength)
      partition.run()
      return partition
    }
    let joint = partition(0..<problem.scenarios)
    guard !joint.best.isEmpty else { return nil }
    let bounds = (0..<problem.scenarios).map { scenario in
      let alone = problem.scenarios == 1 ? joint : partition(scenario..<(scenario + 1))
      return alone.isProven ? alone.value : 0
    }
    return ((0..<moe.experts).map { joint.best[$0 / size] }, problem.robustness.value(of: bounds))
  }
}
