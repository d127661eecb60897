import Optimization

/// What the links carry, what is released to them, and what is due.
extension SwapFormulation {
  /// Copies only grow, and no faster than the links allow.
  mutating func addFlow(
    from previous: Moment?, to now: Moment, rates: (out: Double, back: Double)
  ) {
    guard rates.out > 0, rates.back > 0 else { return }
    var out = LinearExpression()
    out.add(1, now.out)
    var back = LinearExpression()
    back.add(1, now.back)
    var length = LinearExpression(constant: fixedTime(from: previous?.id, to: now.id))
    length.add(1, now.delay)
    if let previous {
      out.add(-1, previous.out)
      back.add(-1, previous.back)
      length.add(-1, previous.delay)
      model.addRow("out_grows[\(now.label)]", out, atLeast: 0)
      model.addRow("back_grows[\(now.label)]", back, atLeast: 0)
    }
    var outTime = LinearExpression()
    outTime.add(out, times: 1 / rates.out)
    var backTime = LinearExpression()
    backTime.add(back, times: 1 / rates.back)
    for (flow, amounts) in now.coded.enumerated() {
      for (word, variable, before, rate) in [
        ("coded_out", amounts.out, previous?.coded[flow].out, flows.rates[flow].out),
        ("coded_back", amounts.back, previous?.coded[flow].back, flows.rates[flow].back),
      ] {
        var more = LinearExpression()
        more.add(1, variable)
        if let before {
          more.add(-1, before)
          model.addRow("\(word)_grows[\(flow),\(now.label)]", more, atLeast: 0)
        }
        if word == "coded_out" {
          outTime.add(more, times: rate)
        } else {
          backTime.add(more, times: rate)
        }
      }
    }
    // The reachable pairs of amounts are the hull of idle, one direction alone, and both at once. Where
    // both at once are slower than one after the other, they add nothing to the hull.
    let shares = instance.duplexShares
    var first = outTime
    first.add(backTime, times: shares.back)
    first.add(length, times: -1)
    let firstRow = model.addRow("link_out[\(now.label)]", first, atMost: 0)
    var second = backTime
    second.add(outTime, times: shares.out)
    second.add(length, times: -1)
    let secondRow = model.addRow("link_back[\(now.label)]", second, atMost: 0)
    linkRows.append((firstRow, secondRow, previous, now))
  }

  /// Adds what encoded tensors may free from now on.
  mutating func release(
    _ more: [LinearExpression], _ label: String, _ sums: inout [LinearExpression]
  ) {
    for flow in more.indices where !more[flow].isEmpty {
      sums[flow] = addRunningSum("coded_sum[\(flow),\(label)]", sums[flow], more[flow])
    }
  }

  /// The bytes of some gaps that are spent on the host as they are.
  func swapped(_ gaps: [Int]) -> LinearExpression {
    var sum = LinearExpression()
    for gap in gaps {
      if let variable = swap[gap] { sum.add(size(of: gap), variable) }
      for (variable, _, _) in codings(of: gap) { sum.add(-size(of: gap), variable) }
    }
    return sum
  }

  /// What is due has come back.
  mutating func addDue(_ moments: Range<Int>, at now: Moment, isLast: Bool) {
    addCodedDue(gapsEnding(in: moments), at: now)
    var due = LinearExpression()
    for moment in moments where moment % 2 == 0 {
      for item in earlyReturns[moment / 2] ?? [] {
        due.add(size(of: item.gap), item.variable)
        if let earlier = item.earlier { due.add(-size(of: item.gap), earlier) }
      }
      for gap in instance.gapsBefore[moment / 2] {
        guard let swap = swap[gap] else { continue }
        due.add(size(of: gap), swap)
        for (variable, _, _) in codings(of: gap) { due.add(-size(of: gap), variable) }
        if let early = lastEarly[gap] { due.add(-size(of: gap), early) }
      }
    }
    if due.isEmpty && !(isLast && hasMinor) { return }
    dueSum = addRunningSum("due_sum[\(now.label)]", dueSum, due, named: hasMinor)
    if hasMinor { minorRows.due.append((now.id, model.rowCount - 1)) }
    var row = dueSum
    row.add(-1, now.back)
    if let boundary { row.add(-1, boundary.begun) }
    model.addRow("due[\(now.label)]", row, atMost: 0)
  }

  /// What is due of encoded tensors has begun to come back.
  mutating func addCodedDue(_ gaps: [Int], at now: Moment) {
    for (flow, more) in coded(gaps).enumerated() where !more.isEmpty {
      codedDue[flow] = addRunningSum(
        "coded_due_sum[\(flow),\(now.label)]", codedDue[flow], more)
      var row = codedDue[flow]
      row.add(-1, now.coded[flow].back)
      model.addRow("coded_due[\(flow),\(now.label)]", row, atMost: 0)
    }
  }

  /// Returns a variable that is the old sum plus something more.
  ///
  /// - Parameter named: Whether it gets a row of its own even if it is short.
  mutating func addRunningSum(
    _ name: String, _ sum: LinearExpression, _ more: LinearExpression, named: Bool = false
  ) -> LinearExpression {
    var next = sum
    next.add(more)
    // A short sum needs no variable of its own.
    let isShort = next.columns.count <= 1 || next.columns.count <= sum.columns.count
    if isShort && !named { return next }
    let variable = model.addVariable(name, in: 0...(.infinity))
    next.add(-1, variable)
    model.addRow(name, next, equals: 0)
    var expression = LinearExpression()
    expression.add(1, variable)
    return expression
  }
}
