import Optimization

/// Rows over the memory of the host and over NVMe, only where NVMe is offered: else the host's memory holds
/// whatever any plan can send there, or nothing can relieve it.
///
/// Variables
/// - `nvme[g]`: gap *g* is spent on NVMe, by way of the host
/// - `write[m]`, `read[m]`: what has been written to NVMe, and read from there, by moment *m*
/// - `boundary_unwritten`, `boundary_on_nvme`, `boundary_read`: what of the gaps over the boundary that go to
///   NVMe is still to be written when an iteration begins, is there, and has been read
///
/// All are amounts that have been copied, in fluids as those of the links to the device. A tensor holds its
/// whole size on the host from the first byte copied there to the last one written, and again from the first
/// one read to the last one copied back; so what has come to the host and has not left it never exceeds what
/// it holds there. The same is true of NVMe.
extension SwapFormulation {
  /// The variables of a gap's swap and of its stay on NVMe; nil if it can't go there.
  func tierChoice(of gap: Int) -> (swap: Variable, nvme: Variable)? {
    guard gap < nvme.count, let swap = swap[gap], let nvme = nvme[gap] else { return nil }
    return (swap, nvme)
  }

  /// The amounts on the way over the boundary.
  private struct Amounts {
    let unwritten: Variable
    let there: Variable
    let read: Variable
  }

  /// Adds the choice of the tier, the flows to NVMe and back, and the memory of the host.
  mutating func addNVMe() {
    addTiers()
    let amounts = addBoundaryOnNVMe()
    let rates = nvmeRates()
    guard rates.write > 0, rates.read > 0 else { return }
    var released = Sum()
    var due = Sum()
    var previous: (moment: Moment, write: Variable, read: Variable)?
    for id in timeline.keys.sorted() {
      guard let moment = timeline[id] else { continue }
      let label = moment.label
      let write = model.addVariable("write[\(label)]", in: 0...Double.infinity)
      let read = model.addVariable("read[\(label)]", in: 0...Double.infinity)
      addNVMeFlow(from: previous, to: (moment, write, read), rates: rates)
      let first = (previous?.moment.id ?? -1) + 1
      // Nothing is written before its gap begins; everything has been read when its gap ends.
      add(gapsBeginning(in: max(0, first - 1)..<id), to: &released, "write_sum[\(label)]")
      var row = released.expression
      if let amounts { row.add(1, amounts.unwritten) }
      row.add(-1, write)
      model.addRow("written[\(label)]", row, atLeast: 0)
      if add(gapsEnding(in: first..<id + 1), to: &due, "read_sum[\(label)]") {
        row = due.expression
        row.add(-1, read)
        if let amounts { row.add(-1, amounts.read) }
        model.addRow("read_due[\(label)]", row, atMost: 0)
      }
      addRoom(at: moment, write: write, read: read, there: amounts?.there)
      previous = (moment, write, read)
    }
    guard let previous, amounts != nil else { return }
    // In the end as much has been written and read as in every iteration.
    var all = LinearExpression()
    for gap in instance.gaps.indices {
      if let variable = nvme[gap] { all.add(size(of: gap), variable) }
    }
    for (name, variable) in [("write", previous.write), ("read", previous.read)] {
      var row = all
      row.add(-1, variable)
      model.addRow("\(name)[whole]", row, equals: 0)
    }
  }

  /// Adds the choice of each gap's tier, and that all four copies fit into a stay on NVMe.
  private mutating func addTiers() {
    for (index, gap) in instance.gaps.enumerated() {
      guard let swap = swap[index], let times = gap.nvme else {
        nvme.append(nil)
        continue
      }
      let name = Self.label(of: instance, gap: index)
      let variable = model.addBinary("nvme[\(name)]")
      nvme.append(variable)
      var choice = LinearExpression()
      choice.add(1, variable)
      choice.add(-1, swap)
      for (variable, _, _) in codings(of: index) { choice.add(1, variable) }
      model.addRow("tier[\(name)]", choice, atMost: 0)
      // The copies of one tensor are made one after the other; what the gap lacks for them is a delay.
      let (from, to) = (2 * gap.after + 1, 2 * gap.before)
      let last = 2 * instance.operatorCount - 1
      let window =
        gap.wraps
        ? fixedTime(from: from, to: last) + fixedTime(from: nil, to: to)
        : fixedTime(from: from, to: to)
      let copies = ((gap.outTime ?? 0) + gap.inTime + times.write + times.read) / 1e3
      guard copies - window > 1e-9, let begin = timeline[from], let end = timeline[to] else {
        continue
      }
      var row = LinearExpression()
      row.add(1, end.delay)
      row.add(-1, begin.delay)
      if gap.wraps {
        guard let whole = timeline[last] else { continue }
        row.add(1, whole.delay)
      }
      row.add(-(copies - window), variable)
      model.addRow("stay[\(name)]", row, atLeast: 0)
    }
  }

