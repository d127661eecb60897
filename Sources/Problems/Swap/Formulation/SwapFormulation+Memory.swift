import Optimization

/// What recomputed gaps leave free, and what chains take.
extension SwapFormulation {
  /// Keeps the running sum of what recomputed gaps leave free.
  mutating func addDropped(from previous: Moment?, to now: Moment) {
    var row = LinearExpression()
    row.add(1, now.dropped)
    if let previous { row.add(-1, previous.dropped) }
    let first = previous.map { $0.id + 1 } ?? 0
    for moment in first...now.id {
      // A gap leaves memory free from the start of the next operator to before the end of the gap.
      let step = moment / 2
      guard moment % 2 == 0 else { continue }
      for gap in step > 0 ? instance.gapsAfter[step - 1] : [] {
        for variable in recompute[gap] { row.add(-size(of: gap), variable) }
        for (variable, item, _) in codings(of: gap) where item.atOnce > 0 {
          row.add(-item.atOnce, variable)
        }
      }
      for gap in instance.gapsBefore[step] {
        for (variable, item, _) in codings(of: gap) where item.atOnce > 0 {
          row.add(item.atOnce, variable)
        }
      }
      for (gap, chain) in instance.chainsAt[step] {
        row.add(size(of: gap), recompute[gap][chain])
      }
    }
    model.addRow("dropped[\(now.label)]", row, equals: 0)
  }

  /// A chain's own memory fits beside everything carried over its operator.
  ///
  /// Chains before one operator run in the order of `chainsAt`: tensors of earlier chains are back, those
  /// of later ones are not. Copies under way are counted in favour of the plan.
  mutating func addChainMemory(step: Int, before previous: Moment?, at now: Moment) {
    guard let previous else { return }
    // What is still to be made again when a chain runs, from the last chain to the first.
    var missing = LinearExpression()
    for partners in instance.partners(before: step).reversed() {
      for (position, (gap, chains)) in partners.enumerated().reversed() {
        for chain in chains { missing.add(size(of: gap), recompute[gap][chain]) }
        // Where an earlier chain has made the tensor, its own chain doesn't run.
        var isMade = LinearExpression()
        for (other, others) in partners[..<position] {
          for chain in others { isMade.add(1, recompute[other][chain]) }
        }
        addChainMemory(
          of: gap, chains, step: step, missing: missing, isMade: isMade, before: previous, at: now)
      }
    }
  }

  /// Adds that the chains of one gap before an operator fit: at most one of them runs.
  mutating func addChainMemory(
    of gap: Int, _ chains: [Int], step: Int, missing: LinearExpression, isMade: LinearExpression,
    before previous: Moment, at now: Moment
  ) {
    let need = Double(instance.carried[step] - instance.budget) / Self.mebibyte
    let extras = chains.map { Double(instance.gaps[gap].chains[$0].extraBytes) / Self.mebibyte }
    guard let most = extras.max(), need + most > 0 else { return }
    var row = missing
    row.add(1, now.dropped)
    row.add(1, now.out)
    row.add(-1, previous.back)
    row.add(codedAway(at: now, returnedBy: previous))
    if let boundary { row.add(1, boundary.away) }
    for (chain, extra) in zip(chains, extras) { row.add(-extra, recompute[gap][chain]) }
    row.add(isMade, times: most)
    addMemoryRow(
      "chain[\(Self.label(of: instance, gap: gap)),\(step)]", row, step: step, atLeast: need)
  }

  /// Adds a row that says how much must be away while an operator runs.
  mutating func addMemoryRow(
    _ name: String, _ row: LinearExpression, step: Int, atLeast need: Double
  ) {
    memoryRows.append((model.addRow(name, row, atLeast: need), step))
  }
}
