import Plans
import Profiles
import Simulation

extension GradientReport {
  /// Returns a summary for programs on one line.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.gradient-report/1"))
    members.add("profile", .string(profile.name))
    members.add("is_valid", .boolean(result.isValid))
    members.add("faults", .array(result.faults.map(JSON.string)))
    members.add("strategy", .string(plan.strategy))
    members.add("is_dense", .boolean(plan.isDense))
    members.add("verdict", plan.verdict.map(JSON.string))
    members.add("end_us", .number(result.endMicroseconds))
    members.add("dense_us", plan.prediction.map { .number($0.denseMicroseconds) })
    members.add("lower_bound_us", plan.lowerBoundMicroseconds.map(JSON.number))
    members.add("gap", gap.map(JSON.number))
    members.add("energy", .number(result.energy))
    members.add("energy_budget", .number(plan.energyBudget))
    members.add(
      "is_prediction_exact", plan.prediction == nil ? nil : .boolean(isPredictionExact))
    members.add("backward_us", .number(result.backwardMicroseconds))
    members.add("selection_us", .number(result.selectionMicroseconds))
    members.add("channel_us", .number(result.channelMicroseconds))
    members.add("within_node_bytes", .integer(result.withinNodeBytes))
    members.add("between_nodes_bytes", .integer(result.betweenNodesBytes))
    let reasons = Dictionary(
      plan.decisions.map { ($0.bucket, $0) }, uniquingKeysWith: { first, _ in first })
    members.add(
      "buckets",
      .array(
        result.passages.map { passage in
          var row = JSONMembers()
          row.add("bucket", .string(passage.bucket))
          let decision = reasons[passage.bucket]
          row.add("algorithm", decision.map { .string($0.algorithm.rawValue) })
          row.add("density", decision?.choice.map { .number($0.density) })
          row.add("reason", decision?.reason.map(JSON.string))
          row.add("ready_us", .number(passage.readyMicroseconds))
          row.add("start_us", .number(passage.startMicroseconds))
          row.add("end_us", .number(passage.endMicroseconds))
          row.add("within_node_bytes", .integer(passage.withinNodeBytes))
          row.add("between_nodes_bytes", .integer(passage.betweenNodesBytes))
          row.add("messages", .integer(passage.messages))
          row.add("energy", .number(passage.energy))
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
