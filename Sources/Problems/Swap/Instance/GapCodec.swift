import Profiles

/// A codec with what it takes to swap the tensor of one gap.
struct GapCodec: Sendable, Hashable {
  let id: String
  /// Sizes and kernels.
  let coded: CodedSwap
  /// How long the copies of the encoded tensor take.
  private(set) var outTime: Double
  private(set) var inTime: Double
  /// What the copy back takes on the device.
  let returningBytes: Int

  /// How long both kernels hold the compute stream.
  var heldTime: Double { coded.heldEncode + coded.heldDecode }

  init(_ codec: CodecModel, of tensor: Tensor, out: Link, back: Link, quantile: Double?) {
    id = codec.id
    coded = CodedSwap(tensor, codec: codec, quantile: quantile)
    outTime = out.copyMicroseconds(bytes: coded.encodedBytes)
    inTime = back.copyMicroseconds(bytes: coded.encodedBytes)
    returningBytes = coded.returningBytes(of: tensor.bytes)
  }

  /// The same codec where copies take longer by these factors.
  func stretched(out: Double, back: Double) -> GapCodec {
    var copy = self
    copy.outTime *= out
    copy.inTime *= back
    return copy
  }

  /// The codecs worth considering for a tensor: those that run on the device and give every bit back, but for those
  /// that a copy of the raw tensor, or another codec, is at least as good as in everything.
  static func candidates(
    for tensor: Tensor, codecs: [CodecModel], out: Link, back: Link, quantile: Double?
  ) -> [GapCodec] {
    let raw = (
      out: out.copyMicroseconds(bytes: tensor.bytes),
      back: back.copyMicroseconds(bytes: tensor.bytes)
    )
    let all = codecs.filter {
      $0.place == .device && $0.loss == nil
        && $0.isFor(bytes: tensor.bytes, elementBytes: tensor.elementBytes)
    }.map { GapCodec($0, of: tensor, out: out, back: back, quantile: quantile) }
      .filter {
        $0.coded.reservedBytes < tensor.bytes || $0.outTime < raw.out || $0.inTime < raw.back
      }
    return all.indices.filter { own in
      !all.indices.contains { other in
        // Of two that are the same, the first stays.
        other != own && all[other].isNoWorse(than: all[own])
          && (other < own || !all[own].isNoWorse(than: all[other]))
      }
    }.map { all[$0] }
  }

  /// Whether nothing that a plan depends on is more than another codec's.
  private func isNoWorse(than other: GapCodec) -> Bool {
    let (own, others) = (coded, other.coded)
    return outTime <= other.outTime && inTime <= other.inTime
      && own.heldEncode <= others.heldEncode && own.heldDecode <= others.heldDecode
      && own.restOfEncode <= others.restOfEncode && own.restOfDecode <= others.restOfDecode
      && own.reservedBytes <= others.reservedBytes && own.workspaceBytes <= others.workspaceBytes
      && returningBytes <= other.returningBytes
  }
}

/// Which codecs a swap may use.
public enum CodecRule: String, Sendable, CaseIterable {
  /// Each gap's own choice, made together with all others.
  case joint
  /// None.
  case none
  /// Every swap of a tensor that gets smaller is encoded, by the codec with the least to copy.
  case all
  /// Each tensor by itself: encoded if that shortens the two copies, as far as the neighbouring operators don't hide
  /// them, by more than the kernels take: the rule of CSWAP (Chen et al. 2021, doi
  /// 10.1109/Cluster48925.2021.00019), by its abstract.
  case isolated
}

extension SwapInstance.Gap {
  /// Where the tensor may stay when it is swapped, NVMe aside. The first is what a swap is by default.
  var tiers: [Decision.Tier] {
    (offersRaw ? [.host] : []) + codecs.indices.map(Decision.Tier.codec)
  }

  /// How long the copies take on a tier.
  func copyTimes(_ tier: Decision.Tier) -> (out: Double, back: Double) {
    if case .codec(let codec) = tier { return (codecs[codec].outTime, codecs[codec].inTime) }
    return (outTime ?? 0, inTime)
  }

  /// How long kernels hold the compute stream.
  func heldTime(_ tier: Decision.Tier) -> Double {
    if case .codec(let codec) = tier { codecs[codec].heldTime } else { 0 }
  }

  /// The swap with the last prefetch on the first tier.
  var lastSwap: Decision { .swap(prefetch: lastStep, tier: tiers[0]) }

  /// Leaves the codecs that a rule allows.
  ///
  /// - Parameters:
  ///   - next: How long the first operator of the gap takes, which hides the copy to the host.
  ///   - previous: How long the last one takes, which hides the copy back.
  mutating func restrict(to rule: CodecRule, next: Double, previous: Double) {
    guard rule != .joint, !codecs.isEmpty else { return }
    if rule == .none {
      codecs = []
      return
    }
    let smallest = codecs.indices.min {
      (codecs[$0].coded.encodedBytes, $0) < (codecs[$1].coded.encodedBytes, $1)
    }
    func exposed(_ times: (out: Double, back: Double)) -> Double {
      max(0, times.out - next) + max(0, times.back - previous)
    }
    func cost(_ codec: Int) -> Double {
      let own = codecs[codec].coded
      return own.encodeMicroseconds + own.decodeMicroseconds + exposed(copyTimes(.codec(codec)))
    }
    var chosen: Int?
    switch rule {
    case .joint, .none: break
    case .all: chosen = smallest
    case .isolated:
      chosen = codecs.indices.min { (cost($0), $0) < (cost($1), $1) }
      if let best = chosen, cost(best) >= exposed(copyTimes(.host)) { chosen = nil }
    }
    codecs = chosen.map { [codecs[$0]] } ?? []
    offersRaw = chosen == nil
  }
}
