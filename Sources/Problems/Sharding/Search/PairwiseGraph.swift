/// A kernel's costs as the searches read them: numbers with fractions, and the neighbours of each node.
struct PairwiseGraph {
  /// What is forbidden costs this.
  static let forbidden = 1e18

  /// An edge as one of its nodes sees it.
  struct Link {
    /// The other node.
    let other: Int
    /// The number of the edge.
    let edge: Int
    /// Where the costs begin in `tables`: for each strategy of the other node those of this node's.
    let table: Int
  }

  let nodeCount: Int
  /// Where the strategies of each node begin.
  let starts: [Int]
  let costs: [Double]
  let edges: [ShardingKernel.Edge]
  /// The costs of all pairs, by rows of the first node, and once more by rows of the second.
  let tables: [Double]
  /// The links of all nodes, those of a node by the other node.
  private(set) var links: [Link] = []
  /// Where the links of each node begin.
  private(set) var linkStarts: [Int] = [0]
  /// Where the links of each node to later nodes begin.
  private(set) var forwardStarts: [Int] = []

  init(_ kernel: ShardingKernel) {
    func own(_ cost: Int) -> Double {
      cost >= ShardingKernel.forbidden ? Self.forbidden : Double(cost)
    }
    nodeCount = kernel.nodeCount
    starts = kernel.starts
    costs = kernel.costs.map(own)
    edges = kernel.edges
    var tables = kernel.pairCosts.map(own)
    tables.reserveCapacity(2 * tables.count)
    let half = tables.count
    for edge in kernel.edges {
      let (rows, columns) = (
        kernel.strategyCount(of: edge.first), kernel.strategyCount(of: edge.second)
      )
      for column in 0..<columns {
        for row in 0..<rows { tables.append(tables[edge.costs + row * columns + column]) }
      }
    }
    self.tables = tables
    var ofNode = [[Link]](repeating: [], count: nodeCount)
    var transposed = half
    for (index, edge) in kernel.edges.enumerated() {
      ofNode[edge.second].append(Link(other: edge.first, edge: index, table: edge.costs))
      ofNode[edge.first].append(Link(other: edge.second, edge: index, table: transposed))
      transposed +=
        kernel.strategyCount(of: edge.first) * kernel.strategyCount(of: edge.second)
    }
    for node in 0..<nodeCount {
      let own = ofNode[node].sorted { ($0.other, $0.edge) < ($1.other, $1.edge) }
      forwardStarts.append(links.count + own.count { $0.other < node })
      links += own
      linkStarts.append(links.count)
    }
  }

  /// Returns how many strategies a node has.
  func strategyCount(of node: Int) -> Int { starts[node + 1] - starts[node] }

  /// Returns the positions of a node's links.
  func links(of node: Int) -> Range<Int> { linkStarts[node]..<linkStarts[node + 1] }

  /// Returns the positions of a node's links to later nodes.
  func forward(of node: Int) -> Range<Int> { forwardStarts[node]..<linkStarts[node + 1] }

  /// Returns the positions of a node's links to earlier nodes.
  func backward(of node: Int) -> Range<Int> { linkStarts[node]..<forwardStarts[node] }

  /// Sets `result` to what each strategy of a node costs beside its neighbours' choices.
  ///
  /// - Parameters:
  ///   - node: The node.
  ///   - theta: The costs of all strategies, with prices.
  ///   - choice: The strategy of each node.
  ///   - isFree: Nodes whose choice doesn't count.
  ///   - result: Receives the costs.
  func addConditional(
    _ node: Int, _ theta: [Double], _ choice: [Int], isFree: [Bool]? = nil,
    into result: inout [Double]
  ) {
    let count = strategyCount(of: node)
    result.removeAll(keepingCapacity: true)
    result.append(contentsOf: theta[starts[node]..<starts[node + 1]])
    result.withUnsafeMutableBufferPointer { result in
      tables.withUnsafeBufferPointer { tables in
        links.withUnsafeBufferPointer { all in
          for position in links(of: node) {
            let link = all[position]
            if isFree?[link.other] == true { continue }
            let row = link.table &+ choice[link.other] &* count
            for strategy in 0..<count { result[strategy] += tables[row &+ strategy] }
          }
        }
      }
    }
  }

  /// Returns by how much the cost changes with a node's strategy.
  func change(of node: Int, to strategy: Int, _ choice: [Int]) -> Double {
    let (count, old) = (strategyCount(of: node), choice[node])
    var sum = costs[starts[node] + strategy] - costs[starts[node] + old]
    for position in links(of: node) {
      let link = links[position]
      let row = link.table + choice[link.other] * count
      sum += tables[row + strategy] - tables[row + old]
    }
    return sum
  }
}
