import Plans
import Profiles
import Simulation

extension PlacementReport {
  /// Returns a summary for programs on one line.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.placement-report/1"))
    members.add("profile", .string(profile.name))
    members.add("is_valid", .boolean(result.isValid))
    members.add("faults", .array(result.faults.map(JSON.string)))
    members.add("objective", .string(plan.objective.rawValue))
    members.add("split", .string(plan.split.rawValue))
    members.add("robustness", .string(plan.robustness))
    members.add("devices", .integer(plan.slots.count))
    members.add("slots_per_device", JSON.integers(plan.slots))
    members.add("layers", .integer(plan.layers.count))
    members.add("is_held_out", .boolean(isHeldOut))
    members.add("value", .number(result.value))
    members.add("scenarios", .array(result.scenarios.map(json)))
    members.add("lower_bound", plan.lowerBound.map { .number($0.value) })
    members.add("bound_method", plan.lowerBound.map { .string($0.method) })
    members.add("is_bound_loose", .boolean(isBoundLoose))
    members.add("gap", plan.gap.map(JSON.number))
    members.add("device_loads", JSON.numbers(result.deviceLoads))
    members.add("redundant_experts", .integer(result.redundantExperts))
    members.add("bytes_per_device", bytesPerDevice.map(JSON.integer))
    members.add("nodes_per_token", result.nodesPerToken.map(JSON.number))
    members.add(
      "contiguous_nodes_per_token", result.contiguousNodesPerToken.map(JSON.number))
    members.add("moves", .integer(plan.moves.count))
    let links = result.bytesByLink.sorted { $0.key < $1.key }.map { link, bytes in
      var row = JSONMembers()
      row.add("from", .integer(link.from))
      row.add("to", .integer(link.to))
      row.add("bytes", .integer(bytes))
      return row.object
    }
    members.add("links", .array(links))
    members.add("curve", .array(plan.curve.map(json)))
    members.add(
      "is_prediction_exact", plan.prediction == nil ? nil : .boolean(isPredictionExact))
    members.add("search", .array(plan.search.map(json)))
    return String(decoding: JSONWriter.encode(members.object, pretty: false), as: UTF8.self)
  }

  private func json(_ scenario: PlacementReplayResult.Scenario) -> JSON {
    var row = JSONMembers()
    row.add("name", .string(scenario.name))
    row.add("value", .number(scenario.value))
    row.add("worst_layer", .number(scenario.worstLayer))
    row.add("layer_values", JSON.numbers(scenario.layers))
    row.add("band", scenario.band.map { JSON.numbers([$0.lowerBound, $0.upperBound]) })
    row.add("is_band_drawn", .boolean(scenario.isResampled))
    return row.object
  }

  private func json(_ point: ExpertPlacementPlan.CurvePoint) -> JSON {
    var row = JSONMembers()
    row.add("resource", .string(point.resource.rawValue))
    row.add("limit", .integer(point.limit))
    row.add("value", .number(point.value))
    row.add("bound", .number(point.bound))
    return row.object
  }

  private func json(_ entry: ExpertPlacementPlan.Strategy) -> JSON {
    var row = JSONMembers()
    row.add("strategy", .string(entry.name))
    row.add("value", entry.value.map(JSON.number))
    row.add("worst_layer", entry.worstLayer.map(JSON.number))
    row.add("bound", entry.bound.map(JSON.number))
    row.add("moves", entry.moves.map(JSON.integer))
    row.add("nodes", .integer(entry.nodes))
    row.add("engine", .string(entry.engine))
    row.add("seconds", .number(entry.seconds))
    row.add("termination", .string(entry.termination))
    return row.object
  }
}
