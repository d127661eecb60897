import Profiles

extension Plan {
  /// What the key `schema` of a plan says.
  public static let schemaName = "planner.plan/1"

  /// The keys of a plan.
  static let keys = [
    "schema", "version", "problem", "profile", "budget", "decisions", "prediction", "lower_bound",
    "gap", "search", "reasons", "repeatable",
  ]

  /// Reads a file, plain or compressed with gzip, and checks it as `validate()` does.
  ///
  /// Keys that start with `x_` are ignored; any other unknown key is a fault.
  public static func read(contentsOf path: String) throws(PlanError) -> Plan {
    try PlanFile.read(
      contentsOf: path, as: .swap, decode: { $0.plan($1) }, check: { $0.check(into: &$1) })
  }

  /// Reads bytes, plain or compressed with gzip, and checks them as `validate()` does.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> Plan {
    try PlanFile.read(
      bytes, name: name, as: .swap, decode: { $0.plan($1) }, check: { $0.check(into: &$1) })
  }
}

/// The problems whose decisions this version reads.
private enum Problem: String, CaseIterable {
  case swap
}

extension JSONReader {
  /// Reads the whole plan.
  fileprivate mutating func plan(_ tree: JSON) -> Plan? {
    guard checkSchema(tree, is: Plan.schemaName),
      let object = object(tree, at: .root, of: "a plan", keys: Plan.keys)
    else { return nil }
    let version = requiredText("version", in: object, .text)
    let problem = requiredCase("problem", in: object, of: Problem.self)
    let profile = required("profile", in: object, .object).flatMap {
      self.reference($0, at: .root["profile"])
    }
    let budget = required("budget", in: object, .object).flatMap {
      self.budget($0, at: .root["budget"])
    }
    let value = required("decisions", in: object, .object)
    var decisions: SwapDecisions?
    if let value, problem != nil { decisions = swapDecisions(value, at: .root["decisions"]) }
    let evidence = evidence(in: object)
    let search = array("search", in: object) { $0.searchEntry($1, at: $2) }
    let reasons = array("reasons", in: object) { $0.reason($1, at: $2) }
    let isRepeatable = boolean("repeatable", in: object)
    guard let version, let profile, let budget, let decisions else { return nil }
    return Plan(
      version: version, profile: profile, budget: budget, decisions: .swap(decisions),
      prediction: evidence.prediction, lowerBound: evidence.lowerBound, gap: evidence.gap,
      search: search ?? [], reasons: reasons ?? [], isRepeatable: isRepeatable ?? true)
  }

  private mutating func reference(_ value: JSON, at path: JSONPath) -> Plan.ProfileReference? {
    guard let object = object(value, at: path, of: "profile", keys: ["name", "sha256"]) else {
      return nil
    }
    let name = requiredText("name", in: object)
    let sha256 = text("sha256", in: object)
    return name.map { Plan.ProfileReference(name: $0, sha256: sha256) }
  }

  private mutating func budget(_ value: JSON, at path: JSONPath) -> Plan.Budget? {
    let keys = ["device_bytes", "host_bytes", "nvme_bytes"]
    guard let object = object(value, at: path, of: "budget", keys: keys) else { return nil }
    let deviceBytes = requiredInteger("device_bytes", in: object, .bytes)
    let hostBytes = integer("host_bytes", in: object, .bytes)
    let nvmeBytes = integer("nvme_bytes", in: object, .bytes)
    return deviceBytes.map {
      Plan.Budget(deviceBytes: $0, hostBytes: hostBytes, nvmeBytes: nvmeBytes)
    }
  }
}
