import Optimization
import Profiles

/// The rows of one moment after the other: time, flows and memory.
extension SwapFormulation {
  /// What gaps over the boundary amount to when an iteration begins.
  struct Boundary {
    let pending: Variable
    let away: Variable
    let begun: Variable
  }

  /// Adds the state at the beginning of an iteration: each tensor of a gap over the boundary waits to
  /// leave, is away, or is on its way back.
  mutating func addBoundary() {
    guard hasBoundary else { return }
    let amounts = Boundary(
      pending: model.addVariable("boundary_pending", in: 0...Double.infinity),
      away: model.addVariable("boundary_away", in: 0...Double.infinity),
      begun: model.addVariable("boundary_begun", in: 0...Double.infinity))
    var row = LinearExpression()
    for variable in [amounts.pending, amounts.away, amounts.begun] { row.add(1, variable) }
    for (index, gap) in instance.gaps.enumerated() where gap.wraps {
      if let swap = swap[index] { row.add(-size(of: index), swap) }
    }
    minorRows.boundary = model.addRow("boundary", row, equals: 0)
    boundary = amounts
  }

  mutating func addTimeAndMemory() {
    addBoundary()
    var previous: Moment?
    // What is released from the start of the iteration on, and what has been waiting before.
    var releasedBefore = LinearExpression()
    var waiting = LinearExpression()
    if let boundary { waiting.add(1, boundary.pending) }
    var codedBefore = codedDue
    let rates = Self.linkRates(of: instance)
    let moments = moments()
    for (position, id) in moments.enumerated() {
      if stops() { return }
      let step = id / 2
      let now = addMoment(id, after: previous)
      addFlow(from: previous, to: now, rates: rates)
      addDropped(from: previous, to: now)
      if position == 0 {
        let early = gapsBeginning(in: 0..<id)
        if !early.isEmpty || hasMinor {
          releasedBefore = addRunningSum(
            "released_sum[first]", releasedBefore, swapped(early), named: hasMinor)
          if hasMinor { minorRows.released.append((0, model.rowCount - 1)) }
          release(coded(early), "first", &codedBefore)
        }
      }
      let next = position + 1 < moments.count ? moments[position + 1] : id + 1
      let released = gapsBeginning(in: id..<next)
      if !released.isEmpty {
        // Nothing leaves before it is released: the amount out lags behind what was released before.
        var row = releasedBefore
        row.add(waiting)
        row.add(-1, now.out)
        model.addRow("released[\(now.label)]", row, atLeast: 0)
        releasedBefore = addRunningSum(
          "released_sum[\(now.label)]", releasedBefore, swapped(released), named: hasMinor)
        if hasMinor { minorRows.released.append((id, model.rowCount - 1)) }
        for flow in now.coded.indices {
          var row = codedBefore[flow]
          row.add(-1, now.coded[flow].out)
          model.addRow("coded_released[\(flow),\(now.label)]", row, atLeast: 0)
        }
        release(coded(released), now.label, &codedBefore)
      }
      addDue((previous?.id ?? -1) + 1..<id + 1, at: now, isLast: position + 1 == moments.count)
      if now.isStart { addKernelMemory(step: step, before: previous, at: now) }
      if now.isStart, !instance.chainsAt[step].isEmpty {
        addChainMemory(step: step, before: previous, at: now)
      }
      if instance.live[step] > instance.budget {
        var row = LinearExpression()
        row.add(1, now.dropped)
        row.add(1, now.out)
        row.add(-1, now.back)
        row.add(codedAway(at: now, returnedBy: now))
        if let boundary { row.add(1, boundary.away) }
        addMemoryRow("memory[\(now.label)]", row, step: step, atLeast: missing(at: step))
      }
      timeline[id] = now
      previous = now
    }
    var objective = LinearExpression(constant: instance.computeTime / 1e3)
    if let previous {
      var row = releasedBefore
      row.add(-1, previous.out)
      // In the end as much has left and come back as in every iteration.
      model.addRow("released[end]", row, atLeast: 0, atMost: boundary == nil ? .infinity : 0)
      for flow in previous.coded.indices {
        var row = codedBefore[flow]
        row.add(-1, previous.coded[flow].out)
        model.addRow("coded_released[\(flow),end]", row, atLeast: 0)
      }
      if boundary != nil {
        var row = dueSum
        row.add(-1, previous.back)
        model.addRow("due[end]", row, equals: 0)
      }
      objective.add(1, previous.delay)
    }
    model.setObjective(objective)
    addWholeTensors()
  }

  /// Adds the variables of a moment, and how its delay follows from the one before.
  mutating func addMoment(_ id: Int, after previous: Moment?) -> Moment {
    let label = Self.label(of: instance, moment: id)
    let positive = 0...Double.infinity
    var now = Moment(
      id: id, label: label, delay: model.addVariable("delay[\(label)]", in: positive),
      out: model.addVariable("out[\(label)]", in: positive),
      back: model.addVariable("back[\(label)]", in: positive),
      dropped: model.addVariable("dropped[\(label)]", in: positive))
    now.coded = flows.rates.indices.map { flow in
      (
        model.addVariable("coded_out[\(flow),\(label)]", in: positive),
        model.addVariable("coded_back[\(flow),\(label)]", in: positive)
      )
    }
    var row = LinearExpression()
    if !codec.isEmpty {
      let encoded = model.addVariable("encoded[\(label)]", in: positive)
      now.encoded = encoded
      addEncoding(from: previous, to: now)
      row.add(-1, encoded)
      if let before = previous?.encoded { row.add(1, before) }
      row.add(
        held(gapsEnding(in: (previous?.id ?? -1) + 1..<id + 1)) { $0.coded.heldDecode }, times: -1)
    }
    row.add(1, now.delay)
    if let previous { row.add(-1, previous.delay) }
    for moment in (previous?.id ?? -1) + 1..<id + 1 where moment % 2 == 0 {
      row.add(addTimeAgain(before: moment / 2), times: -1)
    }
    // Nothing waits while an operator runs.
    let waits = now.isStart || previous?.id != id - 1
    model.addRow("stall[\(label)]", row, atLeast: 0, atMost: waits ? .infinity : 0)
    return now
  }

  /// How long the chains before an operator take: one operator makes all its tensors for this moment at once.
  mutating func addTimeAgain(before step: Int) -> LinearExpression {
    var sum = LinearExpression()
    for gaps in instance.partners(before: step) {
      var again = LinearExpression()
      if gaps.count > 1 {
        let name = "again[\(step),\(Self.label(of: instance, gap: gaps[0].gap))]"
        again.add(1, model.addVariable(name, in: 0...Double.infinity))
        sum.add(again)
      }
      for (gap, chains) in gaps {
        var own = LinearExpression()
        for chain in chains {
          own.add(instance.gaps[gap].chains[chain].time / 1e3, recompute[gap][chain])
        }
        if gaps.count == 1 {
          sum.add(own)
        } else {
          own.add(again, times: -1)
          let name = "again[\(step),\(Self.label(of: instance, gap: gap))]"
          model.addRow(name, own, atMost: 0)
        }
      }
    }
    return sum
  }
}
