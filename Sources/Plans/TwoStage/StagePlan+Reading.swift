import Profiles

/// The problem that this reader knows.
private enum StageProblem: String, CaseIterable {
  case twoStage = "two-stage"
}

/// What a forward pass leaves, in a word.
private enum KeptWord: String, CaseIterable {
  case nothing
  case input
  case all

  var kept: StagePlan.Kept {
    switch self {
    case .nothing: .nothing
    case .input: .input
    case .all: .all
    }
  }
}

extension StagePlan {
  /// Reads a file, plain or compressed with gzip, and checks all that can be told without the profile.
  ///
  /// Keys that start with `x_` are ignored; any other unknown key is a fault.
  public static func read(contentsOf path: String) throws(PlanError) -> StagePlan {
    try PlanFile.read(
      contentsOf: path, as: .twoStage, decode: { $0.stagePlan($1) }, check: { $0.check(into: &$1) })
  }

  /// Reads bytes, plain or compressed with gzip, as `read(contentsOf:)` does.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> StagePlan {
    try PlanFile.read(
      bytes, name: name, as: .twoStage, decode: { $0.stagePlan($1) }, check: { $0.check(into: &$1) }
    )
  }

  private func check(into faults: inout FaultList) {
    let root = JSONPath.root
    faults.checkName(version, at: root["version"])
    faults.checkName(profile.name, at: root["profile"]["name"])
    faults.checkDigest(profile.sha256, at: root["profile"]["sha256"])
    faults.checkBytes(budgetBytes, at: root["budget"]["device_bytes"])
    let decisions = root["decisions"]
    for (index, assignment) in strategies.enumerated() {
      faults.checkName(assignment.node, at: decisions["strategies"][index]["node"])
      faults.checkName(assignment.strategy, at: decisions["strategies"][index]["strategy"])
    }
    for (index, step) in schedule.enumerated() {
      let place = decisions["schedule"][index]
      switch step {
      case .forward(let stage, let kept):
        faults.checkName(stage, at: place["forward"])
        if case .nodes(let names) = kept {
          for (number, name) in names.enumerated() {
            faults.checkName(name, at: place["keep"][number])
          }
        }
      case .again(let stage): faults.checkName(stage, at: place["again"])
      case .backward(let stage): faults.checkName(stage, at: place["backward"])
      }
    }
    if let prediction {
      let place = root["prediction"]
      faults.checkMicroseconds(prediction.iterationMicroseconds, at: place["iteration_us"])
      faults.checkMicroseconds(prediction.recomputeMicroseconds, at: place["recompute_us"])
      faults.checkBytes(prediction.peakBytes, at: place["peak_device_bytes"])
    }
  }
}

