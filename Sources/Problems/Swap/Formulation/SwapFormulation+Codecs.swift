import Optimization
import Profiles

/// Swaps of encoded tensors, only where codecs are offered.
///
/// Variables
/// - `codec[g,c]`: gap *g* is spent on the host, encoded by its codec *c*; a part of `swap[g]`
/// - `coded_out[f,m]`, `coded_back[f,m]`: what encoded copies have freed, and have begun to take again, by moment *m*
/// - `encoded[m]`: for how long encoding kernels have held the stream by moment *m*
///
/// An encoded tensor frees what its raw form takes beyond the room for its encoded form at once, and the rest as the
/// copy goes on, for less link time than a raw copy takes. Tensors that take about as much link time for what they
/// free share one *flow* *f*, which takes the least of theirs, so the flows stay a relaxation.
struct CodedFlows {
  /// The share of each codec of each gap in its flow.
  struct Item {
    let flow: Int
    /// What the copy frees, in mebibytes, and what encoding frees at once.
    let amount: Double
    let atOnce: Double
  }

  /// Link time for what is freed, in milliseconds for each mebibyte.
  private(set) var rates: [(out: Double, back: Double)] = []
  /// The items by gap and codec.
  private(set) var items: [[Item]]

  /// No more flows than this: each adds two variables and four rows for each moment.
  private static let most = 4

  init(_ instance: SwapInstance) {
    var found: [(gap: Int, codec: Int, amount: Double, out: Double, back: Double)] = []
    items = instance.gaps.map { gap in
      gap.codecs.map { codec in
        let amount = Double(min(gap.bytes, codec.coded.reservedBytes)) / SwapFormulation.mebibyte
        let atOnce = Double(gap.bytes) / SwapFormulation.mebibyte - amount
        return Item(flow: 0, amount: amount, atOnce: atOnce)
      }
    }
    for (index, gap) in instance.gaps.enumerated() {
      for (position, codec) in gap.codecs.enumerated() {
        let amount = items[index][position].amount
        found.append(
          (index, position, amount, codec.outTime / 1e3 / amount, codec.inTime / 1e3 / amount))
      }
    }
    guard !found.isEmpty else { return }
    found.sort { ($0.out + $0.back, $0.gap, $0.codec) < ($1.out + $1.back, $1.gap, $1.codec) }
    // Cut where neighbours differ most.
    let jumps = found.indices.dropFirst().map { index in
      (
        jump: found[index].out + found[index].back - found[index - 1].out - found[index - 1].back,
        index: index
      )
    }
    let cuts = Set(
      jumps.filter { $0.jump > 1e-12 }.sorted { (-$0.jump, $0.index) < (-$1.jump, $1.index) }
        .prefix(Self.most - 1).map(\.index))
    for (index, item) in found.enumerated() {
      if index == 0 || cuts.contains(index) { rates.append((.infinity, .infinity)) }
      let flow = rates.count - 1
      rates[flow].out = min(rates[flow].out, item.out)
      rates[flow].back = min(rates[flow].back, item.back)
      let old = items[item.gap][item.codec]
      items[item.gap][item.codec] = Item(flow: flow, amount: old.amount, atOnce: old.atOnce)
    }
  }
}

extension SwapFormulation {
  /// The codec variables of a gap with their shares in flows.
  func codings(of gap: Int) -> [(variable: Variable, item: CodedFlows.Item, codec: GapCodec)] {
    guard gap < codec.count else { return [] }
    return codec[gap].indices.map {
      (codec[gap][$0], flows.items[gap][$0], instance.gaps[gap].codecs[$0])
    }
  }

  /// Adds the choice of each gap's codec.
  mutating func addCodecs() {
    guard instance.offersCodecs else { return }
    for (index, gap) in instance.gaps.enumerated() {
      guard let swap = swap[index], !gap.codecs.isEmpty else {
        codec.append([])
        continue
      }
      let name = Self.label(of: instance, gap: index)
      let variables = gap.codecs.indices.map { model.addBinary("codec[\(name),\($0)]") }
      codec.append(variables)
      var row = LinearExpression()
      for variable in variables { row.add(1, variable) }
      row.add(-1, swap)
      model.addRow(
        "codec[\(name)]", row, atLeast: gap.offersRaw ? -.infinity : 0, atMost: 0)
    }
  }

  /// What the flows of encoded tensors amount to at a moment, less what has begun to come back at another one.
  func codedAway(at now: Moment, returnedBy other: Moment) -> LinearExpression {
    var sum = LinearExpression()
    for flow in now.coded.indices {
      sum.add(1, now.coded[flow].out)
      sum.add(-1, other.coded[flow].back)
    }
    return sum
  }

