/// What is decided for one gap, by positions.
enum Decision: Sendable, Hashable {
  case keep
  /// Copied out, and back from the start of operator `prefetch`.
  case swap(prefetch: Int)
  /// Made again by the chain at this position of the gap's `chains`.
  case recompute(chain: Int)

  var isKeep: Bool { self == .keep }
  var isSwap: Bool {
    if case .swap = self { true } else { false }
  }
}
