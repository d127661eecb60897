import Plans
import Profiles
import Simulation

extension DispatchReport {
  /// Returns a summary for programs on one line.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.dispatch-report/1"))
    members.add("profile", .string(profile.name))
    members.add("is_valid", .boolean(result.isValid))
    members.add("faults", .array(result.faults.map(JSON.string)))
    members.add("strategy", .string(plan.strategy))
    members.add("time_us", .number(result.microseconds))
    members.add("even_us", plan.prediction.map { .number($0.evenMicroseconds) })
    members.add("lower_bound_us", plan.lowerBoundMicroseconds.map(JSON.number))
    members.add("gap", gap.map(JSON.number))
    members.add("deviation", .number(result.deviation))
    members.add("deviation_budget", .number(plan.deviationBudget))
    members.add("rounding_deviation", .number(result.roundingDeviation))
    members.add(
      "is_prediction_exact", plan.prediction == nil ? nil : .boolean(isPredictionExact))
    members.add("topology", topology.map { .string($0.kind.rawValue) })
    members.add("topology_evidence", topology.map { .array($0.evidence.map(JSON.string)) })
    members.add(
      "assumptions", .array((profile.cluster?.assumptions ?? []).map(JSON.string)))
    members.add("local_tokens", .integer(result.localTokens))
    members.add("total_tokens", .integer(result.totalTokens))
    members.add(
      "tokens_by_separation", .array(result.tokensBySeparation.map(JSON.integer)))
    members.add("binding", result.binding?.json)
    members.add("slowest_pair", result.slowestPair?.json)
    members.add("links", .array(result.links.map(\.json)))
    members.add(
      "pareto",
      .array(
        plan.pareto.map { point in
          var row = JSONMembers()
          row.add("deviation", .number(point.deviation))
          row.add("time_us", .number(point.timeMicroseconds))
          return row.object
        }))
    members.add(
      "search",
      .array(
        plan.search.map { entry in
          var row = JSONMembers()
          row.add("strategy", .string(entry.strategy))
          row.add("value_us", entry.valueMicroseconds.map(JSON.number))
          row.add("bound_us", entry.boundMicroseconds.map(JSON.number))
          row.add("nodes", .integer(entry.nodes))
          row.add("engine", .string(entry.engine))
          row.add("seconds", .number(entry.seconds))
          row.add("termination", .string(entry.termination))
          return row.object
        }))
    return String(decoding: JSONWriter.encode(members.object, pretty: false), as: UTF8.self)
  }
}

extension DispatchResult.LinkUse {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("name", .string(name))
    members.add("bytes", .integer(bytes))
    members.add("time_us", .number(microseconds))
    members.add("assumed", isAssumed ? .boolean(true) : nil)
    return members.object
  }
}