  /// Adds the amounts of gaps over the boundary, if there are any.
  private mutating func addBoundaryOnNVMe() -> Amounts? {
    guard let boundary else { return nil }
    let amounts = Amounts(
      unwritten: model.addVariable("boundary_unwritten", in: 0...Double.infinity),
      there: model.addVariable("boundary_on_nvme", in: 0...Double.infinity),
      read: model.addVariable("boundary_read", in: 0...Double.infinity))
    var row = LinearExpression()
    for variable in [amounts.unwritten, amounts.there, amounts.read] { row.add(1, variable) }
    for (index, gap) in instance.gaps.enumerated() where gap.wraps {
      if let variable = nvme[index] { row.add(-size(of: index), variable) }
    }
    model.addRow("boundary_nvme", row, equals: 0)
    var away = LinearExpression()
    away.add(1, boundary.away)
    away.add(-1, amounts.there)
    model.addRow("boundary_host", away, atLeast: 0)
    return amounts
  }

  /// Writes and reads only grow, and no faster than NVMe allows.
  private mutating func addNVMeFlow(
    from previous: (moment: Moment, write: Variable, read: Variable)?,
    to now: (moment: Moment, write: Variable, read: Variable),
    rates: (write: Double, read: Double)
  ) {
    let label = now.moment.label
    var write = LinearExpression()
    write.add(1, now.write)
    var read = LinearExpression()
    read.add(1, now.read)
    var length = LinearExpression(
      constant: fixedTime(from: previous?.moment.id, to: now.moment.id))
    length.add(1, now.moment.delay)
    if let previous {
      write.add(-1, previous.write)
      read.add(-1, previous.read)
      length.add(-1, previous.moment.delay)
      model.addRow("write_grows[\(label)]", write, atLeast: 0)
      model.addRow("read_grows[\(label)]", read, atLeast: 0)
    }
    // The hull of idle, one direction alone, and both at once, as of the links to the device.
    let (slowWrite, slowRead) = (instance.duplexWrite, instance.duplexRead)
    for (name, own, rate, other, otherRate, share) in [
      ("link_write", write, rates.write, read, rates.read, (1 - slowWrite) / slowRead),
      ("link_read", read, rates.read, write, rates.write, (1 - slowRead) / slowWrite),
    ] {
      var row = LinearExpression()
      row.add(own, times: 1 / rate)
      row.add(other, times: min(1, share) / otherRate)
      row.add(length, times: -1)
      model.addRow("\(name)[\(label)]", row, atMost: 0)
    }
  }

  /// What is away is on NVMe or on the host, and both have room for it.
  private mutating func addRoom(
    at moment: Moment, write: Variable, read: Variable, there: Variable?
  ) {
    var onNVMe = LinearExpression()
    onNVMe.add(1, write)
    onNVMe.add(-1, read)
    if let there { onNVMe.add(1, there) }
    let room = instance.nvmeBudget.map { Double($0) / Self.mebibyte } ?? .infinity
    model.addRow("nvme_memory[\(moment.label)]", onNVMe, atLeast: 0, atMost: room)
    guard let budget = instance.hostBudget else { return }
    var onHost = LinearExpression()
    onHost.add(1, moment.out)
    onHost.add(-1, moment.back)
    onHost.add(codedAway(at: moment, returnedBy: moment))
    if let boundary { onHost.add(1, boundary.away) }
    onHost.add(onNVMe, times: -1)
    model.addRow(
      "host_memory[\(moment.label)]", onHost, atMost: Double(budget) / Self.mebibyte)
  }

  /// The bytes of gaps so far that go to NVMe, as one variable, so that rows stay short.
  private struct Sum {
    var expression = LinearExpression()
  }

  /// Adds the bytes of some gaps that go to NVMe; whether there are any.
  @discardableResult
  private mutating func add(_ gaps: [Int], to sum: inout Sum, _ name: String) -> Bool {
    let variables = gaps.compactMap { gap in nvme[gap].map { (size(of: gap), $0) } }
    guard !variables.isEmpty else { return false }
    let next = model.addVariable(name, in: 0...Double.infinity)
    var row = sum.expression
    for (size, variable) in variables { row.add(size, variable) }
    row.add(-1, next)
    model.addRow(name, row, equals: 0)
    sum.expression = LinearExpression()
    sum.expression.add(1, next)
    return true
  }

  /// The best rates of any write and read, in mebibytes per millisecond.
  private func nvmeRates() -> (write: Double, read: Double) { Self.nvmeRates(of: instance) }

  static func nvmeRates(of instance: SwapInstance) -> (write: Double, read: Double) {
    var rates = (write: 0.0, read: 0.0)
    for gap in instance.gaps {
      guard let times = gap.nvme, gap.bytes > 0 else { continue }
      let size = Double(gap.bytes) / mebibyte
      rates.write = max(rates.write, size / max(times.write / 1e3, 1e-9))
      rates.read = max(rates.read, size / max(times.read / 1e3, 1e-9))
    }
    return rates
  }
}
