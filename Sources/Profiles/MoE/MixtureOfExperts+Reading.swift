extension MixtureOfExperts {
  /// The keys of the section.
  static let keys = [
    "experts", "top_k", "layers", "layer_numbers", "groups", "devices", "nodes",
    "slots_per_device", "device_speeds", "tokens_per_device", "token_bytes", "expert_bytes",
    "scenarios", "coactivation", "placement",
  ]
}

extension JSONReader {
  /// Reads the section `moe` and checks it.
  mutating func moe(_ value: JSON, at path: JSONPath) -> MixtureOfExperts? {
    guard let object = object(value, at: path, of: "moe", keys: MixtureOfExperts.keys) else {
      return nil
    }
    let found = faults.count
    let experts = requiredInteger("experts", in: object, .count)
    let topK = requiredInteger("top_k", in: object, .count)
    let layers = requiredInteger("layers", in: object, .count)
    let layerNumbers = integers("layer_numbers", in: object)
    let groups = integer("groups", in: object, .count)
    let nodeSizes = nodeSizes(in: object)
    let slots = slots(in: object, devices: nodeSizes.reduce(0) { $0 &+ $1 })
    let speeds = array("device_speeds", in: object) { $0.number($1, at: $2, .number) }
    let tokensPerDevice = integer("tokens_per_device", in: object, .count)
    let tokenBytes = integer("token_bytes", in: object, .bytes)
    let expertBytes = integer("expert_bytes", in: object, .bytes)
    let scenarios = array("scenarios", in: object) { $0.loadScenario($1, at: $2) }
    let coactivation = array("coactivation", in: object) { $0.coactivation($1, at: $2) }
    let placement = array("placement", in: object) { reader, value, path in
      reader.list(value, at: path) { $0.list($1, at: $2) { $0.integer($1, at: $2, .count) } }
    }
    if let layers, layerNumbers == nil, !(1...FaultList.maximumLayers).contains(layers) {
      faults.addLayers(layers, at: path["layers"])
    }
    if let layers, let layerNumbers, layerNumbers.count != layers {
      faults.add(
        path["layer_numbers"], "\(layerNumbers.count) numbers are not one for each of \(layers)",
        "write one number for each layer")
    }
    guard let experts, let topK, let layers, faults.count == found else { return nil }
    let moe = MixtureOfExperts(
      experts: experts, topK: topK, layerNumbers: layerNumbers ?? Array(0..<layers),
      groups: groups ?? 1, nodeSizes: nodeSizes, slots: slots, deviceSpeeds: speeds ?? [],
      tokensPerDevice: tokensPerDevice, tokenBytes: tokenBytes, expertBytes: expertBytes,
      scenarios: scenarios ?? [], coactivation: coactivation ?? [], placement: placement ?? [])
    moe.check(at: path, into: &faults)
    return moe
  }

  /// Reads `devices` and `nodes`: a number of equal nodes, or the devices of each.
  private mutating func nodeSizes(in object: JSONObject) -> [Int] {
    let devices = integer("devices", in: object, .count)
    let path = object.path
    if let devices, !(1...FaultList.maximumDevices).contains(devices) {
      faults.add(
        path["devices"], "\(devices) is out of range",
        "write a number from 1 to \(FaultList.maximumDevices)")
      return []
    }
    if case .array? = object["nodes"] {
      let sizes = integers("nodes", in: object) ?? []
      if let size = sizes.firstIndex(where: { !(1...FaultList.maximumDevices).contains($0) }) {
        faults.add(
          path["nodes"][size], "\(sizes[size]) is out of range",
          "write a number from 1 to \(FaultList.maximumDevices)")
        return []
      }
      let sum = sizes.reduce(0) { $0 &+ $1 }
      if let devices, devices != sum {
        faults.add(
          path["nodes"], "the nodes have \(sum) devices, not \(devices)",
          "write the number of devices of each node")
      }
      return sizes
    }
    let nodes = integer("nodes", in: object, .count)
    guard let devices else {
      if nodes != nil {
        faults.add(path["devices"], "the key is missing", "add the number of all devices")
      }
      if case .array(let list)? = object["slots_per_device"],
        (1...FaultList.maximumDevices).contains(list.count)
      {
        return [list.count]
      }
      return []
    }
    guard let nodes else { return [devices] }
    guard nodes >= 1, devices % nodes == 0 else {
      faults.add(
        path["nodes"], "\(nodes) nodes don't divide \(devices) devices",
        "write a list with the devices of each node")
      return []
    }
    return Array(repeating: devices / nodes, count: nodes)
  }

