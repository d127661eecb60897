import Profiles

/// The problem that this reader knows.
private enum PlacementProblem: String, CaseIterable {
  case expertPlacement = "expert-placement"
}

extension ExpertPlacementPlan {
  /// Reads a file, plain or compressed with gzip, and checks all that can be told without the profile.
  ///
  /// Keys that start with `x_` are ignored; any other unknown key is a fault.
  public static func read(contentsOf path: String) throws(PlanError) -> ExpertPlacementPlan {
    try PlanFile.read(
      contentsOf: path, as: .expertPlacement, decode: { $0.expertPlacementPlan($1) },
      check: { $0.check(into: &$1) })
  }

  /// Reads bytes, plain or compressed with gzip, as `read(contentsOf:)` does.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> ExpertPlacementPlan {
    try PlanFile.read(
      bytes, name: name, as: .expertPlacement, decode: { $0.expertPlacementPlan($1) },
      check: { $0.check(into: &$1) })
  }
}

extension JSONReader {
  fileprivate mutating func expertPlacementPlan(_ tree: JSON) -> ExpertPlacementPlan? {
    let keys = [
      "schema", "version", "problem", "profile", "budget", "decisions", "prediction",
      "lower_bound", "gap", "search", "curve", "repeatable",
    ]
    guard checkSchema(tree, is: Plan.schemaName),
      let object = object(tree, at: .root, of: "a plan", keys: keys)
    else { return nil }
    let version = requiredText("version", in: object, .text)
    _ = requiredCase("problem", in: object, of: PlacementProblem.self)
    let profile = required("profile", in: object, .object).flatMap { placementProfile($0) }
    let budget = required("budget", in: object, .object).flatMap { value in
      self.object(
        value, at: .root["budget"], of: "budget", keys: ["nodes", "slots_per_device"])
    }
    let nodes = budget.flatMap { requiredIntegers("nodes", in: $0) }
    let slots = budget.flatMap { requiredIntegers("slots_per_device", in: $0) }
    let decisions = required("decisions", in: object, .object).flatMap { value in
      self.object(
        value, at: .root["decisions"], of: "decisions",
        keys: [
          "objective", "split", "robustness", "scenarios", "batch_tokens", "keeps_groups",
          "layers", "moves",
        ])
    }
    let prediction = object["prediction"].flatMap { placementPrediction($0) }
    let bound = object["lower_bound"].flatMap { placementBound($0) }
    _ = number("gap", in: object, .number)
    let search = array("search", in: object) { $0.placementStrategy($1, at: $2) }
    let curve = array("curve", in: object) { $0.curvePoint($1, at: $2) }
    let isRepeatable = boolean("repeatable", in: object)
    guard let decisions else { return nil }
    let objective = requiredCase(
      "objective", in: decisions, of: ExpertPlacementPlan.Objective.self)
    let split = requiredCase("split", in: decisions, of: ExpertPlacementPlan.Split.self)
    let robustness = requiredText("robustness", in: decisions)
    _ = required("scenarios", in: decisions, .array)
    let scenarios = names("scenarios", in: decisions)
    let batchTokens = integer("batch_tokens", in: decisions, .count)
    let keepsGroups = boolean("keeps_groups", in: decisions)
    _ = required("layers", in: decisions, .array)
    let layers = array("layers", in: decisions) { $0.placementLayer($1, at: $2) }
    let moves = array("moves", in: decisions) { $0.placementMove($1, at: $2) }
    guard let version, let profile, let nodes, let slots, let objective, let split,
      let robustness, let scenarios, let layers
    else { return nil }
    return ExpertPlacementPlan(
      version: version, profile: profile, objective: objective, split: split,
      robustness: robustness, scenarios: scenarios, batchTokens: batchTokens, nodeSizes: nodes,
      slots: slots, keepsGroups: keepsGroups ?? false, layers: layers, moves: moves ?? [],
      prediction: prediction, lowerBound: bound, search: search ?? [], curve: curve ?? [],
      isRepeatable: isRepeatable ?? true)
  }

  private mutating func placementProfile(_ value: JSON) -> Plan.ProfileReference? {
    guard
      let object = object(value, at: .root["profile"], of: "profile", keys: ["name", "sha256"])
    else { return nil }
    let name = requiredText("name", in: object)
    let sha256 = text("sha256", in: object)
    return name.map { Plan.ProfileReference(name: $0, sha256: sha256) }
  }

  private mutating func requiredIntegers(_ key: String, in object: JSONObject) -> [Int]? {
    _ = required(key, in: object, .array)
    return array(key, in: object) { $0.integer($1, at: $2, .count) }
  }

  /// Reads an array of arrays.
  private mutating func rows<Element>(
    _ key: String, in object: JSONObject,
    _ read: (inout JSONReader, JSON, JSONPath) -> Element?
  ) -> [[Element]]? {
    _ = required(key, in: object, .array)
    return array(key, in: object) { reader, value, path -> [Element]? in
      guard case .array(let elements) = value else {
        reader.faults.add(path, "\(value.shown) is not an array", "write an array")
        return nil
      }
      return elements.enumerated().compactMap { read(&reader, $0.element, path[$0.offset]) }
    }
  }

