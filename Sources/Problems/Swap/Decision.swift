/// What is decided for one gap, by positions.
enum Decision: Sendable, Hashable {
  case keep
  /// Copied out from the end of the operator that begins the gap, or of the `lag`-th one in the gap, and
  /// back from the start of operator `prefetch`. A lag beyond `prefetch` counts as far as that. With a `lead`
  /// it goes on to NVMe, and is read from there from the start of the `lead`-th operator before `prefetch`; a
  /// lead beyond the copy to the host counts as far as that.
  case swap(prefetch: Int, lag: Int = 0, lead: Int? = nil)
  /// Made again by the chain at this position of the gap's `chains`.
  case recompute(chain: Int)

  var isKeep: Bool { self == .keep }
  var isSwap: Bool {
    if case .swap = self { true } else { false }
  }
  var isOnNVMe: Bool {
    if case .swap(_, _, .some) = self { true } else { false }
  }
}
