public import Plans

/// A plan that can be replayed on what it was made for, and that lists its decisions.
///
/// Every kind of plan conforms. The replay is that of `Simulation`, which shares no code with the planner.
public protocol ReplayablePlan: Sendable {
  /// What the plan is replayed on: a `Profile`, or the `ShardingInstance` of its section `sharding`.
  associatedtype Subject

  /// The problem that the plan is for, as its file names it.
  static var problem: String { get }

  /// Reads a plan from a file, plain or compressed with gzip.
  ///
  /// - Throws: `PlanError` with the first ten faults.
  static func read(contentsOf path: String) throws(PlanError) -> Self

  /// The profile that the plan is for.
  var profile: Plan.ProfileReference { get }

  /// The budget and every decision, each with a subject of its own, in the plan's order.
  var decisionList: [PlanDecision] { get }

  /// The plan as the bytes of its file.
  var fileBytes: [UInt8] { get }

  /// Replays the plan within its own budget.
  func outcome(on subject: Subject) -> PlanOutcome
}

extension ReplayablePlan {
  /// Returns a fault if the plan is for a profile of another name.
  func nameFaults(_ name: String) -> [String] {
    if profile.name == name { return [] }
    return ["profile.name: the plan is for '\(profile.name)', not for '\(name)'"]
  }

  /// Throws unless the plan holds.
  ///
  /// - Parameters:
  ///   - subject: What the plan is replayed on.
  ///   - accuracy: How far its own prediction may be off, relatively; nil doesn't look at it.
  ///   - limits: Returns what is beyond limits that the plan itself doesn't name.
  func check(
    on subject: Subject, accuracy: Double?, limits: (PlanOutcome) -> [String] = { _ in [] }
  ) throws(PlanFailure) {
    let found = outcome(on: subject)
    var faults = found.isValid ? limits(found) : []
    if let accuracy {
      precondition(accuracy >= 0, "an accuracy is not negative")
      faults += found.misstatements(accuracy: accuracy)
    }
    try found.adding(faults).check()
  }
}
