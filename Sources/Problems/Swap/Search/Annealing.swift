import Foundation
import Optimization

/// Improves a plan by random changes, judged by their timetables.
///
/// Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) with a fixed number of moves and a fixed
/// seed, so that the same plan comes out each time. A move changes what happens in one gap, exchanges
/// the roles of two, or queues one copy back earlier or later.
struct Annealing {
  let realisation: Realisation
  private(set) var best: Candidate
  /// How many timetables were computed.
  private(set) var moves = 0
  /// Whether the search was stopped from outside.
  private(set) var wasStopped = false
  private var random = SplitMix(state: 0x5EED)
  /// The gaps that may change.
  private let gaps: [Int]
  /// Those of them that could be empty while an operator runs.
  private let coveringGaps: [[Int]]
  /// What each stretch's chains refill at once, where that is before the tensors are needed.
  private let stretches: [[(gap: Int, chain: Int)]]

  private var instance: SwapInstance { realisation.instance }
  private var course: Course { realisation.course }

  init(realisation: Realisation, best: Candidate) {
    self.realisation = realisation
    self.best = best
    gaps = realisation.instance.gaps.indices.filter {
      let gap = realisation.instance.gaps[$0]
      return !gap.isMinor && gap.bytes > 0 && (gap.outTime != nil || !gap.chains.isEmpty)
    }
    let instance = realisation.instance
    var covering = [[Int]](repeating: [], count: instance.operatorCount)
    for index in gaps {
      for step in instance.gaps[index].ranges.joined() { covering[step].append(index) }
    }
    coveringGaps = covering
    stretches = instance.chainsAt.compactMap { chains in
      let early = chains.filter {
        instance.gaps[$0.gap].before > instance.gaps[$0.gap].chains[$0.chain].at
      }
      return early.isEmpty ? nil : early
    }
  }

  /// How many operators are replayed before the limits are looked at again.
  private static let workBetweenLooks = 1 << 13

  /// Makes moves until the limit, or until the best plan is close enough to the bound.
  ///
  /// - Parameter heat: The temperature at the beginning, as a share of the iteration's time.
  mutating func run(
    heat: Double, workLimit: Int, bound: Double, relativeGap: Double, shouldStop: () -> Bool
  ) {
    guard !gaps.isEmpty else { return }
    var current = best
    let hottest = heat * best.time
    let begin = realisation.work
    var nextLook = begin
    while realisation.work < begin + workLimit {
      if best.time - bound <= relativeGap * best.time { return }
      // In a large graph a few moves take long.
      if realisation.work >= nextLook {
        nextLook = realisation.work + Self.workBetweenLooks
        if shouldStop() {
          wasStopped = true
          return
        }
      }
      let left = 1 - Double(realisation.work - begin) / Double(workLimit)
      moves += 1
      // A change that makes no sense costs little, but not nothing.
      realisation.charge(32)
      guard let changed = change(current.decisions) else { continue }
      // Metropolis' rule, drawn first, so that a plan that won't be taken isn't timed to its end.
      let temperature = max(hottest * left * left, 1e-9)
      let limit = current.time - temperature * log(max(random.unit(), .leastNormalMagnitude))
      guard let next = candidate(changed, limit: limit) else { continue }
      current = next
      if next.time < best.time - 1e-6 { best = next }
    }
  }

  /// Times decisions, with room made if they exceed the budget; nil if they take longer than the limit.
  private mutating func candidate(_ decisions: [Decision], limit: Double) -> Candidate? {
    var outcome = realisation.run(decisions, limit: limit)
    if case .stuck = outcome {
      guard let repaired = repair(decisions) else { return nil }
      outcome = realisation.run(repaired, limit: limit)
    }
    guard case .finished(let candidate) = outcome, candidate.time <= limit else { return nil }
    return candidate
  }

  // MARK: Moves

