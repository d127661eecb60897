import Plans
import Profiles
import Simulation

extension StageReport {
  /// Returns a summary for programs on one line.
  public func json() -> String {
    String(decoding: JSONWriter.encode(value, pretty: false), as: UTF8.self)
  }

  var value: JSON {
    var members = JSONMembers()
    members.add("schema", .string("planner.two-stage-report/1"))
    members.add("profile", .string(name))
    members.add("is_valid", .boolean(result.isValid))
    members.add("faults", .array(result.faults.map(JSON.string)))
    members.add("budget_bytes", .integer(plan.budgetBytes))
    members.add("peak_bytes", .integer(result.peakBytes))
    members.add("peak_at", result.peakStep.map { .string(StageResult.words(for: $0)) })
    members.add("state_bytes", .integer(result.stateBytes))
    members.add("iteration_us", .number(result.iterationMicroseconds))
    members.add("recompute_us", .number(result.recomputeMicroseconds))
    members.add("repeated_stages", .integer(repeatedStages))
    members.add("lower_bound_us", plan.lowerBound.map { .number($0.iterationMicroseconds) })
    members.add("bound_method", plan.lowerBound.map { .string($0.method) })
    members.add("gap", gap.map(JSON.number))
    members.add(
      "is_prediction_exact", plan.prediction == nil ? nil : .boolean(isPredictionExact))
    members.add("repeatable", .boolean(plan.isRepeatable))
    members.add("placement", plan.placement?.json)
    if case .absent(let absence) = result.placement {
      members.add("placement_absent", .string(absence.sentence))
    }
    members.add(
      "search",
      .array(
        plan.search.map { entry in
          var row = JSONMembers()
          row.add("strategy", .string(entry.strategy))
          row.add("value_us", entry.valueMicroseconds.map(JSON.number))
          row.add("bound_us", entry.boundMicroseconds.map(JSON.number))
          row.add("tried", .integer(entry.nodes))
          row.add("engine", .string(entry.engine))
          row.add("seconds", .number(entry.seconds))
          row.add("termination", .string(entry.termination))
          return row.object
        }))
    return members.object
  }
}
