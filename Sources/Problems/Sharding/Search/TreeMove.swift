/// Optimises a random tree of nodes while all others stay: exact by dynamic programming from the leaves
/// to the root.
struct TreeMove {
  private let graph: PairwiseGraph
  private var isIn: [Bool]
  private var isSeen: [Bool]
  /// How many neighbours of each node are in the tree.
  private var neighbours: [Int]
  private var parent: [Int]
  private var parentEdge: [Int]
  private var values: [Double]
  private var arguments: [[Int]]
  private var conditional: [Double] = []

  init(_ graph: PairwiseGraph) {
    self.graph = graph
    isIn = Array(repeating: false, count: graph.nodeCount)
    isSeen = isIn
    neighbours = Array(repeating: 0, count: graph.nodeCount)
    parent = Array(repeating: -1, count: graph.nodeCount)
    parentEdge = parent
    values = Array(repeating: 0, count: graph.costs.count)
    arguments = Array(repeating: [], count: graph.nodeCount)
  }

  /// Changes the choice on a tree of at most so many nodes; on several trees if all nodes may be in.
  mutating func run(
    _ theta: [Double], _ choice: inout [Int], atMost limit: Int, _ random: inout SplitMix
  ) {
    let order = grow(limit, &random)
    for node in order {
      graph.addConditional(node, theta, choice, isFree: isIn, into: &conditional)
      for (strategy, cost) in conditional.enumerated() {
        values[graph.starts[node] + strategy] = cost
      }
    }
    for node in order.reversed() where parent[node] >= 0 { pull(node, choice) }
    for node in order {
      if parent[node] >= 0 {
        choice[node] = arguments[node][choice[parent[node]]]
        continue
      }
      let begin = graph.starts[node]
      var best = choice[node]
      for strategy in 0..<graph.strategyCount(of: node)
      where values[begin + strategy] < values[begin + best] - 1e-9 {
        best = strategy
      }
      choice[node] = best
    }
  }

  /// Returns the nodes of random trees, each after its parent.
  private mutating func grow(_ limit: Int, _ random: inout SplitMix) -> [Int] {
    for node in 0..<graph.nodeCount {
      (isIn[node], isSeen[node], neighbours[node], parent[node]) = (false, false, 0, -1)
    }
    var order: [Int] = []
    var frontier = [Int.random(in: 0..<graph.nodeCount, using: &random)]
    isSeen[frontier[0]] = true
    while order.count < limit {
      if frontier.isEmpty {
        guard limit >= graph.nodeCount, let root = newRoot(&random) else { break }
        isSeen[root] = true
        frontier.append(root)
      }
      frontier.swapAt(Int.random(in: 0..<frontier.count, using: &random), frontier.count - 1)
      let node = frontier.removeLast()
      // A second neighbour in the tree would close a circle.
      if isIn[node] || neighbours[node] > 1 { continue }
      isIn[node] = true
      order.append(node)
      for isForward in [true, false] {
        for index in isForward ? graph.forward[node] : graph.backward[node] {
          let other = isForward ? graph.edges[index].second : graph.edges[index].first
          if isIn[other] {
            parent[node] = other
            parentEdge[node] = index
          }
          neighbours[other] += 1
          if !isIn[other], !isSeen[other] {
            isSeen[other] = true
            frontier.append(other)
          }
        }
      }
    }
    return order
  }

  private func newRoot(_ random: inout SplitMix) -> Int? {
    for _ in 0..<50 {
      let node = Int.random(in: 0..<graph.nodeCount, using: &random)
      if !isIn[node], !isSeen[node], neighbours[node] == 0 { return node }
    }
    return nil
  }

  /// Adds to the parent's values what the node costs at least for each of the parent's strategies.
  private mutating func pull(_ node: Int, _ choice: [Int]) {
    let top = parent[node]
    let edge = graph.edges[parentEdge[node]]
    let (count, others) = (graph.strategyCount(of: node), graph.strategyCount(of: top))
    // Rows are the first node's strategies.
    let (own, other) = edge.first == top ? (1, count) : (others, 1)
    let (begin, topBegin) = (graph.starts[node], graph.starts[top])
    arguments[node] = Array(repeating: 0, count: others)
    for strategy in 0..<others {
      var least = Double.infinity
      var best = choice[node]
      for candidate in 0..<count {
        let cost =
          values[begin + candidate]
          + graph.pairCosts[edge.costs + strategy * other + candidate * own]
        if cost < least - 1e-9 || (cost <= least + 1e-9 && candidate == choice[node]) {
          least = min(least, cost)
          best = candidate
        }
      }
      values[topBegin + strategy] += least
      arguments[node][strategy] = best
    }
  }
}
