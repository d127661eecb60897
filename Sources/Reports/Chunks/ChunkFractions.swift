public import Plans
import Profiles
public import Simulation

/// What other programs can be told of a chunk plan: shares of all chunks instead of a schedule.
public struct ChunkFractions: Sendable, Hashable {
  /// The share of parameters that is not kept gathered between uses; 1 where each device keeps only
  /// its part of everything.
  public let shardedParameters: Double
  /// The share of parameters that leaves the device at some time.
  public let offloadedParameters: Double
  /// The share of parameters that the host updates.
  public let hostOptimizer: Double
  /// The share of parameters whose states leave the device although it updates them.
  public let swappedOptimizer: Double

  /// Computes the shares, by the memory of the chunks of parameters.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - result: Its replay, whose peak tells how much could stay gathered.
  public init(of plan: ChunkPlan, result: ChunkReplayResult) {
    let total = plan.chunks.reduce(0) { $0 + $1.parameterBytes }
    func share(_ names: Set<String>) -> Double {
      let part = plan.chunks.filter { names.contains($0.id) }.reduce(0) { $0 + $1.parameterBytes }
      return total > 0 ? Double(part) / Double(total) : 0
    }
    func evicted(_ part: ChunkPlan.Part) -> Set<String> {
      Set(plan.gaps.filter { !$0.isKept && $0.part == part }.map(\.chunk))
    }
    offloadedParameters = share(evicted(.parameter))
    hostOptimizer = share(Set(plan.chunks.filter { $0.optimizer == .host }.map(\.id)))
    swappedOptimizer = share(evicted(.optimizer))
    let gathered = total - total / max(1, plan.worldSize)
    let left = plan.budgetBytes - result.peakDeviceBytes
    shardedParameters =
      offloadedParameters > 0 || gathered == 0
      ? 1 : 1 - min(1, max(0, Double(left) / Double(gathered)))
  }
}

/// The settings of another program, and what of the plan they don't say.
public struct ChunkConfiguration: Sendable, Hashable {
  /// The programs that are known.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    /// Arguments of ColossalAI's `GeminiPlugin`.
    case gemini
    /// A part of DeepSpeed's JSON.
    case deepSpeed = "deepspeed"
  }

  /// The settings as JSON.
  public let text: String
  /// What is lost, a sentence each.
  public let losses: [String]

  /// Creates settings from what they say.
  init(text: String, losses: [String]) {
    self.text = text
    self.losses = losses
  }

  /// Converts the plan of a report.
  public init(_ report: ChunkReport, as format: Format) {
    self =
      switch format {
      case .gemini: .gemini(report.plan, result: report.result)
      case .deepSpeed: .deepSpeed(report.plan, profile: report.profile, result: report.result)
      }
  }
}

/// Rounds a share up to a thousandth, so that rounding never needs more memory.
func roundedUp(_ share: Double) -> Double {
  min(1, (share * 1000 - 1e-9).rounded(.up) / 1000)
}
