import Optimization

/// Sends swapped tensors on to NVMe until the others fit in the host's memory.
struct TierChoice {
  let instance: SwapInstance
  let course: Course
  /// When to give up.
  var limit = SearchLimit()

  /// Returns the decisions with as many tensors on NVMe as it takes, those with the most time to spare for
  /// the copies first; nil if neither the host nor NVMe has room.
  ///
  /// - Parameter reserve: How many times the largest tensor on NVMe stays free on the host, for what is on its
  ///   way there and back.
  func decisions(_ first: [Decision], reserve: Int) -> [Decision]? {
    var decisions = first
    // Bytes at each moment: 2k lies before operator k, 2k + 1 in it.
    var onHost = [Int](repeating: 0, count: 2 * course.operatorCount)
    var onNVMe = onHost
    var largest = 0
    for (gap, decision) in decisions.enumerated() where decision.isSwap {
      let bytes = course.hostBytes(gap, decision)
      let isOnNVMe = decision.isOnNVMe
      if isOnNVMe { largest = max(largest, bytes) }
      forEachMoment(of: gap, decision) { moment in
        if isOnNVMe { onNVMe[moment] += bytes } else { onHost[moment] += bytes }
      }
    }
    let order = decisions.indices.filter { instance.gaps[$0].nvme != nil }
      .map { (slack: slack(of: $0), gap: $0) }
      .sorted { (-$0.slack, $0.gap) < (-$1.slack, $1.gap) }.map(\.gap)
    while true {
      let room = course.hostBudget - reserve * largest
      guard let worst = worst(onHost), onHost[worst] > room else { break }
      if limit.isReached { return nil }
      var chosen: Int?
      for gap in order where decisions[gap].isSwap && !decisions[gap].isOnNVMe {
        var covers = false
        var fits = true
        forEachMoment(of: gap, decisions[gap]) { moment in
          covers = covers || moment == worst
          fits = fits && onNVMe[moment] + course.gapBytes[gap] <= course.nvmeBudget
        }
        if covers && fits && course.gapBytes[gap] > 0 {
          chosen = gap
          break
        }
      }
      guard let gap = chosen, case .swap(let prefetch, let lag, _) = decisions[gap] else {
        // What can't be moved may still fit while nothing is on its way.
        return onHost[worst] <= course.hostBudget ? decisions : nil
      }
      let bytes = course.gapBytes[gap]
      let hostBytes = course.hostBytes(gap, decisions[gap])
      largest = max(largest, bytes)
      forEachMoment(of: gap, decisions[gap]) { moment in
        onHost[moment] -= hostBytes
        onNVMe[moment] += bytes
      }
      let due = course.triggerTime(of: gap, prefetch: prefetch)
      let lead = course.lead(
        of: gap, prefetch: prefetch, lag: lag, startingBy: due - course.readTime[gap])
      decisions[gap] = .swap(prefetch: prefetch, lag: lag, tier: .nvme(lead: lead))
    }
    return decisions
  }

  /// The first moment with the most bytes.
  private func worst(_ bytes: [Int]) -> Int? {
    bytes.indices.max { (bytes[$0], -$0) < (bytes[$1], -$1) }
  }

  /// The time of a gap that its four copies leave.
  private func slack(of index: Int) -> Double {
    let gap = instance.gaps[index]
    let length =
      course.idealStarts[gap.before] - course.endTime(of: gap.after)
      + (gap.wraps ? course.computeTime : 0)
    return length - (gap.outTime ?? 0) - gap.inTime - course.writeTime[index]
      - course.readTime[index]
  }

  /// Calls a function with each moment at which a tensor may be away.
  private func forEachMoment(of gap: Int, _ decision: Decision, _ visit: (Int) -> Void) {
    guard case .swap(let prefetch, let lag, _) = decision else { return }
    let first = course.step(at: course.firstAway(gap, prefetch: prefetch, lag: lag), in: gap)
    let end = course.gapEnd[gap]
    if first <= end {
      for moment in 2 * first...2 * end { visit(moment) }
    } else {
      for moment in 0...2 * end { visit(moment) }
      for moment in 2 * first..<2 * course.operatorCount { visit(moment) }
    }
  }
}
