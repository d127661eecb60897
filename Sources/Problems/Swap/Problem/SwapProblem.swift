public import Optimization
public import Profiles

/// Which tensors of one iteration to keep, to move to the host, or to make again, so that the
/// iteration fits in a memory budget and takes the least time.
///
/// There is one decision for each idle gap between consecutive accesses of a tensor.
/// Source: the tensor scheduling strategy of CN112306697B; the formulation is ours.
public struct SwapProblem: Sendable {
  /// What was measured.
  public let profile: Profile
  /// Device memory, in bytes.
  public let budgetBytes: Int
  /// Host memory, in bytes; nil for no limit.
  public let hostBudgetBytes: Int?
  /// Room on NVMe, in bytes; nil for no limit.
  public let nvmeBudgetBytes: Int?
  /// What plans may do, and how hard to search.
  public internal(set) var settings: SwapSettings

  var instance: SwapInstance

  /// Creates the problem of one profile under one budget.
  ///
  /// - Throws: `SwapProblemError` if the profile lacks what the problem needs.
  public init(
    profile: Profile, budgetBytes: Int, hostBudgetBytes: Int? = nil, nvmeBudgetBytes: Int? = nil,
    settings: SwapSettings = SwapSettings()
  ) throws(SwapProblemError) {
    if profile.operators.isEmpty { throw .missingSection("operators") }
    guard let device = profile.device else { throw .missingSection("device") }
    if settings.allowsSwap {
      if device.hostToDevice == nil { throw .missingSection("device.links.h2d") }
      if device.deviceToHost == nil { throw .missingSection("device.links.d2h") }
    }
    if settings.strategies == [.zeroInfinity] {
      if device.hostToNVMe == nil || device.nvmeToHost == nil {
        throw .missingSection("device.links.nvme")
      }
    }
    if budgetBytes <= 0 { throw .budgetNotPositive(budgetBytes) }
    self.profile = profile
    self.budgetBytes = budgetBytes
    self.hostBudgetBytes = hostBudgetBytes ?? device.hostMemoryBytes
    self.settings = settings
    self.nvmeBudgetBytes = nvmeBudgetBytes ?? device.nvmeMemoryBytes
    instance = SwapInstance(
      profile: profile, budget: budgetBytes, hostBudget: self.hostBudgetBytes,
      nvmeBudget: self.nvmeBudgetBytes, settings: settings
    ).withSchedules(of: settings.strategies, hostBudget: self.hostBudgetBytes)
  }

  /// The integer program whose bound stands behind the plan.
  public func formulate() -> Model {
    SwapFormulation(instance).model
  }

  /// The iteration's time if memory had no limit, in microseconds.
  public var unconstrainedMicroseconds: Double { instance.computeTime }

  /// The memory that the iteration needs if nothing is moved, in bytes.
  public var unconstrainedPeakBytes: Int { instance.unconstrainedPeak }

  /// The least budget that any plan can keep, with the operator that needs it.
  ///
  /// Everything that can be away during an operator is away; what it touches, its workspace and what
  /// can neither be moved nor made again stays.
  public var smallestBudget: SmallestBudget {
    var away = [Int](repeating: 0, count: instance.operatorCount + 1)
    for gap in instance.gaps where gap.outTime != nil || !gap.chains.isEmpty {
      for range in gap.ranges {
        away[range.lowerBound] += gap.bytes
        away[range.upperBound] -= gap.bytes
      }
    }
    var most = SmallestBudget(bytes: 0, operatorName: "", immovableBytes: 0)
    var sum = 0
    for step in 0..<instance.operatorCount {
      sum += away[step]
      let need = instance.live[step] - sum
      if need > most.bytes {
        let touched = (instance.needs[step] + instance.makes[step]).reduce(0) {
          $0 + instance.storageBytes[$1]
        }
        let workspace = profile.operators[step].workspaceBytes
        most = SmallestBudget(
          bytes: need, operatorName: instance.operatorNames[step],
          immovableBytes: need - touched - workspace)
      }
    }
    return most
  }
}

/// What any plan needs at least.
public struct SmallestBudget: Sendable, Hashable {
  /// Device memory, in bytes.
  public let bytes: Int
  /// The operator that needs so much.
  public let operatorName: String
  /// The part of it that the operator doesn't touch but that can't be away, in bytes.
  public let immovableBytes: Int
}

/// Why a profile can't be planned.
public enum SwapProblemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A section that the problem needs is absent.
  case missingSection(String)
  /// A budget must be positive.
  case budgetNotPositive(Int)

  /// The error with its remedy.
  public var description: String {
    switch self {
    case .missingSection(let section):
      "\(section): absent, but swap planning needs it; add it to the profile or collect again"
    case .budgetNotPositive(let bytes):
      "the budget is \(bytes) bytes; give a positive amount, or lower device.reserved_bytes"
    }
  }
}
