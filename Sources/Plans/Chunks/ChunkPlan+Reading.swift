import Profiles

/// What the key `action` of a gap says.
enum ChunkAction: String, CaseIterable {
  case keep
  case evict
}

/// The problem that this reader knows.
private enum ChunkProblem: String, CaseIterable {
  case chunks
}

extension ChunkPlan {
  /// Reads a file, plain or compressed with gzip, and checks all that can be told without the profile.
  ///
  /// Keys that start with `x_` are ignored; any other unknown key is a fault.
  public static func read(contentsOf path: String) throws(PlanError) -> ChunkPlan {
    try PlanFile.read(
      contentsOf: path, as: .chunks, decode: { $0.chunkPlan($1) }, check: { $0.check(into: &$1) })
  }

  /// Reads bytes, plain or compressed with gzip, as `read(contentsOf:)` does.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(PlanError) -> ChunkPlan {
    try PlanFile.read(
      bytes, name: name, as: .chunks, decode: { $0.chunkPlan($1) }, check: { $0.check(into: &$1) })
  }

  /// Checks names and ranges.
  private func check(into faults: inout FaultList) {
    let root = JSONPath.root
    let decisions = root["decisions"]
    faults.checkName(version, at: root["version"])
    faults.checkName(profile.name, at: root["profile"]["name"])
    faults.checkDigest(profile.sha256, at: root["profile"]["sha256"])
    faults.checkBytes(budgetBytes, at: root["budget"]["device_bytes"])
    faults.checkNumber(Double(worldSize), in: 1...1e6, at: decisions["world_size"])
    faults.checkCount(chunkElements, at: decisions["chunk_elements"])
    faults.checkRate(hostOptimizerGBPerSecond, at: decisions["host_optimizer_gb_per_s"])
    for (index, chunk) in chunks.enumerated() {
      let path = decisions["chunks"][index]
      faults.checkName(chunk.id, at: path["id"])
      faults.checkCount(chunk.elements, at: path["elements"])
      faults.checkCount(chunk.usedElements, at: path["used_elements"])
      faults.checkBytes(chunk.parameterBytes, at: path["parameter_bytes"])
      faults.checkBytes(chunk.gradientBytes, at: path["gradient_bytes"])
      faults.checkBytes(chunk.optimizerBytes, at: path["optimizer_bytes"])
    }
    for (index, gap) in gaps.enumerated() {
      let path = decisions["gaps"][index]
      faults.checkName(gap.chunk, at: path["chunk"])
      faults.checkName(gap.after, at: path["after"])
      faults.checkName(gap.before, at: path["before"])
    }
  }
}

extension JSONReader {
  fileprivate mutating func chunkPlan(_ tree: JSON) -> ChunkPlan? {
    let keys = [
      "schema", "version", "problem", "profile", "budget", "decisions", "prediction",
      "lower_bound", "sizings", "search", "repeatable",
    ]
    guard checkSchema(tree, is: Plan.schemaName),
      let object = object(tree, at: .root, of: "a plan", keys: keys)
    else { return nil }
    let version = requiredText("version", in: object, .text)
    _ = requiredCase("problem", in: object, of: ChunkProblem.self)
    let profile = required("profile", in: object, .object).flatMap { chunkProfile($0) }
    let budget = required("budget", in: object, .object).flatMap { value in
      self.object(value, at: .root["budget"], of: "budget", keys: ["device_bytes"])
    }
    let budgetBytes = budget.flatMap { requiredInteger("device_bytes", in: $0, .bytes) }
    let path = JSONPath.root["decisions"]
    let decisions = required("decisions", in: object, .object).flatMap { value in
      self.object(
        value, at: path, of: "decisions",
        keys: ["world_size", "chunk_elements", "host_optimizer_gb_per_s", "chunks", "gaps"])
    }
    let prediction = object["prediction"].flatMap { chunkPrediction($0) }
    let bound = object["lower_bound"].flatMap { value in
      self.object(value, at: .root["lower_bound"], of: "lower_bound", keys: ["added_us"])
    }
    let boundTime = bound.flatMap { requiredNumber("added_us", in: $0, .microseconds) }
    let sizings = array("sizings", in: object) { $0.sizing($1, at: $2) }
    let search = array("search", in: object) { $0.searchEntry($1, at: $2) }
    let isRepeatable = boolean("repeatable", in: object)
    guard let decisions else { return nil }
    let worldSize = requiredInteger("world_size", in: decisions, .count)
    let elements = requiredInteger("chunk_elements", in: decisions, .count)
    let rate = requiredNumber("host_optimizer_gb_per_s", in: decisions, .rate)
    _ = required("chunks", in: decisions, .array)
    _ = required("gaps", in: decisions, .array)
    let chunks = array("chunks", in: decisions) { $0.chunk($1, at: $2) }
    let gaps = array("gaps", in: decisions) { $0.chunkGap($1, at: $2) }
    guard let version, let profile, let budgetBytes, let worldSize, let elements, let rate,
      let chunks, let gaps
    else { return nil }
    return ChunkPlan(
      version: version, profile: profile, budgetBytes: budgetBytes, worldSize: worldSize,
      chunkElements: elements, hostOptimizerGBPerSecond: rate, chunks: chunks, gaps: gaps,
      prediction: prediction, lowerBoundMicroseconds: boundTime, sizings: sizings ?? [],
      search: search ?? [], isRepeatable: isRepeatable ?? true)
  }

