import Profiles

extension Course {
  /// What a decision's codec takes in a gap; nil without one.
  @inline(__always)
  func coded(_ gap: Int, _ decision: Decision) -> GapCodec? {
    decision.codec.map { codecs[firstCodec[gap] + $0] }
  }

  /// How long it takes from the start of a copy back until only the held part of the decoding is left.
  @inline(__always)
  func returnTime(_ gap: Int, _ tier: Decision.Tier) -> Double {
    guard case .codec(let codec) = tier else { return inTime[gap] }
    let item = codecs[firstCodec[gap] + codec]
    return item.inTime + item.coded.restOfDecode
  }

  /// What a swapped tensor takes on the device when it comes back.
  @inline(__always)
  func returningBytes(_ gap: Int, _ decision: Decision) -> Int {
    coded(gap, decision)?.returningBytes ?? gapBytes[gap]
  }

  /// What a swapped tensor takes on the host.
  @inline(__always)
  func hostBytes(_ gap: Int, _ decision: Decision) -> Int {
    coded(gap, decision)?.coded.reservedBytes ?? gapBytes[gap]
  }

  /// The gaps whose tensors are encoded or decoded right before an operator.
  func kernelGaps(before step: Int, _ decisions: [Decision]) -> [Int] {
    decisions.indices.filter { gap in
      guard case .swap(let prefetch, let lag, .codec) = decisions[gap] else { return false }
      return gapEnd[gap] == step || offloadStep(gap, prefetch: prefetch, lag: lag) + 1 == step
    }
  }
}
