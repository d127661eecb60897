extension Profile {
  /// What the key `schema` of a profile says.
  public static let schemaName = "planner.profile/1"

  /// The keys of a profile.
  static let keys = [
    "schema", "name", "source", "problem", "device", "tensors", "operators", "codecs", "cluster",
    "moe", "two_stage", "gradients",
  ]
  /// The sections that the format defines and this version doesn't read.
  static let laterKeys = ["sharding"]

  /// Reads a file, plain or compressed with gzip, and checks it as `validate()` does.
  ///
  /// Keys that start with `x_` are ignored; any other unknown key is a fault.
  public static func read(contentsOf path: String) throws(ProfileError) -> Profile {
    try ProfileFile.load(path).profile
  }

  /// Reads bytes, plain or compressed with gzip, and checks them as `validate()` does.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(ProfileError) -> Profile {
    try ProfileFile.load(bytes, name: name).profile
  }

  /// Reads a text.
  static func parse(_ content: [UInt8], name: String) throws(ProfileError) -> Profile {
    let tree: JSON
    do {
      tree = try JSONScanner.parse(content)
    } catch {
      throw ProfileError(file: name, faults: [error.fault])
    }
    var reader = JSONReader()
    let profile = reader.profile(tree)
    if reader.faults.isEmpty { profile?.checkGraph(into: &reader.faults) }
    guard let profile, reader.faults.isEmpty else {
      throw ProfileError(file: name, faults: reader.faults.first, count: reader.faults.count)
    }
    return profile
  }
}

extension JSONReader {
  /// Checks which format and version a text has; the rest of another format is not looked at.
  package mutating func checkSchema(_ tree: JSON, is expected: String) -> Bool {
    let path = JSONPath.root["schema"]
    guard case .object(let members) = tree else {
      faults.add(.root, "\(tree.shown) is not an object", "write an object with the key schema")
      return false
    }
    switch members.first(where: { $0.key == "schema" })?.value {
    case .string(expected): return true
    case nil where JSONReader.isShardingInstance(members):
      faults.add(
        .root, "this is an instance of the sharding problem, no \(expected)",
        "use `planner shard FILE`")
    case nil: faults.add(path, "the key is missing", "add \"schema\": \"\(expected)\"")
    case .string(let found) where JSONReader.family(found) == JSONReader.family(expected):
      faults.add(
        path, "\(JSON.quoted(found)) is a version that this planner doesn't read",
        "write version \"\(expected)\"")
    case .string(let found) where JSONReader.family(found) == "planner.plan":
      var words = "\(JSON.quoted(found)) is a plan"
      var remedy = "give the profile that it was made for"
      if case .string(let problem)? = members.first(where: { $0.key == "problem" })?.value {
        words = "this is a plan of the problem \(JSON.quoted(problem))"
        if problem == "sharding" {
          remedy = "give the instance that it was made for to `planner shard FILE --check PLAN`"
        }
      }
      faults.add(path, words, remedy)
    case .some(let found):
      faults.add(path, "\(found.shown) is another format", "give a file with \"\(expected)\"")
    }
    return false
  }

  /// Whether an object is a sharding instance as the ASPLOS 2025 contest writes them.
  private static func isShardingInstance(_ members: [JSON.Member]) -> Bool {
    guard case .object(let problem)? = members.first(where: { $0.key == "problem" })?.value else {
      return false
    }
    return problem.contains { $0.key == "nodes" }
  }

  private static func family(_ schema: String) -> Substring {
    schema.prefix { $0 != "/" }
  }

  /// Reads the whole profile; faults in a part are told without those that follow from them.
  mutating func profile(_ tree: JSON) -> Profile? {
    guard checkSchema(tree, is: Profile.schemaName),
      let object = object(
        tree, at: .root, of: "a profile", keys: Profile.keys, later: Profile.laterKeys)
    else { return nil }
    let name = requiredText("name", in: object)
    faults.checkName(name, at: .root["name"])
    let source = object["source"].flatMap { self.source($0, at: .root["source"]) }
    let problem = text("problem", in: object)
    faults.checkName(problem, at: .root["problem"])
    let device = object["device"].flatMap { self.device($0, at: .root["device"]) }
    let cluster = object["cluster"].flatMap { self.cluster($0, at: .root["cluster"]) }
    let moe = object["moe"].flatMap { self.moe($0, at: .root["moe"]) }
    let stageGraph = object["two_stage"].flatMap {
      self.stageGraph($0, at: .root["two_stage"])
    }
    let gradients = object["gradients"].flatMap { self.gradients($0, at: .root["gradients"]) }
    // A section that stands by itself needs no operators, but where there are any, both lists are.
    let standsAlone = ["moe", "cluster", "two_stage", "gradients"].contains { object[$0] != nil }
    let isOptional =
      standsAlone && object["tensors"] == nil && object["operators"] == nil
    if !isOptional { _ = required("tensors", in: object, .array) }
    let tensors = array("tensors", in: object) { $0.tensor($1, at: $2) }
    if !isOptional { _ = required("operators", in: object, .array) }
    let operators = array("operators", in: object) { $0.step($1, at: $2) }
    let codecs = codecs(in: object)
    guard let name, isOptional || (tensors != nil && operators != nil) else { return nil }
    return Profile(
      name: name, source: source, problem: problem, device: device, tensors: tensors ?? [],
      operators: operators ?? [], codecs: codecs ?? [], cluster: cluster, moe: moe,
      stageGraph: stageGraph, gradients: gradients)
  }

