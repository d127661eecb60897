import Optimization

/// What may happen in each gap, and what chains need for it.
extension SwapFormulation {
  /// A tensor that returns before an operator which only a chain needs it for.
  struct EarlyReturn {
    let gap: Int
    let variable: Variable
    /// The variable of the next earlier such operator.
    let earlier: Variable?
  }

  /// Adds the choice of each gap, and that chains find their anchors on the device.
  mutating func addChoices() {
    for (index, gap) in instance.gaps.enumerated() {
      let name = Self.label(of: instance, gap: index)
      let isMovable = gap.outTime != nil && gap.bytes > 0 && !gap.isMinor
      swap.append(isMovable ? model.addBinary("swap[\(name)]") : nil)
      recompute.append(
        gap.chains.indices.map { model.addBinary("recompute[\(name),\($0)]") })
    }
    addCodecs()
    let early = addEarlyReturns()
    for index in instance.gaps.indices {
      if stops() { return }
      let choices = away(index)
      if recompute[index].count + (swap[index] == nil ? 0 : 1) > 1 {
        model.addRow("choice[\(Self.label(of: instance, gap: index))]", choices, atMost: 1)
      }
      for (anchor, chains) in chainsByAnchor(of: index) {
        addAnchorRows(of: index, chains, anchor, early)
      }
    }
  }

  /// The chains of a gap that read each of their anchors, by anchor, ascending.
  func chainsByAnchor(of gap: Int) -> [(anchor: Int, chains: [Int])] {
    var chains: [Int: [Int]] = [:]
    for (position, anchors) in instance.anchors[gap].enumerated() {
      for anchor in anchors { chains[anchor, default: []].append(position) }
    }
    return chains.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Adds that an anchor is on the device when a gap's chains read it.
  ///
  /// At most one of the chains runs, so all that run up to one operator share a row: a tighter program than a row
  /// for each chain, and a smaller one.
  mutating func addAnchorRows(
    of gap: Int, _ chains: [Int], _ anchor: Int, _ early: [[Int]: Variable]
  ) {
    func moment(_ chain: Int) -> Int { instance.gaps[gap].chains[chain].at }
    for latest in Set(chains.map(moment)).sorted() {
      var row = LinearExpression()
      for (other, variable) in zip(instance.gaps[anchor].chains, recompute[anchor])
      where other.at > latest { row.add(1, variable) }
      var isStrict = false
      if let swap = swap[anchor] {
        if let early = early[[anchor, latest]] {
          row.add(1, swap)
          row.add(-1, early)
        } else if anchorForm == .staying {
          row.add(1, swap)
          isStrict = true
        }
      }
      if row.isEmpty { continue }
      for chain in chains where moment(chain) <= latest { row.add(1, recompute[gap][chain]) }
      if isStrict { strictRows[anchor, default: []].append(model.rowCount) }
      let name = "\(Self.label(of: instance, gap: gap)),\(anchor),\(latest)"
      model.addRow("anchor[\(name)]", row, atMost: 1)
    }
  }

  /// Adds the variables of tensors that return early for chains, by gap and operator.
  ///
  /// Tensors in gaps over the boundary get none: for them chains are free to find their anchors.
  mutating func addEarlyReturns() -> [[Int]: Variable] {
    guard anchorForm == .returning else { return [:] }
    var moments = [Set<Int>](repeating: [], count: instance.gaps.count)
    for (index, gap) in instance.gaps.enumerated() {
      for (chain, anchors) in zip(gap.chains, instance.anchors[index]) {
        for anchor in anchors where swap[anchor] != nil && !instance.gaps[anchor].wraps {
          moments[anchor].insert(chain.at)
        }
      }
    }
    var found: [[Int]: Variable] = [:]
    for (gap, steps) in moments.enumerated() {
      guard let swap = swap[gap] else { continue }
      var earlier: Variable?
      for step in steps.sorted() {
        let name = "\(Self.label(of: instance, gap: gap)),\(step)"
        let variable = model.addVariable("early[\(name)]", in: 0...1)
        if let earlier {
          var row = LinearExpression()
          row.add(1, variable)
          row.add(-1, earlier)
          model.addRow("early_grows[\(name)]", row, atLeast: 0)
        }
        earlyReturns[step, default: []].append(
          EarlyReturn(gap: gap, variable: variable, earlier: earlier))
        found[[gap, step]] = variable
        earlier = variable
      }
      if let earlier {
        var row = LinearExpression()
        row.add(1, swap)
        row.add(-1, earlier)
        // What is encoded stays so to the end of its gap.
        for (variable, _, _) in codings(of: gap) { row.add(-1, variable) }
        model.addRow("early_if_swapped[\(Self.label(of: instance, gap: gap))]", row, atLeast: 0)
        lastEarly[gap] = earlier
      }
    }
    return found
  }

  /// The share of a gap in which its tensor is not on the device.
  func away(_ gap: Int) -> LinearExpression {
    var sum = LinearExpression()
    if let swap = swap[gap] { sum.add(1, swap) }
    for variable in recompute[gap] { sum.add(1, variable) }
    return sum
  }
}
