import Optimization

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
  private var isQueued: [Bool]
  /// What changed since `mark()`: nodes with their strategies before.
  private var journal: [(node: Int, strategy: Int)] = []
  /// By how much the cost changed since `mark()`, but for rounding.
  private(set) var drift = 0.0

  init(_ kernel: ShardingKernel, _ graph: PairwiseGraph, seed: UInt64) {
    self.kernel = kernel
    self.graph = graph
    choice = Array(repeating: 0, count: kernel.nodeCount)
    random = SplitMix(state: seed)
    tree = TreeMove(graph)
    isQueued = Array(repeating: false, count: kernel.nodeCount)
  }

  /// Whether the choice fits at every time; true only after `follow()`.
  var fits: Bool { excess.peak <= 0 }

  /// Takes note of the memory of the choice.
  mutating func follow() {
    excess = PeakTree(kernel.excess(of: choice))
    mark()
  }

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

  /// Gives random trees of nodes what costs least together, memory left aside.
  mutating func moveTrees(_ theta: [Double]) {
    for change in tree.run(theta, choice, atMost: graph.nodeCount, from: nil, &random) {
      choice[change.node] = change.strategy
    }
  }

  // MARK: - Moves that can be taken back

  /// Forgets how the choice came about: what follows can be taken back up to here.
  mutating func mark() {
    journal.removeAll(keepingCapacity: true)
    drift = 0
  }

  /// Takes back all changes since `mark()`.
  mutating func takeBack() {
    for (node, strategy) in journal.reversed() { move(node, to: strategy) }
    mark()
  }

  /// Gives a random tree of nodes what costs least together, memory left aside.
  mutating func moveTree(_ theta: [Double], atMost nodes: Int, from root: Int?) {
    for change in tree.run(theta, choice, atMost: nodes, from: root, &random) {
      apply(change.node, change.strategy)
    }
  }

  /// Gives each node that changed since `mark()`, its neighbours and theirs, as long as anything
  /// changes, the cheapest strategy that fits.
  mutating func improveAround() {
    var queue: [Int] = []
    for (node, _) in journal { enqueue(node, &queue) }
    var next = 0
    while next < queue.count, next < Self.longestQueue {
      let node = queue[next]
      next += 1
      isQueued[node] = false
      let old = choice[node]
      improve(node)
      if choice[node] != old { enqueue(node, &queue) }
    }
    for node in queue[next...] { isQueued[node] = false }
  }

  private static let longestQueue = 100_000

  private mutating func enqueue(_ node: Int, _ queue: inout [Int]) {
    if !isQueued[node] {
      isQueued[node] = true
      queue.append(node)
    }
    for position in graph.links(of: node) {
      let other = graph.links[position].other
      if isQueued[other] { continue }
      isQueued[other] = true
      queue.append(other)
    }
  }

  /// Changes strategies where memory is exceeded most, the least added cost for each byte first, until
  /// all fits.
  ///
  /// - Parameters:
  ///   - theta: The costs of all strategies, with prices.
  ///   - steps: Up to how many times to look for changes.
  ///   - most: The drift at which to give up.
  ///   - isOver: Whether to give up.
  /// - Returns: Whether it does.
  mutating func repair(
    _ theta: [Double], atMost steps: Int, drift most: Double = .infinity, isOver: () -> Bool
  ) -> Bool {
    struct Change {
      let rank: Double
      let node: Int
      let strategy: Int
    }
    for _ in 0..<steps {
      if fits { return true }
      if drift > most || isOver() { return false }
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
        move(change.node, to: change.strategy)
        let isWorse = excess.peak > before
        move(change.node, to: old)
        if isWorse { continue }
        apply(change.node, change.strategy)
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
      let old = choice[node]
      improve(node)
      if choice[node] != old { changed += 1 }
    }
    return changed
  }

  /// Gives a node the cheapest strategy that fits.
  private mutating func improve(_ node: Int) {
    graph.addConditional(node, graph.costs, choice, into: &conditional)
    var limit = -Double.infinity
    let own = conditional[choice[node]] - 1e-6
    while true {
      // The cheapest of those above the last one tried.
      var best: Int?
      for strategy in conditional.indices {
        let cost = conditional[strategy]
        if cost < own, cost > limit, cost < best.map({ conditional[$0] }) ?? .infinity {
          best = strategy
        }
      }
      guard let best else { return }
      if tryApplying(node, best) { return }
      limit = conditional[best]
    }
  }

  private func usage(_ node: Int, _ strategy: Int, at point: Int) -> Int {
    var bytes = 0
    for item in kernel.items(of: node) where item.points.contains(point) {
      bytes += kernel.usage[item.usage + strategy]
    }
    return bytes
  }

  private mutating func apply(_ node: Int, _ strategy: Int) {
    journal.append((node, choice[node]))
    drift += graph.change(of: node, to: strategy, choice)
    move(node, to: strategy)
  }

  private mutating func move(_ node: Int, to strategy: Int) {
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
    move(node, to: strategy)
    let isAllowed = items.allSatisfy { excess.peak(of: $0.points) <= 0 }
    move(node, to: old)
    if isAllowed { apply(node, strategy) }
    return isAllowed
  }
}
