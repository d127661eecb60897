import Profiles

/// The problem that this reader knows.
private enum GradientProblem: String, CaseIterable {
  case gradients
}

extension GradientPlan {
  /// Reads a file, plain or compressed with gzip, and checks all that can be told without the profile.
  ///
  /// Keys that start with `x_` are ignored; any other unknown key is a fault.
  public static func read(contentsOf path: String) throws(PlanError) -> GradientPlan {
    try PlanFile.read(
      contentsOf: path, as: .gradients, decode: { $0.gradientPlan($1) },
      check: { $0.check(into: &$1) })
  }

  /// Reads bytes, plain or compressed with gzip, as `read(contentsOf:)` does.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> GradientPlan {
    try PlanFile.read(
      bytes, name: name, as: .gradients, decode: { $0.gradientPlan($1) },
      check: { $0.check(into: &$1) })
  }

  /// Checks names, ranges, and that each choice fits its algorithm.
  private func check(into faults: inout FaultList) {
    let root = JSONPath.root
    faults.checkName(version, at: root["version"])
    faults.checkName(profile.name, at: root["profile"]["name"])
    faults.checkDigest(profile.sha256, at: root["profile"]["sha256"])
    faults.checkNumber(energyBudget, in: 0...1, at: root["budget"]["energy"])
    faults.checkName(strategy, at: root["decisions"]["strategy"])
    let path = root["decisions"]["buckets"]
    if decisions.isEmpty { faults.add(path, "the list is empty", "add one decision a bucket") }
    for (index, decision) in decisions.enumerated() {
      decision.check(at: path[index], into: &faults)
    }
  }
}

extension GradientPlan.Decision {
  fileprivate func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(bucket, at: path["bucket"])
    if (algorithm == .dense) != (choice == nil) {
      faults.add(
        path, choice == nil ? "nothing says which elements are sent" : "all elements are sent",
        choice == nil ? "add selection and density" : "remove selection, block and density")
    }
    if wire.count != algorithm.wireFormats {
      faults.add(
        path["wire"],
        "\(wire.count) formats are not one for each of \(algorithm.wireFormats) phases",
        "write one for each phase of \(algorithm.rawValue)")
    }
    guard let choice else { return }
    faults.checkNumber(choice.density, in: 0...1, at: path["density"])
    if (choice.selection == .whole) != (choice.block == nil) {
      faults.add(
        path["block"], "the selection \(choice.selection.rawValue) and its block contradict",
        choice.block == nil ? "add the elements of a block" : "remove the key")
    }
    if let block = choice.block {
      faults.checkNumber(
        Double(block), in: 1...Double(GradientExchange.maximumBlock), at: path["block"])
    }
  }
}

extension JSONReader {
  fileprivate mutating func gradientPlan(_ tree: JSON) -> GradientPlan? {
    let keys = [
      "schema", "version", "problem", "profile", "budget", "decisions", "verdict", "prediction",
      "lower_bound", "search", "repeatable",
    ]
    guard checkSchema(tree, is: Plan.schemaName),
      let object = object(tree, at: .root, of: "a plan", keys: keys)
    else { return nil }
    let found = faults.count
    let version = requiredText("version", in: object, .text)
    _ = requiredCase("problem", in: object, of: GradientProblem.self)
    let profile = required("profile", in: object, .object).flatMap { gradientProfile($0) }
    let energy = required("budget", in: object, .object).flatMap { value in
      self.object(value, at: .root["budget"], of: "budget", keys: ["energy"])
    }.flatMap { requiredNumber("energy", in: $0, .number) }
    let choices = required("decisions", in: object, .object).flatMap { value in
      self.object(
        value, at: .root["decisions"], of: "decisions", keys: ["strategy", "buckets"])
    }
    let strategy = choices.flatMap { requiredText("strategy", in: $0) }
    if let choices { _ = required("buckets", in: choices, .array) }
    let decisions = choices.flatMap { choices in
      array("buckets", in: choices) { $0.gradientDecision($1, at: $2) }
    }
    let verdict = text("verdict", in: object, .text)
    let prediction = object["prediction"].flatMap { gradientPrediction($0) }
    let bound = object["lower_bound"].flatMap { value in
      self.object(value, at: .root["lower_bound"], of: "lower_bound", keys: ["end_us"])
    }.flatMap { requiredNumber("end_us", in: $0, .microseconds) }
    let search = array("search", in: object) { $0.searchEntry($1, at: $2) }
    let isRepeatable = boolean("repeatable", in: object)
    guard let version, let profile, let energy, let strategy, let decisions, faults.count == found
    else { return nil }
    return GradientPlan(
      version: version, profile: profile, energyBudget: energy, strategy: strategy,
      decisions: decisions, verdict: verdict, prediction: prediction,
      lowerBoundMicroseconds: bound, search: search ?? [], isRepeatable: isRepeatable ?? true)
  }

  private mutating func gradientProfile(_ value: JSON) -> Plan.ProfileReference? {
    guard
      let object = object(
        value, at: .root["profile"], of: "profile", keys: ["name", "sha256"])
    else { return nil }
    let name = requiredText("name", in: object)
    let sha256 = text("sha256", in: object)
    return name.map { Plan.ProfileReference(name: $0, sha256: sha256) }
  }

  private mutating func gradientDecision(
    _ value: JSON, at path: JSONPath
  ) -> GradientPlan.Decision? {
    let keys = ["bucket", "algorithm", "selection", "block", "density", "wire", "reason"]
    guard let object = object(value, at: path, of: "a decision", keys: keys) else { return nil }
    let bucket = requiredText("bucket", in: object)
    let algorithm = requiredCase("algorithm", in: object, of: GradientPlan.Algorithm.self)
    let selection = object["selection"].flatMap {
      word($0, at: path["selection"], of: GradientBucket.Selection.self)
    }
    let block = integer("block", in: object, .count)
    let density = number("density", in: object, .number)
    let wire = array("wire", in: object) {
      $0.word($1, at: $2, of: GradientPlan.WireFormat.self)
    }
    let reason = text("reason", in: object, .text)
    if (selection == nil) != (density == nil) || (selection == nil && block != nil) {
      faults.add(
        path, "selection, block and density belong together", "write them all, or none of them")
    }
    guard let bucket, let algorithm else { return nil }
    var choice: GradientPlan.Choice?
    if let selection, let density {
      choice = GradientPlan.Choice(selection: selection, block: block, density: density)
    }
    return GradientPlan.Decision(
      bucket: bucket, algorithm: algorithm, choice: choice, wire: wire ?? [], reason: reason)
  }

  private mutating func gradientPrediction(_ value: JSON) -> GradientPlan.Prediction? {
    let keys = ["end_us", "dense_us", "energy", "within_node_bytes", "between_nodes_bytes"]
    guard let object = object(value, at: .root["prediction"], of: "prediction", keys: keys) else {
      return nil
    }
    let end = requiredNumber("end_us", in: object, .microseconds)
    let dense = requiredNumber("dense_us", in: object, .microseconds)
    let energy = requiredNumber("energy", in: object, .number)
    let within = requiredInteger("within_node_bytes", in: object, .bytes)
    let between = requiredInteger("between_nodes_bytes", in: object, .bytes)
    guard let end, let dense, let energy, let within, let between else { return nil }
    return GradientPlan.Prediction(
      endMicroseconds: end, denseMicroseconds: dense, energy: energy, withinNodeBytes: within,
      betweenNodesBytes: between)
  }
}
