package import Profiles

/// What a presolve leaves of an instance: nodes with strategies, pairs with costs, and memory at the
/// times that can be exceeded.
///
/// All lists are flat, as in `ShardingInstance`; nodes ascend, and the first node of an edge comes before
/// the second.
package struct ShardingKernel: Sendable {
  /// Memory of a node over some points of time; the bytes of its strategies begin at `usage`.
  package struct Item: Sendable {
    package let points: Range<Int>
    package let usage: Int
  }

  /// Two nodes; the costs of their pairs begin at `costs`, by rows of the first.
  package struct Edge: Sendable {
    package let first: Int
    package let second: Int
    package let costs: Int
  }

  /// The number of each node in the instance.
  package private(set) var nodes: [Int] = []
  /// Where the strategies of each node begin.
  package private(set) var starts: [Int] = [0]
  /// The number of each strategy in the instance, within its node.
  package private(set) var origins: [Int] = []
  /// The cost of each strategy.
  package private(set) var costs: [Int] = []
  /// Where the items of each node begin.
  package private(set) var itemStarts: [Int] = [0]
  /// The items of all nodes.
  package private(set) var items: [Item] = []
  /// The bytes of all items.
  package private(set) var usage: [Int] = []
  /// The edges.
  package private(set) var edges: [Edge] = []
  /// The costs of all pairs; those from `forbidden` on are forbidden.
  package private(set) var pairCosts: [Int] = []
  /// What all choices cost.
  package private(set) var constant: Int
  /// The bytes that are left at each point of time.
  package private(set) var room: [Int] = []
  /// Whether the instance has no plan.
  package let isInfeasible: Bool
  private let expansion: Expansion

  /// Costs from here on are forbidden.
  package static let forbidden = Reduction.threshold

  /// How many nodes there are.
  package var nodeCount: Int { nodes.count }

  /// Reduces an instance with all rules.
  package init(_ instance: ShardingInstance) {
    self.init(instance, rules: Set(Reduction.Rule.allCases))
  }

  /// Reduces an instance.
  init(_ instance: ShardingInstance, rules: Set<Reduction.Rule>) {
    var reduction = Reduction(instance)
    reduction.run(rules)
    self.init(reduction)
  }

  private init(_ reduction: Reduction) {
    isInfeasible = reduction.isInfeasible
    constant = reduction.constant
    expansion = reduction.expansion
    if isInfeasible { return }
    var index = [Int](repeating: -1, count: reduction.nodes.count)
    for (number, node) in reduction.nodes.enumerated() where node.isAlive {
      index[number] = nodes.count
      nodes.append(number)
      costs += node.costs
      origins += node.origins.map(Int.init)
      starts.append(costs.count)
      for item in node.items {
        items.append(Item(points: item.points, usage: usage.count))
        usage += item.usage
      }
      itemStarts.append(items.count)
    }
    var sum = 0
    for point in 0..<reduction.points.count {
      sum += reduction.baseChange[point]
      room.append(reduction.limit - sum)
    }
    for edge in reduction.edges where edge.isAlive {
      let (first, second) = (index[edge.first], index[edge.second])
      let begin = pairCosts.count
      if first < second {
        pairCosts += edge.costs
        edges.append(Edge(first: first, second: second, costs: begin))
      } else {
        let columns = edge.costs.count / strategyCount(of: first)
        for column in 0..<columns {
          for row in 0..<strategyCount(of: first) {
            pairCosts.append(edge.costs[row * columns + column])
          }
        }
        edges.append(Edge(first: second, second: first, costs: begin))
      }
    }
  }

  /// Returns the kernel with other costs, such as the same ones distributed otherwise.
  func replacing(costs: [Int], pairCosts: [Int], constant: Int) -> ShardingKernel {
    var kernel = self
    kernel.costs = costs
    kernel.pairCosts = pairCosts
    kernel.constant = constant
    return kernel
  }

  /// How many pairs are not forbidden.
  var allowedPairs: Int { pairCosts.count { $0 < Self.forbidden } }

  /// Returns how many strategies a node has.
  package func strategyCount(of node: Int) -> Int { starts[node + 1] - starts[node] }

  /// Returns the items of a node.
  package func items(of node: Int) -> ArraySlice<Item> {
    items[itemStarts[node]..<itemStarts[node + 1]]
  }

  /// Returns what a choice costs; `forbidden` or more if it is.
  package func cost(of choice: [Int]) -> Int {
    var sum = constant
    for (node, strategy) in choice.enumerated() {
      let cost = costs[starts[node] + strategy]
      if cost >= Self.forbidden { return Self.forbidden }
      sum += cost
    }
    for edge in edges {
      let columns = strategyCount(of: edge.second)
      let cost = pairCosts[edge.costs + choice[edge.first] * columns + choice[edge.second]]
      if cost >= Self.forbidden { return Self.forbidden }
      sum += cost
    }
    return sum
  }

  /// Returns by how much a choice exceeds the room at each point of time; negative where it fits.
  package func excess(of choice: [Int]) -> [Int] {
    var change = [Int](repeating: 0, count: room.count + 1)
    for (node, strategy) in choice.enumerated() {
      for item in items(of: node) {
        change[item.points.lowerBound] += usage[item.usage + strategy]
        change[item.points.upperBound] -= usage[item.usage + strategy]
      }
    }
    var sum = 0
    return room.indices.map { point in
      sum += change[point]
      return sum - room[point]
    }
  }

  /// Returns the choice for the whole instance that follows from one for the kernel.
  package func expand(_ choice: [Int]) -> [Int] {
    var whole = [Int](repeating: 0, count: expansion.nodeCount)
    for (node, strategy) in choice.enumerated() {
      whole[nodes[node]] = origins[starts[node] + strategy]
    }
    return expansion.expand(whole)
  }
}
