/// A kernel's costs as the searches read them: numbers with fractions, and the edges of each node.
struct PairwiseGraph {
  /// What is forbidden costs this.
  static let forbidden = 1e18

  let nodeCount: Int
  /// Where the strategies of each node begin.
  let starts: [Int]
  let costs: [Double]
  let edges: [ShardingKernel.Edge]
  let pairCosts: [Double]
  /// The edges of each node to later nodes, and to earlier ones, by the other node.
  private(set) var forward: [[Int]]
  private(set) var backward: [[Int]]

  init(_ kernel: ShardingKernel) {
    func own(_ cost: Int) -> Double {
      cost >= ShardingKernel.forbidden ? Self.forbidden : Double(cost)
    }
    nodeCount = kernel.nodeCount
    starts = kernel.starts
    costs = kernel.costs.map(own)
    edges = kernel.edges
    pairCosts = kernel.pairCosts.map(own)
    forward = Array(repeating: [], count: kernel.nodeCount)
    backward = forward
    for (index, edge) in kernel.edges.enumerated() {
      forward[edge.first].append(index)
      backward[edge.second].append(index)
    }
    for node in 0..<kernel.nodeCount {
      forward[node].sort { kernel.edges[$0].second < kernel.edges[$1].second }
      backward[node].sort { kernel.edges[$0].first < kernel.edges[$1].first }
    }
  }

  /// Returns how many strategies a node has.
  func strategyCount(of node: Int) -> Int { starts[node + 1] - starts[node] }

  /// Sets `result` to what each strategy of a node costs beside its neighbours' choices.
  ///
  /// - Parameters:
  ///   - theta: The costs of all strategies, with prices.
  ///   - isFree: Nodes whose choice doesn't count.
  func addConditional(
    _ node: Int, _ theta: [Double], _ choice: [Int], isFree: [Bool]? = nil,
    into result: inout [Double]
  ) {
    let count = strategyCount(of: node)
    result.removeAll(keepingCapacity: true)
    result.append(contentsOf: theta[starts[node]..<starts[node + 1]])
    pairCosts.withUnsafeBufferPointer { pairs in
      for index in backward[node] {
        let edge = edges[index]
        if isFree?[edge.first] == true { continue }
        let row = edge.costs + choice[edge.first] * count
        for strategy in 0..<count { result[strategy] += pairs[row + strategy] }
      }
      for index in forward[node] {
        let edge = edges[index]
        if isFree?[edge.second] == true { continue }
        let columns = strategyCount(of: edge.second)
        var position = edge.costs + choice[edge.second]
        for strategy in 0..<count {
          result[strategy] += pairs[position]
          position += columns
        }
      }
    }
  }
}
