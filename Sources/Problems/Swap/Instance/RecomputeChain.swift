import Profiles

/// A way to make the content of an idle tensor again right before it is needed.
struct RecomputeChain: Sendable, Hashable {
  /// The operators that run again, in order. The last one makes the tensor.
  let operators: [Int]
  /// The operator before which they run.
  let at: Int
  /// Memory taken at each operator's start: new buffers and workspace.
  let taken: [Int]
  /// Memory freed at each operator's end; the tensor itself stays.
  let freed: [Int]
  /// What each operator reads that no earlier operator of the chain makes.
  let needs: [[Int]]
  /// How long they take together.
  let time: Double
  /// Memory beyond the carried tensors while the chain runs, at most; the tensor itself included.
  let extraBytes: Int
  /// Storages that are not touched by operator `at`, but must be on the device right before it.
  let anchors: [Int]
}

/// Finds recompute chains in the graph of a profile.
struct ChainFinder {
  let storages: Storages
  let durations: [Double]
  let workspaces: [Int]
  let isRecomputable: [Bool]
  /// How many chains a gap gets at most, each from farther away than the one before.
  let reach: Int
  /// Chains longer than this are not offered.
  var longest: Int { 6 * reach }

  /// Returns the chains of a gap: from the nearest tensors that are alive anyway, then from farther
  /// ones, so that nearer ones need not be kept.
  ///
  /// - Parameter smallestAvoided: Tensors up to this size are always kept as anchors.
  func chains(for gap: IdleGap, smallestAvoided: Int) -> [RecomputeChain] {
    var found: [RecomputeChain] = []
    var avoided: Set<Int> = []
    for _ in 0..<reach {
      guard let chain = chain(for: gap, avoiding: { avoided.contains($0) }) else { break }
      if !found.contains(chain) { found.append(chain) }
      let next = chain.anchors.filter {
        storages.all[$0].bytes > smallestAvoided && storages.all[$0].producer != nil
      }
      if next.isEmpty { break }
      avoided.formUnion(next)
    }
    return found
  }

  /// Returns the shortest chain before an operator that uses no storage to be avoided, or nil if there is
  /// none.
  ///
  /// - Parameters:
  ///   - at: An operator of the gap, or the one that ends it, which is the default.
  ///   - longest: The most operators of the chain; by default six times the reach.
  ///   - isAvoided: Says of a storage that is alive whether it can't be used.
  func chain(
    for gap: IdleGap, at moment: Int? = nil, longest: Int? = nil,
    avoiding isAvoided: (Int) -> Bool
  ) -> RecomputeChain? {
    let longest = longest ?? self.longest
    let moment = moment ?? gap.before
    var operators: Set<Int> = []
    var anchors: Set<Int> = []
    var open = [gap.storage]
    var made: Set<Int> = []
    while let storage = open.popLast() {
      guard made.insert(storage).inserted else { continue }
      let owner = storages.all[storage]
      guard let producer = owner.producer, owner.writes == [producer], producer < moment,
        isRecomputable[producer]
      else { return nil }
      operators.insert(producer)
      if operators.count > longest { return nil }
      for input in storages.reads[producer] {
        switch availability(of: input, at: moment, producer: producer, avoiding: isAvoided) {
        case .touched: continue
        case .anchor: anchors.insert(input)
        case .missing: open.append(input)
        }
      }
    }
    // A tensor that the chain makes is read from the chain, never from an anchor.
    anchors.subtract(made)
    let order = operators.sorted()
    return assemble(order, at: moment, target: gap.storage, anchors: anchors.sorted())
  }

  private enum Availability { case touched, anchor, missing }

  /// Says whether the content that `producer` read is on the device right before `step`.
  private func availability(
    of storage: Int, at step: Int, producer: Int, avoiding isAvoided: (Int) -> Bool
  ) -> Availability {
    let owner = storages.all[storage]
    // What the producer itself has written is not what it read.
    let isUnchanged = !owner.writes.contains { $0 >= producer && $0 < step }
    let isAlive =
      (owner.producer ?? -1) < step
      && (owner.tensor.isPersistent || (owner.lastAccess ?? -1) >= step)
    guard isUnchanged, isAlive else { return .missing }
    if owner.accesses.contains(step) { return .touched }
    if isAvoided(storage) { return .missing }
    // Without a later access there is no gap in which it could be away, but for the one over the
    // boundary.
    let mayBeAway =
      (owner.lastAccess ?? -1) > step || owner.boundaryGap.map { $0.contains(step) } == true
    return mayBeAway ? .anchor : .touched
  }

  /// Puts a chain together from its operators in order.
  private func assemble(
    _ order: [Int], at moment: Int, target: Int, anchors: [Int]
  ) -> RecomputeChain {
    // The position of the last operator that reads each buffer, or that made it.
    var lastUse: [Int: Int] = [:]
    var needs: [[Int]] = []
    for (position, step) in order.enumerated() {
      needs.append(storages.reads[step].filter { lastUse[$0] == nil })
      for storage in storages.reads[step] where lastUse[storage] != nil {
        lastUse[storage] = position
      }
      for storage in storages.writes[step] { lastUse[storage] = position }
    }
    var taken: [Int] = []
    var freed: [Int] = []
    for (position, step) in order.enumerated() {
      let made = storages.writes[step].reduce(0) { $0 + storages.all[$1].bytes }
      taken.append(made + workspaces[step])
      let dead = lastUse.filter { $0.value == position && $0.key != target }
      freed.append(workspaces[step] + dead.keys.reduce(0) { $0 + storages.all[$1].bytes })
    }
    var used = 0
    var most = 0
    for position in order.indices {
      used += taken[position]
      most = max(most, used)
      used -= freed[position]
    }
    return RecomputeChain(
      operators: order, at: moment, taken: taken, freed: freed, needs: needs,
      time: order.reduce(0) { $0 + durations[$1] }, extraBytes: most, anchors: anchors)
  }
}
