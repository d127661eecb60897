import Profiles

/// Whether a plan runs through.
public enum Verdict: Sendable, Hashable {
  /// Every operator ran, and no budget was exceeded.
  case valid
  /// The run stopped.
  case failed(Failure)
}

/// A task of the compute stream by name.
public struct TaskName: Sendable, Hashable, CustomStringConvertible {
  /// A kernel of a codec.
  public enum Kernel: String, Sendable, Hashable, CaseIterable {
    /// Makes a tensor smaller, after an operator.
    case encode
    /// Makes the tensor as it was, before an operator.
    case decode
  }

  /// The operator; of a kernel, the one after or before which it runs.
  public let operation: String
  /// The gap for which the operator runs again, or to which the kernel belongs; nil for an operator at its own turn.
  public let chain: GapName?
  /// The kernel that runs instead of the operator; nil if none does.
  public let kernel: Kernel?

  /// Creates a name.
  public init(operation: String, chain: GapName? = nil, kernel: Kernel? = nil) {
    self.operation = operation
    self.chain = chain
    self.kernel = kernel
  }

  /// The task as a phrase.
  public var description: String {
    if let kernel, let chain {
      return kernel == .encode
        ? "the encoding of '\(chain.tensor)' after '\(operation)'"
        : "the decoding of '\(chain.tensor)' before '\(operation)'"
    }
    guard let chain else { return "operator '\(operation)'" }
    return "operator '\(operation)' (run again for '\(chain.tensor)' before '\(chain.before)')"
  }
}

/// Why a run stopped.
public enum Failure: Error, Sendable, Hashable {
  /// Why a tensor is not there.
  public enum Absence: String, Sendable, Hashable {
    /// Its last use is over.
    case freed
    /// It was dropped and is not recomputed yet.
    case dropped
    /// It is on the host, or on its way there, and its copy back is not queued.
    case onHost
    /// It is encoded, and is decoded only before the operator that ends its gap.
    case encoded
  }

  /// Memory that is missing.
  public struct Shortage: Sendable, Hashable {
    /// What is asked for.
    public let bytes: Int
    /// What is taken.
    public let usedBytes: Int
    /// What there is.
    public let budgetBytes: Int

    /// Creates a shortage.
    public init(bytes: Int, usedBytes: Int, budgetBytes: Int) {
      self.bytes = bytes
      self.usedBytes = usedBytes
      self.budgetBytes = budgetBytes
    }

    /// The budget that would have been enough at this point.
    public var sufficientBytes: Int {
      let (sum, overflow) = usedBytes.addingReportingOverflow(bytes)
      return overflow ? Int.max : sum
    }
  }

  /// The plan doesn't fit the profile: the first ten faults, in the plan's order.
  case invalidPlan([PlanFault])
  /// What is on the device at the start exceeds the budget.
  case residentMemory(Shortage)
  /// A task waits for memory that nothing will free.
  case waitsForMemory(TaskName, Shortage)
  /// A task waits for a tensor whose copy back can't start. `blocking` is the tensor at the head of
  /// the queue, and `shortage` the memory that it waits for.
  case waitsForTensor(TaskName, tensor: String, bytes: Int, blocking: String, Shortage)
  /// A task reads a tensor that is neither on the device nor on its way.
  case absentTensor(TaskName, tensor: String, bytes: Int, Absence)
  /// A copy to the host exceeds the host's budget.
  case hostMemory(GapName, Shortage)
  /// A task waits for a tensor, and the read from NVMe of this one finds no memory on the host.
  case hostMemoryForRead(TaskName, GapName, Shortage)
  /// A write to NVMe exceeds its budget.
  case nvmeMemory(GapName, Shortage)
}

extension Failure {
  /// The task at which the run stopped; nil if it is no task's fault.
  public var task: TaskName? {
    switch self {
    case .waitsForMemory(let task, _), .waitsForTensor(let task, _, _, _, _),
      .absentTensor(let task, _, _, _), .hostMemoryForRead(let task, _, _):
      task
    case .invalidPlan, .residentMemory, .hostMemory, .nvmeMemory: nil
    }
  }

  /// The tensor that is missing or in the way, if any.
  public var tensor: String? {
    switch self {
    case .waitsForTensor(_, let tensor, _, _, _), .absentTensor(_, let tensor, _, _): tensor
    case .hostMemory(let gap, _), .hostMemoryForRead(_, let gap, _), .nvmeMemory(let gap, _):
      gap.tensor
    case .invalidPlan, .residentMemory, .waitsForMemory: nil
    }
  }

