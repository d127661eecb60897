extension Reduction {
  /// Drops strategies that are forbidden, or that no strategy of some neighbour goes with.
  mutating func dropUnsupported(of node: Int) -> Bool {
    let count = nodes[node].costs.count
    var isKept = nodes[node].costs.map { $0 < Self.threshold }
    for edge in nodes[node].edges {
      let (own, other) = strides(of: edge, from: node)
      let others = nodes[neighbour(node, over: edge)].costs.count
      edges[edge].costs.withUnsafeBufferPointer { costs in
        for strategy in 0..<count where isKept[strategy] {
          var position = strategy * own
          var isSupported = false
          for _ in 0..<others {
            if costs[position] < Self.threshold {
              isSupported = true
              break
            }
            position += other
          }
          if !isSupported { isKept[strategy] = false }
        }
      }
    }
    if isKept.allSatisfy({ $0 }) { return false }
    keep(isKept, of: node)
    return true
  }

  /// Fixes a node with one strategy: what it costs with its neighbours becomes their own cost.
  mutating func fixSingle(_ node: Int) -> Bool {
    guard nodes[node].costs.count == 1 else { return false }
    constant += nodes[node].costs[0]
    for edge in nodes[node].edges {
      let other = neighbour(node, over: edge)
      let costs = removeEdge(edge)
      for strategy in costs.indices {
        nodes[other].costs[strategy] = Self.saturated(
          nodes[other].costs[strategy] + costs[strategy])
      }
      touched.append(other)
    }
    normalizeItems(of: node)
    expansion.fix(node, at: nodes[node].origins[0])
    bury(node)
    return true
  }

  /// Takes an edge away whose costs are a sum of one part for each of its nodes.
  mutating func splitSeparable(_ index: Int) -> Bool {
    let (first, second) = (edges[index].first, edges[index].second)
    let columns = nodes[second].costs.count
    let rows = nodes[first].costs.count
    let isSeparable = edges[index].costs.withUnsafeBufferPointer { costs in
      for column in 0..<columns where costs[column] >= Self.threshold { return false }
      for row in 0..<rows {
        let begin = row * columns
        if costs[begin] >= Self.threshold { return false }
        let distance = costs[begin] - costs[0]
        for column in 0..<columns {
          let cost = costs[begin + column]
          if cost >= Self.threshold || cost - costs[column] != distance { return false }
        }
      }
      return true
    }
    guard isSeparable else { return false }
    let costs = removeEdge(index)
    for row in 0..<rows {
      nodes[first].costs[row] = Self.saturated(nodes[first].costs[row] + costs[row * columns])
    }
    for column in 0..<columns {
      nodes[second].costs[column] = Self.saturated(
        nodes[second].costs[column] + costs[column] - costs[0])
    }
    touched += [first, second]
    return true
  }

  /// Merges a node into its neighbour if each strategy of the neighbour allows just one of its own.
  mutating func mergeFollower(_ index: Int) -> Bool {
    for isSwapped in [false, true] {
      let leader = isSwapped ? edges[index].second : edges[index].first
      let follower = isSwapped ? edges[index].first : edges[index].second
      guard let image = onlyAllowed(by: leader, over: index, of: nodes[follower].costs.count) else {
        continue
      }
      merge(follower, into: leader, over: index, image)
      return true
    }
    return false
  }

  /// Returns the one strategy of the neighbour that each strategy allows; nil if some allows another
  /// number.
  private func onlyAllowed(by leader: Int, over edge: Int, of others: Int) -> [Int]? {
    let (own, other) = strides(of: edge, from: leader)
    var image: [Int] = []
    let isFunction = edges[edge].costs.withUnsafeBufferPointer { costs in
      for strategy in 0..<nodes[leader].costs.count {
        var only = -1
        for candidate in 0..<others
        where costs[strategy * own + candidate * other] < Self.threshold {
          if only >= 0 { return false }
          only = candidate
        }
        if only < 0 { return false }
        image.append(only)
      }
      return true
    }
    return isFunction ? image : nil
  }

  private mutating func merge(
    _ follower: Int, into leader: Int, over index: Int, _ image: [Int]
  ) {
    let (own, other) = strides(of: index, from: leader)
    let count = nodes[leader].items.count
    // Sorting all items after each merge would take quadratic time where thousands follow one node.
    if nodes[leader].isDirty, count > 400, count & (count - 1) == 0 { normalizeItems(of: leader) }
    for (strategy, chosen) in image.enumerated() {
      let together = edges[index].costs[strategy * own + chosen * other]
      nodes[leader].costs[strategy] = Self.saturated(
        nodes[leader].costs[strategy] + together + nodes[follower].costs[chosen])
    }
    expansion.follow(
      follower, leader, nodes[leader].origins, image.map { nodes[follower].origins[$0] })
    for item in nodes[follower].items {
      nodes[leader].items.append(
        Item(points: item.points, usage: image.map { item.usage[$0] }))
    }
    removeEdge(index)
    for edge in nodes[follower].edges {
      let third = neighbour(follower, over: edge)
      let (row, column) = strides(of: edge, from: follower)
      let columns = nodes[third].costs.count
      let old = removeEdge(edge)
      var costs: [Int] = []
      costs.reserveCapacity(image.count * columns)
      for chosen in image {
        for position in 0..<columns { costs.append(old[chosen * row + position * column]) }
      }
      addEdge(leader, third, costs)
      touched.append(third)
    }
    bury(follower)
    nodes[leader].isDirty = true
    touched.append(leader)
  }

  /// Removes a node whose memory doesn't depend on its strategy and that has at most two neighbours.
  mutating func eliminate(_ node: Int) -> Bool {
    let degree = nodes[node].edges.count
    guard degree <= 2 else { return false }
    if nodes[node].isDirty, nodes[node].items.count < 64 { normalizeItems(of: node) }
    guard nodes[node].items.isEmpty else { return false }
    switch degree {
    case 0: return eliminateAlone(node)
    case 1: return eliminateLeaf(node)
    default: return eliminateBetweenTwo(node)
    }
  }

  private mutating func eliminateAlone(_ node: Int) -> Bool {
    let best = Self.least(nodes[node].costs)
    if nodes[node].costs[best] >= Self.threshold {
      isInfeasible = true
      return false
    }
    constant += nodes[node].costs[best]
    expansion.fix(node, at: nodes[node].origins[best])
    bury(node)
    return true
  }

  private mutating func eliminateLeaf(_ node: Int) -> Bool {
    let edge = nodes[node].edges[0]
    let other = neighbour(node, over: edge)
    let (row, column) = strides(of: edge, from: node)
    let costs = removeEdge(edge)
    var table: [Int32] = []
    for position in nodes[other].costs.indices {
      let sums = nodes[node].costs.indices.map {
        nodes[node].costs[$0] + costs[$0 * row + position * column]
      }
      let best = Self.least(sums)
      nodes[other].costs[position] = Self.saturated(
        nodes[other].costs[position] + Self.saturated(sums[best]))
      table.append(nodes[node].origins[best])
    }
    expansion.follow(node, other, nodes[other].origins, table)
    bury(node)
    touched.append(other)
    return true
  }

  private mutating func eliminateBetweenTwo(_ node: Int) -> Bool {
    let (firstEdge, secondEdge) = (nodes[node].edges[0], nodes[node].edges[1])
    let first = neighbour(node, over: firstEdge)
    let second = neighbour(node, over: secondEdge)
    let count = nodes[node].costs.count
    let (rows, columns) = (nodes[first].costs.count, nodes[second].costs.count)
    let size = rows * columns
    if size > Self.largestTable, size > count * (rows + columns), edge(first, second) == nil {
      return false
    }
    let left = gathered(firstEdge, from: node, rows, plus: nodes[node].costs)
    let right = gathered(
      secondEdge, from: node, columns, plus: Array(repeating: 0, count: count))
    var costs = [Int](repeating: 0, count: size)
    var table = [Int32](repeating: 0, count: size)
    nodes[node].origins.withUnsafeBufferPointer { origins in
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          for row in 0..<rows {
            for column in 0..<columns {
              var least = Int.max
              var best = 0
              for strategy in 0..<count {
                let sum = left[row * count + strategy] + right[column * count + strategy]
                if sum < least {
                  least = sum
                  best = strategy
                }
              }
              costs[row * columns + column] = Self.saturated(least)
              table[row * columns + column] = origins[best]
            }
          }
        }
      }
    }
    expansion.follow(node, first, nodes[first].origins, second, nodes[second].origins, table)
    removeEdge(firstEdge)
    removeEdge(secondEdge)
    bury(node)
    addEdge(first, second, costs)
    touched += [first, second]
    return true
  }

  /// Returns an edge's costs, `[strategy of the neighbour][strategy of the node]`, with the node's own.
  private func gathered(_ edge: Int, from node: Int, _ others: Int, plus own: [Int]) -> [Int] {
    let (row, column) = strides(of: edge, from: node)
    var costs: [Int] = []
    costs.reserveCapacity(others * own.count)
    for other in 0..<others {
      for strategy in own.indices {
        costs.append(edges[edge].costs[strategy * row + other * column] + own[strategy])
      }
    }
    return costs
  }

  /// The first of the least costs.
  private static func least(_ costs: [Int]) -> Int {
    var best = 0
    for position in costs.indices where costs[position] < costs[best] { best = position }
    return best
  }

  /// Forgets a node that has no edges any more.
  private mutating func bury(_ node: Int) {
    nodes[node].isAlive = false
    nodes[node].items = []
    nodes[node].costs = []
    nodes[node].origins = []
  }
}
