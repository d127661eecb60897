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
  private var sent: [Double]
  private var received: [Double]

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
    sent = sums
    received = sums
  }

  /// Sends all messages forward and chooses, node by node, what costs least after the choices before.
  mutating func passForward(_ theta: [Double], choosing choice: inout [Int]) {
    for node in 0..<graph.nodeCount {
      choice[node] = best(of: node, theta, choice)
      gather(node, theta)
      let share = self.share(of: node)
      for index in graph.forward[node] { sendForward(index, share) }
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
      for index in graph.backward[node] { bound += sendBackward(index, share) }
    }
    return bound
  }

  /// Returns an entry of the message that an edge's second node got, after passing forward.
  func message(_ edge: Int, _ strategy: Int) -> Double { messages[starts[edge] + strategy] }

  private func share(of node: Int) -> Double {
    1 / Double(max(1, graph.forward[node].count, graph.backward[node].count))
  }

  /// Adds all messages to a node's costs.
  private mutating func gather(_ node: Int, _ theta: [Double]) {
    let count = graph.strategyCount(of: node)
    let begin = graph.starts[node]
    for strategy in 0..<count { sums[strategy] = theta[begin + strategy] }
    for list in [graph.forward[node], graph.backward[node]] {
      for index in list {
        let start = starts[index]
        for strategy in 0..<count { sums[strategy] += messages[start + strategy] }
      }
    }
  }

  private mutating func best(of node: Int, _ theta: [Double], _ choice: [Int]) -> Int {
    let count = graph.strategyCount(of: node)
    let begin = graph.starts[node]
    for strategy in 0..<count { sums[strategy] = theta[begin + strategy] }
    for index in graph.forward[node] {
      let start = starts[index]
      for strategy in 0..<count { sums[strategy] += messages[start + strategy] }
    }
    for index in graph.backward[node] {
      let edge = graph.edges[index]
      let row = edge.costs + choice[edge.first] * count
      for strategy in 0..<count { sums[strategy] += graph.pairCosts[row + strategy] }
    }
    var best = 0
    for strategy in 1..<max(1, count) where sums[strategy] < sums[best] { best = strategy }
    return best
  }

  private mutating func sendForward(_ index: Int, _ share: Double) {
    let edge = graph.edges[index]
    let (rows, columns) = (
      graph.strategyCount(of: edge.first), graph.strategyCount(of: edge.second)
    )
    let start = starts[index]
    sums.withUnsafeBufferPointer { sums in
      messages.withUnsafeMutableBufferPointer { messages in
        sent.withUnsafeMutableBufferPointer { sent in
          received.withUnsafeMutableBufferPointer { received in
            graph.pairCosts.withUnsafeBufferPointer { pairs in
              for row in 0..<rows { sent[row] = share * sums[row] - messages[start + row] }
              for column in 0..<columns { received[column] = sent[0] + pairs[edge.costs + column] }
              var position = edge.costs + columns
              for row in 1..<max(1, rows) {
                let own = sent[row]
                for column in 0..<columns {
                  let cost = own + pairs[position &+ column]
                  received[column] = cost < received[column] ? cost : received[column]
                }
                position &+= columns
              }
              var least = received[0]
              for column in 1..<max(1, columns) { least = min(least, received[column]) }
              for column in 0..<columns { messages[start + column] = received[column] - least }
            }
          }
        }
      }
    }
  }

  /// - Returns: The least entry of the message, which is taken out of it.
  private mutating func sendBackward(_ index: Int, _ share: Double) -> Double {
    let edge = graph.edges[index]
    let (rows, columns) = (
      graph.strategyCount(of: edge.first), graph.strategyCount(of: edge.second)
    )
    let start = starts[index]
    return sums.withUnsafeBufferPointer { sums in
      messages.withUnsafeMutableBufferPointer { messages in
        sent.withUnsafeMutableBufferPointer { sent in
          received.withUnsafeMutableBufferPointer { received in
            graph.pairCosts.withUnsafeBufferPointer { pairs in
              for column in 0..<columns {
                sent[column] = share * sums[column] - messages[start + column]
              }
              var least = Double.infinity
              var position = edge.costs
              for row in 0..<rows {
                var best = Double.infinity
                for column in 0..<columns {
                  let cost = sent[column] + pairs[position &+ column]
                  best = cost < best ? cost : best
                }
                received[row] = best
                least = best < least ? best : least
                position &+= columns
              }
              for row in 0..<rows { messages[start + row] = received[row] - least }
              return least
            }
          }
        }
      }
    }
  }
}
