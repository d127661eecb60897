import Optimization
import Profiles

extension SwapFormulation {
  /// Tensors smaller than this share of the budget count as fluid only. In a large graph each is a
  /// small part of what must move, and their rows would be most of the program: on DenseNet-121 five
  /// times the time for the same bound.
  static func smallestWholeShare(of instance: SwapInstance) -> Double {
    instance.gaps.count > 1000 ? 2e-2 : 1e-3
  }

  /// Adds that a tensor leaves memory free only once it is gone as a whole, and only until its copy
  /// back begins.
  ///
  /// At each moment at which memory is short, the tensors that are away make up for what is missing. A
  /// tensor can't be away until its own copy to the host could have ended, nor once its copy back must
  /// have begun: near the ends of its gap it takes a delay to make it so. That is what the
  /// fluid rows miss.
  mutating func addWholeTensors() {
    let short = timeline.keys.sorted().filter { instance.live[$0 / 2] > instance.budget }
    guard !short.isEmpty else { return }
    let smallest = Double(instance.budget) * Self.smallestWholeShare(of: instance)
    // Gaps that count as a whole from and up to a position in `short`.
    var entering = [[Int]](repeating: [], count: short.count + 1)
    var leaving = [[Int]](repeating: [], count: short.count + 1)
    var edges = [[(variable: Variable, gap: Int)]](repeating: [], count: short.count)
    for (index, gap) in instance.gaps.enumerated() {
      guard let swap = swap[index] else { continue }
      for range in gap.ranges {
        let first = short.partitionPoint(where: { $0 >= 2 * range.lowerBound })
        let end = short.partitionPoint(where: { $0 >= 2 * range.upperBound })
        guard first < end else { continue }
        var inner = first..<end
        if Double(gap.bytes) > smallest {
          inner = innerPositions(of: index, in: short, from: first, to: end)
          for position in first..<end where !inner.contains(position) {
            let variable = addEdge(of: index, at: short[position], swap: swap)
            edges[position].append((variable, index))
          }
        }
        if !inner.isEmpty {
          entering[inner.lowerBound].append(index)
          leaving[inner.upperBound].append(index)
        }
      }
    }
    addCover(short, entering: entering, leaving: leaving, edges: edges)
  }

  /// The moments at which a gap can be empty without any delay.
  private func innerPositions(
    of index: Int, in short: [Int], from first: Int, to end: Int
  ) -> Range<Int> {
    let gap = instance.gaps[index]
    var low = first
    while low < end, timeSinceBegin(of: gap, at: short[low]) < (gap.outTime ?? 0) / 1e3 - 1e-9 {
      low += 1
    }
    var high = end
    while high > low, timeToEnd(of: gap, at: short[high - 1]) < gap.inTime / 1e3 - 1e-9 {
      high -= 1
    }
    return low..<high
  }

  /// The operators' time from the beginning of a gap to a moment in it, in milliseconds.
  private func timeSinceBegin(of gap: SwapInstance.Gap, at id: Int) -> Double {
    if id > 2 * gap.after { return fixedTime(from: 2 * gap.after + 1, to: id) }
    return fixedTime(from: 2 * gap.after + 1, to: lastMoment) + fixedTime(from: nil, to: id)
  }

  /// The operators' time from a moment in a gap to its end, in milliseconds.
  private func timeToEnd(of gap: SwapInstance.Gap, at id: Int) -> Double {
    if id < 2 * gap.before { return fixedTime(from: id, to: 2 * gap.before) }
    return fixedTime(from: id, to: lastMoment) + fixedTime(from: nil, to: 2 * gap.before)
  }

  /// The end of the last operator.
  private var lastMoment: Int { 2 * instance.operatorCount - 1 }

  /// Adds the share of a gap that is away at a moment near one of its ends.
  private mutating func addEdge(of index: Int, at id: Int, swap: Variable) -> Variable {
    let gap = instance.gaps[index]
    let name = "\(Self.label(of: instance, gap: index)),\(id)"
    let variable = model.addVariable("away[\(name)]", in: 0...1)
    edges.append(variable)
    var choice = LinearExpression()
    choice.add(1, variable)
    choice.add(-1, swap)
    model.addRow("away_if_swapped[\(name)]", choice, atMost: 0)
    func require(
      _ word: String, _ lack: Double, from: Int, to: Int, coded: (GapCodec) -> Double
    ) {
      guard lack > 1e-9, let begin = timeline[from], let end = timeline[to] else { return }
      var row = LinearExpression()
      row.add(1, end.delay)
      row.add(-1, begin.delay)
      if to < from, let last = timeline[lastMoment] { row.add(1, last.delay) }
      row.add(-lack, variable)
      // With a codec it may take less.
      for (choice, _, codec) in codings(of: index) {
        let less = lack - max(0, coded(codec))
        if less > 0 { row.add(less, choice) }
      }
      model.addRow("\(word)[\(name)]", row, atLeast: 0)
    }
    let since = timeSinceBegin(of: gap, at: id)
    let until = timeToEnd(of: gap, at: id)
    require("gone", (gap.outTime ?? 0) / 1e3 - since, from: 2 * gap.after + 1, to: id) {
      ($0.coded.encodeMicroseconds + $0.outTime) / 1e3 - since
    }
    require("return", gap.inTime / 1e3 - until, from: id, to: 2 * gap.before) {
      ($0.coded.decodeMicroseconds + $0.inTime) / 1e3 - until
    }
    return variable
  }

  /// Adds, for each moment, that whole tensors make up for what is missing.
  private mutating func addCover(
    _ short: [Int], entering: [[Int]], leaving: [[Int]],
    edges: [[(variable: Variable, gap: Int)]]
  ) {
    var covered: Variable?
    // Where no tensor is near an end of its gap, what is said of flows says as much.
    var enteringBefore: [Int] = []
    var leavingBefore: [Int] = []
    for (position, id) in short.enumerated() {
      guard let now = timeline[id] else { continue }
      enteringBefore += entering[position]
      leavingBefore += leaving[position]
      if edges[position].isEmpty { continue }
      let next = model.addVariable("covered[\(now.label)]", in: 0...Double.infinity)
      var sum = LinearExpression()
      sum.add(1, next)
      if let covered { sum.add(-1, covered) }
      for gap in enteringBefore {
        if let swap = swap[gap] { sum.add(-size(of: gap), swap) }
      }
      for gap in leavingBefore {
        if let swap = swap[gap] { sum.add(size(of: gap), swap) }
      }
      enteringBefore.removeAll()
      leavingBefore.removeAll()
      let coverRow = model.addRow("covered[\(now.label)]", sum, equals: 0)
      if hasMinor { minorRows.covered.append((id, coverRow)) }
      var row = LinearExpression()
      row.add(1, next)
      row.add(1, now.dropped)
      for edge in edges[position] { row.add(size(of: edge.gap), edge.variable) }
      addMemoryRow(
        "whole[\(now.label)]", row, step: id / 2, atLeast: missing(at: id / 2))
      covered = next
    }
  }
}
