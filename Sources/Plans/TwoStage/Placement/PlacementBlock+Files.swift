package import Profiles

extension PlacementBlock {
  /// The key `placement` of a plan.
  package var json: JSON {
    var members = JSONMembers()
    members.add("offloaded_bytes", .integer(0))
    members.add("weights", .array(weights.map(\.json)))
    members.add("activations", .array(activations.map(\.json)))
    members.add("collectives", .array(collectives.map(\.json)))
    return members.object
  }
}

extension PlacementBlock.Weight {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("weight", .string(name))
    members.add("node", .string(node))
    members.add("shape", .integers(shape))
    members.add("layout", .string(layout.text))
    members.add("copies", copies.isEmpty ? nil : .integers(copies))
    members.add("zero", zeroStage == 0 ? nil : .integer(zeroStage))
    members.add("parameter_bytes", .integer(parameterBytes))
    members.add("gradient_bytes", .integer(gradientBytes))
    members.add("optimizer_state_bytes", .integer(optimizerStateBytes))
    return members.object
  }
}

extension PlacementBlock.Activation {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("node", .string(node))
    members.add("shape", tensor.map { .integers($0.shape) })
    members.add("element_bytes", tensor.map { .integer($0.elementBytes) })
    members.add("layout", .string(layout.text))
    members.add("output_bytes", .integer(bytes))
    members.add("saved_bytes", .integer(savedBytes))
    members.add("forward_runs", .integer(forwardRuns))
    return members.object
  }
}

extension PlacementBlock.Collective {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("pass", .string(pass.rawValue))
    members.add("for", .string(cause.rawValue))
    members.add("kind", .string(kind.rawValue))
    members.add("axis", .integer(axis))
    members.add("bytes", .integer(bytes))
    members.add("count", .integer(count))
    members.add("total_us", .number(microseconds))
    return members.object
  }
}

extension JSONReader {
  /// Reads the key `placement` of a plan of strategies and checkpoints.
  mutating func placementBlock(_ value: JSON, at path: JSONPath) -> PlacementBlock? {
    let keys = ["offloaded_bytes", "weights", "activations", "collectives"]
    guard let object = object(value, at: path, of: "placement", keys: keys) else { return nil }
    if let bytes = integer("offloaded_bytes", in: object, .bytes), bytes != 0 {
      faults.add(
        path["offloaded_bytes"],
        "\(bytes) is not 0, but these plans keep everything on the devices",
        "write 0, or leave the key out")
    }
    for key in keys.dropFirst() { _ = required(key, in: object, .array) }
    let weights = array("weights", in: object) { $0.placedWeight($1, at: $2) }
    let activations = array("activations", in: object) { $0.placedActivation($1, at: $2) }
    let collectives = array("collectives", in: object) { $0.placedCollective($1, at: $2) }
    guard let weights, let activations, let collectives else { return nil }
    return PlacementBlock(
      weights: weights, activations: activations, collectives: collectives)
  }

  private mutating func placedWeight(
    _ value: JSON, at path: JSONPath
  ) -> PlacementBlock.Weight? {
    let keys = [
      "weight", "node", "shape", "layout", "copies", "zero", "parameter_bytes", "gradient_bytes",
      "optimizer_state_bytes",
    ]
    guard let object = object(value, at: path, of: "a weight", keys: keys) else { return nil }
    let found = faults.count
    let name = requiredText("weight", in: object)
    let node = requiredText("node", in: object)
    let shape = required("shape", in: object, .array).flatMap {
      wholeNumbers($0, at: path["shape"])
    }
    let layout = requiredText("layout", in: object).flatMap {
      tensorLayout($0, at: path["layout"])
    }
    let copies = object["copies"].flatMap { wholeNumbers($0, at: path["copies"]) } ?? []
    let zero = integer("zero", in: object, .count) ?? 0
    let parameters = requiredBytes("parameter_bytes", in: object)
    let gradients = requiredBytes("gradient_bytes", in: object)
    let states = requiredBytes("optimizer_state_bytes", in: object)
    guard let name, let node, let shape, let layout, let parameters, let gradients, let states,
      faults.count == found
    else { return nil }
    return PlacementBlock.Weight(
      name: name, node: node, shape: shape, layout: layout, copies: copies, zeroStage: zero,
      parameterBytes: parameters, gradientBytes: gradients, optimizerStateBytes: states)
  }

  private mutating func placedActivation(
    _ value: JSON, at path: JSONPath
  ) -> PlacementBlock.Activation? {
    let keys = [
      "node", "shape", "element_bytes", "layout", "output_bytes", "saved_bytes", "forward_runs",
    ]
    guard let object = object(value, at: path, of: "an activation", keys: keys) else { return nil }
    let found = faults.count
    let node = requiredText("node", in: object)
    let shape = object["shape"].flatMap { wholeNumbers($0, at: path["shape"]) }
    let elementBytes = integer("element_bytes", in: object, .bytes)
    let layout = requiredText("layout", in: object).flatMap {
      tensorLayout($0, at: path["layout"])
    }
    let bytes = requiredBytes("output_bytes", in: object)
    let saved = requiredBytes("saved_bytes", in: object)
    let runs = requiredInteger("forward_runs", in: object, .count)
    var tensor: MeshTensor?
    if let shape {
      do throws(LayoutError) {
        tensor = try MeshTensor(shape: shape, elementBytes: elementBytes ?? 0)
      } catch {
        faults.add(path, error.problem, "write shape and element_bytes of the whole output")
      }
    }
    guard let node, let layout, let bytes, let saved, let runs, faults.count == found else {
      return nil
    }
    return PlacementBlock.Activation(
      node: node, tensor: tensor, layout: layout, bytes: bytes, savedBytes: saved,
      forwardRuns: runs)
  }

  private mutating func placedCollective(
    _ value: JSON, at path: JSONPath
  ) -> PlacementBlock.Collective? {
    let keys = ["pass", "for", "kind", "axis", "bytes", "count", "total_us"]
    guard let object = object(value, at: path, of: "a collective", keys: keys) else { return nil }
    let pass = requiredCase("pass", in: object, of: PlacementBlock.Pass.self)
    let cause = requiredCase("for", in: object, of: PlacementBlock.Cause.self)
    let kind = requiredCase("kind", in: object, of: CollectiveKind.self)
    let axis = requiredInteger("axis", in: object, .count)
    let bytes = requiredBytes("bytes", in: object)
    let count = requiredInteger("count", in: object, .count)
    let time = requiredNumber("total_us", in: object, .microseconds)
    guard let pass, let cause, let kind, let axis, let bytes, let count, let time else {
      return nil
    }
    return PlacementBlock.Collective(
      pass: pass, cause: cause, kind: kind, axis: axis, bytes: bytes, count: count,
      microseconds: time)
  }

  private mutating func requiredBytes(_ key: String, in object: JSONObject) -> Int? {
    guard let bytes = requiredInteger(key, in: object, .bytes) else { return nil }
    let found = faults.count
    faults.checkBytes(bytes, at: object.path[key])
    return faults.count == found ? bytes : nil
  }
}