extension JSONReader {
  fileprivate mutating func stagePlan(_ tree: JSON) -> StagePlan? {
    let keys = [
      "schema", "version", "problem", "profile", "budget", "decisions", "placement", "prediction",
      "lower_bound", "gap", "search", "repeatable",
    ]
    guard checkSchema(tree, is: Plan.schemaName),
      let object = object(tree, at: .root, of: "a plan", keys: keys)
    else { return nil }
    let version = requiredText("version", in: object, .text)
    _ = requiredCase("problem", in: object, of: StageProblem.self)
    let profile = part("profile", of: object, keys: ["name", "sha256"]).flatMap { part in
      let name = requiredText("name", in: part)
      let sha256 = text("sha256", in: part)
      return name.map { Plan.ProfileReference(name: $0, sha256: sha256) }
    }
    let budget = part("budget", of: object, keys: ["device_bytes"]).flatMap {
      requiredInteger("device_bytes", in: $0, .bytes)
    }
    let decisions = part("decisions", of: object, keys: ["strategies", "schedule"])
    let strategies = decisions.flatMap { decisions in
      required("strategies", in: decisions, .array) == nil
        ? nil : array("strategies", in: decisions) { $0.stageAssignment($1, at: $2) }
    }
    let schedule = decisions.flatMap { decisions in
      required("schedule", in: decisions, .array) == nil
        ? nil : array("schedule", in: decisions) { $0.stageStep($1, at: $2) }
    }
    let found = faults.count
    let placement = object["placement"].flatMap {
      placementBlock($0, at: JSONPath.root["placement"])
    }
    guard faults.count == found else { return nil }
    let prediction =
      object["prediction"] == nil
      ? nil
      : part(
        "prediction", of: object, keys: ["iteration_us", "recompute_us", "peak_device_bytes"]
      ).flatMap { stagePrediction($0) }
    let bound =
      object["lower_bound"] == nil
      ? nil
      : part("lower_bound", of: object, keys: ["iteration_us", "method"]).flatMap { stageBound($0) }
    _ = number("gap", in: object, .number)
    let search = array("search", in: object) { $0.searchEntry($1, at: $2) }
    let isRepeatable = boolean("repeatable", in: object)
    guard let version, let profile, let budget, let strategies, let schedule else { return nil }
    return StagePlan(
      version: version, profile: profile, budgetBytes: budget, strategies: strategies,
      schedule: schedule, placement: placement, prediction: prediction, lowerBound: bound,
      search: search ?? [],
      isRepeatable: isRepeatable ?? true)
  }

  private mutating func part(
    _ key: String, of object: JSONObject, keys: [String]
  ) -> JSONObject? {
    required(key, in: object, .object).flatMap {
      self.object($0, at: object.path[key], of: key, keys: keys)
    }
  }

  private mutating func stageAssignment(
    _ value: JSON, at path: JSONPath
  ) -> StagePlan.Assignment? {
    guard let object = object(value, at: path, of: "an assignment", keys: ["node", "strategy"])
    else { return nil }
    let node = requiredText("node", in: object)
    let strategy = requiredText("strategy", in: object)
    guard let node, let strategy else { return nil }
    return StagePlan.Assignment(node: node, strategy: strategy)
  }

  private mutating func stageStep(_ value: JSON, at path: JSONPath) -> StagePlan.Step? {
    let keys = ["forward", "keep", "again", "backward"]
    guard let object = object(value, at: path, of: "a step", keys: keys) else { return nil }
    for (single, words) in [("backward", "a backward pass"), ("again", "a partial pass")]
    where object[single] != nil {
      for key in keys where key != single && object[key] != nil {
        faults.add(path[key], "the step is \(words)", "remove one of the two")
      }
      return requiredText(single, in: object).map {
        single == "again" ? .again(stage: $0) : .backward(stage: $0)
      }
    }
    let stage = requiredText("forward", in: object)
    let kept: StagePlan.Kept?
    if case .array? = object["keep"] {
      kept = names("keep", in: object).map { .nodes($0) }
    } else {
      kept = requiredCase("keep", in: object, of: KeptWord.self)?.kept
    }
    guard let stage, let kept else { return nil }
    return .forward(stage: stage, keeping: kept)
  }

  private mutating func stagePrediction(_ object: JSONObject) -> StagePlan.Prediction? {
    let iteration = requiredNumber("iteration_us", in: object, .microseconds)
    let recompute = requiredNumber("recompute_us", in: object, .microseconds)
    let peak = requiredInteger("peak_device_bytes", in: object, .bytes)
    guard let iteration, let recompute, let peak else { return nil }
    return StagePlan.Prediction(
      iterationMicroseconds: iteration, recomputeMicroseconds: recompute, peakBytes: peak)
  }

  private mutating func stageBound(_ object: JSONObject) -> LowerBound? {
    let iteration = requiredNumber("iteration_us", in: object, .microseconds)
    let method = requiredText("method", in: object, .text)
    guard let iteration, let method else { return nil }
    return LowerBound(iterationMicroseconds: iteration, method: method)
  }
}
