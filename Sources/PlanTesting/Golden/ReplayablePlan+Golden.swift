import Plans
import Profiles

extension ReplayablePlan {
  /// Returns true if the plan decides as a plan that is checked in, or throws how it differs.
  ///
  /// Budgets and decisions are compared. Versions, predictions, bounds and the record of the search are
  /// not: they may change while the decisions stay.
  ///
  /// - Parameters:
  ///   - path: The file of the plan to compare with.
  ///   - renewing: Whether the file is written anew with this plan instead, which meets the expectation.
  ///     Let an environment variable decide, as `RENEW_PLANS=1 swift test`, and look at the
  ///     difference before it is checked in.
  /// - Throws: `PlanFailure` with the decisions that differ, or that the file is missing; `PlanError` if the
  ///   file is no such plan, `FileError` if it can't be written.
  @discardableResult
  public func matches(golden path: String, renewing: Bool = false) throws -> Bool {
    if renewing {
      try AtomicFile.write(fileBytes, to: path)
      return true
    }
    let golden: Self
    do {
      golden = try Self.read(contentsOf: path)
    } catch {
      throw PlanFailure(
        "\(path) can't be compared with:",
        error.faults.map(\.description) + ["to write it, renew the golden plans"])
    }
    var differences = DecisionDifference.all(from: golden.decisionList, to: decisionList)
    if golden.profile.name != profile.name {
      differences.insert(
        DecisionDifference(
          subject: "profile", base: golden.profile.name, new: profile.name), at: 0)
    }
    guard differences.isEmpty else {
      throw PlanFailure(
        "the \(Self.problem) plan for '\(profile.name)' differs from \(path) in \(differences.count)"
          + " of \(golden.decisionList.count) decisions:",
        DecisionDifference.phrases(differences)
          + ["if that is wanted, renew the golden plans and check them in"])
    }
    return true
  }
}
