public import Plans
public import Profiles
import Simulation

extension Plan: ReplayablePlan {
  /// `swap`.
  public static var problem: String { "swap" }

  /// The plan as the bytes of its file.
  public var fileBytes: [UInt8] { encoded() }

  /// The budgets, then what happens in each idle gap.
  public var decisionList: [PlanDecision] {
    var list = [PlanDecision("device budget", Quantity.exactBytes(budget.deviceBytes))]
    if let bytes = budget.hostBytes {
      list.append(PlanDecision("host budget", Quantity.exactBytes(bytes)))
    }
    if let bytes = budget.nvmeBytes {
      list.append(PlanDecision("NVMe budget", Quantity.exactBytes(bytes)))
    }
    switch decisions {
    case .swap(let decisions):
      if let quantile = decisions.densityQuantile {
        list.append(PlanDecision("density quantile", "\(quantile)"))
      }
      return list
        + decisions.gaps.map {
          PlanDecision(
            "tensor '\($0.tensor)' between '\($0.after)' and '\($0.before)'", $0.action.words)
        }
    }
  }

  /// Replays the plan on a profile without faults.
  public func outcome(on profile: Profile) -> PlanOutcome {
    var faults = faults(on: profile).map(\.description)
    var figures: [PlanFigure] = []
    if faults.isEmpty {
      do {
        let result = try Simulator(profile: profile).run(self)
        if let failure = result.failure { faults.append("\(failure)") }
        figures = self.figures(of: result)
      } catch {
        faults.append("\(error)")
      }
    }
    return PlanOutcome(
      problem: Self.problem, profile: self.profile.name, faults: faults, figures: figures,
      lowerBound: lowerBound?.iterationMicroseconds)
  }

  private func figures(of result: SimulationResult) -> [PlanFigure] {
    [
      PlanFigure(
        "iteration_us", "iteration", result.iterationMicroseconds, .microseconds, .value,
        predicted: prediction?.iterationMicroseconds),
      PlanFigure("stall_us", "waiting", result.stallMicroseconds, .microseconds),
      PlanFigure("recompute_us", "recomputing", result.recomputeMicroseconds, .microseconds),
      PlanFigure("codec_us", "encoding and decoding", result.codecMicroseconds, .microseconds),
      PlanFigure("peak_device_bytes", "device memory", bytes: result.peakDeviceBytes, .memory),
      PlanFigure("peak_host_bytes", "host memory", bytes: result.peakHostBytes, .host),
      PlanFigure("peak_nvme_bytes", "NVMe", bytes: result.peakNVMeBytes),
    ]
  }

  /// Returns true, or throws what broke: a decision that doesn't fit the profile, the operator at which the
  /// run stops, or a budget that isn't kept.
  ///
  /// - Parameters:
  ///   - profile: A profile without faults.
  ///   - budget: Device memory in bytes; nil for the plan's own.
  ///   - hostBudget: Host memory in bytes; nil for the plan's own.
  ///   - accuracy: How far the plan's own prediction may be off, relatively; nil doesn't look at it.
  /// - Throws: `PlanFailure`.
  @discardableResult
  public func holds(
    on profile: Profile, budget: Int? = nil, hostBudget: Int? = nil, accuracy: Double? = nil
  ) throws(PlanFailure) -> Bool {
    var plan = self
    if let budget { plan.budget.deviceBytes = budget }
    if let hostBudget { plan.budget.hostBytes = hostBudget }
    try plan.check(on: profile, accuracy: accuracy)
    return true
  }
}

extension GapDecision.Action {
  /// What happens, in a few words.
  fileprivate var words: String {
    switch self {
    case .keep: return "keep"
    case .swap(let prefetchAt, let offloadAt, let tier):
      let place =
        switch tier {
        case .host: "swap"
        case .nvme(let readAt):
          readAt.map { "swap to NVMe, read at '\($0)'" } ?? "swap to NVMe"
        case .compressed(let codec): "swap with codec '\(codec)'"
        }
      return place + (offloadAt.map { ", away at '\($0)'" } ?? "") + ", back at '\(prefetchAt)'"
    case .recompute(let operators, let at):
      return "make again by " + operators.map { "'\($0)'" }.joined(separator: ", ")
        + (at.map { " before '\($0)'" } ?? "")
    }
  }
}
