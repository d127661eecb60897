import Optimization

/// Optimises a random tree of nodes while all others stay: exact by dynamic programming from the leaves
/// to the root. The work is in proportion to the tree, not to the graph.
struct TreeMove {
  /// A node's new strategy.
  struct Change {
    let node: Int
    let strategy: Int
  }

  private let graph: PairwiseGraph
  private var isIn: [Bool]
  private var isSeen: [Bool]
  /// How many neighbours of each node are in the tree.
  private var neighbours: [Int]
  private var parent: [Int]
  /// The position of the link to the parent.
  private var parentLink: [Int]
  private var values: [Double]
  /// The best strategy of each node for each of its parent's.
  private var arguments: [Int] = []
  private var argumentStarts: [Int]
  private var conditional: [Double] = []
  private var order: [Int] = []
  private var frontier: [Int] = []
  /// The nodes whose flags were set.
  private var touched: [Int] = []

  init(_ graph: PairwiseGraph) {
    self.graph = graph
    isIn = Array(repeating: false, count: graph.nodeCount)
    isSeen = isIn
    neighbours = Array(repeating: 0, count: graph.nodeCount)
    parent = Array(repeating: -1, count: graph.nodeCount)
    parentLink = parent
    argumentStarts = neighbours
    values = Array(repeating: 0, count: graph.costs.count)
  }

  /// Finds the best choice on a tree of at most so many nodes, or on several trees if all nodes may be
  /// in.
  ///
  /// - Returns: The nodes that change.
  mutating func run(
    _ theta: [Double], _ choice: [Int], atMost limit: Int, from root: Int?,
    _ random: inout SplitMix
  ) -> [Change] {
    grow(limit, from: root, &random)
    for node in order {
      graph.addConditional(node, theta, choice, isFree: isIn, into: &conditional)
      for (strategy, cost) in conditional.enumerated() {
        values[graph.starts[node] + strategy] = cost
      }
    }
    arguments.removeAll(keepingCapacity: true)
    for node in order.reversed() where parent[node] >= 0 { pull(node, choice) }
    var changes: [Change] = []
    // The strategies found replace the neighbour counts, which are no longer needed.
    for node in order {
      var best = choice[node]
      if parent[node] >= 0 {
        best = arguments[argumentStarts[node] + neighbours[parent[node]]]
      } else {
        let begin = graph.starts[node]
        for strategy in 0..<graph.strategyCount(of: node)
        where values[begin + strategy] < values[begin + best] - 1e-9 {
          best = strategy
        }
      }
      neighbours[node] = best
      if best != choice[node] { changes.append(Change(node: node, strategy: best)) }
    }
    for node in touched {
      (isIn[node], isSeen[node], neighbours[node], parent[node]) = (false, false, 0, -1)
    }
    return changes
  }

  /// Grows random trees; `order` gets each node after its parent.
  private mutating func grow(_ limit: Int, from root: Int?, _ random: inout SplitMix) {
    order.removeAll(keepingCapacity: true)
    frontier.removeAll(keepingCapacity: true)
    touched.removeAll(keepingCapacity: true)
    see(root ?? Int.random(in: 0..<graph.nodeCount, using: &random))
    while order.count < limit {
      if frontier.isEmpty {
        guard limit >= graph.nodeCount, let root = newRoot(&random) else { break }
        see(root)
      }
      frontier.swapAt(Int.random(in: 0..<frontier.count, using: &random), frontier.count - 1)
      let node = frontier.removeLast()
      // A second neighbour in the tree would close a circle.
      if isIn[node] || neighbours[node] > 1 { continue }
      isIn[node] = true
      order.append(node)
      for position in graph.links(of: node) {
        let other = graph.links[position].other
        if isIn[other] {
          parent[node] = other
          parentLink[node] = position
        }
        if neighbours[other] == 0 && !isSeen[other] { touched.append(other) }
        neighbours[other] += 1
        if !isIn[other], !isSeen[other] {
          isSeen[other] = true
          frontier.append(other)
        }
      }
    }
  }

  private mutating func see(_ node: Int) {
    isSeen[node] = true
    touched.append(node)
    frontier.append(node)
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
    let (count, others) = (graph.strategyCount(of: node), graph.strategyCount(of: top))
    let (begin, topBegin) = (graph.starts[node], graph.starts[top])
    let table = graph.links[parentLink[node]].table
    let current = choice[node]
    argumentStarts[node] = arguments.count
    values.withUnsafeMutableBufferPointer { values in
      graph.tables.withUnsafeBufferPointer { tables in
        for strategy in 0..<others {
          let row = table &+ strategy &* count
          // The current strategy wins ties.
          var best = current
          var least = values[begin &+ current] + tables[row &+ current]
          for candidate in 0..<count {
            let cost = values[begin &+ candidate] + tables[row &+ candidate]
            if cost < least - 1e-9 {
              least = cost
              best = candidate
            }
          }
          values[topBegin &+ strategy] += least
          arguments.append(best)
        }
      }
    }
  }
}
