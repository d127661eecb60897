import Profiles
import TestSupport

/// Small random instances, with every kind of thing that a presolve looks for.
enum RandomSharding {
  /// Returns an instance of at most `nodes` nodes with up to four strategies each.
  static func instance(seed: UInt64, nodes most: Int = 7) -> ShardingInstance {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...most, using: &random)
    let sizes = (0..<count).map { _ in Int.random(in: 1...4, using: &random) }
    var starts = [0]
    for size in sizes { starts.append(starts[starts.count - 1] + size) }
    let intervals = (0..<count).map { _ -> Range<Int> in
      let begin = Int.random(in: 0...12, using: &random)
      let length =
        Int.random(in: 0...3, using: &random) == 0 ? 0 : Int.random(in: 1...8, using: &random)
      return begin..<(begin + length)
    }
    let total = starts[count]
    let infinity = ShardingInstance.infinity
    let forbidden = Int.random(in: 0...2, using: &random) == 0 ? 8 : 1000
    let compute = (0..<total).map { _ in
      Int.random(in: 0..<forbidden, using: &random) == 0
        ? infinity : Int.random(in: 0...30, using: &random)
    }
    let communication = (0..<total).map { _ in Int.random(in: 0...5, using: &random) }
    let memory = (0..<total).map { _ in Int.random(in: 0...10, using: &random) }
    var edges: [ShardingInstance.Edge] = []
    var edgeStarts = [0]
    var costs: [Int] = []
    if count > 1 {
      for _ in 0..<Int.random(in: 0...(2 * count), using: &random) {
        let source = Int.random(in: 0..<count, using: &random)
        var target = Int.random(in: 0..<(count - 1), using: &random)
        if target >= source { target += 1 }
        edges.append(ShardingInstance.Edge(source: source, target: target))
        costs += matrix(sizes[source], sizes[target], &random)
        edgeStarts.append(costs.count)
      }
    }
    return ShardingInstance(
      name: "random \(seed)",
      memoryLimitBytes: Int.random(in: 5...(8 + 4 * count), using: &random), intervals: intervals,
      strategyStarts: starts, computeCosts: compute, communicationCosts: communication,
      memoryBytes: memory, edges: edges, edgeStarts: edgeStarts, edgeCosts: costs)
  }

  /// Costs of pairs: anything, a sum of two parts, a function, or some forbidden.
  private static func matrix(
    _ rows: Int, _ columns: Int, _ random: inout SeededGenerator
  ) -> [Int] {
    let kind = Int.random(in: 0...4, using: &random)
    let left = (0..<rows).map { _ in Int.random(in: 0...9, using: &random) }
    let right = (0..<columns).map { _ in Int.random(in: 0...9, using: &random) }
    let image = (0..<max(rows, columns)).map { _ in
      Int.random(in: 0..<min(rows, columns), using: &random)
    }
    var costs: [Int] = []
    for row in 0..<rows {
      for column in 0..<columns {
        let free = Int.random(in: 0...20, using: &random)
        switch kind {
        case 0: costs.append(left[row] + right[column])
        case 1:
          let isAllowed = rows >= columns ? image[row] == column : image[column] == row
          costs.append(isAllowed ? free : ShardingInstance.infinity)
        case 2:
          costs.append(
            Int.random(in: 0...4, using: &random) == 0 ? ShardingInstance.infinity : free)
        default: costs.append(free)
        }
      }
    }
    return costs
  }

  /// Returns an instance whose nodes are all live together and joined to each other, so that a presolve
  /// leaves much of it.
  static func dense(seed: UInt64) -> ShardingInstance {
    var random = SeededGenerator(seed: seed)
    let (count, size) = (6, 3)
    var edges: [ShardingInstance.Edge] = []
    for source in 0..<count {
      for target in 0..<source {
        edges.append(ShardingInstance.Edge(source: source, target: target))
      }
    }
    return ShardingInstance(
      name: "dense \(seed)", memoryLimitBytes: 30,
      intervals: (0..<count).map { $0..<($0 + 5) },
      strategyStarts: (0...count).map { $0 * size },
      computeCosts: (0..<(count * size)).map { _ in Int.random(in: 0...40, using: &random) },
      communicationCosts: Array(repeating: 0, count: count * size),
      memoryBytes: (0..<(count * size)).map { _ in Int.random(in: 1...12, using: &random) },
      edges: edges, edgeStarts: (0...edges.count).map { $0 * size * size },
      edgeCosts: (0..<(edges.count * size * size)).map { _ in
        Int.random(in: 0...40, using: &random)
      })
  }

  /// Returns an instance with all finite costs multiplied.
  static func scaled(_ instance: ShardingInstance, by factor: Int) -> ShardingInstance {
    var scaled = instance
    func times(_ cost: Int) -> Int {
      cost >= ShardingInstance.infinity ? cost : cost * factor
    }
    scaled.computeCosts = instance.computeCosts.map(times)
    scaled.communicationCosts = instance.communicationCosts.map(times)
    scaled.edgeCosts = instance.edgeCosts.map(times)
    return scaled
  }

  /// Returns an instance with its nodes in the opposite order.
  static func reversed(_ instance: ShardingInstance) -> ShardingInstance {
    var new = instance
    let nodes = Array((0..<instance.nodeCount).reversed())
    new.intervals = nodes.map { instance.intervals[$0] }
    new.strategyStarts = [0]
    (new.computeCosts, new.communicationCosts, new.memoryBytes) = ([], [], [])
    for node in nodes {
      let strategies = instance.strategyStarts[node]..<instance.strategyStarts[node + 1]
      new.computeCosts += instance.computeCosts[strategies]
      new.communicationCosts += instance.communicationCosts[strategies]
      new.memoryBytes += instance.memoryBytes[strategies]
      new.strategyStarts.append(new.computeCosts.count)
    }
    new.edges = instance.edges.map {
      ShardingInstance.Edge(
        source: instance.nodeCount - 1 - $0.source, target: instance.nodeCount - 1 - $0.target)
    }
    return new
  }

  /// Returns the least cost of all choices, with one that has it; nil if none fits. Tries every one, and
  /// every time.
  static func optimum(of instance: ShardingInstance) -> (cost: Int, choice: [Int])? {
    var choice = [Int](repeating: 0, count: instance.nodeCount)
    var best: (cost: Int, choice: [Int])?
    while true {
      if let cost = cost(of: choice, instance), cost < best?.cost ?? .max { best = (cost, choice) }
      var node = 0
      while node < choice.count, choice[node] + 1 == instance.strategyCount(of: node) {
        choice[node] = 0
        node += 1
      }
      if node == choice.count { return best }
      choice[node] += 1
    }
  }

  /// Returns what a choice costs; nil if it is forbidden or doesn't fit.
  static func cost(of choice: [Int], _ instance: ShardingInstance) -> Int? {
    var sum = 0
    for (node, strategy) in choice.enumerated() {
      let position = instance.strategyStarts[node] + strategy
      if instance.computeCosts[position] >= ShardingInstance.infinity { return nil }
      sum += instance.computeCosts[position] + instance.communicationCosts[position]
    }
    for (index, edge) in instance.edges.enumerated() {
      let columns = instance.strategyCount(of: edge.target)
      let cost = instance.edgeCosts[
        instance.edgeStarts[index] + choice[edge.source] * columns + choice[edge.target]]
      if cost >= ShardingInstance.infinity { return nil }
      sum += cost
    }
    for time in 0..<(instance.intervals.map(\.upperBound).max() ?? 0) {
      var bytes = 0
      for (node, interval) in instance.intervals.enumerated() where interval.contains(time) {
        bytes += instance.memoryBytes[instance.strategyStarts[node] + choice[node]]
      }
      if bytes > instance.memoryLimitBytes { return nil }
    }
    return sum
  }
}