  private mutating func source(_ value: JSON, at path: JSONPath) -> Profile.Source? {
    let keys = ["collector", "file", "sha256", "date", "notes"]
    guard let object = object(value, at: path, of: "source", keys: keys) else { return nil }
    let found = faults.count
    let collector = requiredText("collector", in: object)
    let source = Profile.Source(
      collector: collector ?? "", file: text("file", in: object),
      sha256: text("sha256", in: object),
      date: text("date", in: object),
      notes: array("notes", in: object) { $0.text($1, at: $2, .text) } ?? [])
    if faults.count == found { source.check(at: path, into: &faults) }
    return source
  }

  private mutating func tensor(_ value: JSON, at path: JSONPath) -> Tensor? {
    guard let object = object(value, at: path, of: "a tensor", keys: Tensor.keys) else {
      return nil
    }
    let found = faults.count
    let id = requiredText("id", in: object)
    let bytes = requiredInteger("bytes", in: object, .bytes)
    let dtype = text("dtype", in: object)
    let shape = array("shape", in: object) { $0.integer($1, at: $2, .count) }
    let kind = requiredCase("kind", in: object, of: Tensor.Kind.self)
    let sparsity = object["sparsity"].flatMap { self.sparsity($0, at: path["sparsity"]) }
    let isPersistent = boolean("persistent", in: object)
    let isMovable = boolean("movable", in: object)
    let aliasOf = text("alias_of", in: object)
    guard let id, let bytes, let kind, faults.count == found else { return nil }
    let tensor = Tensor(
      id: id, bytes: bytes, dtype: dtype, shape: shape, kind: kind, sparsity: sparsity,
      isPersistent: isPersistent, isMovable: isMovable ?? true, aliasOf: aliasOf)
    tensor.check(at: path, into: &faults)
    return tensor
  }

  private mutating func sparsity(_ value: JSON, at path: JSONPath) -> Sparsity? {
    guard let object = object(value, at: path, of: "sparsity", keys: ["history"]) else {
      return nil
    }
    _ = required("history", in: object, .array)
    let history = array("history", in: object) { reader, value, path -> Sparsity.Sample? in
      let keys = ["epoch", "density", "cycle"]
      guard let object = reader.object(value, at: path, of: "a measurement", keys: keys)
      else { return nil }
      let epoch = reader.requiredInteger("epoch", in: object, .count)
      let density = reader.requiredNumber("density", in: object, .number)
      let cycle = reader.number("cycle", in: object, .number)
      guard let epoch, let density else { return nil }
      return Sparsity.Sample(epoch: epoch, density: density, cycle: cycle)
    }
    return history.map(Sparsity.init(history:))
  }

  private mutating func step(_ value: JSON, at path: JSONPath) -> Operator? {
    guard let object = object(value, at: path, of: "an operator", keys: Operator.keys) else {
      return nil
    }
    let found = faults.count
    let id = requiredText("id", in: object)
    let phase = requiredCase("phase", in: object, of: Operator.Phase.self)
    let duration = requiredNumber("duration_us", in: object, .microseconds)
    let reads = names("reads", in: object)
    let writes = names("writes", in: object)
    let workspaceBytes = integer("workspace_bytes", in: object, .bytes)
    let flops = number("flops", in: object, .number)
    let bytesAccessed = number("bytes_accessed", in: object, .number)
    let isRecomputable = boolean("recomputable", in: object)
    guard let id, let phase, let duration, faults.count == found else { return nil }
    let step = Operator(
      id: id, phase: phase, durationMicroseconds: duration, reads: reads ?? [],
      writes: writes ?? [], workspaceBytes: workspaceBytes ?? 0, flops: flops,
      bytesAccessed: bytesAccessed, isRecomputable: isRecomputable ?? false)
    step.check(at: path, into: &faults)
    return step
  }
}

extension Tensor {
  /// The keys of a tensor.
  static let keys = [
    "id", "bytes", "dtype", "shape", "kind", "sparsity", "persistent", "movable", "alias_of",
  ]
}

extension Operator {
  /// The keys of an operator.
  static let keys = [
    "id", "phase", "duration_us", "reads", "writes", "workspace_bytes", "flops", "bytes_accessed",
    "recomputable",
  ]
}