  /// Returns changed decisions, or nil if the change drawn makes no sense.
  private mutating func change(_ decisions: [Decision]) -> [Decision]? {
    var changed = decisions
    let gap = gaps[random.below(gaps.count)]
    switch random.below(16) {
    case 0 where !stretches.isEmpty: changeStretch(&changed)
    case 0..<4:
      guard case .swap(let prefetch, let lag, let tier) = decisions[gap] else { return nil }
      if instance.offersNVMe, random.below(3) == 0 { return tierChange(decisions, gap) }
      if instance.gaps[gap].tiers.count > 1, random.below(3) == 0 {
        let tiers = instance.gaps[gap].tiers
        changed[gap] = .swap(prefetch: prefetch, lag: lag, tier: tiers[random.below(tiers.count)])
        return changed != decisions && course.fitAnchors(&changed) ? changed : nil
      }
      let reach = 1 << random.below(6)
      let shift = random.below(2) == 0 ? reach : -reach
      if random.below(4) == 0 {
        let latest = course.position(of: prefetch, in: gap)
        changed[gap] = .swap(
          prefetch: prefetch, lag: min(max(0, lag + shift), latest), tier: tier)
        return changed == decisions ? nil : changed
      }
      let moved = instance.gaps[gap].step(prefetch, movedBy: shift)
      guard moved != prefetch else { return nil }
      changed[gap] = .swap(prefetch: moved, lag: lag, tier: tier)
    case 4..<8:
      changed[gap] = draw(gap, otherThan: decisions[gap])
    default:
      // One gives up its memory, another one frees some.
      let other = gaps[random.below(gaps.count)]
      guard decisions[gap].isKeep != decisions[other].isKeep else { return nil }
      let (away, kept) = decisions[gap].isKeep ? (other, gap) : (gap, other)
      changed[away] = .keep
      changed[kept] = draw(kept, otherThan: .keep)
    }
    guard course.fitAnchors(&changed), changed != decisions else { return nil }
    return changed
  }

  /// Lets all that a stretch can make again at once come from there, or what it does make so come otherwise.
  private mutating func changeStretch(_ decisions: inout [Decision]) {
    let stretch = stretches[random.below(stretches.count)]
    let mode = random.below(3)
    for (gap, chain) in stretch {
      switch (mode, decisions[gap]) {
      case (0, .recompute), (1, _): decisions[gap] = .recompute(chain: chain)
      case (2, .recompute(chain)): decisions[gap] = draw(gap, otherThan: .recompute(chain: chain))
      default: break
      }
    }
  }

  /// Reads a tensor from NVMe earlier or later, sends it there or leaves it on the host, or exchanges the tiers
  /// of two.
  private mutating func tierChange(_ decisions: [Decision], _ gap: Int) -> [Decision]? {
    guard case .swap(let prefetch, let lag, let tier) = decisions[gap] else { return nil }
    var changed = decisions
    let kind = random.below(3)
    if case .nvme(let lead) = tier, kind == 0 {
      let reach = 1 << random.below(6)
      let moved = max(0, lead + (random.below(2) == 0 ? reach : -reach))
      changed[gap] = .swap(prefetch: prefetch, lag: lag, tier: .nvme(lead: moved))
      return changed == decisions ? nil : changed
    }
    guard let other = onOtherTier(gap, decisions[gap]) else { return nil }
    changed[gap] = other
    if kind == 1 {
      let second = gaps[random.below(gaps.count)]
      guard decisions[second].isSwap, decisions[second].isOnNVMe != decisions[gap].isOnNVMe,
        let other = onOtherTier(second, decisions[second])
      else { return nil }
      changed[second] = other
    }
    return changed
  }

  /// The same swap on the other tier; nil if the tensor can't go there.
  private mutating func onOtherTier(_ gap: Int, _ decision: Decision) -> Decision? {
    guard case .swap(let prefetch, let lag, let tier) = decision else { return nil }
    if case .nvme = tier { return .swap(prefetch: prefetch, lag: lag) }
    guard instance.gaps[gap].nvme != nil else { return nil }
    let stretch = [1, 1.5, 2.5][random.below(3)]
    let due = course.triggerTime(of: gap, prefetch: prefetch)
    return .swap(
      prefetch: prefetch, lag: lag,
      tier: .nvme(
        lead: course.lead(
          of: gap, prefetch: prefetch, lag: lag, startingBy: due - stretch * course.readTime[gap])))
  }

