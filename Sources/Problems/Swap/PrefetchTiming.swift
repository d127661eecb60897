/// Chooses when each copy back is queued, for given keep, swap and recompute decisions.
struct PrefetchTiming {
  let instance: SwapInstance

  /// How early copies back are queued.
  enum Policy: Hashable {
    /// So early that the copies end in time if each takes `stretch` times as long as it should.
    case inTime(stretch: Double)
    /// As early as memory allows.
    case asEarlyAsPossible
  }

  /// Returns the decisions with prefetch operators set, or nil if they exceed the budget however
  /// late the copies are.
  func timed(_ decisions: [Decision], _ policy: Policy, starts: [Double]) -> [Decision]? {
    var timed = decisions
    switch policy {
    case .inTime(let stretch): setInTime(&timed, stretch: stretch, starts: starts)
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
  private func setInTime(_ decisions: inout [Decision], stretch: Double, starts: [Double]) {
    var nextStart = Double.infinity
    for index in instance.gaps.indices.reversed() where decisions[index].isSwap {
      let gap = instance.gaps[index]
      let start = min(starts[gap.before], nextStart) - stretch * gap.inTime
      nextStart = start
      var low = gap.after + 1
      var high = gap.before - 1
      while low < high {
        let middle = (low + high + 1) / 2
        if starts[middle] <= start { low = middle } else { high = middle - 1 }
      }
      decisions[index] = .swap(prefetch: low)
    }
  }

  /// Sets each copy back as early as the memory left by all earlier deadlines allows.
  private func setEarliest(_ decisions: inout [Decision]) {
    for index in instance.gaps.indices where decisions[index].isSwap {
      decisions[index] = .swap(prefetch: instance.gaps[index].before - 1)
    }
    let ledger = MemoryLedger(instance, decisions)
    var room = (0..<instance.operatorCount).map { step in
      let chains = ledger.chainUse(instance, decisions, before: step).map(\.bytes).max() ?? 0
      return instance.budget - max(ledger.used[step], chains)
    }
    for index in instance.gaps.indices where decisions[index].isSwap {
      let gap = instance.gaps[index]
      var prefetch = gap.before - 1
      while prefetch > gap.after + 1 && room[prefetch] >= gap.bytes {
        room[prefetch] -= gap.bytes
        prefetch -= 1
      }
      decisions[index] = .swap(prefetch: prefetch)
    }
  }

  /// Delays copies back until no operator exceeds the budget; tells the first one that still does.
  func delay(_ decisions: inout [Decision]) -> Shortage? {
    let ledger = MemoryLedger(instance, decisions)
    // Taken off the ledger by copies that were delayed, by operator.
    var relief = [Int](repeating: 0, count: instance.operatorCount + 1)
    var sum = 0
    var swapsByPrefetch = [[Int]](repeating: [], count: instance.operatorCount)
    for (index, decision) in decisions.enumerated() {
      if case .swap(let prefetch) = decision { swapsByPrefetch[prefetch].append(index) }
    }
    // Copies on their way at the operator, the most urgent last.
    var onTheirWay: [Int] = []
    for step in 0..<instance.operatorCount {
      sum += relief[step]
      let chains = ledger.chainUse(instance, decisions, before: step).map(\.bytes).max() ?? 0
      var over = max(ledger.used[step], chains) - sum - instance.budget
      if over > 0 {
        onTheirWay.removeAll { instance.gaps[$0].before <= step }
        onTheirWay.sort { ($0) > ($1) }
        var kept: [Int] = []
        for index in onTheirWay {
          guard over > 0 else {
            kept.append(index)
            continue
          }
          let gap = instance.gaps[index]
          over -= gap.bytes
          decisions[index] = .swap(prefetch: step)
          sum += gap.bytes
          relief[step + 1] -= gap.bytes
          swapsByPrefetch[step].append(index)
        }
        onTheirWay = kept
        if over > 0 { return Shortage(step: step, bytes: over) }
      }
      onTheirWay.append(contentsOf: swapsByPrefetch[step])
    }
    return nil
  }
}
