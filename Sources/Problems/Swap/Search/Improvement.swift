/// Improves a plan by changing one decision at a time, and by moving single copies back earlier.
///
/// Every change is judged by its timetable. The changes are tried in a fixed order until none helps.
struct Improvement {
  let realisation: Realisation
  private(set) var best: Candidate
  /// How many operators may be replayed.
  let workLimit: Int
  /// How many timetables were computed.
  private(set) var moves = 0
  /// Whether the search was stopped from outside.
  private(set) var wasStopped = false

  private var instance: SwapInstance { realisation.instance }
  private var course: Course { realisation.course }

  init(realisation: Realisation, best: Candidate, workLimit: Int) {
    self.realisation = realisation
    self.best = best
    self.workLimit = workLimit
  }

  mutating func run(bound: Double, relativeGap: Double, shouldStop: () -> Bool) {
    let end = realisation.work + workLimit
    var hasImproved = true
    while hasImproved && realisation.work < end {
      hasImproved = false
      for gap in order() {
        if best.time - bound <= relativeGap * best.time || realisation.work >= end { return }
        if shouldStop() {
          wasStopped = true
          return
        }
        for change in changes(of: gap) {
          if shouldStop() { break }
          if attempt(change) { hasImproved = true }
        }
      }
    }
  }

  /// The gaps whose decision costs something, the most expensive first, then the rest by size.
  private func order() -> [Int] {
    func weight(_ index: Int) -> Double {
      let gap = instance.gaps[index]
      switch best.decisions[index] {
      case .keep: return Double(gap.bytes) * 1e-12
      case .swap(_, _, let tier):
        return gap.copyTimes(tier).out + gap.copyTimes(tier).back + gap.heldTime(tier)
      case .recompute(let chain): return gap.chains[chain].time
      }
    }
    let weights = instance.gaps.indices.map(weight)
    return instance.gaps.indices.filter { instance.gaps[$0].bytes > 0 }.sorted {
      (-weights[$0], $0) < (-weights[$1], $1)
    }
  }

  /// The alternatives of one decision that respect the anchors of all chains.
  private func changes(of index: Int) -> [[Decision]] {
    let gap = instance.gaps[index]
    var options: [Decision] = []
    if !best.decisions[index].isKeep { options.append(.keep) }
    if !best.decisions[index].isSwap, gap.outTime != nil {
      for tier in gap.tiers { options.append(.swap(prefetch: gap.lastStep, tier: tier)) }
    }
    if case .swap(let prefetch, let lag, let tier) = best.decisions[index] {
      for other in gap.tiers where other != tier && (other != .host || tier.isCodec) {
        options.append(.swap(prefetch: prefetch, lag: lag, tier: other))
      }
    }
    if instance.offersNVMe, gap.nvme != nil,
      case .swap(let prefetch, let lag, let tier) = best.decisions[index]
    {
      options.append(
        .swap(prefetch: prefetch, lag: lag, tier: tier.isNVMe ? .host : .nvme(lead: 0)))
    }
    for chain in gap.chains.indices where best.decisions[index] != .recompute(chain: chain) {
      options.append(.recompute(chain: chain))
    }
    return options.compactMap { option in
      var decisions = best.decisions
      decisions[index] = option
      return course.fitAnchors(&decisions) ? decisions : nil
    }
  }

  /// Times changed decisions, with room made by the greedy rule if they exceed the budget.
  private mutating func attempt(_ decisions: [Decision]) -> Bool {
    var decisions = decisions
    realisation.chargePass()
    if MemoryLedger(course, decisions).worstExcess(course, decisions) != nil {
      realisation.chargePass()
      guard
        let repaired = GreedySearch(
          instance: instance, course: course, limit: realisation.limit
        ).decisions(from: decisions)
      else {
        return false
      }
      decisions = repaired
    }
    moves += 1
    guard let candidate = realisation.best(decisions),
      candidate.time < best.time - 1e-6 * max(1, best.time) * 1e-3
    else { return false }
    best = candidate
    return true
  }
}
