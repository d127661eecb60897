/// What happens in each idle gap of a profile, every gap exactly once.
///
/// The order matters where two copies are queued at the same moment: the one that stands first goes
/// first.
public struct SwapDecisions: Sendable, Hashable {
  /// The decisions.
  public var gaps: [GapDecision]
  /// Which of a tensor's measured densities compressed swaps count on, from 0, the least, to 1, the largest; nil
  /// for `Sparsity.defaultQuantile`.
  public var densityQuantile: Double?

  /// Creates decisions.
  public init(gaps: [GapDecision], densityQuantile: Double? = nil) {
    self.gaps = gaps
    self.densityQuantile = densityQuantile
  }
}

/// What happens in one idle gap.
public struct GapDecision: Sendable, Hashable {
  /// Where a tensor spends an idle gap away from the device.
  public enum Tier: Sendable, Hashable {
    /// In host memory.
    case host
    /// On NVMe, by way of host memory both times. The read is queued when `readAt` starts; by default early
    /// enough for the copy back if nothing waits (`IdleGap.defaultRead`).
    case nvme(readAt: String? = nil)
    /// In host memory, encoded: the profile's codec of this name encodes the tensor on the device before the copy
    /// to the host, and decodes it after the copy back, right before the operator that ends the gap.
    case compressed(codec: String)

    /// Whether it is NVMe.
    public var isNVMe: Bool {
      if case .nvme = self { true } else { false }
    }
    /// The codec, if there is one.
    public var codec: String? {
      if case .compressed(let codec) = self { codec } else { nil }
    }
  }

  /// What can happen in an idle gap.
  public enum Action: Sendable, Hashable {
    /// The tensor stays on the device.
    case keep
    /// The tensor is copied to the host and back. The copy back is queued when `prefetchAt` starts, the
    /// copy to the host when `offloadAt` ends: by default when the gap begins. Later ones leave the link to
    /// copies that are more urgent. The tier is where the tensor stays meanwhile.
    case swap(prefetchAt: String, offloadAt: String? = nil, tier: Tier = .host)
    /// The tensor is dropped when the gap begins; the named operators run again, in order, right
    /// before operator `at`: by default the one that ends the gap. With an earlier one the tensor is there for
    /// other chains, so that work which several tensors need is done once.
    case recompute(operators: [String], at: String? = nil)
  }

  /// The tensor that owns the storage.
  public var tensor: String
  /// The operator that touches the tensor last before the gap.
  public var after: String
  /// The operator that touches the tensor next.
  public var before: String
  /// What happens.
  public var action: Action

  /// Creates a decision.
  public init(tensor: String, after: String, before: String, action: Action) {
    self.tensor = tensor
    self.after = after
    self.before = before
    self.action = action
  }
}
