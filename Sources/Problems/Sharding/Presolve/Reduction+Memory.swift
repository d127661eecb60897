extension Reduction {
  /// Moves what all strategies of a node take into the base, and joins items of the same points.
  mutating func normalizeItems(of node: Int) {
    nodes[node].isDirty = false
    if nodes[node].items.isEmpty { return }
    var items: [Item] = []
    swap(&items, &nodes[node].items)
    items.sort {
      ($0.points.lowerBound, $0.points.upperBound) < ($1.points.lowerBound, $1.points.upperBound)
    }
    var joined: [Item] = []
    for item in items where !item.points.isEmpty {
      if let last = joined.last, last.points == item.points {
        for strategy in item.usage.indices {
          joined[joined.count - 1].usage[strategy] += item.usage[strategy]
        }
      } else {
        joined.append(item)
      }
    }
    for var item in joined {
      let least = item.usage.min() ?? 0
      if least != 0 {
        baseChange[item.points.lowerBound] += least
        baseChange[item.points.upperBound] -= least
        for strategy in item.usage.indices { item.usage[strategy] -= least }
      }
      if item.usage.contains(where: { $0 != 0 }) { nodes[node].items.append(item) }
    }
  }

  /// Forgets memory where all choices fit, and drops strategies that never fit.
  ///
  /// - Returns: Whether anything changed.
  mutating func tightenMemory() -> Bool {
    let count = points.count
    var mostChange = [Int](repeating: 0, count: count + 1)
    for node in nodes where node.isAlive {
      for item in node.items {
        let most = item.usage.max() ?? 0
        mostChange[item.points.lowerBound] += most
        mostChange[item.points.upperBound] -= most
      }
    }
    var base: [Int] = []
    base.reserveCapacity(count)
    // How many points before each one can be exceeded.
    var binding = [0]
    var (sum, most) = (0, 0)
    for point in 0..<count {
      sum += baseChange[point]
      most += mostChange[point]
      base.append(sum)
      binding.append(binding[point] + (sum + most > limit ? 1 : 0))
      if sum > limit { isInfeasible = true }
    }
    if isInfeasible { return false }
    var next = [Int](repeating: count, count: count + 1)
    for point in (0..<count).reversed() {
      next[point] = binding[point + 1] > binding[point] ? point : next[point + 1]
    }
    var last = [Int](repeating: -1, count: count + 1)
    for point in 0..<count {
      last[point + 1] = binding[point + 1] > binding[point] ? point : last[point]
    }
    let highest = RangeMaximum(base)
    var hasChanged = false
    for node in nodes.indices where nodes[node].isAlive && !nodes[node].items.isEmpty {
      var isKept = [Bool](repeating: true, count: nodes[node].costs.count)
      var kept: [Item] = []
      for var item in nodes[node].items {
        let span = item.points
        guard binding[span.upperBound] > binding[span.lowerBound] else {
          hasChanged = true
          continue
        }
        item.points = next[span.lowerBound]..<(last[span.upperBound] + 1)
        let room = limit - highest.value(in: item.points)
        for strategy in isKept.indices where item.usage[strategy] > room {
          isKept[strategy] = false
        }
        kept.append(item)
      }
      nodes[node].items = kept
      if isKept.contains(false) {
        keep(isKept, of: node)
        if isInfeasible { return true }
        normalizeItems(of: node)
        touched.append(node)
        hasChanged = true
      }
    }
    return hasChanged
  }
}

/// The largest number in any range of a list, in constant time after preparing.
struct RangeMaximum {
  private var levels: [[Int]]

  /// Prepares a list; takes n log n time.
  init(_ values: [Int]) {
    levels = [values]
    var width = 1
    while 2 * width <= values.count {
      let below = levels[levels.count - 1]
      levels.append((0...(values.count - 2 * width)).map { max(below[$0], below[$0 + width]) })
      width *= 2
    }
  }

  /// Returns the largest number of a range that isn't empty.
  func value(in range: Range<Int>) -> Int {
    let level = Int.bitWidth - 1 - range.count.leadingZeroBitCount
    return max(levels[level][range.lowerBound], levels[level][range.upperBound - (1 << level)])
  }
}
