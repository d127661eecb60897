import Profiles

/// An instance on its way to a smaller one with the same optimum.
///
/// Every rule keeps at least one optimal choice, and what it removes is written down, so that an optimal
/// choice for what is left expands to one for the whole. All numbers are whole: the sums of all
/// finite costs and of all memory stay below 2⁵⁹, which `ShardingPlanner` checks, so nothing is rounded.
struct Reduction {
  /// What is forbidden costs this; three of them can be added.
  static let forbidden = 1 << 61
  /// Costs from here on are forbidden.
  static let threshold = 1 << 60
  /// The most entries of an edge that takes the place of an eliminated node, unless it replaces more.
  static let largestTable = 4000

  /// Memory that a node takes over some points of time.
  struct Item {
    /// The points of time.
    var points: Range<Int>
    /// The bytes for each strategy.
    var usage: [Int]
  }

  /// One node with the strategies that are left to it.
  struct Node {
    var costs: [Int]
    /// The number of each strategy in the instance.
    var origins: [Int32]
    var items: [Item] = []
    /// The edges that the node is part of.
    var edges: [Int] = []
    var isAlive = true
    /// Whether items may overlap or contain constants.
    var isDirty = true
  }

  /// Two nodes and what each pair of their strategies costs, by rows of the first.
  struct Edge {
    let first: Int
    let second: Int
    var costs: [Int]
    var isAlive = true
  }

  var nodes: [Node] = []
  var edges: [Edge] = []
  /// The edge of two nodes.
  var edgeOfPair: [UInt64: Int] = [:]
  /// What all choices cost.
  var constant = 0
  let limit: Int
  let points: TimePoints
  /// What the memory of all choices changes by at each point.
  var baseChange: [Int]
  /// What was removed, in order.
  var expansion: Expansion
  /// Nodes to look at again.
  var touched: [Int] = []
  /// Whether no choice is left.
  var isInfeasible = false
  /// The comparisons that dominance has taken.
  var dominanceSteps = 0

  /// Takes an instance as it is.
  init(_ instance: ShardingInstance) {
    limit = instance.memoryLimitBytes
    points = TimePoints(instance)
    baseChange = Array(repeating: 0, count: points.count + 1)
    let counts = (0..<instance.nodeCount).map(instance.strategyCount(of:))
    expansion = Expansion(strategyCounts: counts)
    nodes.reserveCapacity(counts.count)
    for node in 0..<counts.count {
      let strategies = instance.strategyStarts[node]..<instance.strategyStarts[node + 1]
      var new = Node(
        costs: strategies.map { Self.own(instance.cost(of: $0)) },
        origins: (0..<Int32(strategies.count)).map { $0 })
      let span = points.span(of: instance.intervals[node])
      if !span.isEmpty {
        new.items.append(Item(points: span, usage: Array(instance.memoryBytes[strategies])))
      }
      nodes.append(new)
    }
    edges.reserveCapacity(2 * instance.edges.count)
    for (index, edge) in instance.edges.enumerated() {
      let costs = instance.edgeCosts[instance.edgeStarts[index]..<instance.edgeStarts[index + 1]]
      addEdge(edge.source, edge.target, costs.map(Self.own))
    }
  }

  private static func own(_ cost: Int) -> Int {
    cost >= ShardingInstance.infinity ? forbidden : cost
  }

  /// Returns a sum as a cost: all that is forbidden costs the same.
  static func saturated(_ cost: Int) -> Int { cost >= threshold ? forbidden : cost }

  // MARK: - Edges

  private static func key(_ first: Int, _ second: Int) -> UInt64 {
    UInt64(min(first, second)) << 32 | UInt64(max(first, second))
  }

  /// Returns the edge of two nodes.
  func edge(_ first: Int, _ second: Int) -> Int? { edgeOfPair[Self.key(first, second)] }

  /// The other node of an edge.
  func neighbour(_ node: Int, over edge: Int) -> Int {
    edges[edge].first == node ? edges[edge].second : edges[edge].first
  }

  /// How far apart two strategies of a node, and of its neighbour, are in an edge's costs.
  func strides(of edge: Int, from node: Int) -> (own: Int, other: Int) {
    edges[edge].first == node
      ? (nodes[edges[edge].second].costs.count, 1) : (1, nodes[node].costs.count)
  }

  /// Adds an edge, or adds its costs to those of the edge that is there.
  ///
  /// - Parameter costs: By rows of the first node.
  mutating func addEdge(_ first: Int, _ second: Int, _ costs: [Int]) {
    let key = Self.key(first, second)
    guard let index = edgeOfPair[key] else {
      edgeOfPair[key] = edges.count
      nodes[first].edges.append(edges.count)
      nodes[second].edges.append(edges.count)
      edges.append(Edge(first: first, second: second, costs: costs))
      return
    }
    let columns = nodes[second].costs.count
    if edges[index].first == first {
      for position in costs.indices {
        edges[index].costs[position] = Self.saturated(
          edges[index].costs[position] + costs[position])
      }
    } else {
      let rows = nodes[first].costs.count
      for row in 0..<rows {
        for column in 0..<columns {
          let position = column * rows + row
          edges[index].costs[position] = Self.saturated(
            edges[index].costs[position] + costs[row * columns + column])
        }
      }
    }
  }

  /// Takes an edge away and returns its costs.
  @discardableResult
  mutating func removeEdge(_ index: Int) -> [Int] {
    let (first, second) = (edges[index].first, edges[index].second)
    edgeOfPair[Self.key(first, second)] = nil
    for node in [first, second] {
      if let position = nodes[node].edges.firstIndex(of: index) {
        nodes[node].edges.remove(at: position)
      }
    }
    edges[index].isAlive = false
    var costs: [Int] = []
    swap(&costs, &edges[index].costs)
    return costs
  }

  // MARK: - Strategies

  /// Leaves a node the strategies that are marked.
  mutating func keep(_ isKept: [Bool], of node: Int) {
    let kept = isKept.indices.filter { isKept[$0] }
    if kept.count == isKept.count { return }
    if kept.isEmpty {
      isInfeasible = true
      return
    }
    for edge in nodes[node].edges {
      let count = nodes[neighbour(node, over: edge)].costs.count
      var costs: [Int] = []
      costs.reserveCapacity(kept.count * count)
      if edges[edge].first == node {
        for strategy in kept {
          costs += edges[edge].costs[strategy * count..<(strategy + 1) * count]
        }
      } else {
        for row in 0..<count {
          let begin = row * isKept.count
          for strategy in kept { costs.append(edges[edge].costs[begin + strategy]) }
        }
      }
      edges[edge].costs = costs
    }
    nodes[node].costs = kept.map { nodes[node].costs[$0] }
    nodes[node].origins = kept.map { nodes[node].origins[$0] }
    for item in nodes[node].items.indices {
      nodes[node].items[item].usage = kept.map { nodes[node].items[item].usage[$0] }
    }
    nodes[node].isDirty = true
  }

  /// Asks to look at all neighbours of a node again.
  mutating func touchNeighbours(of node: Int) {
    for edge in nodes[node].edges { touched.append(neighbour(node, over: edge)) }
  }
}
