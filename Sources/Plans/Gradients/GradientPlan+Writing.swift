import Profiles

extension GradientPlan {
  /// What the key `problem` says.
  static let problemName = "gradients"

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
    budget.add("energy", .number(energyBudget))
    members.add("budget", budget.object)
    var choices = JSONMembers()
    choices.add("strategy", .string(strategy))
    choices.add("buckets", .array(decisions.map(\.json)))
    members.add("decisions", choices.object)
    members.add("verdict", verdict.map(JSON.string))
    if let prediction {
      var row = JSONMembers()
      row.add("end_us", .number(prediction.endMicroseconds))
      row.add("dense_us", .number(prediction.denseMicroseconds))
      row.add("energy", .number(prediction.energy))
      row.add("within_node_bytes", .integer(prediction.withinNodeBytes))
      row.add("between_nodes_bytes", .integer(prediction.betweenNodesBytes))
      members.add("prediction", row.object)
    }
    if let lowerBoundMicroseconds {
      var bound = JSONMembers()
      bound.add("end_us", .number(lowerBoundMicroseconds))
      members.add("lower_bound", bound.object)
    }
    members.add("search", search.isEmpty ? nil : .array(search.map(\.gradientJSON)))
    members.add("repeatable", .boolean(isRepeatable))
    return members.object
  }
}

extension GradientPlan.Decision {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("bucket", .string(bucket))
    members.add("algorithm", .string(algorithm.rawValue))
    members.add("selection", choice.map { .string($0.selection.rawValue) })
    members.add("block", choice?.block.map(JSON.integer))
    members.add("density", choice.map { .number($0.density) })
    members.add("wire", wire.isEmpty ? nil : .array(wire.map { .string($0.rawValue) }))
    members.add("reason", reason.map(JSON.string))
    return members.object
  }
}

extension SearchEntry {
  fileprivate var gradientJSON: JSON {
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
