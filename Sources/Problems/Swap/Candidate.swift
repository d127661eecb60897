/// Decisions with their prefetch operators and the timetable that follows from them.
struct Candidate: Sendable {
  let decisions: [Decision]
  let timetable: Timetable

  var time: Double { timetable.iteration }
}

/// Turns keep, swap and recompute decisions into the best plan it can time.
struct Realisation {
  let instance: SwapInstance
  let hostBudget: Int?
  /// When each operator starts if nothing stalls: the clock by which copies are timed.
  let idealStarts: [Double]

  static let policies: [PrefetchTiming.Policy] = [
    .inTime(stretch: 1), .inTime(stretch: 1.1), .inTime(stretch: 1.5), .inTime(stretch: 3),
    .asEarlyAsPossible,
  ]

  init(instance: SwapInstance, hostBudget: Int?) {
    self.instance = instance
    self.hostBudget = hostBudget
    var clock = 0.0
    idealStarts = instance.durations.map { duration in
      defer { clock += duration }
      return clock
    }
  }

  /// Returns the fastest timing of the decisions over all policies, or nil if they exceed a budget.
  func best(
    _ decisions: [Decision], policies: [PrefetchTiming.Policy] = Self.policies
  ) -> Candidate? {
    // Decisions may come with a timing of their own.
    var best =
      MemoryLedger(instance, decisions).worstExcess(instance, decisions) == nil
      ? run(decisions) : nil
    let timing = PrefetchTiming(instance: instance)
    for policy in policies {
      if let best, best.timetable.stall <= 1e-9 { break }
      guard let timed = timing.timed(decisions, policy, starts: idealStarts),
        let candidate = run(timed)
      else { continue }
      if candidate.time < (best?.time ?? .infinity) { best = candidate }
    }
    return best
  }

  /// Returns a plan with the same decisions whose copies back are queued at better operators.
  ///
  /// - Parameter moves: How many timetables may be computed; counted down.
  func retimed(_ candidate: Candidate, moves: inout Int) -> Candidate {
    var best = candidate
    var hasImproved = true
    while hasImproved {
      hasImproved = false
      for index in instance.gaps.indices {
        guard best.timetable.stall > 1e-9, moves > 0 else { return best }
        guard case .swap(let prefetch) = best.decisions[index] else { continue }
        let gap = instance.gaps[index]
        for shift in [-1, 1, -3, 3, -8, 8, -20, 20] {
          let moved = min(max(prefetch + shift, gap.after + 1), gap.before - 1)
          guard moved != prefetch, moves > 0 else { continue }
          var decisions = best.decisions
          decisions[index] = .swap(prefetch: moved)
          moves -= 1
          guard let next = run(decisions), next.time < best.time * (1 - 1e-7) else { continue }
          best = next
          hasImproved = true
          break
        }
      }
    }
    return best
  }

  /// Runs decisions as they are.
  func run(_ decisions: [Decision]) -> Candidate? {
    let timetable = Timetable(instance, decisions)
    guard timetable.isComplete else { return nil }
    if let hostBudget, timetable.hostPeak > hostBudget { return nil }
    return Candidate(decisions: decisions, timetable: timetable)
  }
}
