/// What is decided for one gap, by positions.
enum Decision: Sendable, Hashable {
  /// Where a tensor that is swapped stays meanwhile.
  enum Tier: Sendable, Hashable {
    /// On the host.
    case host
    /// On NVMe, read from there from the start of the `lead`-th operator before the one that queues the copy
    /// back; a lead beyond the copy to the host counts as far as that.
    case nvme(lead: Int)
    /// On the host, encoded by the codec at this position of the gap's `codecs`. The encoding begins where else
    /// the copy to the host is queued.
    case codec(Int)

    var isNVMe: Bool {
      if case .nvme = self { true } else { false }
    }
    var isCodec: Bool {
      if case .codec = self { true } else { false }
    }
  }

  case keep
  /// Copied out from the end of the operator that begins the gap, or of the `lag`-th one in the gap, and
  /// back from the start of operator `prefetch`. A lag beyond `prefetch` counts as far as that.
  case swap(prefetch: Int, lag: Int = 0, tier: Tier = .host)
  /// Made again by the chain at this position of the gap's `chains`.
  case recompute(chain: Int)

  var isKeep: Bool { self == .keep }
  var isSwap: Bool {
    if case .swap = self { true } else { false }
  }
  var isOnNVMe: Bool {
    if case .swap(_, _, .nvme) = self { true } else { false }
  }
  /// The codec of a swap, by its position; nil if there is none.
  var codec: Int? {
    if case .swap(_, _, .codec(let codec)) = self { codec } else { nil }
  }
}
