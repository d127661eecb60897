public import Profiles

/// What the device memory holds while each operator runs if nothing leaves the device, by kind.
///
/// The kinds add up to `MemoryDemand.keptBytes`.
public struct MemoryComposition: Sendable, Hashable {
  /// An amount of memory by what is happening to it.
  public struct Share: Sendable, Hashable {
    /// What the operator reads or writes, and its workspace.
    public var usedBytes = 0
    /// What it doesn't touch: persistent, or needed earlier or later.
    public var idleBytes = 0

    /// All of it.
    public var bytes: Int { usedBytes + idleBytes }
  }

  /// The bytes of each kind: `bytes[kind][operator]`. A kind that no storage has is absent.
  ///
  /// The workspaces of the operators count as `workspace`.
  public let bytesByKind: [Tensor.Kind: [Int]]
  /// The storages that take memory at the peak, and by kind what the peak's operator does to them.
  public let peak: [Tensor.Kind: Share]
  /// Whether a storage is on the device at the peak: `isAtPeak[storage]`.
  public let isAtPeak: [Bool]

  /// Adds up a valid profile. O(operators × kinds + storages).
  ///
  /// - Parameters:
  ///   - profile: A valid profile.
  ///   - storages: The storages of the same profile.
  ///   - peakStep: The operator at the peak; nil for a profile without operators.
  public init(of profile: Profile, storages: Storages, peakStep: Int?) {
    let count = profile.operators.count
    var steps: [Tensor.Kind: [Int]] = [:]
    var peak: [Tensor.Kind: Share] = [:]
    var isAtPeak: [Bool] = []
    for storage in storages.all {
      let life = storage.life(operators: count)
      if !life.isEmpty {
        let none = [Int](repeating: 0, count: count + 1)
        steps[storage.tensor.kind, default: none][life.lowerBound] += storage.bytes
        steps[storage.tensor.kind, default: none][life.upperBound] -= storage.bytes
      }
      isAtPeak.append(peakStep.map(life.contains) ?? false)
      guard let peakStep, life.contains(peakStep) else { continue }
      if storages.reads[peakStep].contains(storage.index)
        || storages.writes[peakStep].contains(storage.index)
      {
        peak[storage.tensor.kind, default: Share()].usedBytes += storage.bytes
      } else {
        peak[storage.tensor.kind, default: Share()].idleBytes += storage.bytes
      }
    }
    var bytes = steps.mapValues { changes in
      var sum = 0
      return changes.dropLast().map { change in
        sum += change
        return sum
      }
    }
    let workspaces = profile.operators.map(\.workspaceBytes)
    if workspaces.contains(where: { $0 > 0 }) {
      let tensors = bytes[.workspace] ?? [Int](repeating: 0, count: count)
      bytes[.workspace] = zip(tensors, workspaces).map { $0 + $1 }
    }
    if let peakStep, workspaces[peakStep] > 0 {
      peak[.workspace, default: Share()].usedBytes += workspaces[peakStep]
    }
    bytesByKind = bytes
    self.peak = peak
    self.isAtPeak = isAtPeak
  }
}

extension Storage {
  /// The operators during which the storage takes memory if nothing leaves the device.
  func life(operators count: Int) -> Range<Int> {
    guard let last = lastAccess else { return 0..<count }
    return (producer ?? 0)..<(tensor.isPersistent ? count : last + 1)
  }
}
