import Optimization

/// Swaps while copies hide, the gap with the most free time first; what is still too much goes the way
/// that adds least time.
struct Capuchin {
  let instance: SwapInstance
  let course: Course
  /// When to give up.
  var limit = SearchLimit()

  func decisions() -> [Decision]? {
    var decisions = Baselines.keepAll(instance)
    var isOver = MemoryLedger(course, decisions).used.map { $0 > course.budget }
    // Free time: what is left of a gap when both copies have been made.
    let freeTime = instance.gaps.map { gap -> Double in
      let length =
        course.idealStarts[gap.before] - course.endTime(of: gap.after)
        + (gap.wraps ? course.computeTime : 0)
      return length - (gap.outTime ?? .infinity) - gap.inTime
    }
    func relieves(_ gap: Int) -> Bool {
      instance.gaps[gap].bytes > 0 && instance.gaps[gap].ranges.joined().contains { isOver[$0] }
    }
    let hidden = instance.gaps.indices.filter { freeTime[$0] >= 0 }.sorted {
      (-freeTime[$0], $0) < (-freeTime[$1], $1)
    }
    for gap in hidden where relieves(gap) {
      if limit.isReached { return nil }
      decisions[gap] = instance.gaps[gap].lastSwap
      isOver = MemoryLedger(course, decisions).used.map { $0 > course.budget }
      if !isOver.contains(true) { return decisions }
    }
    // The rest by the memory saved per added time.
    var rest: [(rate: Double, gap: Int, decision: Decision)] = []
    for (index, gap) in instance.gaps.enumerated() where decisions[index].isKeep {
      func offer(_ decision: Decision, cost: Double) {
        rest.append((Double(gap.bytes) / max(cost, 1e-6), index, decision))
      }
      if gap.outTime != nil { offer(gap.lastSwap, cost: -freeTime[index]) }
      for (position, chain) in gap.chains.enumerated() {
        offer(.recompute(chain: position), cost: chain.time)
      }
    }
    rest.sort { ($0.rate, -$0.gap) > ($1.rate, -$1.gap) }
    for (_, gap, decision) in rest where decisions[gap].isKeep && relieves(gap) {
      if limit.isReached { return nil }
      var changed = decisions
      changed[gap] = decision
      guard course.fitAnchors(&changed) else { continue }
      decisions = changed
      isOver = MemoryLedger(course, decisions).used.map { $0 > course.budget }
      if MemoryLedger(course, decisions).worstExcess(course, decisions) == nil { return decisions }
    }
    return nil
  }
}