  /// Reads `slots_per_device`: one number for all devices, or one for each.
  private mutating func slots(in object: JSONObject, devices: Int) -> [Int] {
    guard let value = object["slots_per_device"] else { return [] }
    if case .array = value { return integers("slots_per_device", in: object) ?? [] }
    guard let slots = integer("slots_per_device", in: object, .count) else { return [] }
    if devices == 0 {
      faults.add(object.path["devices"], "the key is missing", "add the number of all devices")
    }
    return Array(repeating: slots, count: devices)
  }

  private mutating func loadScenario(_ value: JSON, at path: JSONPath) -> LoadScenario? {
    guard
      let object = object(value, at: path, of: "a scenario", keys: ["name", "load", "batches"])
    else { return nil }
    let name = requiredText("name", in: object)
    if object["load"] != nil, object["batches"] != nil {
      faults.add(path["batches"], "the scenario has load too", "keep one of the two")
    }
    let batches = array("batches", in: object) { reader, value, path in
      reader.list(value, at: path) { $0.list($1, at: $2) { $0.number($1, at: $2, .number) } }
    }
    if let batches { return name.map { LoadScenario(name: $0, batches: batches) } }
    _ = required("load", in: object, .array)
    let load = array("load", in: object) { reader, value, path in
      reader.list(value, at: path) { $0.number($1, at: $2, .number) }
    }
    guard let name, let load else { return nil }
    return LoadScenario(name: name, load: load)
  }

  private mutating func coactivation(_ value: JSON, at path: JSONPath) -> Coactivation? {
    let keys = ["layer", "scenario", "tokens", "pairs"]
    guard let object = object(value, at: path, of: "a record of co-activation", keys: keys) else {
      return nil
    }
    let layer = requiredInteger("layer", in: object, .count)
    let scenario = text("scenario", in: object)
    let tokens = array("tokens", in: object) { reader, value, path in
      reader.list(value, at: path) { $0.integer($1, at: $2, .count) }
    }
    let pairs = array("pairs", in: object) { reader, value, path -> Coactivation.Pair? in
      let found = reader.faults.count
      let row = reader.list(value, at: path) { $0.number($1, at: $2, .number) }
      guard let row, reader.faults.count == found else { return nil }
      guard row.count == 3, let first = Int(exactly: row[0]), let second = Int(exactly: row[1])
      else {
        reader.faults.add(
          path, "this is not a pair of experts", "write [expert, expert, tokens]")
        return nil
      }
      return Coactivation.Pair(first: first, second: second, tokens: row[2])
    }
    guard let layer else { return nil }
    return Coactivation(
      layer: layer, scenario: scenario, tokens: tokens ?? [], pairs: pairs ?? [])
  }

  private mutating func integers(_ key: String, in object: JSONObject) -> [Int]? {
    array(key, in: object) { $0.integer($1, at: $2, .count) }
  }

  /// Reads the elements of an array that is itself an element.
  private mutating func list<Element>(
    _ value: JSON, at path: JSONPath, _ read: (inout JSONReader, JSON, JSONPath) -> Element?
  ) -> [Element]? {
    guard case .array(let elements) = value else {
      faults.add(path, "\(value.shown) is not an array", "write an array")
      return nil
    }
    var result: [Element] = []
    result.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      if let element = read(&self, element, path[index]) { result.append(element) }
    }
    return result
  }
}
