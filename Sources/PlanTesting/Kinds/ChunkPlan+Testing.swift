public import Plans
public import Profiles
import Simulation

extension ChunkPlan: ReplayablePlan {
  /// `chunks`.
  public static var problem: String { "chunks" }

  /// The plan as the bytes of its file.
  public var fileBytes: [UInt8] { encoded() }

  /// The budget, what each chunk holds and who updates it, and each gap.
  public var decisionList: [PlanDecision] {
    var list = [
      PlanDecision("budget", Quantity.exactBytes(budgetBytes)),
      PlanDecision("devices that share a chunk", "\(worldSize)"),
      PlanDecision("elements of a chunk", "\(chunkElements)"),
    ]
    for chunk in chunks {
      let updated =
        switch chunk.optimizer {
        case .device: "updated on the device"
        case .host: "updated on the host"
        case .none: "never updated"
        }
      list.append(
        PlanDecision(
          "chunk '\(chunk.id)'",
          "\(chunk.parameters.joined(separator: ", ")) in \(chunk.elements) elements, \(updated)"))
    }
    return list
      + gaps.map {
        PlanDecision(
          "\($0.part.rawValue) of chunk '\($0.chunk)' between '\($0.after)' and '\($0.before)'",
          $0.isKept ? "keep" : "evict")
      }
  }

  /// Replays two iterations and measures the second.
  public func outcome(on profile: Profile) -> PlanOutcome {
    let result = ChunkReplay(self, on: profile).run()
    return PlanOutcome(
      problem: Self.problem, profile: self.profile.name,
      faults: nameFaults(profile.name) + result.faults,
      figures: [
        PlanFigure(
          "added_us", "added time", result.addedMicroseconds, .microseconds, .value,
          predicted: prediction?.addedMicroseconds),
        PlanFigure(
          "copy_in_us", "to the device", result.copyInMicroseconds, .microseconds,
          predicted: prediction?.copyInMicroseconds),
        PlanFigure(
          "copy_out_us", "to the host", result.copyOutMicroseconds, .microseconds,
          predicted: prediction?.copyOutMicroseconds),
        PlanFigure(
          "host_optimizer_us", "optimizer on the host", result.hostOptimizerMicroseconds,
          .microseconds, predicted: prediction?.hostOptimizerMicroseconds),
        PlanFigure(
          "peak_device_bytes", "device memory", bytes: result.peakDeviceBytes, .memory,
          predicted: prediction?.peakDeviceBytes),
      ], lowerBound: lowerBoundMicroseconds)
  }

  /// Returns true, or throws what broke: the chunk, or the operator at which memory doesn't do.
  ///
  /// - Parameters:
  ///   - profile: A profile without faults.
  ///   - budget: Device memory in bytes; nil for the plan's own.
  ///   - accuracy: How far the plan's own prediction may be off, relatively; nil doesn't look at it.
  /// - Throws: `PlanFailure`.
  @discardableResult
  public func holds(
    on profile: Profile, budget: Int? = nil, accuracy: Double? = nil
  ) throws(PlanFailure) -> Bool {
    var plan = self
    if let budget { plan.budgetBytes = budget }
    try plan.check(on: profile, accuracy: accuracy)
    return true
  }
}
