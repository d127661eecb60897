import Optimization

/// Decisions with their prefetch operators and the timetable that follows from them.
struct Candidate: Sendable {
  let decisions: [Decision]
  let timetable: Timetable

  var time: Double { timetable.iteration }
}

/// Turns keep, swap and recompute decisions into the best plan it can time.
struct Realisation {
  let instance: SwapInstance
  let course: Course
  let hostBudget: Int?
  /// When to be content with what there is.
  var limit: SearchLimit
  private let runner: TimetableRunner
  /// How many operators were replayed so far.
  var work: Int { runner.work }

  static let policies: [PrefetchTiming.Policy] = [
    .inTime(stretch: 1), .inTime(stretch: 1.1), .inTime(stretch: 1.5), .inTime(stretch: 3),
    .asEarlyAsPossible,
  ]

  init(
    instance: SwapInstance, course: Course, hostBudget: Int?, limit: SearchLimit = SearchLimit()
  ) {
    self.instance = instance
    self.limit = limit
    self.course = course
    self.hostBudget = hostBudget
    runner = TimetableRunner(course)
  }

  /// Returns the fastest timing of the decisions over all policies, or nil if they exceed a budget.
  ///
  /// - Parameter choosesTiers: Whether tensors go on to NVMe where the host's memory is short.
  func best(_ decisions: [Decision], choosesTiers: Bool = true) -> Candidate? {
    guard choosesTiers && instance.offersNVMe else {
      return timed(decisions, policies: Self.policies)
    }
    // What is on its way to NVMe and back needs room on the host besides. How much is best kept free depends on
    // when the copies are made; in a large graph the first choice that works must do.
    let choice = TierChoice(instance: instance, course: course, limit: limit)
    var best: Candidate?
    for reserve in instance.isSmall ? [nil, 0, 1, 2] : [2, 1, 4] as [Int?] {
      if limit.isReached { break }
      chargePass()
      let chosen = reserve.map { choice.decisions(decisions, reserve: $0) } ?? decisions
      guard let chosen, let candidate = timed(chosen, policies: Self.policies) else { continue }
      if !instance.isSmall || candidate.timetable.stall <= 1e-9 { return candidate }
      if candidate.time < best?.time ?? .infinity { best = candidate }
    }
    return best
  }

  /// Returns the fastest timing of the decisions, tiers included, or nil if they exceed a budget.
  private func timed(
    _ decisions: [Decision], policies: [PrefetchTiming.Policy]
  ) -> Candidate? {
    // Decisions may come with a timing of their own.
    var best =
      MemoryLedger(course, decisions).worstExcess(course, decisions) == nil
      ? run(decisions) : nil
    let timing = PrefetchTiming(course: course)
    // Reads from NVMe that are queued without regard to the host's room may do better, or get stuck.
    let usesNVMe = decisions.contains(where: \.isOnNVMe)
    for keepsRoom in usesNVMe ? [true, false] : [true] {
      for policy in policies {
        if let best, best.timetable.stall <= 1e-9 || limit.isReached { break }
        chargePass()
        guard let timed = timing.timed(decisions, policy, keepsRoom: keepsRoom),
          let candidate = run(timed)
        else { continue }
        if candidate.time < (best?.time ?? .infinity) { best = candidate }
      }
    }
    return best
  }

  /// Returns a plan with the same decisions whose copies back are queued at better operators.
  ///
  /// - Parameter workLimit: How many operators may be replayed.
  func retimed(_ candidate: Candidate, workLimit: Int) -> Candidate {
    let end = work + workLimit
    var best = candidate
    var hasImproved = true
    while hasImproved {
      hasImproved = false
      for index in instance.gaps.indices {
        guard best.timetable.stall > 1e-9, work < end, !limit.isReached else { return best }
        guard case .swap(let prefetch, let lag, let tier) = best.decisions[index] else { continue }
        let gap = instance.gaps[index]
        for shift in [-1, 1, -3, 3, -8, 8, -20, 20] {
          let moved = gap.step(prefetch, movedBy: shift)
          guard moved != prefetch, work < end, !limit.isReached else { continue }
          var decisions = best.decisions
          decisions[index] = .swap(prefetch: moved, lag: lag, tier: tier)
          guard let next = run(decisions), next.time < best.time * (1 - 1e-7) else { continue }
          best = next
          hasImproved = true
          break
        }
        guard case .swap(let prefetch, let lag, .nvme(let lead)) = best.decisions[index] else {
          continue
        }
        for shift in [-1, 1, -3, 3, -8, 8, -20, 20] {
          guard lead + shift >= 0, work < end, !limit.isReached else { continue }
          var decisions = best.decisions
          decisions[index] = .swap(prefetch: prefetch, lag: lag, tier: .nvme(lead: lead + shift))
          guard let next = run(decisions), next.time < best.time * (1 - 1e-7) else { continue }
          best = next
          hasImproved = true
          break
        }
      }
    }
    return best
  }

  /// Counts work done elsewhere for the same search.
  func charge(_ amount: Int) { runner.charge(amount) }

  /// Counts one pass over all operators as work.
  func chargePass() { runner.charge(instance.operatorCount) }

  /// Runs decisions as they are; nil if they get stuck or exceed the host's budget.
  func run(_ decisions: [Decision]) -> Candidate? {
    guard case .finished(let candidate) = run(decisions, limit: .infinity) else { return nil }
    return candidate
  }

  /// Runs decisions as they are, and gives up as soon as the iteration must take longer than a limit.
  func run(_ decisions: [Decision], limit: Double) -> Outcome {
    switch runner.run(decisions, limit: limit) {
    case .late: return .late
    case .stuck: return .stuck
    case .finished(let timetable):
      if let hostBudget, timetable.hostPeak > hostBudget { return .stuck }
      return .finished(Candidate(decisions: decisions, timetable: timetable))
    }
  }

  /// How a run ended.
  enum Outcome {
    case finished(Candidate)
    /// Nothing could go on before some operator, or the host's memory was full.
    case stuck
    /// The iteration takes longer than the limit.
    case late
  }
}
