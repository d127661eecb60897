import Optimization
import Plans
import Profiles

/// The swap problem as a mixed-integer program.
///
/// The program relaxes the execution model: copies are fluids that may be split and reordered, and a
/// plan's stalls may lie anywhere. Whatever the execution model can do with the same choices
/// satisfies every row, so the program's bound is a bound of all such plans.
///
/// Units: milliseconds and mebibytes. *Moments* are the starts and ends of operators at which memory
/// is short, a gap begins or a gap ends.
///
/// Variables
/// - `swap[g]`: gap *g* is spent on the host
/// - `recompute[g,c]`: gap *g* is emptied and refilled by chain *c*; `keep` is what is left of 1
/// - `out[m]`, `back[m]`: what has been copied to the host, and what has begun to be copied back, by
///   moment *m*
/// - `delay[m]`: by how much stalls and chains have put off moment *m*
/// - `away[g,m]`: gap *g* is emptied at a moment so near to an end of the gap that the copy needs a stall
/// - `early[h,k]`: gap *h* is spent on the host, and its tensor returns before operator *k* for a chain
/// - `released[m]`, `due[m]`, `dropped[m]`: running sums that keep the rows short
/// - `boundary_pending`, `boundary_away`, `boundary_begun`: what of the gaps over the boundary is still to be
///   copied to the host when an iteration begins, is away, and has begun to be copied back
///
/// Where gaps lie over the boundary, the variables are means over many iterations: every row is linear,
/// so the means keep it, and the bound is one of the mean iteration's time.
///
/// - `nvme[g]`, `write[m]`, `read[m]` and their `boundary_` amounts, where the host's memory may be short: see
///   `addNVMe`
///
/// Objective: all operators' time and the delay of the last moment.
///
/// A chain may read a tensor that was moved, if its copy back comes early enough. Two forms of the program treat
/// that differently, see `Anchors`.
struct SwapFormulation {
  let instance: SwapInstance
  /// What is said about tensors that chains read.
  let anchorForm: Anchors
  var model: Model
  /// The variable of each gap's swap; nil if it can't be moved.
  private(set) var swap: [Variable?] = []
  /// The variable of each gap's stay on NVMe; empty where NVMe is not offered.
  var nvme: [Variable?] = []
  /// The variables of each gap's codecs; empty where none is offered.
  var codec: [[Variable]] = []
  /// The flows of encoded tensors.
  let flows: CodedFlows
  /// For how long kernels may have encoded, and must have encoded, so far.
  var encodable = LinearExpression()
  var encodingDue = LinearExpression()
  /// The variables of each gap's chains.
  private(set) var recompute: [[Variable]] = []

  /// The gaps whose tensors may return early for a chain before each operator.
  private(set) var earlyReturns: [Int: [EarlyReturn]] = [:]

  /// The moments' variables by number: `2k` is the start, `2k + 1` the end of operator *k*.
  private(set) var timeline: [Int: Moment] = [:]
  /// The variables that say whether a tensor is away near an end of its gap.
  var edges: [Variable] = []
  /// The amounts of gaps over the boundary; nil where there are none.
  private(set) var boundary: Boundary?
  /// The rows that say how much must be away, with their operators.
  private var memoryRows: [(row: Int, step: Int)] = []
  /// The rows of the links, with the moments before and at which they count.
  private var linkRows: [(out: Int, back: Int, before: Moment?, now: Moment)] = []
  /// When each operator starts if nothing stalls, and when the last one ends, in microseconds.
  private let clock: [Double]

  static let mebibyte = 1_048_576.0

  /// How the program treats tensors that chains read and that may be moved.
  enum Anchors {
    /// They may return early, with a variable for each moment at which a chain may need them.
    case returning
    /// They stay. That says more than the execution model does, so the bound is lowered by what the duals say these
    /// rows could be worth. The program is a third of the size, and its relaxation takes a quarter of the time.
    case staying
  }

  /// When to give up.
  private let limit: SearchLimit
  /// Whether the limit came first: the program then lacks rows, and can't be used.
  private(set) var isCutOff = false

