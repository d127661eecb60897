import Foundation
import Plans
import Profiles

extension Portfolio {
  /// The best plan with all that is known about it.
  ///
  /// - Precondition: There is a best plan.
  func plan() -> Plan {
    guard let best else { preconditionFailure("plan() needs a candidate") }
    let table = best.timetable
    var plan = Plan(
      version: PlannerVersion.current,
      profile: Plan.ProfileReference(name: problem.profile.name),
      budget: Plan.Budget(
        deviceBytes: problem.budgetBytes, hostBytes: problem.hostBudgetBytes,
        nvmeBytes: problem.nvmeBudgetBytes),
      decisions: .swap(
        SwapDecisions(
          gaps: gapDecisions(best),
          densityQuantile: best.decisions.contains { $0.codec != nil }
            ? problem.settings.densityQuantile ?? Sparsity.defaultQuantile : nil)))
    plan.prediction = Prediction(
      iterationMicroseconds: table.iteration, computeMicroseconds: instance.computeTime,
      stallMicroseconds: table.stall, recomputeMicroseconds: table.recompute,
      codecMicroseconds: table.codec,
      peakDeviceBytes: table.peak, peakHostBytes: table.hostPeak,
      peakNVMeBytes: table.nvmePeak)
    // The bound is a bound of the plan too: rounding in the solver must not put it above.
    let lower = min(bound, table.iteration)
    plan.lowerBound = LowerBound(
      iterationMicroseconds: lower, method: boundMethod, prices: prices)
    let added = table.iteration - instance.computeTime
    plan.gap = Gap(
      ofIteration: (table.iteration - lower) / max(table.iteration, .leastNormalMagnitude),
      ofAddedTime: added > 0 ? (table.iteration - lower) / added : nil)
    plan.search = entries
    plan.isRepeatable = !wasCutOff
    plan.reasons = reasons(best)
    return plan
  }

  private func gapDecisions(_ candidate: Candidate) -> [GapDecision] {
    instance.gaps.indices.map { index in
      let gap = instance.gaps[index]
      let names = instance.operatorNames
      let action: GapDecision.Action =
        switch candidate.decisions[index] {
        case .keep: .keep
        case .swap(let prefetch, let lag, let tier):
          .swap(
            prefetchAt: names[prefetch],
            offloadAt: offload(index, prefetch: prefetch, lag: lag).map { names[$0] },
            tier: self.tier(tier, of: index, prefetch: prefetch, lag: lag))
        case .recompute(let chain):
          .recompute(
            operators: gap.chains[chain].operators.map { names[$0] },
            at: gap.chains[chain].at == gap.before ? nil : names[gap.chains[chain].at])
        }
      return GapDecision(
        tensor: instance.storages.all[gap.storage].tensor.id, after: names[gap.after],
        before: names[gap.before], action: action)
    }
  }

  /// Where a swapped tensor stays, by names.
  private func tier(
    _ tier: Decision.Tier, of gap: Int, prefetch: Int, lag: Int
  ) -> GapDecision.Tier {
    switch tier {
    case .host: return .host
    case .nvme(let lead):
      let read = realisation.course.readStep(gap, prefetch: prefetch, lag: lag, lead: lead)
      return .nvme(readAt: instance.operatorNames[read])
    case .codec(let codec): return .compressed(codec: instance.gaps[gap].codecs[codec].id)
    }
  }

  /// The operator whose end queues the copy to the host; nil if it is the one that begins the gap.
  private func offload(_ gap: Int, prefetch: Int, lag: Int) -> Int? {
    let course = realisation.course
    guard course.firstAway(gap, prefetch: prefetch, lag: lag) > 0 else { return nil }
    return course.offloadStep(gap, prefetch: prefetch, lag: lag)
  }

  /// What each decision that costs something buys.
  private func reasons(_ candidate: Candidate) -> [Reason] {
    let ledger = MemoryLedger(realisation.course, candidate.decisions)
    let largest = RangeMaximum(ledger.used)
    return candidate.decisions.indices.compactMap { index in
      let gap = instance.gaps[index]
      let cost: Double
      let what: String
      switch candidate.decisions[index] {
      case .keep: return nil
      case .swap(let prefetch, let lag, .nvme(let lead)):
        let course = realisation.course
        let copies = (gap.outTime ?? 0) + gap.inTime
        let onNVMe = course.writeTime[index] + course.readTime[index]
        let read = course.readStep(index, prefetch: prefetch, lag: lag, lead: lead)
        cost = copies + onNVMe
        what =
          "moved to NVMe, read from \(instance.operatorNames[read]) on, back from "
          + "\(instance.operatorNames[prefetch]) on; the copies take \(milliseconds(copies)) of link "
          + "time and \(milliseconds(onNVMe)) of NVMe's"
      case .swap(let prefetch, _, .codec(let position)):
        let codec = gap.codecs[position]
        let copies = codec.outTime + codec.inTime
        let raw = (gap.outTime ?? 0) + gap.inTime
        cost = copies + codec.heldTime
        what =
          "moved to the host encoded by \(codec.id), back from \(instance.operatorNames[prefetch]) on; "
          + "the copies take \(milliseconds(copies)) of link time instead of \(milliseconds(raw)), "
          + "kernels \(milliseconds(codec.heldTime)) of the compute stream"
      case .swap(let prefetch, _, .host):
        cost = (gap.outTime ?? 0) + gap.inTime
        what =
          "moved to the host, back from \(instance.operatorNames[prefetch]) on; "
          + "the copies take \(milliseconds(cost)) of link time"
      case .recompute(let chain):
        cost = gap.chains[chain].time
        let count = gap.chains[chain].operators.count
        what = "made again by \(count) operator\(count == 1 ? "" : "s") in \(milliseconds(cost))"
      }
      // The operator with the least room is the one that the memory was freed for.
      let tightest = largest.place(in: gap.ranges) ?? gap.after
      let without = ledger.used[tightest] + gap.bytes - problem.budgetBytes
      let need =
        without > 0
        ? "without it \(instance.operatorNames[tightest]) is \(Quantity.bytes(without)) over the budget"
        : "\(instance.operatorNames[tightest]) has the least room"
      return Reason(
        tensor: instance.storages.all[gap.storage].tensor.id,
        after: instance.operatorNames[gap.after], before: instance.operatorNames[gap.before],
        freedBytes: gap.bytes, costMicroseconds: cost,
        neededAt: instance.operatorNames[tightest], text: "\(what); \(need)")
    }
  }

  private func milliseconds(_ microseconds: Double) -> String {
    String(format: "%.2f ms", microseconds / 1e3)
  }
}