  /// Makes room for changed decisions that exceed the budget: copies back are delayed, then gaps are
  /// emptied where memory is short, the cheapest per byte of a few drawn ones first.
  private mutating func repair(_ decisions: [Decision]) -> [Decision]? {
    var repaired = decisions
    let timing = PrefetchTiming(course: course)
    for _ in 0..<8 {
      realisation.chargePass()
      guard let shortage = timing.delay(&repaired) else {
        guard course.fitAnchors(&repaired) else { return nil }
        guard instance.offersNVMe else { return repaired }
        guard
          var chosen = TierChoice(instance: instance, course: course, limit: realisation.limit)
            .decisions(repaired, reserve: [0, 1, 2, 2][random.below(4)])
        else { return nil }
        timing.setLeads(&chosen, stretch: 1.5, keepsRoom: random.below(4) == 0)
        return chosen
      }
      let last = instance.chainsAt[shortage.step].last {
        repaired[$0.gap] == .recompute(chain: $0.chain) && instance.gaps[$0.gap].outTime != nil
      }
      if let last, random.below(4) == 0 {
        repaired[last.gap] = instance.gaps[last.gap].lastSwap
        continue
      }
      if instance.offersCodecs, random.below(4) == 0,
        let gap = course.kernelGaps(before: shortage.step, repaired).first,
        instance.gaps[gap].offersRaw,
        case .swap(let prefetch, let lag, _) = repaired[gap]
      {
        repaired[gap] = .swap(prefetch: prefetch, lag: lag)
        continue
      }
      let covering = coveringGaps[shortage.step]
      guard !covering.isEmpty else { return nil }
      var chosen: (score: Double, gap: Int, decision: Decision)?
      for _ in 0..<8 {
        let gap = covering[random.below(covering.count)]
        guard repaired[gap].isKeep else { continue }
        let decision = draw(gap, otherThan: .keep)
        let item = instance.gaps[gap]
        let cost: Double =
          switch decision {
          case .keep: .infinity
          case .swap(_, _, let tier):
            (item.copyTimes(tier).back + item.copyTimes(tier).out) / 4 + item.heldTime(tier)
          case .recompute(let chain): item.chains[chain].time
          }
        let score = cost * (0.5 + random.unit()) / Double(min(item.bytes, shortage.bytes) + 1)
        if score < chosen?.score ?? .infinity { chosen = (score, gap, decision) }
      }
      guard let chosen else { return nil }
      repaired[chosen.gap] = chosen.decision
    }
    return nil
  }

  /// Draws another decision for a gap.
  private mutating func draw(_ index: Int, otherThan decision: Decision) -> Decision {
    let gap = instance.gaps[index]
    var options: [Decision] = decision.isKeep ? [] : [.keep]
    if gap.outTime != nil && !decision.isSwap {
      for tier in gap.tiers {
        options.append(.swap(prefetch: timely(index, tier), tier: tier))
      }
      if instance.offersNVMe, let other = onOtherTier(index, .swap(prefetch: timely(index, .host)))
      {
        options.append(other)
      }
    }
    for chain in gap.chains.indices where decision != .recompute(chain: chain) {
      options.append(.recompute(chain: chain))
    }
    return options.isEmpty ? decision : options[random.below(options.count)]
  }

  /// An operator from whose start on a copy back ends in time, with more or less to spare.
  private mutating func timely(_ gap: Int, _ tier: Decision.Tier) -> Int {
    let stretch = [1, 1.5, 2.5][random.below(3)]
    let start = course.idealStarts[course.gapEnd[gap]] - stretch * course.returnTime(gap, tier)
    return course.trigger(of: gap, startingBy: start)
  }
}