  /// What encoded tensors of some gaps free by their copies, by flow.
  func coded(_ gaps: [Int]) -> [LinearExpression] {
    var sums = [LinearExpression](repeating: LinearExpression(), count: flows.rates.count)
    for gap in gaps {
      for (variable, item, _) in codings(of: gap) { sums[item.flow].add(item.amount, variable) }
    }
    return sums
  }

  /// How long kernels of some gaps hold the stream, in milliseconds.
  func held(_ gaps: [Int], _ time: (GapCodec) -> Double) -> LinearExpression {
    var sum = LinearExpression()
    for gap in gaps {
      for (variable, _, codec) in codings(of: gap) where time(codec) > 0 {
        sum.add(time(codec) / 1e3, variable)
      }
    }
    return sum
  }

  /// Adds that nothing is encoded before its gap begins, and that everything is when its gap ends.
  mutating func addEncoding(from previous: Moment?, to now: Moment) {
    guard let encoded = now.encoded else { return }
    let first = (previous?.id ?? -1) + 1
    if let before = previous?.encoded {
      var row = LinearExpression()
      row.add(1, encoded)
      row.add(-1, before)
      model.addRow("encoded_grows[\(now.label)]", row, atLeast: 0)
    }
    let released = held(gapsBeginning(in: max(0, first - 1)..<now.id)) { $0.coded.heldEncode }
    if !released.isEmpty {
      encodable = addRunningSum("encodable_sum[\(now.label)]", encodable, released)
    }
    var row = encodable
    row.add(-1, encoded)
    model.addRow("encodable[\(now.label)]", row, atLeast: 0)
    let due = held(gapsEnding(in: first..<now.id + 1)) { $0.coded.heldEncode }
    guard !due.isEmpty else { return }
    encodingDue = addRunningSum("encoding_sum[\(now.label)]", encodingDue, due)
    row = encodingDue
    row.add(-1, encoded)
    model.addRow("encoding[\(now.label)]", row, atMost: 0)
  }

  /// A decoding kernel's memory fits beside everything carried over its operator.
  ///
  /// Tensors of other kernels before the operator count as away, and so do those of chains before it.
  mutating func addKernelMemory(step: Int, before previous: Moment?, at now: Moment) {
    guard let previous else { return }
    let need = Double(instance.carried[step] - instance.budget) / Self.mebibyte
    for gap in instance.gapsBefore[step] {
      for (position, (variable, _, codec)) in codings(of: gap).enumerated() {
        let bytes = codec.coded.reservedBytes + codec.coded.workspaceBytes
        let extra = Double(bytes) / Self.mebibyte
        guard need + extra > 0 else { continue }
        var row = codedAway(at: now, returnedBy: previous)
        row.add(1, now.dropped)
        row.add(1, now.out)
        row.add(-1, previous.back)
        if let boundary { row.add(1, boundary.away) }
        for (other, chain) in instance.chainsAt[step] {
          row.add(size(of: other), recompute[other][chain])
        }
        for other in instance.gapsBefore[step] where other != gap {
          for (variable, _, _) in codings(of: other) { row.add(size(of: other), variable) }
        }
        row.add(-extra, variable)
        addMemoryRow(
          "decode[\(Self.label(of: instance, gap: gap)),\(position)]", row, step: step,
          atLeast: need)
      }
    }
  }

  /// Draws the codec of a gap that is swapped, each with its share in a point as its probability.
  func drawCodec(
    of gap: Int, from point: [Double], _ drawn: inout [Double], _ unit: () -> Double
  ) {
    let codings = codings(of: gap)
    guard !codings.isEmpty, let swap = swap[gap] else { return }
    for coding in codings { drawn[coding.variable.index] = 0 }
    guard drawn[swap.index] == 1 else { return }
    var rest = unit() * point[swap.index]
    for (position, coding) in codings.enumerated() {
      let share = point[coding.variable.index]
      // Where the raw tensor may not be copied, rounding must not leave it to that.
      let isLast = !instance.gaps[gap].offersRaw && position == codings.count - 1
      if rest < share || isLast {
        drawn[coding.variable.index] = 1
        return
      }
      rest -= share
    }
  }

  /// The codec of a gap at a point; nil for none.
  func chosenCodec(of gap: Int, at point: [Double]) -> Int? {
    let codings = codings(of: gap)
    if let chosen = codings.firstIndex(where: { point[$0.variable.index] > 0.5 }) { return chosen }
    return instance.gaps[gap].offersRaw || codings.isEmpty ? nil : 0
  }
}
