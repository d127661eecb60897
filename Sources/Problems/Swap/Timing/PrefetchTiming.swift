/// Chooses when each copy back is queued, for given keep, swap and recompute decisions.
struct PrefetchTiming {
  let course: Course

  /// How early copies back are queued.
  enum Policy: Hashable {
    /// So early that the copies end in time if each takes `stretch` times as long as it should.
    case inTime(stretch: Double)
    /// As early as memory allows.
    case asEarlyAsPossible

    /// How many times as long as it should a read from NVMe may take without being late.
    var readStretch: Double {
      switch self {
      case .inTime(let stretch): stretch
      case .asEarlyAsPossible: 3
      }
    }
  }

  /// Returns the decisions with prefetch operators set, or nil if they exceed the budget however
  /// late the copies are.
  ///
  /// - Parameter keepsRoom: Whether reads from NVMe wait for room on the host.
  func timed(
    _ decisions: [Decision], _ policy: Policy, keepsRoom: Bool = true
  ) -> [Decision]? {
    var timed = decisions
    switch policy {
    case .inTime(let stretch): setInTime(&timed, stretch: stretch)
    case .asEarlyAsPossible: setEarliest(&timed)
    }
    guard delay(&timed) == nil else { return nil }
    setLeads(&timed, stretch: policy.readStretch, keepsRoom: keepsRoom)
    return timed
  }

  /// An operator that needs more than the budget however late the copies back are.
  struct Shortage {
    let step: Int
    let bytes: Int
  }

  /// Sets each copy back to the last operator from whose start on all copies end in time.
  private func setInTime(_ decisions: inout [Decision], stretch: Double) {
    let starts = course.idealStarts
    func setAll(before end: Double) -> Double {
      var nextStart = end
      for gap in decisions.indices.reversed() {
        guard case .swap(_, let lag, let tier) = decisions[gap] else { continue }
        let start =
          min(starts[course.gapEnd[gap]], nextStart) - stretch * course.returnTime(gap, tier)
        nextStart = start
        decisions[gap] = .swap(
          prefetch: course.trigger(of: gap, startingBy: start), lag: lag, tier: tier)
      }
      return nextStart
    }
    let first = setAll(before: .infinity)
    // Copies for the next iteration's first operators are under way at the end of this one.
    let isEarly = course.boundaryGaps.contains { decisions[$0].isSwap }
    if first < 0 && isEarly { _ = setAll(before: course.computeTime + first) }
  }

  /// Asks for each copy back as early as there can be one.
  private func setEarliest(_ decisions: inout [Decision]) {
    for gap in decisions.indices {
      guard case .swap(_, let lag, let tier) = decisions[gap] else { continue }
      let position = min(lag, course.gapLength(gap) - 1)
      decisions[gap] = .swap(prefetch: course.step(at: position, in: gap), lag: lag, tier: tier)
    }
  }

  /// Delays copies back as far as no operator then exceeds the budget, those that are needed later
  /// first; tells the first operator that exceeds it however late the copies are.
  ///
  /// O(operators + gaps + operators between each copy's start and its deadline).
  func delay(_ decisions: inout [Decision]) -> Shortage? {
    var latest = decisions
    let latestPositions = course.latestPositions(decisions)
    for gap in latest.indices {
      guard case .swap(_, let lag, let tier) = latest[gap] else { continue }
      let last = course.step(at: latestPositions[gap], in: gap)
      latest[gap] = .swap(prefetch: last, lag: lag, tier: tier)
    }
    let ledger = MemoryLedger(course, latest)
    var room: [Int] = []
    room.reserveCapacity(course.operatorCount)
    for step in 0..<course.operatorCount {
      let left = course.budget - ledger.largestUse(course, decisions, at: step)
      if left < 0 { return Shortage(step: step, bytes: -left) }
      room.append(left)
    }
    /// Brings a copy back forward from its latest operator, at most to `first` or to where memory is short.
    func bringForward(_ gap: Int, from: Int, to first: Int) -> Int {
      let bytes = course.returningBytes(gap, decisions[gap])
      var position = from
      while position > first {
        let step = course.step(at: position, in: gap)
        guard room[step] >= bytes else { break }
        room[step] -= bytes
        position -= 1
      }
      return position
    }
    // Gaps are in the order of their deadlines. Copies for the next iteration come after all of this one.
    var unfinished: [(gap: Int, position: Int, first: Int, lag: Int, tier: Decision.Tier)] = []
    for gap in decisions.indices {
      guard case .swap(let prefetch, let lag, let tier) = decisions[gap] else { continue }
      let last = latestPositions[gap]
      let first = max(min(lag, last), course.position(of: prefetch, in: gap))
      let isEarly = course.wraps(gap) && prefetch > course.gapStart[gap]
      let boundary = course.gapLength(gap) - 1 - course.gapEnd[gap]
      let position = bringForward(gap, from: last, to: isEarly ? max(first, boundary) : first)
      if isEarly && position == boundary && position > first {
        unfinished.append((gap, position, first, lag, tier))
      } else {
        decisions[gap] = .swap(
          prefetch: course.step(at: position, in: gap), lag: lag, tier: tier)
      }
    }
    for item in unfinished {
      let position = bringForward(item.gap, from: item.position, to: item.first)
      decisions[item.gap] = .swap(
        prefetch: course.step(at: position, in: item.gap), lag: item.lag, tier: item.tier)
    }
    return nil
  }
}
