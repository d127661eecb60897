import Profiles

extension DispatchPlan {
  /// What the key `problem` says.
  static let problemName = "dispatch"

  /// Returns the plan as a file: one form for one plan, seconds left out.
  public func encoded() -> [UInt8] {
    JSONWriter.encode(json, pretty: true)
  }

  private var json: JSON {
    var members = JSONMembers()
    members.add("schema", .string(Plan.schemaName))
    members.add("version", .string(version))
    members.add("problem", .string(Self.problemName))
    var reference = JSONMembers()
    reference.add("name", .string(profile.name))
    reference.add("sha256", profile.sha256.map(JSON.string))
    members.add("profile", reference.object)
    var budget = JSONMembers()
    budget.add("deviation", .number(deviationBudget))
    members.add("budget", budget.object)
    var decisions = JSONMembers()
    decisions.add("experts", .integer(experts))
    decisions.add("top_k", .integer(topK))
    decisions.add("tokens_per_device", .integer(tokensPerDevice))
    decisions.add("token_bytes", .integer(tokenBytes))
    decisions.add("strategy", .string(strategy))
    decisions.add("tokens", .array(tokens.map { .array($0.map(JSON.integer)) }))
    decisions.add("expert_capacity", .array(expertCapacity.map(JSON.integer)))
    members.add("decisions", decisions.object)
    if let prediction {
      var row = JSONMembers()
      row.add("time_us", .number(prediction.timeMicroseconds))
      row.add("even_us", .number(prediction.evenMicroseconds))
      row.add("deviation", .number(prediction.deviation))
      members.add("prediction", row.object)
    }
    if let lowerBoundMicroseconds {
      var bound = JSONMembers()
      bound.add("time_us", .number(lowerBoundMicroseconds))
      members.add("lower_bound", bound.object)
    }
    if !pareto.isEmpty {
      members.add(
        "pareto",
        .array(
          pareto.map { point in
            var row = JSONMembers()
            row.add("deviation", .number(point.deviation))
            row.add("time_us", .number(point.timeMicroseconds))
            return row.object
          }))
    }
    members.add("search", search.isEmpty ? nil : .array(search.map(\.dispatchJSON)))
    members.add("repeatable", .boolean(isRepeatable))
    return members.object
  }
}

extension SearchEntry {
  fileprivate var dispatchJSON: JSON {
    var members = JSONMembers()
    members.add("strategy", .string(strategy))
    members.add("value_us", valueMicroseconds.map(JSON.number))
    members.add("bound_us", boundMicroseconds.map(JSON.number))
    members.add("nodes", nodes == 0 ? nil : .integer(nodes))
    members.add("engine", .string(engine))
    members.add("termination", .string(termination))
    return members.object
  }
}
