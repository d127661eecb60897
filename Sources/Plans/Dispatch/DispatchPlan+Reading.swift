import Profiles

/// The problem that this reader knows.
private enum DispatchProblem: String, CaseIterable {
  case dispatch
}

extension DispatchPlan {
  /// Reads a file, plain or compressed with gzip, and checks all that can be told without the profile.
  ///
  /// Keys that start with `x_` are ignored; any other unknown key is a fault.
  public static func read(contentsOf path: String) throws(PlanError) -> DispatchPlan {
    try PlanFile.read(
      contentsOf: path, as: .dispatch, decode: { $0.dispatchPlan($1) },
      check: { $0.check(into: &$1) })
  }

  /// Reads bytes, plain or compressed with gzip, as `read(contentsOf:)` does.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> DispatchPlan {
    try PlanFile.read(
      bytes, name: name, as: .dispatch, decode: { $0.dispatchPlan($1) },
      check: { $0.check(into: &$1) })
  }

  /// Checks names, ranges and the shape of the tokens.
  private func check(into faults: inout FaultList) {
    let root = JSONPath.root
    let decisions = root["decisions"]
    faults.checkName(version, at: root["version"])
    faults.checkName(profile.name, at: root["profile"]["name"])
    faults.checkDigest(profile.sha256, at: root["profile"]["sha256"])
    faults.checkNumber(deviationBudget, in: 0...1, at: root["budget"]["deviation"])
    faults.checkNumber(Double(experts), in: 1...1e6, at: decisions["experts"])
    faults.checkNumber(Double(topK), in: 1...1e6, at: decisions["top_k"])
    faults.checkNumber(Double(tokensPerDevice), in: 0...1e12, at: decisions["tokens_per_device"])
    faults.checkBytes(tokenBytes, atLeast: 1, at: decisions["token_bytes"])
    faults.checkName(strategy, at: decisions["strategy"])
    let path = decisions["tokens"]
    if tokens.isEmpty { faults.add(path, "the list is empty", "add one row for each device") }
    for (source, row) in tokens.enumerated() {
      if row.count != tokens.count {
        faults.add(
          path[source], "\(row.count) numbers are not one for each of \(tokens.count) devices",
          "write one number for each device")
      }
      for (target, count) in row.enumerated() {
        faults.checkNumber(Double(count), in: 0...1e12, at: path[source][target])
      }
    }
    if expertCapacity.count != experts {
      faults.add(
        decisions["expert_capacity"],
        "\(expertCapacity.count) numbers are not one for each of \(experts) experts",
        "write one number for each expert")
    }
    for (index, capacity) in expertCapacity.enumerated() {
      faults.checkNumber(Double(capacity), in: 0...1e15, at: decisions["expert_capacity"][index])
    }
  }
}

extension JSONReader {
  fileprivate mutating func dispatchPlan(_ tree: JSON) -> DispatchPlan? {
    let keys = [
      "schema", "version", "problem", "profile", "budget", "decisions", "prediction",
      "lower_bound", "pareto", "search", "repeatable",
    ]
    guard checkSchema(tree, is: Plan.schemaName),
      let object = object(tree, at: .root, of: "a plan", keys: keys)
    else { return nil }
    let version = requiredText("version", in: object, .text)
    _ = requiredCase("problem", in: object, of: DispatchProblem.self)
    let profile = required("profile", in: object, .object).flatMap { dispatchProfile($0) }
    let deviation = required("budget", in: object, .object).flatMap { value in
      self.object(value, at: .root["budget"], of: "budget", keys: ["deviation"])
    }.flatMap { requiredNumber("deviation", in: $0, .number) }
    let decisions = required("decisions", in: object, .object).flatMap { value in
      self.object(
        value, at: .root["decisions"], of: "decisions",
        keys: [
          "experts", "top_k", "tokens_per_device", "token_bytes", "strategy", "tokens",
          "expert_capacity",
        ])
    }
    let prediction = object["prediction"].flatMap { dispatchPrediction($0) }
    let bound = object["lower_bound"].flatMap { value in
      self.object(value, at: .root["lower_bound"], of: "lower_bound", keys: ["time_us"])
    }.flatMap { requiredNumber("time_us", in: $0, .microseconds) }
    let pareto = array("pareto", in: object) { $0.paretoPoint($1, at: $2) }
    let search = array("search", in: object) { $0.searchEntry($1, at: $2) }
    let isRepeatable = boolean("repeatable", in: object)
    guard let decisions else { return nil }
    let experts = requiredInteger("experts", in: decisions, .count)
    let topK = requiredInteger("top_k", in: decisions, .count)
    let perDevice = requiredInteger("tokens_per_device", in: decisions, .count)
    let tokenBytes = requiredInteger("token_bytes", in: decisions, .bytes)
    let strategy = requiredText("strategy", in: decisions)
    _ = required("tokens", in: decisions, .array)
    let tokens = array("tokens", in: decisions) { $0.counts($1, at: $2) }
    let capacity = required("expert_capacity", in: decisions, .array).flatMap {
      counts($0, at: .root["decisions"]["expert_capacity"])
    }
    guard let version, let profile, let deviation, let experts, let topK, let perDevice,
      let tokenBytes, let strategy, let tokens, let capacity
    else { return nil }
    return DispatchPlan(
      version: version, profile: profile, experts: experts, topK: topK,
      tokensPerDevice: perDevice, tokenBytes: tokenBytes, deviationBudget: deviation,
      strategy: strategy, tokens: tokens, expertCapacity: capacity, prediction: prediction,
      lowerBoundMicroseconds: bound, pareto: pareto ?? [], search: search ?? [],
      isRepeatable: isRepeatable ?? true)
  }

  private mutating func dispatchProfile(_ value: JSON) -> Plan.ProfileReference? {
    guard
      let object = object(
        value, at: .root["profile"], of: "profile", keys: ["name", "sha256"])
    else { return nil }
    let name = requiredText("name", in: object)
    let sha256 = text("sha256", in: object)
    return name.map { Plan.ProfileReference(name: $0, sha256: sha256) }
  }

  private mutating func counts(_ value: JSON, at path: JSONPath) -> [Int]? {
    guard case .array(let elements) = value else {
      faults.add(path, "\(value.shown) is not an array", "write whole numbers")
      return nil
    }
    var row: [Int] = []
    row.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      if let count = integer(element, at: path[index], .count) { row.append(count) }
    }
    return row
  }

  private mutating func dispatchPrediction(_ value: JSON) -> DispatchPlan.Prediction? {
    let keys = ["time_us", "even_us", "deviation"]
    guard let object = object(value, at: .root["prediction"], of: "prediction", keys: keys) else {
      return nil
    }
    let time = requiredNumber("time_us", in: object, .microseconds)
    let even = requiredNumber("even_us", in: object, .microseconds)
    let deviation = requiredNumber("deviation", in: object, .number)
    guard let time, let even, let deviation else { return nil }
    return DispatchPlan.Prediction(
      timeMicroseconds: time, evenMicroseconds: even, deviation: deviation)
  }

  private mutating func paretoPoint(
    _ value: JSON, at path: JSONPath
  ) -> DispatchPlan.ParetoPoint? {
    guard let object = object(value, at: path, of: "a point", keys: ["deviation", "time_us"]) else {
      return nil
    }
    let deviation = requiredNumber("deviation", in: object, .number)
    let time = requiredNumber("time_us", in: object, .microseconds)
    guard let deviation, let time else { return nil }
    return DispatchPlan.ParetoPoint(deviation: deviation, timeMicroseconds: time)
  }
}
