/// A choice for a kernel and the moves that improve it.
struct LocalSearch {
  private let kernel: ShardingKernel
  let graph: PairwiseGraph
  /// The strategy of each node; `follow()` has to be called after it was replaced.
  var choice: [Int]
  var random: SplitMix
  /// By how much the choice exceeds the room at each time.
  private var excess = PeakTree([])
  private var conditional: [Double] = []
  private var tree: TreeMove

  init(_ kernel: ShardingKernel, _ graph: PairwiseGraph, seed: UInt64) {
    self.kernel = kernel
    self.graph = graph
    choice = Array(repeating: 0, count: kernel.nodeCount)
    random = SplitMix(seed: seed)
    tree = TreeMove(graph)
  }

  /// Whether the choice fits at every time; true only after `follow()`.
  var fits: Bool { excess.peak <= 0 }

  /// Takes note of the memory of the choice.
  mutating func follow() { excess = PeakTree(kernel.excess(of: choice)) }

  /// Gives each node in turn what costs least beside the others, memory left aside.
  ///
  /// - Returns: How many nodes changed.
  mutating func descend(_ theta: [Double]) -> Int {
    var changed = 0
    for node in 0..<graph.nodeCount {
      graph.addConditional(node, theta, choice, into: &conditional)
      let best = conditional.indices.min {
        (conditional[$0], $0) < (conditional[$1], $1)
      }
      if let best, conditional[best] < conditional[choice[node]] - 1e-6 {
        choice[node] = best
        changed += 1
      }
    }
    return changed
  }

  /// Gives a random tree of nodes what costs least together, memory left aside.
  mutating func moveTree(_ theta: [Double], atMost nodes: Int) {
    tree.run(theta, &choice, atMost: nodes, &random)
  }

  /// Changes strategies where memory is exceeded most, the least added cost for each byte first, until
  /// all fits.
  ///
  /// - Returns: Whether it does.
  mutating func repair(_ theta: [Double], atMost steps: Int, isOver: () -> Bool) -> Bool {
    struct Change {
      let rank: Double
      let node: Int
      let strategy: Int
    }
    for _ in 0..<steps {
      if fits { return true }
      if isOver() { return false }
      let point = excess.peakPosition
      let over = Double(excess.peak)
      var changes: [Change] = []
      for node in 0..<graph.nodeCount {
        let own = usage(node, choice[node], at: point)
        if own <= 0 { continue }
        graph.addConditional(node, theta, choice, into: &conditional)
        for strategy in conditional.indices {
          let saved = Double(own - usage(node, strategy, at: point))
          if saved <= 0 { continue }
          let cost = conditional[strategy] - conditional[choice[node]]
          let useful = min(saved, over)
          changes.append(
            Change(rank: cost > 0 ? cost / useful : cost * useful, node: node, strategy: strategy))
        }
      }
      changes.sort { ($0.rank, $0.node, $0.strategy) < ($1.rank, $1.node, $1.strategy) }
      var done = 0
      var used: Set<Int> = []
      for change in changes where !used.contains(change.node) {
        let before = excess.peak
        let old = choice[change.node]
        apply(change.node, change.strategy)
        if excess.peak > before {
          apply(change.node, old)
          continue
        }
        used.insert(change.node)
        done += 1
        if fits { return true }
        if done > min(7, changes.count / 2000) { break }
      }
      if done == 0 { return false }
    }
    return fits
  }

  /// Gives each node, in random order, the cheapest strategy that fits.
  ///
  /// - Returns: How many nodes changed.
  mutating func improve() -> Int {
    var changed = 0
    for node in Array(0..<graph.nodeCount).shuffled(using: &random) {
      graph.addConditional(node, graph.costs, choice, into: &conditional)
      let own = conditional[choice[node]]
      let better = conditional.indices.filter { conditional[$0] < own - 1e-6 }
      for strategy in better.sorted(by: { (conditional[$0], $0) < (conditional[$1], $1) })
      where tryApplying(node, strategy) {
        changed += 1
        break
      }
    }
    return changed
  }

  private func usage(_ node: Int, _ strategy: Int, at point: Int) -> Int {
    var bytes = 0
    for item in kernel.items(of: node) where item.points.contains(point) {
      bytes += kernel.usage[item.usage + strategy]
    }
    return bytes
  }

  private mutating func apply(_ node: Int, _ strategy: Int) {
    for item in kernel.items(of: node) {
      let change = kernel.usage[item.usage + strategy] - kernel.usage[item.usage + choice[node]]
      excess.add(change, to: item.points)
    }
    choice[node] = strategy
  }

  /// Changes a strategy if all still fits.
  private mutating func tryApplying(_ node: Int, _ strategy: Int) -> Bool {
    let old = choice[node]
    let items = kernel.items(of: node)
    if items.count == 1, let item = items.first {
      let change = kernel.usage[item.usage + strategy] - kernel.usage[item.usage + old]
      if change > 0, excess.peak(of: item.points) + change > 0 { return false }
      apply(node, strategy)
      return true
    }
    apply(node, strategy)
    if items.allSatisfy({ excess.peak(of: $0.points) <= 0 }) { return true }
    apply(node, old)
    return false
  }
}
