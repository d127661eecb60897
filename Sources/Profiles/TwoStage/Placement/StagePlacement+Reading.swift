extension JSONReader {
  /// Reads the key `placement` of the section `two_stage`; `StageGraph.check` tells whether it fits.
  mutating func stagePlacement(_ value: JSON, at path: JSONPath) -> StagePlacement? {
    let keys = [
      "dtype", "element_bytes", "optimizer", "state_bytes_per_element", "shardings", "ways",
    ]
    guard let object = object(value, at: path, of: "placement", keys: keys) else { return nil }
    let dtype = requiredText("dtype", in: object)
    let elementBytes = requiredInteger("element_bytes", in: object, .bytes)
    let optimizer = requiredText("optimizer", in: object)
    let stateBytes = requiredInteger("state_bytes_per_element", in: object, .bytes)
    for key in ["shardings", "ways"] { _ = required(key, in: object, .array) }
    var names: [String: Int] = [:]
    let shardings = array("shardings", in: object) { reader, value, path in
      let sharding = reader.nodeSharding(value, at: path)
      if let sharding, let other = names.updateValue(names.count, forKey: sharding.id) {
        reader.faults.add(
          path["id"], "\(JSON.quoted(sharding.id)) is the name of shardings[\(other)] too",
          "give each a name of its own")
      }
      return sharding
    }
    let ways = array("ways", in: object) { $0.layoutWay($1, at: $2) }
    guard let dtype, let elementBytes, let optimizer, let stateBytes, let shardings, let ways
    else { return nil }
    return StagePlacement(
      dtype: dtype, elementBytes: elementBytes, optimizer: optimizer,
      stateBytesPerElement: stateBytes, shardings: shardings, ways: ways)
  }

  private mutating func nodeSharding(_ value: JSON, at path: JSONPath) -> NodeSharding? {
    let keys = ["id", "output", "reads_input_again", "weights", "strategies"]
    guard let object = object(value, at: path, of: "a sharding", keys: keys) else { return nil }
    let found = faults.count
    let id = requiredText("id", in: object)
    let output = object["output"].flatMap { meshTensor($0, at: path["output"]) }
    let readsAgain = boolean("reads_input_again", in: object) ?? false
    let weights = array("weights", in: object) { reader, value, path in
      reader.wholeNumbers(value, at: path)
    }
    _ = required("strategies", in: object, .array)
    let strategies = array("strategies", in: object) { $0.strategySharding($1, at: $2) }
    guard let id, let strategies, faults.count == found else { return nil }
    return NodeSharding(
      id: id, output: output, readsInputAgain: readsAgain, weights: weights ?? [],
      strategies: strategies)
  }

  private mutating func strategySharding(_ value: JSON, at path: JSONPath) -> StrategySharding? {
    let keys = [
      "input", "output", "input_gradient", "output_gradient", "keeps_output", "zero", "weights",
      "exchanges",
    ]
    guard let object = object(value, at: path, of: "layouts", keys: keys) else { return nil }
    let found = faults.count
    let layouts = keys[0..<4].map { requiredLayout($0, in: object) }
    let keepsOutput = boolean("keeps_output", in: object) ?? false
    let zero = integer("zero", in: object, .count) ?? 0
    if !(0...3).contains(zero) {
      faults.add(path["zero"], "\(zero) is no stage of ZeRO", "write 0, 1, 2 or 3")
    }
    let weights = array("weights", in: object) { reader, value, path -> WeightSharding? in
      guard
        let object = reader.object(value, at: path, of: "a weight", keys: ["layout", "copies"])
      else { return nil }
      let layout = reader.requiredLayout("layout", in: object)
      let copies = object["copies"].flatMap { reader.wholeNumbers($0, at: path["copies"]) }
      return layout.map { WeightSharding(layout: $0, copies: copies ?? []) }
    }
    let exchanges = array("exchanges", in: object) { $0.stageExchange($1, at: $2) }
    guard let input = layouts[0], let output = layouts[1], let inputGradient = layouts[2],
      let outputGradient = layouts[3], faults.count == found
    else { return nil }
    return StrategySharding(
      input: input, output: output, inputGradient: inputGradient, outputGradient: outputGradient,
      keepsOutput: keepsOutput, zeroStage: zero, weights: weights ?? [],
      exchanges: exchanges ?? [])
  }

  private mutating func stageExchange(_ value: JSON, at path: JSONPath) -> StageExchange? {
    let keys = ["pass", "kind", "axes", "tensor", "layout"]
    guard let object = object(value, at: path, of: "an exchange", keys: keys) else { return nil }
    let pass = requiredCase("pass", in: object, of: StageExchange.Pass.self)
    let kind = requiredCase("kind", in: object, of: CollectiveKind.self)
    let axes = required("axes", in: object, .array).flatMap {
      wholeNumbers($0, at: path["axes"])
    }
    let tensor = required("tensor", in: object, .object).flatMap {
      meshTensor($0, at: path["tensor"])
    }
    let layout = requiredLayout("layout", in: object)
    guard let pass, let kind, let axes, let tensor, let layout else { return nil }
    return StageExchange(pass: pass, kind: kind, axes: axes, tensor: tensor, layout: layout)
  }

  private mutating func layoutWay(_ value: JSON, at path: JSONPath) -> LayoutWay? {
    let keys = ["tensor", "source", "target", "steps"]
    guard let object = object(value, at: path, of: "a way", keys: keys) else { return nil }
    let found = faults.count
    let tensor = required("tensor", in: object, .object).flatMap {
      meshTensor($0, at: path["tensor"])
    }
    let source = requiredLayout("source", in: object)
    let target = requiredLayout("target", in: object)
    _ = required("steps", in: object, .array)
    let steps = array("steps", in: object) { $0.layoutStep($1, at: $2) }
    guard let tensor, let source, let target, let steps, faults.count == found else { return nil }
    return LayoutWay(
      ends: LayoutWay.Ends(tensor: tensor, source: source, target: target), steps: steps)
  }

  private mutating func layoutStep(_ value: JSON, at path: JSONPath) -> LayoutStep? {
    let keys = ["step", "axis", "dimension", "from", "to"]
    guard let object = object(value, at: path, of: "a step", keys: keys) else { return nil }
    let axis = requiredInteger("axis", in: object, .count)
    guard let kind = requiredCase("step", in: object, of: StepKind.self), let axis else {
      return nil
    }
    func dimension(_ key: String) -> Int? { requiredInteger(key, in: object, .count) }
    switch kind {
    case .allGather: return dimension("dimension").map { .allGather(axis: axis, dimension: $0) }
    case .slice: return dimension("dimension").map { .slice(axis: axis, dimension: $0) }
    case .reduceScatter:
      return dimension("dimension").map { .reduceScatter(axis: axis, dimension: $0) }
    case .allReduce: return .allReduce(axis: axis)
    case .allToAll:
      guard let from = dimension("from"), let to = dimension("to") else { return nil }
      return .allToAll(axis: axis, from: from, to: to)
    }
  }

  // MARK: - Layouts

  private mutating func meshTensor(_ value: JSON, at path: JSONPath) -> MeshTensor? {
    guard
      let object = object(value, at: path, of: "a tensor", keys: ["shape", "element_bytes"])
    else { return nil }
    let shape = required("shape", in: object, .array).flatMap {
      wholeNumbers($0, at: path["shape"])
    }
    let bytes = requiredInteger("element_bytes", in: object, .bytes)
    guard let shape, let bytes else { return nil }
    do throws(LayoutError) {
      return try MeshTensor(shape: shape, elementBytes: bytes)
    } catch {
      faults.add(path, error.problem, error.remedy)
      return nil
    }
  }

  private mutating func requiredLayout(_ key: String, in object: JSONObject) -> TensorLayout? {
    guard let text = requiredText(key, in: object) else { return nil }
    return tensorLayout(text, at: object.path[key])
  }

  /// Reads a layout such as `S0,R`.
  package mutating func tensorLayout(_ text: String, at path: JSONPath) -> TensorLayout? {
    do throws(LayoutError) {
      return try TensorLayout(text: text)
    } catch {
      faults.add(path, "\(JSON.quoted(text)) is no layout: \(error.problem)", error.remedy)
      return nil
    }
  }

  /// Reads an array of whole numbers.
  package mutating func wholeNumbers(_ value: JSON, at path: JSONPath) -> [Int]? {
    guard case .array(let elements) = value else {
      faults.add(path, "\(value.shown) is not an array", "write whole numbers in brackets")
      return nil
    }
    var list: [Int] = []
    for (index, element) in elements.enumerated() {
      guard let number = integer(element, at: path[index], .count) else { return nil }
      list.append(number)
    }
    return list
  }
}
