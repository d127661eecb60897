import Optimization

/// From plans to points, and from points to decisions.
extension SwapFormulation {
  /// The choices of a plan as a start for a solver; the other variables are left open.
  func start(from decisions: [Decision]) -> [Double?] {
    var point = [Double?](repeating: nil, count: model.variableCount)
    for (gap, decision) in decisions.enumerated() {
      if let swap = swap[gap] { point[swap.index] = decision.isSwap ? 1 : 0 }
      if let (_, nvme) = tierChoice(of: gap) { point[nvme.index] = decision.isOnNVMe ? 1 : 0 }
      for (position, coding) in codings(of: gap).enumerated() {
        point[coding.variable.index] = decision.codec == position ? 1 : 0
      }
      for (position, variable) in recompute[gap].enumerated() {
        point[variable.index] = decision == .recompute(chain: position) ? 1 : 0
      }
    }
    return point
  }

  /// The variables of a gap's choices other than keeping.
  func choices(of gap: Int) -> [Variable] {
    recompute[gap] + (swap[gap].map { [$0] } ?? [])
  }

  /// The decisions of a point, with copies timed as in the point.
  ///
  /// - Parameter lead: Copies to the host wait as long as in the point, less the time of so many copies of their own
  ///   size; they don't wait if it is nil.
  func decisions(at point: [Double], lead: Double? = nil) -> [Decision] {
    var decisions = decisionsWithoutLags(at: point)
    if let lead { setLags(of: &decisions, at: point, lead: lead) }
    return decisions
  }

  /// How much earlier than in a point copies to the host may start: a little, so that the link doesn't idle, or not at
  /// all, which is better for large tensors.
  static let leads: [Double?] = [nil, 2, 0, 1]

  /// Delays each copy to the host until as much has been copied as comes before it in the queue.
  func setLags(of decisions: inout [Decision], at point: [Double], lead: Double) {
    let count = instance.operatorCount
    // What has been copied to the host by the end of each operator, in a straight line between moments.
    var copied = [Double](repeating: 0, count: count)
    var last = (step: -1, amount: 0.0)
    for id in timeline.keys.sorted() {
      guard let moment = timeline[id] else { continue }
      let step = min(count - 1, id / 2)
      let amount = point[moment.out.index]
      for between in (last.step + 1)..<max(step + 1, last.step + 1) {
        let share = Double(between - last.step) / Double(step - last.step)
        copied[between] = last.amount + share * (amount - last.amount)
      }
      last = (step, amount)
    }
    for step in (last.step + 1)..<max(count, last.step + 1) { copied[step] = last.amount }
    let waiting = boundary.map { point[$0.pending.index] } ?? 0
    let whole = last.amount
    // Gaps in the order in which they are released, with what is released before them.
    var before = waiting
    let order = instance.gaps.indices.filter {
      decisions[$0].isSwap && decisions[$0].codec == nil && swap[$0] != nil
    }.sorted {
      (instance.gaps[$0].after, $0) < (instance.gaps[$1].after, $1)
    }
    for index in order {
      let gap = instance.gaps[index]
      guard case .swap(let prefetch, _, let tier) = decisions[index] else { continue }
      let start = before - lead * size(of: index)
      before += size(of: index)
      let latest = gap.position(of: prefetch)
      var lag = 0
      while lag < latest {
        let step = gap.step(at: lag)
        let isNext = gap.wraps && step < gap.after
        guard copied[step] + (isNext ? whole : 0) < start else { break }
        lag += 1
      }
      decisions[index] = .swap(prefetch: prefetch, lag: lag, tier: tier)
    }
  }

  func decisionsWithoutLags(at point: [Double]) -> [Decision] {
    // What has begun to be copied back by the start of each operator, as far as moments tell.
    var begun = [Double](repeating: 0, count: instance.operatorCount)
    var latest = boundary.map { point[$0.begun.index] } ?? 0
    let early = latest
    for step in begun.indices {
      if let moment = timeline[2 * step] { latest = early + point[moment.back.index] }
      begun[step] = latest
      if let moment = timeline[2 * step + 1] { latest = early + point[moment.back.index] }
    }
    // In the iteration before, as much less as comes back in one iteration.
    let whole = latest - early
    var queued = 0.0
    var codedQueued = [Double](repeating: 0, count: flows.rates.count)
    let codedBegun = flows.rates.indices.map { returnBegun(ofFlow: $0, at: point) }
    return instance.gaps.indices.map { index in
      let gap = instance.gaps[index]
      for (position, variable) in recompute[index].enumerated()
      where point[variable.index] > 0.5 {
        return .recompute(chain: position)
      }
      guard let swap = swap[index], point[swap.index] > 0.5 else { return .keep }
      var position = gap.length - 1
      if let chosen = chosenCodec(of: index, at: point) {
        let item = flows.items[index][chosen]
        while position > 0,
          codedBegun[item.flow][gap.step(at: position)] > codedQueued[item.flow] + 1e-6
        { position -= 1 }
        codedQueued[item.flow] += item.amount
        return .swap(prefetch: gap.step(at: position), tier: .codec(chosen))
      }
      while position > 0 {
        let step = gap.step(at: position)
        let isBefore = gap.wraps && step > gap.after
        if begun[step] - (isBefore ? whole : 0) <= queued + 1e-6 { break }
        position -= 1
      }
      queued += size(of: index)
      let isOnNVMe = tierChoice(of: index).map { point[$0.nvme.index] > 0.5 } ?? false
      return .swap(
        prefetch: gap.step(at: position), tier: isOnNVMe ? .nvme(lead: 0) : .host)
    }
  }

  /// What of a flow has begun to come back by the start of each operator, as far as moments tell.
  func returnBegun(ofFlow flow: Int, at point: [Double]) -> [Double] {
    var latest = 0.0
    return (0..<instance.operatorCount).map { step in
      if let moment = timeline[2 * step] { latest = point[moment.coded[flow].back.index] }
      defer {
        if let moment = timeline[2 * step + 1] { latest = point[moment.coded[flow].back.index] }
      }
      return latest
    }
  }
}