  private mutating func chunkProfile(_ value: JSON) -> Plan.ProfileReference? {
    guard
      let object = object(
        value, at: .root["profile"], of: "profile", keys: ["name", "sha256"])
    else { return nil }
    let name = requiredText("name", in: object)
    let sha256 = text("sha256", in: object)
    return name.map { Plan.ProfileReference(name: $0, sha256: sha256) }
  }

  private mutating func chunk(_ value: JSON, at path: JSONPath) -> ChunkPlan.Chunk? {
    let keys = [
      "id", "dtype", "elements", "used_elements", "parameters", "gradients", "optimizer_states",
      "parameter_bytes", "gradient_bytes", "optimizer_bytes", "optimizer",
    ]
    guard let object = object(value, at: path, of: "a chunk", keys: keys) else { return nil }
    let id = requiredText("id", in: object)
    let dtype = requiredText("dtype", in: object)
    let elements = requiredInteger("elements", in: object, .count)
    let used = requiredInteger("used_elements", in: object, .count)
    _ = required("parameters", in: object, .array)
    let parameters = names("parameters", in: object)
    let gradients = names("gradients", in: object)
    let states = names("optimizer_states", in: object)
    let parameterBytes = requiredInteger("parameter_bytes", in: object, .bytes)
    let gradientBytes = integer("gradient_bytes", in: object, .bytes)
    let optimizerBytes = integer("optimizer_bytes", in: object, .bytes)
    let optimizer = requiredCase("optimizer", in: object, of: ChunkPlan.Chunk.Optimizer.self)
    guard let id, let dtype, let elements, let used, let parameters, let parameterBytes,
      let optimizer
    else { return nil }
    return ChunkPlan.Chunk(
      id: id, dtype: dtype, elements: elements, usedElements: used, parameters: parameters,
      gradients: gradients ?? [], optimizerStates: states ?? [], parameterBytes: parameterBytes,
      gradientBytes: gradientBytes ?? 0, optimizerBytes: optimizerBytes ?? 0, optimizer: optimizer)
  }

  private mutating func chunkGap(_ value: JSON, at path: JSONPath) -> ChunkPlan.Gap? {
    let keys = ["chunk", "part", "after", "before", "action"]
    guard let object = object(value, at: path, of: "a gap", keys: keys) else { return nil }
    let chunk = requiredText("chunk", in: object)
    let part = requiredCase("part", in: object, of: ChunkPlan.Part.self)
    let after = requiredText("after", in: object)
    let before = requiredText("before", in: object)
    let action = requiredCase("action", in: object, of: ChunkAction.self)
    guard let chunk, let part, let after, let before, let action else { return nil }
    return ChunkPlan.Gap(
      chunk: chunk, part: part, after: after, before: before, isKept: action == .keep)
  }

  private mutating func chunkPrediction(_ value: JSON) -> ChunkPlan.Prediction? {
    let keys = [
      "added_us", "copy_in_us", "copy_out_us", "host_optimizer_us", "in_bytes", "out_bytes",
      "peak_device_bytes",
    ]
    guard let object = object(value, at: .root["prediction"], of: "prediction", keys: keys) else {
      return nil
    }
    let added = requiredNumber("added_us", in: object, .microseconds)
    let copyIn = requiredNumber("copy_in_us", in: object, .microseconds)
    let copyOut = requiredNumber("copy_out_us", in: object, .microseconds)
    let host = requiredNumber("host_optimizer_us", in: object, .microseconds)
    let bytesIn = requiredInteger("in_bytes", in: object, .bytes)
    let bytesOut = requiredInteger("out_bytes", in: object, .bytes)
    let peak = requiredInteger("peak_device_bytes", in: object, .bytes)
    guard let added, let copyIn, let copyOut, let host, let bytesIn, let bytesOut, let peak else {
      return nil
    }
    return ChunkPlan.Prediction(
      addedMicroseconds: added, copyInMicroseconds: copyIn, copyOutMicroseconds: copyOut,
      hostOptimizerMicroseconds: host, bytesIn: bytesIn, bytesOut: bytesOut, peakDeviceBytes: peak)
  }

  private mutating func sizing(_ value: JSON, at path: JSONPath) -> ChunkPlan.Sizing? {
    let keys = ["rule", "chunk_elements", "chunks", "waste_bytes", "bound_bytes"]
    guard let object = object(value, at: path, of: "a sizing", keys: keys) else { return nil }
    let rule = requiredText("rule", in: object)
    let elements = requiredInteger("chunk_elements", in: object, .count)
    let chunks = requiredInteger("chunks", in: object, .count)
    let waste = requiredInteger("waste_bytes", in: object, .bytes)
    let bound = requiredInteger("bound_bytes", in: object, .bytes)
    guard let rule, let elements, let chunks, let waste, let bound else { return nil }
    return ChunkPlan.Sizing(
      rule: rule, chunkElements: elements, chunkCount: chunks, wasteBytes: waste, boundBytes: bound)
  }
}
