/// Device memory by position instead of by time: what is taken when each operator starts, provided
/// that all copies to the host which were queued before have ended.
///
/// A plan whose ledger stays within the budget never gets stuck: whatever an operator waits for
/// arrives or leaves in the end.
struct MemoryLedger {
  /// The largest use over the budget, with the place where it occurs.
  struct Excess {
    let step: Int
    let bytes: Int
    /// The chain, as a gap, that needs too much before the operator; nil if it is the operator.
    let chainOf: Int?
  }

  /// Memory in use when each operator starts, what it makes and its workspace included.
  private(set) var used: [Int]
  /// What is carried over to each operator, without what chains still have to make again for it.
  private(set) var carried: [Int]

  init(_ instance: SwapInstance, _ decisions: [Decision]) {
    let count = instance.operatorCount
    // Differences of what is away, by operator.
    var away = [Int](repeating: 0, count: count + 1)
    var awayForChains = [Int](repeating: 0, count: count + 1)
    for (index, gap) in instance.gaps.enumerated() {
      switch decisions[index] {
      case .keep: continue
      case .swap(let prefetch):
        away[gap.after + 1] += gap.bytes
        away[prefetch + 1] -= gap.bytes
        awayForChains[gap.after + 1] += gap.bytes
        awayForChains[prefetch + 1] -= gap.bytes
      case .recompute:
        away[gap.after + 1] += gap.bytes
        away[gap.before] -= gap.bytes
        awayForChains[gap.after + 1] += gap.bytes
        if gap.before + 1 <= count { awayForChains[gap.before + 1] -= gap.bytes }
      }
    }
    used = instance.live
    carried = instance.carried
    var (sum, chainSum) = (0, 0)
    for step in 0..<count {
      sum += away[step]
      chainSum += awayForChains[step]
      used[step] -= sum
      carried[step] -= chainSum
    }
  }

  /// Returns the memory in use while the chains before an operator run, each with its peak.
  func chainUse(
    _ instance: SwapInstance, _ decisions: [Decision], before step: Int
  ) -> [(gap: Int, bytes: Int)] {
    var present = carried[step]
    var uses: [(gap: Int, bytes: Int)] = []
    for gap in instance.gapsBefore[step] {
      guard case .recompute(let chain) = decisions[gap] else { continue }
      uses.append((gap, present + instance.gaps[gap].chains[chain].extraBytes))
      present += instance.gaps[gap].bytes
    }
    return uses
  }

  /// Returns the place with the largest use over the budget, or nil if there is none.
  func worstExcess(_ instance: SwapInstance, _ decisions: [Decision]) -> Excess? {
    var worst: Excess?
    for step in 0..<instance.operatorCount {
      let over = used[step] - instance.budget
      if over > 0 && over > (worst?.bytes ?? 0) {
        worst = Excess(step: step, bytes: over, chainOf: nil)
      }
      for use in chainUse(instance, decisions, before: step) {
        let over = use.bytes - instance.budget
        if over > 0 && over > (worst?.bytes ?? 0) {
          worst = Excess(step: step, bytes: over, chainOf: use.gap)
        }
      }
    }
    return worst
  }
}
