import Optimization

/// Keeps the saved activations that take longest to make per byte, up to a share of all their bytes.
///
/// Bytes stand for memory: when they are in use doesn't matter. So the share is taken as large as the
/// device allows, in steps of 1/64.
struct SavedBytes {
  let instance: SwapInstance
  let realisation: Realisation

  private static let steps = 64

  func decisions() -> [Decision]? {
    let saved = instance.gaps.indices.filter {
      instance.isSaved($0) && !instance.gaps[$0].chains.isEmpty && instance.gaps[$0].bytes > 0
    }
    let total = saved.reduce(0) { $0 + instance.gaps[$1].bytes }
    let order = saved.sorted { (-rate($0), $0) < (-rate($1), $1) }
    for step in (0..<Self.steps).reversed() {
      if realisation.limit.isReached { return nil }
      var left = Int(Double(total) * Double(step) / Double(Self.steps))
      var isKept = [Bool](repeating: false, count: instance.gaps.count)
      for gap in order where instance.gaps[gap].bytes <= left {
        isKept[gap] = true
        left -= instance.gaps[gap].bytes
      }
      var isDropped = [Bool](repeating: false, count: instance.gaps.count)
      for gap in saved { isDropped[gap] = !isKept[gap] }
      let decisions = Checkpoints.dropping(instance) { isDropped[$0] }
      if realisation.run(decisions) != nil { return decisions }
    }
    return nil
  }

  /// The time per byte of the operator that makes a gap's tensor.
  private func rate(_ gap: Int) -> Double {
    let time = instance.gaps[gap].chains[0].operators.last.map { instance.durations[$0] } ?? 0
    return time / Double(instance.gaps[gap].bytes)
  }
}
