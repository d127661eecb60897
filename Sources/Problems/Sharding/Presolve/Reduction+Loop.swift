extension Reduction {
  /// Comparisons after which dominance is not looked for any more: some ten seconds.
  static let mostDominanceSteps = 4_000_000_000

  /// Applies all rules until none changes anything.
  ///
  /// - Parameter rules: Those to apply; tests leave some out.
  mutating func run(_ rules: Set<Rule> = Set(Rule.allCases)) {
    for node in nodes.indices { normalizeItems(of: node) }
    var queue = Array(nodes.indices)
    var isQueued = [Bool](repeating: true, count: nodes.count)
    var rounds = 0
    while true {
      var head = 0
      while head < queue.count {
        let node = queue[head]
        head += 1
        isQueued[node] = false
        guard nodes[node].isAlive else { continue }
        apply(rules, to: node)
        if isInfeasible { return }
        enqueueTouched(&queue, &isQueued)
        if head > 1 << 16 {
          queue.removeFirst(head)
          head = 0
        }
      }
      queue.removeAll(keepingCapacity: true)
      for node in nodes.indices where nodes[node].isAlive {
        if nodes[node].isDirty { normalizeItems(of: node) }
        if rules.contains(.eliminate), nodes[node].items.isEmpty { _ = eliminate(node) }
        if isInfeasible { return }
      }
      enqueueTouched(&queue, &isQueued)
      if !queue.isEmpty { continue }
      var hasChanged = rules.contains(.memory) && tightenMemory()
      if isInfeasible { return }
      if rules.contains(.dominance) { hasChanged = dropAllDominated() || hasChanged }
      if isInfeasible { return }
      enqueueTouched(&queue, &isQueued)
      rounds += 1
      if queue.isEmpty, !hasChanged || rounds > 30 { return }
    }
  }

  /// One kind of step.
  enum Rule: CaseIterable {
    case unsupported
    case single
    case separable
    case follower
    case eliminate
    case memory
    case dominance
  }

  private mutating func apply(_ rules: Set<Rule>, to node: Int) {
    if rules.contains(.unsupported), dropUnsupported(of: node) {
      if isInfeasible { return }
      touchNeighbours(of: node)
    }
    if rules.contains(.single), fixSingle(node) {
      // Without the rule above a single strategy may be a forbidden one.
      if constant >= Self.threshold { isInfeasible = true }
      return
    }
    for edge in nodes[node].edges where edges[edge].isAlive {
      if rules.contains(.separable), splitSeparable(edge) { continue }
      if rules.contains(.follower), mergeFollower(edge), !nodes[node].isAlive { return }
    }
    if rules.contains(.eliminate) { _ = eliminate(node) }
  }

  private mutating func dropAllDominated() -> Bool {
    var hasChanged = false
    for node in nodes.indices where nodes[node].isAlive {
      if dominanceSteps > Self.mostDominanceSteps { break }
      if dropDominated(of: node) {
        touched.append(node)
        touchNeighbours(of: node)
        hasChanged = true
      }
    }
    return hasChanged
  }

  private mutating func enqueueTouched(_ queue: inout [Int], _ isQueued: inout [Bool]) {
    for node in touched where nodes[node].isAlive && !isQueued[node] {
      isQueued[node] = true
      queue.append(node)
    }
    touched.removeAll(keepingCapacity: true)
  }
}