  /// The memory that is missing, if any.
  public var shortage: Shortage? {
    switch self {
    case .residentMemory(let shortage), .waitsForMemory(_, let shortage),
      .waitsForTensor(_, _, _, _, let shortage), .hostMemory(_, let shortage),
      .hostMemoryForRead(_, _, let shortage), .nvmeMemory(_, let shortage):
      shortage
    case .invalidPlan, .absentTensor: nil
    }
  }

  /// What kind of failure it is, in one word for machines.
  public var kind: String {
    switch self {
    case .invalidPlan: "invalid_plan"
    case .residentMemory: "resident_memory"
    case .waitsForMemory: "waits_for_memory"
    case .waitsForTensor: "waits_for_tensor"
    case .absentTensor: "absent_tensor"
    case .hostMemory: "host_memory"
    case .hostMemoryForRead: "host_memory_for_read"
    case .nvmeMemory: "nvme_memory"
    }
  }
}

extension Failure.Shortage {
  /// The shortage as a clause.
  fileprivate var clause: String {
    "\(Quantity.exactBytes(usedBytes)) of the budget of \(Quantity.exactBytes(budgetBytes)) are taken"
  }
}

extension Failure: CustomStringConvertible {
  /// What stopped the run, and what would help.
  public var description: String {
    switch self {
    case .invalidPlan(let faults):
      return "The plan doesn't fit the profile:\n"
        + faults.map { "  \($0)" }.joined(separator: "\n")
    case .residentMemory(let shortage):
      return "The tensors that are on the device from the start take"
        + " \(Quantity.exactBytes(shortage.bytes)), the budget is"
        + " \(Quantity.exactBytes(shortage.budgetBytes)). Raise the budget to that at least."
    case .waitsForMemory(let task, let shortage):
      return "The run stops at \(task): it needs \(Quantity.exactBytes(shortage.bytes)), but"
        + " \(shortage.clause), and nothing under way frees any. Swap or recompute more before it,"
        + " prefetch later, or raise the budget: here"
        + " \(Quantity.exactBytes(shortage.sufficientBytes)) would have done."
    case .waitsForTensor(let task, let tensor, let bytes, let blocking, let shortage):
      let copy =
        blocking == tensor
        ? "its copy back needs as much"
        : "its copy back is queued behind that of '\(blocking)', which needs"
          + " \(Quantity.exactBytes(shortage.bytes))"
      return "The run stops at \(task): it waits for tensor '\(tensor)' of"
        + " \(Quantity.exactBytes(bytes)); \(copy), but \(shortage.clause), and nothing under way"
        + " frees any. Prefetch other tensors later, swap or recompute more, or raise the budget: here"
        + " \(Quantity.exactBytes(shortage.sufficientBytes)) would have done."
    case .absentTensor(let task, let tensor, let bytes, let absence):
      let (state, remedy) = absence.explanation
      return "The run stops at \(task): it reads tensor '\(tensor)' of"
        + " \(Quantity.exactBytes(bytes)), which \(state). \(remedy)"
    case .hostMemory(let gap, let shortage):
      return "The copy of \(gap) to the host needs \(Quantity.exactBytes(shortage.bytes)), but"
        + " \(shortage.clause) on the host. Swap less at a time, or raise the host's budget: here"
        + " \(Quantity.exactBytes(shortage.sufficientBytes)) would have done."
    case .hostMemoryForRead(let task, let gap, let shortage):
      return "The run stops at \(task): the read of \(gap) from NVMe needs"
        + " \(Quantity.exactBytes(shortage.bytes)), but \(shortage.clause) on the host, and nothing"
        + " under way frees any. Read other tensors later, swap fewer to the host, or raise the host's"
        + " budget: here \(Quantity.exactBytes(shortage.sufficientBytes)) would have done."
    case .nvmeMemory(let gap, let shortage):
      return "The write of \(gap) to NVMe needs \(Quantity.exactBytes(shortage.bytes)), but"
        + " \(shortage.clause) on NVMe. Swap fewer tensors there, or raise its budget: here"
        + " \(Quantity.exactBytes(shortage.sufficientBytes)) would have done."
    }
  }
}

extension Failure.Absence {
  /// What the state is and what would help.
  fileprivate var explanation: (state: String, remedy: String) {
    switch self {
    case .freed:
      ("was freed after its last use", "Run the operator that makes it in the same chain.")
    case .dropped:
      (
        "was dropped and is not recomputed yet",
        "Recompute it in the same chain, or let its own chain run earlier (recompute_at)."
      )
    case .onHost:
      (
        "is away, with its copy back not queued yet",
        "Prefetch it at an earlier operator, or keep it."
      )
    case .encoded:
      (
        "is encoded until the operator that ends its gap",
        "Swap it without a codec, or let the chain run at that operator."
      )
    }
  }
}
