public import Plans
public import Profiles

/// Replays plans on a profile.
///
/// The rules are in <doc:ExecutionModel>. The simulator shares no code with the planner, so that
/// its verdict is independent.
public struct Simulator: Sendable {
  /// What the plans run on.
  public let profile: Profile
  /// The storages of the profile.
  public let storages: Storages
  /// How much memory each operator needs.
  public let demand: MemoryDemand

  /// Prepares a profile for any number of runs.
  ///
  /// - Parameter profile: A profile in which `validate()` finds no fault.
  /// - Throws: `UnusableProfile` if a number is negative, not finite, or too large to add up.
  public init(profile: Profile) throws(UnusableProfile) {
    self.profile = profile
    try UnusableProfile.check(profile)
    storages = Storages(of: profile)
    demand = MemoryDemand(of: profile, storages: storages)
  }

  /// Runs a plan within its own budget.
  public func run(_ plan: Plan) -> SimulationResult {
    switch plan.decisions {
    case .swap(let decisions):
      run(
        decisions, budgetBytes: plan.budget.deviceBytes, hostBudgetBytes: plan.budget.hostBytes,
        nvmeBudgetBytes: plan.budget.nvmeBytes)
    }
  }

  /// Runs decisions within a budget.
  ///
  /// Decisions may come from anyone: whatever doesn't fit the profile is a verdict. Takes
  /// O((tasks + copies) log tasks), apart from the accesses of each task.
  ///
  /// - Parameters:
  ///   - decisions: What happens in each idle gap.
  ///   - budgetBytes: The device memory that may be in use at any time.
  ///   - hostBudgetBytes: The same of the host; nil for no limit.
  ///   - nvmeBudgetBytes: The same of NVMe; nil for no limit.
  public func run(
    _ decisions: SwapDecisions, budgetBytes: Int, hostBudgetBytes: Int? = nil,
    nvmeBudgetBytes: Int? = nil
  ) -> SimulationResult {
    let check = PlanCheck(decisions, profile: profile, storages: storages)
    guard check.faults.isEmpty else {
      return SimulationResult(verdict: .failed(.invalidPlan(Array(check.faults.prefix(10)))))
    }
    return replay(
      check.decided, budget: budgetBytes, hostBudget: hostBudgetBytes ?? Int.max,
      nvmeBudget: nvmeBudgetBytes ?? Int.max)
  }

  /// Runs the profile as it was measured: everything is kept, and memory has no limit.
  public func runUnconstrained() -> SimulationResult {
    replay([], budget: Int.max, hostBudget: Int.max, nvmeBudget: Int.max)
  }

  /// Returns everything in the decisions that doesn't fit the profile, in the plan's order.
  public func faults(in decisions: SwapDecisions) -> [PlanFault] {
    PlanCheck(decisions, profile: profile, storages: storages).faults
  }

  /// Returns the run of decisions without faults.
  private func replay(
    _ decided: [DecidedGap], budget: Int, hostBudget: Int, nvmeBudget: Int
  ) -> SimulationResult {
    let stream = ComputeStream(decided, profile: profile, storages: storages)
    var replay = Replay(
      stream, profile: profile, storages: storages, budget: budget, hostBudget: hostBudget,
      nvmeBudget: nvmeBudget)
    return replay.run()
  }
}

/// Why a profile can't be replayed.
public enum UnusableProfile: Error, Sendable, Hashable {
  /// An operator's duration is negative, not a number, or beyond `longestMicroseconds`.
  case duration(operator: String)
  /// An operator's workspace is negative.
  case workspace(operator: String)
  /// A tensor's size is negative.
  case size(tensor: String)
  /// All sizes together are beyond what can be added up.
  case total
  /// A link's copy time is negative, not a number, or beyond `longestMicroseconds`, or its rate
  /// while both directions are busy is less than a millionth of its rate alone.
  case link(CopyDirection)

  /// A codec takes longer than `longestMicroseconds` for a tensor.
  case codec(String)

  /// The longest duration of one operator or copy: about 31 years.
  public static let longestMicroseconds = 1e15

  /// Finds the first number that can't be replayed.
  static func check(_ profile: Profile) throws(UnusableProfile) {
    var total = 0
    func add(_ bytes: Int) throws(UnusableProfile) {
      let (sum, overflow) = total.addingReportingOverflow(bytes)
      // Each operator may touch, move or make everything once.
      guard !overflow, sum <= Int.max / (profile.operators.count + 2) else { throw .total }
      total = sum
    }
    for tensor in profile.tensors where tensor.aliasOf == nil {
      guard tensor.bytes >= 0 else { throw .size(tensor: tensor.id) }
      try add(tensor.bytes)
    }
    for operation in profile.operators {
      guard operation.workspaceBytes >= 0 else { throw .workspace(operator: operation.id) }
      guard (0...longestMicroseconds).contains(operation.durationMicroseconds) else {
        throw .duration(operator: operation.id)
      }
      try add(operation.workspaceBytes)
    }
    for codec in profile.codecs where codec.place == .device {
      // Any tensor may be encoded with any codec.
      for tensor in profile.tensors
      where tensor.aliasOf == nil
        && codec.isFor(bytes: tensor.bytes, elementBytes: tensor.elementBytes)
      {
        let coded = CodedSwap(tensor, codec: codec, quantile: 1)
        guard coded.encodeMicroseconds <= longestMicroseconds,
          coded.decodeMicroseconds <= longestMicroseconds
        else { throw .codec(codec.id) }
        try add(coded.reservedBytes)
        try add(coded.workspaceBytes)
      }
    }
    try check(profile.device?.deviceToHost, .toHost, tensors: profile.tensors)
    try check(profile.device?.hostToDevice, .toDevice, tensors: profile.tensors)
    try check(profile.device?.hostToNVMe, .toNVMe, tensors: profile.tensors)
    try check(profile.device?.nvmeToHost, .fromNVMe, tensors: profile.tensors)
  }

  /// Checks one link.
  private static func check(
    _ link: Link?, _ direction: CopyDirection, tensors: [Tensor]
  ) throws(UnusableProfile) {
    guard let link else { return }
    guard link.duplexFactor >= 1e-6 else { throw .link(direction) }
    for tensor in tensors where tensor.aliasOf == nil {
      guard (0...longestMicroseconds).contains(link.copyMicroseconds(bytes: tensor.bytes)) else {
        throw .link(direction)
      }
    }
  }
}

extension UnusableProfile: CustomStringConvertible {
  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .duration(let operation):
      "operator '\(operation)': its duration must lie between 0 and 10^15 µs"
    case .workspace(let operation):
      "operator '\(operation)': its workspace must not be negative"
    case .size(let tensor):
      "tensor '\(tensor)': its size must not be negative"
    case .total:
      "the sizes of all tensors and workspaces are too large to add up; are they in bytes?"
    case .codec(let codec):
      "codec '\(codec)': a kernel must take between 0 and 10^15 µs for each tensor; check its rates"
    case .link(let direction):
      "link \(direction.phrase): a copy must take between 0 and 10^15 µs, and its rate while both"
        + " directions are busy must be at least a millionth of its rate alone"
    }
  }
}
