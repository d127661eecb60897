import Profiles

extension StagePlan {
  /// What the key `problem` says.
  static let problemName = "two-stage"

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
    budget.add("device_bytes", .integer(budgetBytes))
    members.add("budget", budget.object)
    var decisions = JSONMembers()
    decisions.add("strategies", .array(strategies.map(\.json)))
    decisions.add("schedule", .array(schedule.map(\.json)))
    members.add("decisions", decisions.object)
    members.add("placement", placement?.json)
    if let prediction {
      var row = JSONMembers()
      row.add("iteration_us", .number(prediction.iterationMicroseconds))
      row.add("recompute_us", .number(prediction.recomputeMicroseconds))
      row.add("peak_device_bytes", .integer(prediction.peakBytes))
      members.add("prediction", row.object)
    }
    if let lowerBound {
      var row = JSONMembers()
      row.add("iteration_us", .number(lowerBound.iterationMicroseconds))
      row.add("method", .string(lowerBound.method))
      members.add("lower_bound", row.object)
    }
    members.add("gap", gap.map(JSON.number))
    members.add("search", search.isEmpty ? nil : .array(search.map(\.stageJSON)))
    members.add("repeatable", .boolean(isRepeatable))
    return members.object
  }
}

extension StagePlan.Assignment {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("node", .string(node))
    members.add("strategy", .string(strategy))
    return members.object
  }
}

extension StagePlan.Step {
  fileprivate var json: JSON {
    var members = JSONMembers()
    switch self {
    case .forward(let stage, let kept):
      members.add("forward", .string(stage))
      switch kept {
      case .nothing: members.add("keep", .string("nothing"))
      case .input: members.add("keep", .string("input"))
      case .all: members.add("keep", .string("all"))
      case .nodes(let names): members.add("keep", .array(names.map(JSON.string)))
      }
    case .again(let stage):
      members.add("again", .string(stage))
    case .backward(let stage):
      members.add("backward", .string(stage))
    }
    return members.object
  }
}

extension SearchEntry {
  fileprivate var stageJSON: JSON {
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
