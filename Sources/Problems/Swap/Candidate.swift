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
    var best: Candidate?
    let timing = PrefetchTiming(instance: instance)
    for policy in policies {
      guard let timed = timing.timed(decisions, policy, starts: idealStarts),
        let candidate = run(timed)
      else { continue }
      if candidate.time < (best?.time ?? .infinity) { best = candidate }
      // Without a stall no other timing can be faster.
      if candidate.timetable.stall <= 1e-9 { break }
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
