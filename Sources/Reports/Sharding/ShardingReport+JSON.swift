import Plans
import Profiles
import Simulation

extension ShardingReport {
  /// Returns a summary for programs on one line. Sums that pass 2⁶³ are texts.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.sharding-report/1"))
    members.add("profile", .string(instance.name))
    members.add("is_valid", .boolean(result.isValid))
    members.add("faults", .array(result.faults.map(JSON.string)))
    members.add("cost", Self.json(result.cost))
    members.add("compute_cost", Self.json(result.computeCost))
    members.add("communication_cost", Self.json(result.communicationCost))
    members.add("resharding_cost", Self.json(result.reshardingCost))
    members.add("resharded_edges", .integer(result.reshardedEdges))
    members.add("lower_bound", plan.lowerBound.map { .integer($0.cost) })
    members.add("bound_method", plan.lowerBound.map { .string($0.method) })
    members.add("gap", gap.map(JSON.number))
    members.add("memory_limit_bytes", .integer(instance.memoryLimitBytes))
    members.add("peak_bytes", Self.json(result.peakBytes))
    members.add("peak_time", result.peakTime.map(JSON.integer))
    members.add(
      "is_prediction_exact", plan.prediction == nil ? nil : .boolean(isPredictionExact))
    members.add("repeatable", .boolean(plan.isRepeatable))
    members.add(
      "search",
      .array(
        plan.search.map { entry in
          var row = JSONMembers()
          row.add("strategy", .string(entry.strategy))
          row.add("cost", entry.valueMicroseconds.map(JSON.number))
          row.add("bound", entry.boundMicroseconds.map(JSON.number))
          row.add("nodes", .integer(entry.nodes))
          row.add("engine", .string(entry.engine))
          row.add("seconds", .number(entry.seconds))
          row.add("termination", .string(entry.termination))
          return row.object
        }))
    return String(decoding: JSONWriter.encode(members.object, pretty: false), as: UTF8.self)
  }

  private static func json(_ sum: Int128) -> JSON {
    Int(exactly: sum).map(JSON.integer) ?? .string("\(sum)")
  }
}
