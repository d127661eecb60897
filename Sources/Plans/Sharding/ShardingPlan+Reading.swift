import Profiles

/// The problem that this reader knows.
private enum ShardingProblem: String, CaseIterable {
  case sharding
}

extension ShardingPlan {
  /// Reads a file, plain or compressed with gzip, and checks all that can be told without the instance.
  ///
  /// Keys that start with `x_` are ignored; any other unknown key is a fault.
  public static func read(contentsOf path: String) throws(PlanError) -> ShardingPlan {
    try PlanFile.read(
      contentsOf: path, as: .sharding, decode: { $0.shardingPlan($1) },
      check: { $0.check(into: &$1) })
  }

  /// Reads bytes, plain or compressed with gzip, as `read(contentsOf:)` does.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> ShardingPlan {
    try PlanFile.read(
      bytes, name: name, as: .sharding, decode: { $0.shardingPlan($1) },
      check: { $0.check(into: &$1) })
  }

  private func check(into faults: inout FaultList) {
    let root = JSONPath.root
    faults.checkName(version, at: root["version"])
    faults.checkName(profile.name, at: root["profile"]["name"])
    faults.checkDigest(profile.sha256, at: root["profile"]["sha256"])
    let path = root["decisions"]["strategies"]
    for (node, strategy) in strategies.enumerated() where strategy < 0 {
      faults.add(path[node], "\(strategy) is negative", "count strategies from 0")
    }
    if memoryLimitBytes < 0 {
      faults.add(root["budget"]["memory_bytes"], "the limit is negative", "write 0 or more")
    }
  }
}

extension JSONReader {
  fileprivate mutating func shardingPlan(_ tree: JSON) -> ShardingPlan? {
    let keys = [
      "schema", "version", "problem", "profile", "budget", "decisions", "prediction",
      "lower_bound", "gap", "search", "repeatable",
    ]
    guard checkSchema(tree, is: Plan.schemaName),
      let object = object(tree, at: .root, of: "a plan", keys: keys)
    else { return nil }
    let version = requiredText("version", in: object, .text)
    _ = requiredCase("problem", in: object, of: ShardingProblem.self)
    let profile = required("profile", in: object, .object).flatMap { shardingProfile($0) }
    let limit = part("budget", of: object, keys: ["memory_bytes"]).flatMap {
      requiredInteger("memory_bytes", in: $0, .bytes)
    }
    let decisions = part("decisions", of: object, keys: ["strategies"])
    let strategies = decisions.flatMap { decisions in
      required("strategies", in: decisions, .array) == nil
        ? nil : array("strategies", in: decisions) { $0.integer($1, at: $2, .count) }
    }
    let prediction = object["prediction"].flatMap { shardingPrediction($0) }
    let bound = object["lower_bound"].flatMap { shardingBound($0) }
    _ = number("gap", in: object, .number)
    let search = array("search", in: object) { $0.searchEntry($1, at: $2) }
    let isRepeatable = boolean("repeatable", in: object)
    guard let version, let profile, let limit, let strategies else { return nil }
    return ShardingPlan(
      version: version, profile: profile, memoryLimitBytes: limit, strategies: strategies,
      prediction: prediction, lowerBound: bound, search: search ?? [],
      isRepeatable: isRepeatable ?? true)
  }

  private mutating func part(
    _ key: String, of object: JSONObject, keys: [String]
  ) -> JSONObject? {
    required(key, in: object, .object).flatMap {
      self.object($0, at: object.path[key], of: key, keys: keys)
    }
  }

  private mutating func shardingProfile(_ value: JSON) -> Plan.ProfileReference? {
    guard
      let object = object(value, at: .root["profile"], of: "profile", keys: ["name", "sha256"])
    else { return nil }
    let name = requiredText("name", in: object)
    let sha256 = text("sha256", in: object)
    return name.map { Plan.ProfileReference(name: $0, sha256: sha256) }
  }

  private mutating func shardingPrediction(_ value: JSON) -> ShardingPlan.Prediction? {
    guard
      let object = object(
        value, at: .root["prediction"], of: "prediction", keys: ["cost", "peak_bytes"])
    else { return nil }
    let cost = requiredInteger("cost", in: object, .count)
    let peak = requiredInteger("peak_bytes", in: object, .bytes)
    guard let cost, let peak else { return nil }
    return ShardingPlan.Prediction(cost: cost, peakBytes: peak)
  }

  private mutating func shardingBound(_ value: JSON) -> ShardingPlan.Bound? {
    guard
      let object = object(
        value, at: .root["lower_bound"], of: "lower_bound", keys: ["cost", "method"])
    else { return nil }
    let cost = requiredInteger("cost", in: object, .count)
    let method = requiredText("method", in: object, .text)
    guard let cost, let method else { return nil }
    return ShardingPlan.Bound(cost: cost, method: method)
  }
}
