import Optimization
import Profiles

/// Tensors so small that a large program leaves them out, and what its bound is then worth.
extension SwapFormulation {
  /// The rows that the variables of minor tensors would be in: each with the moment that it stands for, ascending.
  struct MinorRows {
    /// What has been released up to the next of these moments.
    var released: [(moment: Int, row: Int)] = []
    /// What is due by each of these moments.
    var due: [(moment: Int, row: Int)] = []
    /// What whole tensors make up for.
    var covered: [(moment: Int, row: Int)] = []
    /// What lies over the boundary; nil if nothing does.
    var boundary: Int?
  }

  /// How much lower the relaxation could be at most if minor tensors were away too, in milliseconds.
  ///
  /// If a tensor had variables, their reduced costs would say how much each saves at most at the duals' prices. A swap
  /// is counted as released with the row before, and as due with the row after, which rules out no plan. A tensor that
  /// can be made again, encoded or sent to NVMe counts as away for nothing: many of them may share the time of one
  /// operator.
  func savedByMinor(at relaxation: Relaxation) -> Double {
    guard hasMinor else { return 0 }
    let duals = relaxation.rowDuals
    let worth = worthOfMemory(duals)
    var saved = 0.0
    for (index, gap) in instance.gaps.enumerated() where gap.isMinor && gap.bytes > 0 {
      var best = 0.0
      if gap.outTime != nil { best = max(0, priceOfSwap(of: gap, duals) * size(of: index)) }
      if isFree(gap) {
        let free = gap.ranges.reduce(0) {
          // What is carried over the operator at the end may be away before it too.
          $0 + worth[min($1.upperBound + 1, worth.count - 1)] - worth[$1.lowerBound]
        }
        best = max(best, free * size(of: index))
      }
      saved += best
    }
    return saved
  }

  /// Whether a minor tensor may be away without its copies on the links.
  private func isFree(_ gap: SwapInstance.Gap) -> Bool {
    if gap.outTime != nil && (instance.offersNVMe || instance.offersCodecs) { return true }
    // Without a row of the boundary nothing says what being away over it costs.
    if gap.outTime != nil && gap.wraps && minorRows.boundary == nil { return true }
    guard instance.allowsRecompute, !gap.wraps,
      let producer = instance.storages.all[gap.storage].producer
    else { return false }
    return instance.finder.isRecomputable[producer]
  }

  /// The duals of all rows that say how much must be away: their sums up to each operator.
  private func worthOfMemory(_ duals: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: instance.operatorCount + 1)
    for (row, step) in memoryRows { sums[step + 1] += max(0, duals[row]) }
    for step in 0..<instance.operatorCount { sums[step + 1] += sums[step] }
    return sums
  }

  /// The sum of the duals of the rows that a swapped tensor's bytes would be in, with their signs.
  private func priceOfSwap(of gap: SwapInstance.Gap, _ duals: [Double]) -> Double {
    var price = 0.0
    let begin = minorRows.released.partitionPoint(where: { $0.moment > 2 * gap.after + 1 })
    if begin > 0 { price += duals[minorRows.released[begin - 1].row] }
    price += dual(of: minorRows.due, from: 2 * gap.before, duals)
    for range in gap.ranges {
      price += dual(of: minorRows.covered, from: 2 * range.upperBound, duals)
      price -= dual(of: minorRows.covered, from: 2 * range.lowerBound, duals)
    }
    if gap.wraps, let boundary = minorRows.boundary { price -= duals[boundary] }
    return price
  }

  /// The dual of the first row whose moment is not before one; 0 if there is none.
  private func dual(
    of rows: [(moment: Int, row: Int)], from moment: Int, _ duals: [Double]
  ) -> Double {
    let position = rows.partitionPoint(where: { $0.moment >= moment })
    return position < rows.count ? duals[rows[position].row] : 0
  }
}
