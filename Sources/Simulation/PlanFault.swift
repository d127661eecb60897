/// An idle gap by the names that plans use.
public struct GapName: Sendable, Hashable, CustomStringConvertible {
  /// The tensor that owns the storage.
  public let tensor: String
  /// The operator that touches the tensor last before the gap.
  public let after: String
  /// The operator that touches the tensor next.
  public let before: String

  /// Creates a name.
  public init(tensor: String, after: String, before: String) {
    self.tensor = tensor
    self.after = after
    self.before = before
  }

  /// The gap as a phrase.
  public var description: String {
    "tensor '\(tensor)' between '\(after)' and '\(before)'"
  }
}

/// A direction of copying, in the order in which a tensor takes them.
public enum CopyDirection: String, Sendable, Hashable, CaseIterable {
  /// From the device to the host.
  case toHost
  /// From the host to the device.
  case toDevice
  /// From the host to NVMe.
  case toNVMe
  /// From NVMe to the host.
  case fromNVMe

  /// The direction as a phrase.
  var phrase: String {
    switch self {
    case .toHost: "from device to host"
    case .toDevice: "from host to device"
    case .toNVMe: "from host to NVMe"
    case .fromNVMe: "from NVMe to host"
    }
  }
}

/// Something in a plan that does not fit the profile, found before anything runs.
public enum PlanFault: Error, Sendable, Hashable {
  /// A decision names a tensor that the profile lacks.
  case unknownTensor(GapName)
  /// A decision names an alias; decisions are about the tensor that owns the storage.
  case alias(GapName, owner: String)
  /// A decision names an operator that the profile lacks.
  case unknownOperator(GapName, operator: String)
  /// The tensor is not idle between exactly these two operators.
  case notAnIdleGap(GapName)
  /// A gap has two decisions.
  case decidedTwice(GapName)
  /// A gap has no decision.
  case undecided(GapName)
  /// A tensor that must stay on the device is swapped.
  case immovable(GapName)
  /// The profile has no link for a copy.
  case missingLink(GapName, CopyDirection)
  /// The copy back is not queued strictly between the two ends of the gap.
  case prefetchOutsideGap(GapName, prefetchAt: String)
  /// The copy to the host is not queued before the copy back.
  case offloadTooLate(GapName, offloadAt: String)
  /// The read from NVMe is not queued between the copy to the host and the copy back.
  case readOutsideStay(GapName, readAt: String)
  /// The profile has no such codec, or it doesn't run on the device.
  case unknownCodec(GapName, codec: String)
  /// The codec is not for tensors of this size or element type.
  case unsuitedCodec(GapName, codec: String)
  /// A tensor is to be encoded over the boundary between iterations.
  case encodedOverBoundary(GapName, codec: String)
  /// A tensor is to be made again in the iteration after the one that made it.
  case recomputedOverBoundary(GapName)
  /// A chain is to run when the tensor is not away.
  case recomputedOutsideGap(GapName, at: String)
  /// A chain of recomputation names no operator.
  case emptyChain(GapName)
  /// A chain contains an operator that may not run again.
  case notRecomputable(GapName, operator: String)
  /// A chain's last operator is not the one that wrote what the gap holds.
  case wrongLastOperator(GapName, operator: String, writer: String?)
  /// An operator of a chain other than the last writes the gap's tensor.
  case writesTooEarly(GapName, operator: String)
  /// An operator of a chain would read another content of a tensor than at its first run.
  case staleRead(GapName, operator: String, tensor: String)
}

extension PlanFault: CustomStringConvertible {
  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .unknownTensor(let gap):
      return "\(gap): the profile has no such tensor; take the plan's own profile"
    case .alias(let gap, let owner):
      return "\(gap): the tensor is an alias; decide for '\(owner)', which owns the memory"
    case .unknownOperator(let gap, let operation):
      return "\(gap): the profile has no operator '\(operation)'; take the plan's own profile"
    case .notAnIdleGap(let gap):
      return "\(gap): this is no idle gap; name two consecutive accesses with an operator between"
    case .decidedTwice(let gap):
      return "\(gap): the gap is decided twice; keep one of the decisions"
    case .undecided(let gap):
      return "\(gap): the gap has no decision; add one (`keep` changes nothing)"
    case .immovable(let gap):
      return "\(gap): the tensor may not leave the device; keep or recompute it"
    case .missingLink(let gap, let direction):
      let remedy =
        direction == .toHost || direction == .toDevice ? "don't swap" : "swap to the host"
      return
        "\(gap): the profile has no link \(direction.phrase); add it to the profile, or \(remedy)"
    case .prefetchOutsideGap(let gap, let prefetchAt):
      return "\(gap): '\(prefetchAt)' can't queue the copy back; name an operator inside the gap"
    case .offloadTooLate(let gap, let offloadAt):
      return
        "\(gap): '\(offloadAt)' can't queue the copy to the host; name an operator of the gap before"
        + " the one that queues the copy back"
    case .readOutsideStay(let gap, let readAt):
      return
        "\(gap): '\(readAt)' can't queue the read from NVMe; name the operator that queues the copy back,"
        + " or one between it and the copy to the host"
    case .unknownCodec(let gap, let codec):
      return
        "\(gap): the profile has no codec '\(codec)' that runs on the device; add it, or swap without"
    case .unsuitedCodec(let gap, let codec):
      return
        "\(gap): codec '\(codec)' is not for tensors of this size or element type; swap without"
    case .encodedOverBoundary(let gap, let codec):
      return
        "\(gap): the gap lasts into the next iteration; swap without codec '\(codec)', or keep the tensor"
    case .recomputedOverBoundary(let gap):
      return "\(gap): the gap lasts into the next iteration; keep or swap the tensor"
    case .recomputedOutsideGap(let gap, let at):
      return
        "\(gap): the tensor can't be made again before '\(at)'; name the operator that ends the gap, or"
        + " one inside it"
    case .emptyChain(let gap):
      return "\(gap): nothing is recomputed; name the operators to run again"
    case .notRecomputable(let gap, let operation):
      return "\(gap): operator '\(operation)' may not run again; swap or keep the tensor"
    case .wrongLastOperator(let gap, let operation, let writer):
      guard let writer else {
        return "\(gap): no operator made what the tensor holds; swap or keep it"
      }
      return "\(gap): the chain ends with '\(operation)'; it must end with '\(writer)'"
    case .writesTooEarly(let gap, let operation):
      return "\(gap): '\(operation)' writes the tensor before the chain ends; leave it out"
    case .staleRead(let gap, let operation, let tensor):
      return "\(gap): '\(operation)' would read another content of '\(tensor)' than at first;"
        + " run the operator that wrote it before, or don't recompute"
    }
  }
}