  init(_ instance: SwapInstance, anchors: Anchors? = nil, limit: SearchLimit = SearchLimit()) {
    self.instance = instance
    self.limit = limit
    anchorForm = anchors ?? (instance.operatorCount > 1000 ? .staying : .returning)
    model = Model(name: "swap")
    flows = CodedFlows(instance)
    codedDue = [LinearExpression](repeating: LinearExpression(), count: flows.rates.count)
    var clock = [0.0]
    for duration in instance.durations { clock.append(clock[clock.count - 1] + duration) }
    self.clock = clock
    addChoices()
    if !isCutOff { addTimeAndMemory() }
    if isCutOff { return }
    if instance.offersNVMe { addNVMe() }
  }

  private mutating func stops() -> Bool {
    isCutOff = isCutOff || limit.isReached
    return isCutOff
  }

  // MARK: Choices

  /// A tensor that returns before an operator which only a chain needs it for.
  struct EarlyReturn {
    let gap: Int
    let variable: Variable
    /// The variable of the next earlier such operator.
    let earlier: Variable?
  }

  /// Adds the choice of each gap, and that chains find their anchors on the device.
  private mutating func addChoices() {
    for (index, gap) in instance.gaps.enumerated() {
      let name = Self.label(of: instance, gap: index)
      let isMovable = gap.outTime != nil && gap.bytes > 0 && !gap.isMinor
      swap.append(isMovable ? model.addBinary("swap[\(name)]") : nil)
      recompute.append(
        gap.chains.indices.map { model.addBinary("recompute[\(name),\($0)]") })
    }
    addCodecs()
    let early = addEarlyReturns()
    for (index, gap) in instance.gaps.enumerated() {
      if stops() { return }
      let choices = away(index)
      if recompute[index].count + (swap[index] == nil ? 0 : 1) > 1 {
        model.addRow("choice[\(Self.label(of: instance, gap: index))]", choices, atMost: 1)
      }
      for position in gap.chains.indices {
        for anchor in instance.anchors[index][position] {
          var row = LinearExpression()
          for (other, variable) in zip(instance.gaps[anchor].chains, recompute[anchor])
          where other.at > gap.chains[position].at { row.add(1, variable) }
          var isStrict = false
          if let swap = swap[anchor] {
            if let early = early[[anchor, gap.chains[position].at]] {
              row.add(1, swap)
              row.add(-1, early)
            } else if anchorForm == .staying {
              row.add(1, swap)
              isStrict = true
            }
          }
          if row.isEmpty { continue }
          row.add(1, recompute[index][position])
          if isStrict { strictRows[anchor, default: []].append(model.rowCount) }
          model.addRow(
            "anchor[\(Self.label(of: instance, gap: index)),\(position),\(anchor)]", row, atMost: 1)
        }
      }
    }
  }

  /// Rows that a plan keeps only if it doesn't move the tensor of a gap, by gap.
  private var strictRows: [Int: [Int]] = [:]
  /// Whether all plans keep all rows, so that the program's own bound is one of all plans.
  var isRelaxation: Bool { strictRows.isEmpty && !instance.gaps.contains(where: \.isMinor) }

