extension Reduction {
  /// Drops strategies that another one of the node is never worse than: it takes no more memory at any
  /// time, and costs no more whatever the neighbours choose.
  ///
  /// Dead-end elimination (Desmet et al., Nature 1992), with memory. Ties keep the cheaper strategy,
  /// then the earlier one.
  mutating func dropDominated(of node: Int) -> Bool {
    let count = nodes[node].costs.count
    guard count > 1 else { return false }
    var isKept = [Bool](repeating: true, count: count)
    let order = (0..<count).sorted {
      (nodes[node].costs[$0], $0) < (nodes[node].costs[$1], $1)
    }
    for strategy in order.reversed() {
      for better in order where better != strategy && isKept[better] {
        if dominates(better, strategy, of: node) {
          isKept[strategy] = false
          break
        }
      }
    }
    if isKept.allSatisfy({ $0 }) { return false }
    keep(isKept, of: node)
    return true
  }

  private mutating func dominates(_ better: Int, _ worse: Int, of node: Int) -> Bool {
    for item in nodes[node].items where item.usage[better] > item.usage[worse] { return false }
    // What the better one saves at least.
    var saved = nodes[node].costs[worse] - nodes[node].costs[better]
    for edge in nodes[node].edges {
      let (own, other) = strides(of: edge, from: node)
      let others = nodes[neighbour(node, over: edge)].costs.count
      dominanceSteps += others
      let least = edges[edge].costs.withUnsafeBufferPointer { costs -> Int in
        var least = Int.max
        var (first, second) = (worse * own, better * own)
        for _ in 0..<others {
          let (cost, betterCost) = (costs[first], costs[second])
          first += other
          second += other
          if cost >= Self.threshold { continue }
          if betterCost >= Self.threshold { return Int.min }
          least = min(least, cost - betterCost)
        }
        return least
      }
      if least == Int.min { return false }
      // No strategy of this neighbour goes with the worse one at all.
      if least == Int.max { return true }
      saved += least
    }
    return saved >= 0
  }
}
