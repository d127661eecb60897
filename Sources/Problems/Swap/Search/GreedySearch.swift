import Optimization

/// Evicts the tensor with the least added time per byte until the budget holds.
///
/// Swaps are priced by what the link can't hide: each direction has the compute time between the
/// gap's ends and the tightest operator, less what earlier choices put on it. In the spirit of Capuchin (Peng et
/// al. 2020), which also swaps while copies hide and recomputes after that.
struct GreedySearch {
  let instance: SwapInstance
  let course: Course
  /// Whether tensors may be moved.
  var swaps = true
  /// When to give up.
  var limit = SearchLimit()

  /// Returns decisions that keep the budget at every operator, or nil if none were found, or the limit came
  /// first.
  ///
  /// - Parameter first: Decisions to start from; nothing that is away comes back.
  func decisions(from first: [Decision]? = nil) -> [Decision]? {
    var decisions = first ?? Baselines.keepAll(instance)
    var isAnchor = [Bool](repeating: false, count: instance.gaps.count)
    var outLoad = 0.0
    var inLoad = 0.0
    for (index, gap) in instance.gaps.enumerated() {
      switch decisions[index] {
      case .keep: continue
      case .swap(_, _, let tier):
        outLoad += gap.copyTimes(tier).out
        inLoad += gap.copyTimes(tier).back
      case .recompute(let chain):
        for anchor in instance.anchors[index][chain] {
          isAnchor[anchor] = true
        }
      }
    }
    guard course.fitAnchors(&decisions) else { return nil }
    let clock = course.idealStarts
    while let excess = MemoryLedger(course, decisions).worstExcess(course, decisions) {
      if limit.isReached { return nil }
      var best: (score: Double, gap: Int, decision: Decision)?
      func offer(_ gap: Int, _ decision: Decision, cost: Double) {
        let score = (cost + 1e-6) / Double(min(instance.gaps[gap].bytes, excess.bytes) + 1)
        if best.map({ score < $0.score }) ?? true { best = (score, gap, decision) }
      }
      for (index, gap) in instance.gaps.enumerated() {
        guard gap.contains(excess.step), gap.bytes > 0, !isAnchor[index] else { continue }
        if swaps, decisions[index].isKeep, gap.outTime != nil {
          // Of a gap over the boundary, one of the two windows has the boundary in it.
          let now = clock[excess.step]
          let whole = gap.wraps ? course.computeTime : 0
          let isNext = gap.wraps && excess.step < gap.before
          let outWindow = now - course.endTime(of: gap.after) + (isNext ? whole : 0)
          let inWindow = clock[gap.before] - now + (isNext ? 0 : whole)
          for tier in gap.tiers {
            let (outTime, inTime) = gap.copyTimes(tier)
            let late =
              max(0, outLoad + outTime - outWindow) - max(0, outLoad - outWindow)
              + max(0, inLoad + inTime - inWindow) - max(0, inLoad - inWindow)
            offer(
              index, .swap(prefetch: gap.lastStep, tier: tier), cost: late + gap.heldTime(tier))
          }
        }
        guard decisions[index].isKeep else { continue }
        for (position, chain) in gap.chains.enumerated() {
          let isOffered = instance.anchors[index][position].allSatisfy {
            course.canBePresent($0, before: chain.at, decisions)
          }
          guard isOffered else { continue }
          offer(index, .recompute(chain: position), cost: chain.time)
        }
      }
      if best == nil, let gap = excess.kernelOf {
        // The kernel itself needs too much: copy the raw tensor instead.
        guard instance.gaps[gap].offersRaw else { return nil }
        decisions[gap] = .swap(prefetch: instance.gaps[gap].lastStep)
        continue
      }
      if swaps, let chainGap = excess.chainOf, best == nil || instance.gaps[chainGap].outTime != nil
      {
        // The chain itself is too large: move its tensor instead.
        guard instance.gaps[chainGap].outTime != nil else { return nil }
        decisions[chainGap] = instance.gaps[chainGap].lastSwap
        guard course.fitAnchors(&decisions) else { return nil }
        continue
      }
      guard let best else { return nil }
      decisions[best.gap] = best.decision
      let gap = instance.gaps[best.gap]
      switch best.decision {
      case .swap(_, _, let tier):
        outLoad += gap.copyTimes(tier).out
        inLoad += gap.copyTimes(tier).back
      case .recompute(let position):
        for anchor in instance.anchors[best.gap][position] {
          isAnchor[anchor] = true
        }
        guard course.fitAnchors(&decisions) else { return nil }
      case .keep: break
      }
    }
    return decisions
  }
}