  /// Adds the variables of tensors that return early for chains, by gap and operator.
  ///
  /// Tensors in gaps over the boundary get none: for them chains are free to find their anchors.
  private mutating func addEarlyReturns() -> [[Int]: Variable] {
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

  /// The variable of the last early return of each gap that has one.
  private var lastEarly: [Int: Variable] = [:]

  /// The share of a gap in which its tensor is not on the device.
  private func away(_ gap: Int) -> LinearExpression {
    var sum = LinearExpression()
    if let swap = swap[gap] { sum.add(1, swap) }
    for variable in recompute[gap] { sum.add(1, variable) }
    return sum
  }

  // MARK: Time and memory

  /// The starts and ends of operators at which something must be said, ascending.
  private func moments() -> [Int] {
    var found = Set<Int>()
    for (step, live) in instance.live.enumerated() where live > instance.budget {
      found.formUnion([2 * step, 2 * step + 1])
    }
    for (index, gap) in instance.gaps.enumerated() where !away(index).isEmpty {
      found.formUnion([2 * gap.after + 1, 2 * gap.before])
      for chain in gap.chains { found.formUnion([2 * chain.at - 1, 2 * chain.at]) }
      if !codings(of: index).isEmpty { found.insert(2 * gap.before - 1) }
    }
    if hasBoundary { found.insert(2 * instance.operatorCount - 1) }
    return thinned(found.sorted())
  }

  /// Keeps the moment with the least room of each stretch if there are too many, and the last one.
  ///
  /// Leaving out a moment leaves out rows; those of the others hold as before.
  private func thinned(_ moments: [Int]) -> [Int] {
    let limit = max(2, instance.momentLimit)
    guard moments.count > limit, let last = moments.last else { return moments }
    var kept: [Int] = []
    for stretch in 0..<(limit - 1) {
      let first = stretch * (moments.count - 1) / (limit - 1)
      let end = (stretch + 1) * (moments.count - 1) / (limit - 1)
      let tightest = moments[first..<end].max {
        (instance.live[$0 / 2], -$0) < (instance.live[$1 / 2], -$1)
      }
      if let tightest { kept.append(tightest) }
    }
    return kept + [last]
  }

  /// Whether anything may be away over the boundary between iterations.
  private var hasBoundary: Bool {
    instance.gaps.indices.contains { instance.gaps[$0].wraps && swap[$0] != nil }
  }

  /// What gaps over the boundary amount to when an iteration begins.
  struct Boundary {
    let pending: Variable
    let away: Variable
    let begun: Variable
  }

  /// Adds the state at the beginning of an iteration: each tensor of a gap over the boundary waits to
  /// leave, is away, or is on its way back.
  private mutating func addBoundary() {
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
    model.addRow("boundary", row, equals: 0)
    boundary = amounts
  }

  private mutating func addTimeAndMemory() {
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
        if !early.isEmpty {
          releasedBefore = addRunningSum("released_sum[first]", releasedBefore, swapped(early))
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
          "released_sum[\(now.label)]", releasedBefore, swapped(released))
        for flow in now.coded.indices {
          var row = codedBefore[flow]
          row.add(-1, now.coded[flow].out)
          model.addRow("coded_released[\(flow),\(now.label)]", row, atLeast: 0)
        }
        release(coded(released), now.label, &codedBefore)
      }
      addDue((previous?.id ?? -1) + 1..<id + 1, at: now)
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

  /// Adds what encoded tensors may free from now on.
  private mutating func release(
    _ more: [LinearExpression], _ label: String, _ sums: inout [LinearExpression]
  ) {
    for flow in more.indices where !more[flow].isEmpty {
      sums[flow] = addRunningSum("coded_sum[\(flow),\(label)]", sums[flow], more[flow])
    }
  }

  /// The bytes of some gaps that are spent on the host as they are.
  private func swapped(_ gaps: [Int]) -> LinearExpression {
    var sum = LinearExpression()
    for gap in gaps {
      if let variable = swap[gap] { sum.add(size(of: gap), variable) }
      for (variable, _, _) in codings(of: gap) { sum.add(-size(of: gap), variable) }
    }
    return sum
  }

  /// The gaps that begin at one of some moments.
  func gapsBeginning(in moments: Range<Int>) -> [Int] {
    (moments.lowerBound / 2..<(moments.upperBound + 1) / 2).flatMap { step in
      moments.contains(2 * step + 1) ? instance.gapsAfter[step] : []
    }
  }

  /// The gaps that end at one of some moments.
  func gapsEnding(in moments: Range<Int>) -> [Int] {
    (moments.lowerBound / 2..<(moments.upperBound + 1) / 2).flatMap { step in
      moments.contains(2 * step) ? instance.gapsBefore[step] : []
    }
  }

  /// The variables of one moment.
  struct Moment {
    let id: Int
    let label: String
    let delay: Variable
    let out: Variable
    let back: Variable
    let dropped: Variable
    /// What flows of encoded tensors have freed, and have begun to take again.
    var coded: [(out: Variable, back: Variable)] = []
    /// For how long encoding kernels have held the stream.
    var encoded: Variable?

    var isStart: Bool { id % 2 == 0 }
  }

  /// By how much the memory while an operator runs exceeds the budget if nothing is moved.
  func missing(at step: Int) -> Double {
    Double(instance.live[step] - instance.budget) / Self.mebibyte
  }

  /// The operators' time between two moments, in milliseconds.
  func fixedTime(from: Int?, to: Int) -> Double {
    let first = from.map { ($0 + 1) / 2 } ?? 0
    return max(0, clock[(to + 1) / 2] - clock[first]) / 1e3
  }

  /// The best rate of any copy in mebibytes per millisecond, by direction.
  static func linkRates(of instance: SwapInstance) -> (out: Double, back: Double) {
    var rates = (out: 0.0, back: 0.0)
    for gap in instance.gaps {
      guard let outTime = gap.outTime, gap.bytes > 0 else { continue }
      let size = Double(gap.bytes) / mebibyte
      rates.out = max(rates.out, size / max(outTime / 1e3, 1e-9))
      rates.back = max(rates.back, size / max(gap.inTime / 1e3, 1e-9))
    }
    return rates
  }

  /// Adds the variables of a moment, and how its delay follows from the one before.
  private mutating func addMoment(_ id: Int, after previous: Moment?) -> Moment {
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
  private mutating func addTimeAgain(before step: Int) -> LinearExpression {
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

  /// Copies only grow, and no faster than the links allow.
  private mutating func addFlow(
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
    var first = outTime
    first.add(backTime, times: min(1, (1 - instance.duplexOut) / instance.duplexIn))
    first.add(length, times: -1)
    let firstRow = model.addRow("link_out[\(now.label)]", first, atMost: 0)
    var second = backTime
    second.add(outTime, times: min(1, (1 - instance.duplexIn) / instance.duplexOut))
    second.add(length, times: -1)
    let secondRow = model.addRow("link_back[\(now.label)]", second, atMost: 0)
    linkRows.append((firstRow, secondRow, previous, now))
  }

  /// Keeps the running sum of what recomputed gaps leave free.
  private mutating func addDropped(from previous: Moment?, to now: Moment) {
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

  /// What is due has come back.
  private mutating func addDue(_ moments: Range<Int>, at now: Moment) {
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
    guard !due.isEmpty else { return }
    dueSum = addRunningSum("due_sum[\(now.label)]", dueSum, due)
    var row = dueSum
    row.add(-1, now.back)
    if let boundary { row.add(-1, boundary.begun) }
    model.addRow("due[\(now.label)]", row, atMost: 0)
  }

  /// What is due of encoded tensors has begun to come back.
  private mutating func addCodedDue(_ gaps: [Int], at now: Moment) {
    for (flow, more) in coded(gaps).enumerated() where !more.isEmpty {
      codedDue[flow] = addRunningSum(
        "coded_due_sum[\(flow),\(now.label)]", codedDue[flow], more)
      var row = codedDue[flow]
      row.add(-1, now.coded[flow].back)
      model.addRow("coded_due[\(flow),\(now.label)]", row, atMost: 0)
    }
  }

  private var dueSum = LinearExpression()
  private var codedDue: [LinearExpression] = []

  /// Returns a variable that is the old sum plus something more.
  mutating func addRunningSum(
    _ name: String, _ sum: LinearExpression, _ more: LinearExpression
  ) -> LinearExpression {
    var next = sum
    next.add(more)
    // A short sum needs no variable of its own.
    guard next.columns.count > 1, next.columns.count > sum.columns.count else { return next }
    let variable = model.addVariable(name, in: 0...(.infinity))
    next.add(-1, variable)
    model.addRow(name, next, equals: 0)
    var expression = LinearExpression()
    expression.add(1, variable)
    return expression
  }

  /// A chain's own memory fits beside everything carried over its operator.
  ///
  /// Chains before one operator run in the order of `chainsAt`: tensors of earlier chains are back, those
  /// of later ones are not. Copies under way are counted in favour of the plan.
  private mutating func addChainMemory(step: Int, before previous: Moment?, at now: Moment) {
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

  /// Adds that the chains of one gap before an operator fit.
  private mutating func addChainMemory(
    of gap: Int, _ chains: [Int], step: Int, missing: LinearExpression, isMade: LinearExpression,
    before previous: Moment, at now: Moment
  ) {
    let need = Double(instance.carried[step] - instance.budget) / Self.mebibyte
    for chain in chains {
      let item = instance.gaps[gap].chains[chain]
      let extra = Double(item.extraBytes) / Self.mebibyte
      guard need + extra > 0 else { continue }
      var row = missing
      row.add(1, now.dropped)
      row.add(1, now.out)
      row.add(-1, previous.back)
      row.add(codedAway(at: now, returnedBy: previous))
      if let boundary { row.add(1, boundary.away) }
      row.add(-extra, recompute[gap][chain])
      row.add(isMade, times: extra)
      addMemoryRow(
        "chain[\(Self.label(of: instance, gap: gap)),\(chain)]", row, step: step, atLeast: need)
    }
  }

  /// Adds a row that says how much must be away while an operator runs.
  mutating func addMemoryRow(
    _ name: String, _ row: LinearExpression, step: Int, atLeast need: Double
  ) {
    memoryRows.append((model.addRow(name, row, atLeast: need), step))
  }

  func size(of gap: Int) -> Double { Double(instance.gaps[gap].bytes) / Self.mebibyte }

  // MARK: Points and plans

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
  /// - Parameter lags: Whether copies to the host may wait as long as in the point.
  func decisions(at point: [Double], lags: Bool = false) -> [Decision] {
    var decisions = decisionsWithoutLags(at: point)
    if lags { setLags(of: &decisions, at: point) }
    return decisions
  }

  /// Delays each copy to the host until as much has been copied as comes before it in the queue.
  private func setLags(of decisions: inout [Decision], at point: [Double]) {
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
      // A little early, so that the link doesn't idle.
      let start = before - 2 * size(of: index)
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

  private func decisionsWithoutLags(at point: [Double]) -> [Decision] {
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
  private func returnBegun(ofFlow flow: Int, at point: [Double]) -> [Double] {
    var latest = 0.0
    return (0..<instance.operatorCount).map { step in
      if let moment = timeline[2 * step] { latest = point[moment.coded[flow].back.index] }
      defer {
        if let moment = timeline[2 * step + 1] { latest = point[moment.coded[flow].back.index] }
      }
      return latest
    }
  }

  /// A lower bound of all plans, also of those that move minor tensors.
  ///
  /// The relaxation's value is convex in the memory that is missing at each moment, so its duals tell
  /// how much less it could be at most if all minor tensors were away. The same goes for strict rows.
  ///
  /// - Returns: Milliseconds.
  func bound(from relaxation: Relaxation) -> Double {
    guard let value = relaxation.objective else { return 0 }
    var minor = [Int](repeating: 0, count: instance.operatorCount + 1)
    for gap in instance.gaps where gap.isMinor {
      for range in gap.ranges {
        minor[range.lowerBound] += gap.bytes
        minor[range.upperBound] -= gap.bytes
      }
    }
    for step in 0..<instance.operatorCount { minor[step + 1] += minor[step] }
    var saved = 0.0
    for (row, step) in memoryRows {
      // What carried over the operator may be away before it too.
      let bytes = max(minor[step], step > 0 ? minor[step - 1] : 0)
      saved += max(0, relaxation.rowDuals[row]) * Double(bytes) / Self.mebibyte
    }
    for (gap, rows) in strictRows.sorted(by: { $0.key < $1.key }) {
      // Without these rows' share in it, the reduced cost of moving the tensor would be lower.
      guard let swap = swap[gap] else { continue }
      let cost = relaxation.reducedCosts[swap.index]
      let share = rows.reduce(0) { $0 + abs(relaxation.rowDuals[$1]) }
      saved += min(0, cost) - min(0, cost - share)
    }
    return value - saved
  }

  /// How much less time one mebibyte more would take, in milliseconds, by the relaxation's duals.
  func memoryPrice(of relaxation: Relaxation) -> Double {
    memoryRows.reduce(0) { $0 + max(0, relaxation.rowDuals[$1.row]) }
  }

  /// What a little more memory, or faster links, would be worth, by the relaxation's duals.
  func prices(of relaxation: Relaxation) -> ShadowPrices {
    var worthByStep: [Int: Double] = [:]
    for (row, step) in memoryRows {
      worthByStep[step, default: 0] += max(0, relaxation.rowDuals[row])
    }
    let dearest = worthByStep.max { ($0.value, -$0.key) < ($1.value, -$1.key) }
    // A row says `out / rate + share * back / other rate <= time`; it loosens as a rate grows.
    let rates = Self.linkRates(of: instance)
    let outShare = max(0, (1 - instance.duplexIn) / instance.duplexOut)
    let backShare = max(0, (1 - instance.duplexOut) / instance.duplexIn)
    var (toHost, toDevice) = (0.0, 0.0)
    for (outRow, backRow, before, now) in linkRows {
      func moved(_ variable: (Moment) -> Variable) -> Double {
        relaxation.point[variable(now).index]
          - (before.map { relaxation.point[variable($0).index] } ?? 0)
      }
      let (onOut, onBack) = (-relaxation.rowDuals[outRow], -relaxation.rowDuals[backRow])
      for (flow, rate) in flows.rates.enumerated() {
        // Nearly in proportion to the link's own rate.
        toHost += (onOut + outShare * onBack) * moved { $0.coded[flow].out } * rate.out / rates.out
        toDevice +=
          (onBack + backShare * onOut) * moved { $0.coded[flow].back } * rate.back / rates.back
      }
      toHost += (onOut + outShare * onBack) * moved(\.out) / (rates.out * rates.out)
      toDevice += (onBack + backShare * onOut) * moved(\.back) / (rates.back * rates.back)
    }
    let perGB = 1e6 / Self.mebibyte * 1e3  // 1 GB/s in MiB/ms, and ms in µs
    return ShadowPrices(
      memoryMicrosecondsPerGiB: memoryPrice(of: relaxation) * 1024 * 1e3,
      bindingOperator: dearest.flatMap { $0.value > 1e-12 ? instance.operatorNames[$0.key] : nil },
      toHostMicrosecondsPerGBPerSecond: max(0, toHost) * perGB,
      toDeviceMicrosecondsPerGBPerSecond: max(0, toDevice) * perGB)
  }

  /// The program with tensors near the ends of their gaps either away or not: still a relaxation of the
  /// execution model, a tighter one.
  func withWholeEdges() -> Model {
    var whole = model
    for edge in edges { whole.setKind(of: edge, .integer) }
    return whole
  }

  // MARK: Names

  /// `tensor@after..before`, in the characters that solver files allow.
  static func label(of instance: SwapInstance, gap: Int) -> String {
    let item = instance.gaps[gap]
    let tensor = plain(instance.storages.all[item.storage].tensor.id)
    return "\(tensor)@\(item.after)..\(item.before)"
  }

  /// `start` or `end` with the operator's position and name.
  static func label(of instance: SwapInstance, moment: Int) -> String {
    let step = moment / 2
    let name = plain(instance.operatorNames[step])
    return "\(moment % 2 == 0 ? "start" : "end")\(step),\(name)"
  }

  private static func plain(_ name: String) -> String {
    String(
      name.utf8.prefix(120).map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F:
          Character(UnicodeScalar(byte))
        default: Character("_")
        }
      })
  }
}
