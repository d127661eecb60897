import Optimization

/// The starts and ends of operators at which something is said.
extension SwapFormulation {
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

  /// The starts and ends of operators at which something must be said, ascending.
  func moments() -> [Int] {
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
  func thinned(_ moments: [Int]) -> [Int] {
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
  var hasBoundary: Bool {
    instance.gaps.indices.contains { instance.gaps[$0].wraps && swap[$0] != nil }
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
}
