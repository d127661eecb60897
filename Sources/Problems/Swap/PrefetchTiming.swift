/// Chooses when each copy back is queued, for given keep, swap and recompute decisions.
struct PrefetchTiming {
  let course: Course

  /// How early copies back are queued.
  enum Policy: Hashable {
    /// So early that the copies end in time if each takes `stretch` times as long as it should.
    case inTime(stretch: Double)
    /// As early as memory allows.
    case asEarlyAsPossible
  }

  /// Returns the decisions with prefetch operators set, or nil if they exceed the budget however
  /// late the copies are.
  func timed(_ decisions: [Decision], _ policy: Policy) -> [Decision]? {
    var timed = decisions
    switch policy {
    case .inTime(let stretch): setInTime(&timed, stretch: stretch)
    case .asEarlyAsPossible: setEarliest(&timed)
    }
    return delay(&timed) == nil ? timed : nil
  }

  /// An operator that needs more than the budget however late the copies back are.
  struct Shortage {
    let step: Int
    let bytes: Int
  }

  /// Sets each copy back to the last operator from whose start on all copies end in time.
  private func setInTime(_ decisions: inout [Decision], stretch: Double) {
    let starts = course.idealStarts
    var nextStart = Double.infinity
    for gap in decisions.indices.reversed() where decisions[gap].isSwap {
      let start = min(starts[course.gapEnd[gap]], nextStart) - stretch * course.inTime[gap]
      nextStart = start
      var low = course.gapStart[gap] + 1
      var high = course.gapEnd[gap] - 1
      while low < high {
        let middle = (low + high + 1) / 2
        if starts[middle] <= start { low = middle } else { high = middle - 1 }
      }
      decisions[gap] = .swap(prefetch: low)
    }
  }

  /// Sets each copy back as early as the memory left by all earlier deadlines allows.
  private func setEarliest(_ decisions: inout [Decision]) {
    for gap in decisions.indices where decisions[gap].isSwap {
      decisions[gap] = .swap(prefetch: course.gapEnd[gap] - 1)
    }
    let ledger = MemoryLedger(course, decisions)
    var room = (0..<course.operatorCount).map { step in
      course.budget - ledger.largestUse(course, decisions, at: step)
    }
    for gap in decisions.indices where decisions[gap].isSwap {
      let bytes = course.gapBytes[gap]
      var prefetch = course.gapEnd[gap] - 1
      while prefetch > course.gapStart[gap] + 1 && room[prefetch] >= bytes {
        room[prefetch] -= bytes
        prefetch -= 1
      }
      decisions[gap] = .swap(prefetch: prefetch)
    }
  }

  /// Delays copies back until no operator exceeds the budget; tells the first one that still does.
  func delay(_ decisions: inout [Decision]) -> Shortage? {
    let ledger = MemoryLedger(course, decisions)
    // Taken off the ledger by copies that were delayed, by operator.
    var relief = [Int](repeating: 0, count: course.operatorCount + 1)
    var sum = 0
    // Copies by the operator that queues them, as chains of gaps that end with -1.
    var first = [Int](repeating: -1, count: course.operatorCount)
    var next = [Int](repeating: -1, count: decisions.count)
    for gap in decisions.indices.reversed() {
      guard case .swap(let prefetch) = decisions[gap] else { continue }
      next[gap] = first[prefetch]
      first[prefetch] = gap
    }
    // Copies on their way at the operator. Gaps are numbered by their ends, so the one to delay first
    // is the highest.
    var isOnItsWay = [Bool](repeating: false, count: decisions.count)
    var highest = -1
    for step in 0..<course.operatorCount {
      sum += relief[step]
      var over = ledger.largestUse(course, decisions, at: step) - sum - course.budget
      while over > 0 {
        while highest >= 0 && !isOnItsWay[highest] { highest -= 1 }
        guard highest >= 0, course.gapEnd[highest] > step else {
          return Shortage(step: step, bytes: over)
        }
        let gap = highest
        let bytes = course.gapBytes[gap]
        over -= bytes
        decisions[gap] = .swap(prefetch: step)
        sum += bytes
        relief[step + 1] -= bytes
        isOnItsWay[gap] = false
        next[gap] = first[step]
        first[step] = gap
      }
      var gap = first[step]
      while gap >= 0 {
        isOnItsWay[gap] = true
        highest = max(highest, gap)
        gap = next[gap]
      }
    }
    return nil
  }
}
