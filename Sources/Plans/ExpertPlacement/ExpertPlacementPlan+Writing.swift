import Profiles

extension ExpertPlacementPlan {
  /// What the key `problem` says.
  public static let problemName = "expert-placement"

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
    budget.add("nodes", JSON.integers(nodeSizes))
    budget.add("slots_per_device", JSON.integers(slots))
    members.add("budget", budget.object)
    var decisions = JSONMembers()
    decisions.add("objective", .string(objective.rawValue))
    decisions.add("split", .string(split.rawValue))
    decisions.add("robustness", .string(robustness))
    decisions.add("scenarios", .array(scenarios.map(JSON.string)))
    decisions.add("batch_tokens", batchTokens.map(JSON.integer))
    decisions.add("keeps_groups", keepsGroups ? .boolean(true) : nil)
    decisions.add("layers", .array(layers.map(\.json)))
    decisions.add("moves", moves.isEmpty ? nil : .array(moves.map(\.json)))
    members.add("decisions", decisions.object)
    members.add("prediction", prediction?.json)
    if let lowerBound {
      var bound = JSONMembers()
      bound.add("value", .number(lowerBound.value))
      bound.add("method", .string(lowerBound.method))
      members.add("lower_bound", bound.object)
    }
    members.add("gap", gap.map(JSON.number))
    members.add("search", search.isEmpty ? nil : .array(search.map(\.json)))
    members.add("curve", curve.isEmpty ? nil : .array(curve.map(\.json)))
    members.add("repeatable", .boolean(isRepeatable))
    return members.object
  }
}

extension ExpertPlacementPlan.Layer {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("layer", .integer(number))
    members.add("devices", .array(devices.map(JSON.integers)))
    let shares = shares.map { shares in
      var members = JSONMembers()
      members.add("scenario", shares.scenario.map(JSON.string))
      members.add("devices", .array(shares.devices.map(JSON.numbers)))
      return members.object
    }
    members.add("shares", shares.isEmpty ? nil : .array(shares))
    members.add("value", value.map(JSON.number))
    members.add("bound", bound.map(JSON.number))
    members.add("strategy", strategy.map(JSON.string))
    return members.object
  }
}

extension ExpertPlacementPlan.Move {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("layer", .integer(layer))
    members.add("expert", .integer(expert))
    members.add("from", .integer(from))
    members.add("to", .integer(to))
    return members.object
  }
}

extension ExpertPlacementPlan.Prediction {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("value", .number(value))
    members.add("worst_layer", .number(worstLayer))
    members.add("scenario_values", JSON.numbers(scenarioValues))
    members.add("nodes_per_token", nodesPerToken.map(JSON.number))
    return members.object
  }
}

extension ExpertPlacementPlan.Strategy {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("strategy", .string(name))
    members.add("value", value.map(JSON.number))
    members.add("worst_layer", worstLayer.map(JSON.number))
    members.add("bound", bound.map(JSON.number))
    members.add("moves", moves.map(JSON.integer))
    members.add("nodes", nodes == 0 ? nil : .integer(nodes))
    members.add("engine", .string(engine))
    members.add("termination", .string(termination))
    return members.object
  }
}

extension ExpertPlacementPlan.CurvePoint {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("resource", .string(resource.rawValue))
    members.add("limit", .integer(limit))
    members.add("value", .number(value))
    members.add("bound", .number(bound))
    return members.object
  }
}
