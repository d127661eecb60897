/// Sequential tree-reweighted message passing (Kolmogorov, IEEE TPAMI 2006): a lower bound of the least
/// cost without memory, and choices close to it.
///
/// Messages stay between calls, also when the costs of strategies change.
struct MessagePassing {
  private let graph: PairwiseGraph
  /// Where the message of each edge begins; it leads to whichever node comes next.
  private let starts: [Int]
  private var messages: [Double]
  private var sums: [Double]
  private var received: [Double]
  /// Where the costs of each edge begin by rows of its second node.
  private let opposite: [Int]

  init(_ graph: PairwiseGraph) {
    self.graph = graph
    var starts = [0]
    var widest = 0
    for node in 0..<graph.nodeCount { widest = max(widest, graph.strategyCount(of: node)) }
    for edge in graph.edges {
      let width = max(graph.strategyCount(of: edge.first), graph.strategyCount(of: edge.second))
      starts.append(starts[starts.count - 1] + width)
    }
    self.starts = starts
    messages = Array(repeating: 0, count: starts[starts.count - 1])
    sums = Array(repeating: 0, count: widest)
    received = sums
    var opposite = [Int](repeating: 0, count: graph.edges.count)
    for node in 0..<graph.nodeCount {
      for position in graph.forward(of: node) {
        opposite[graph.links[position].edge] = graph.links[position].table
      }
    }
    self.opposite = opposite
  }

  /// Sends all messages forward and chooses, node by node, what costs least after the choices before.
  mutating func passForward(_ theta: [Double], choosing choice: inout [Int]) {
    for node in 0..<graph.nodeCount {
      choice[node] = best(of: node, theta, choice)
      gather(node, theta)
      let share = self.share(of: node)
      for position in graph.forward(of: node) { _ = send(over: graph.links[position], node, share) }
    }
  }

  /// Sends all messages backward.
  ///
  /// - Returns: What no choice costs less than, but for rounding.
  mutating func passBackward(_ theta: [Double]) -> Double {
    var bound = 0.0
    for node in (0..<graph.nodeCount).reversed() {
      gather(node, theta)
      let count = graph.strategyCount(of: node)
      var least = sums[0]
      for strategy in 1..<max(1, count) { least = min(least, sums[strategy]) }
      bound += least
      for strategy in 0..<count { sums[strategy] -= least }
      let share = self.share(of: node)
      for position in graph.backward(of: node) {
        bound += send(over: graph.links[position], node, share)
      }
    }
    return bound
  }

  /// Returns an entry of the message that an edge's second node got, after passing forward.
  func message(_ edge: Int, _ strategy: Int) -> Double { messages[starts[edge] + strategy] }

  private func share(of node: Int) -> Double {
    1 / Double(max(1, graph.forward(of: node).count, graph.backward(of: node).count))
  }

  /// Adds all messages to a node's costs.
  private mutating func gather(_ node: Int, _ theta: [Double]) {
    let count = graph.strategyCount(of: node)
    let begin = graph.starts[node]
    for strategy in 0..<count { sums[strategy] = theta[begin + strategy] }
    for position in graph.links(of: node) { add(message: graph.links[position].edge, count) }
  }

  private mutating func add(message edge: Int, _ count: Int) {
    let start = starts[edge]
    for strategy in 0..<count { sums[strategy] += messages[start + strategy] }
  }

  private mutating func best(of node: Int, _ theta: [Double], _ choice: [Int]) -> Int {
    let count = graph.strategyCount(of: node)
    let begin = graph.starts[node]
    for strategy in 0..<count { sums[strategy] = theta[begin + strategy] }
    for position in graph.forward(of: node) { add(message: graph.links[position].edge, count) }
    for position in graph.backward(of: node) {
      let link = graph.links[position]
      let row = link.table + choice[link.other] * count
      for strategy in 0..<count { sums[strategy] += graph.tables[row + strategy] }
    }
    var best = 0
    for strategy in 1..<max(1, count) where sums[strategy] < sums[best] { best = strategy }
    return best
  }

  /// Sends a message from a node, whose costs are gathered, to the other node of a link.
  ///
  /// - Returns: The least entry of the message, which is taken out of it.
  private mutating func send(over link: PairwiseGraph.Link, _ node: Int, _ share: Double) -> Double
  {
    let (own, others) = (graph.strategyCount(of: node), graph.strategyCount(of: link.other))
    let edge = graph.edges[link.edge]
    // The table of the other node's view: for each own strategy a row of the other's.
    let table = link.other == edge.second ? edge.costs : opposite[link.edge]
    let start = starts[link.edge]
    return sums.withUnsafeBufferPointer { sums in
      messages.withUnsafeMutableBufferPointer { messages in
        received.withUnsafeMutableBufferPointer { received in
          graph.tables.withUnsafeBufferPointer { tables in
            var position = table
            for strategy in 0..<own {
              let sent = share * sums[strategy] - messages[start &+ strategy]
              if strategy == 0 {
                for other in 0..<others { received[other] = sent + tables[position &+ other] }
              } else {
                for other in 0..<others {
                  let cost = sent + tables[position &+ other]
                  received[other] = cost < received[other] ? cost : received[other]
                }
              }
              position &+= others
            }
            var least = received[0]
            for other in 1..<max(1, others) { least = min(least, received[other]) }
            for other in 0..<others { messages[start &+ other] = received[other] - least }
            return least
          }
        }
      }
    }
  }
}
