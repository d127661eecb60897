public import Plans
public import Profiles
import Simulation

extension StagePlan: ReplayablePlan {
  /// `two-stage`.
  public static var problem: String { "two-stage" }

  /// The plan as the bytes of its file.
  public var fileBytes: [UInt8] { encoded() }

  /// The budget, the strategy of each node, and each pass with the one that follows it.
  public var decisionList: [PlanDecision] {
    var list = [PlanDecision("budget", Quantity.exactBytes(budgetBytes))]
    list += strategies.map { PlanDecision("node '\($0.node)'", $0.strategy) }
    var runs: [String: Int] = [:]
    let names = schedule.map { step in
      switch step {
      case .forward(let stage, _):
        runs[stage, default: 0] += 1
        return "forward pass \(runs[stage, default: 0]) of '\(stage)'"
      case .again(let stage): return "making of the rest of '\(stage)'"
      case .backward(let stage): return "backward pass of '\(stage)'"
      }
    }
    for (index, step) in schedule.enumerated() {
      let next = index + 1 < names.count ? "then the \(names[index + 1])" : "the last"
      switch step {
      case .forward(_, let kept): list.append(PlanDecision(names[index], "\(kept.words), \(next)"))
      case .again, .backward: list.append(PlanDecision(names[index], next))
      }
    }
    return list
  }

  /// Replays the plan pass by pass.
  public func outcome(on profile: Profile) -> PlanOutcome {
    var faults = nameFaults(profile.name)
    guard let graph = profile.stageGraph else {
      return PlanOutcome(
        problem: Self.problem, profile: self.profile.name,
        faults: faults + ["two_stage: absent, but the plan is for it"], figures: [])
    }
    let result = StageReplay(of: graph).run(self)
    faults += result.faults
    return PlanOutcome(
      problem: Self.problem, profile: self.profile.name, faults: faults,
      figures: [
        PlanFigure(
          "iteration_us", "iteration", result.iterationMicroseconds, .microseconds, .value,
          predicted: prediction?.iterationMicroseconds),
        PlanFigure(
          "recompute_us", "of it running again", result.recomputeMicroseconds, .microseconds,
          predicted: prediction?.recomputeMicroseconds),
        PlanFigure(
          "peak_bytes", "device memory", bytes: result.peakBytes, .memory,
          predicted: prediction?.peakBytes),
        PlanFigure("state_bytes", "of it states", bytes: result.stateBytes),
      ], lowerBound: lowerBound?.iterationMicroseconds)
  }

  /// Returns true, or throws what broke: the node, or the pass at which the schedule stops or memory doesn't do.
  ///
  /// - Parameters:
  ///   - profile: A profile with the section `two_stage`.
  ///   - budget: The memory of each device in bytes; nil for the plan's own.
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

extension StagePlan.Kept {
  /// What a pass keeps, in a few words.
  fileprivate var words: String {
    switch self {
    case .nothing: "keeps nothing"
    case .input: "keeps its input"
    case .nodes(let nodes):
      "keeps its input and \(nodes.map { "'\($0)'" }.joined(separator: ", "))"
    case .all: "keeps all"
    }
  }
}