  private mutating func placementLayer(
    _ value: JSON, at path: JSONPath
  ) -> ExpertPlacementPlan.Layer? {
    let keys = ["layer", "devices", "shares", "value", "bound", "strategy"]
    guard let object = object(value, at: path, of: "a layer", keys: keys) else { return nil }
    let layer = requiredInteger("layer", in: object, .count)
    let devices = rows("devices", in: object) { $0.integer($1, at: $2, .count) }
    let shares = array("shares", in: object) { reader, value, path in
      let keys = ["scenario", "devices"]
      let object = reader.object(value, at: path, of: "shares", keys: keys)
      return object.flatMap { object -> ExpertPlacementPlan.Shares? in
        let scenario = reader.text("scenario", in: object)
        let devices = reader.rows("devices", in: object) { $0.number($1, at: $2, .number) }
        return devices.map { ExpertPlacementPlan.Shares(scenario: scenario, devices: $0) }
      }
    }
    let layerValue = number("value", in: object, .number)
    let bound = number("bound", in: object, .number)
    let strategy = text("strategy", in: object)
    guard let layer, let devices else { return nil }
    return ExpertPlacementPlan.Layer(
      number: layer, devices: devices, shares: shares ?? [], value: layerValue, bound: bound,
      strategy: strategy)
  }

  private mutating func placementMove(
    _ value: JSON, at path: JSONPath
  ) -> ExpertPlacementPlan.Move? {
    let keys = ["layer", "expert", "from", "to"]
    guard let object = object(value, at: path, of: "a move", keys: keys) else { return nil }
    let layer = requiredInteger("layer", in: object, .count)
    let expert = requiredInteger("expert", in: object, .count)
    let from = requiredInteger("from", in: object, .count)
    let to = requiredInteger("to", in: object, .count)
    guard let layer, let expert, let from, let to else { return nil }
    return ExpertPlacementPlan.Move(layer: layer, expert: expert, from: from, to: to)
  }

  private mutating func placementPrediction(_ value: JSON) -> ExpertPlacementPlan.Prediction? {
    let keys = ["value", "worst_layer", "scenario_values", "nodes_per_token"]
    guard let object = object(value, at: .root["prediction"], of: "prediction", keys: keys) else {
      return nil
    }
    let mean = requiredNumber("value", in: object, .number)
    let worst = requiredNumber("worst_layer", in: object, .number)
    _ = required("scenario_values", in: object, .array)
    let values = array("scenario_values", in: object) { $0.number($1, at: $2, .number) }
    let nodes = number("nodes_per_token", in: object, .number)
    guard let mean, let worst, let values else { return nil }
    return ExpertPlacementPlan.Prediction(
      value: mean, worstLayer: worst, scenarioValues: values, nodesPerToken: nodes)
  }

  private mutating func placementBound(_ value: JSON) -> ExpertPlacementPlan.Bound? {
    guard
      let object = object(
        value, at: .root["lower_bound"], of: "lower_bound", keys: ["value", "method"])
    else { return nil }
    let bound = requiredNumber("value", in: object, .number)
    let method = requiredText("method", in: object, .text)
    guard let bound, let method else { return nil }
    return ExpertPlacementPlan.Bound(value: bound, method: method)
  }

  private mutating func placementStrategy(
    _ value: JSON, at path: JSONPath
  ) -> ExpertPlacementPlan.Strategy? {
    let keys = [
      "strategy", "value", "worst_layer", "bound", "moves", "nodes", "engine", "termination",
    ]
    guard let object = object(value, at: path, of: "a strategy", keys: keys) else { return nil }
    let name = requiredText("strategy", in: object)
    let mean = number("value", in: object, .number)
    let worst = number("worst_layer", in: object, .number)
    let bound = number("bound", in: object, .number)
    let moves = integer("moves", in: object, .count)
    let nodes = integer("nodes", in: object, .count)
    let engine = requiredText("engine", in: object)
    let termination = requiredText("termination", in: object, .text)
    guard let name, let engine, let termination else { return nil }
    return ExpertPlacementPlan.Strategy(
      name: name, value: mean, worstLayer: worst, bound: bound, moves: moves, nodes: nodes ?? 0,
      engine: engine, termination: termination)
  }

  private mutating func curvePoint(
    _ value: JSON, at path: JSONPath
  ) -> ExpertPlacementPlan.CurvePoint? {
    let keys = ["resource", "limit", "value", "bound"]
    guard let object = object(value, at: path, of: "a point of the curve", keys: keys) else {
      return nil
    }
    let resource = requiredCase(
      "resource", in: object, of: ExpertPlacementPlan.CurvePoint.Resource.self)
    let limit = requiredInteger("limit", in: object, .count)
    let mean = requiredNumber("value", in: object, .number)
    let bound = requiredNumber("bound", in: object, .number)
    guard let resource, let limit, let mean, let bound else { return nil }
    return ExpertPlacementPlan.CurvePoint(
      resource: resource, limit: limit, value: mean, bound: bound)
  }
}
