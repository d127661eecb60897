extension JSONReader {
  /// Reads the section `two_stage` and checks it.
  mutating func stageGraph(_ value: JSON, at path: JSONPath) -> StageGraph? {
    let keys = ["mesh", "memory_limit_bytes", "stages", "nodes", "edges", "placement"]
    guard let object = object(value, at: path, of: "two_stage", keys: keys) else { return nil }
    let found = faults.count
    let mesh = required("mesh", in: object, .object).flatMap { self.mesh($0, at: path["mesh"]) }
    let limit = requiredInteger("memory_limit_bytes", in: object, .bytes)
    _ = required("stages", in: object, .array)
    let stages = names("stages", in: object) ?? []
    let stageOf = positions(of: stages, at: path["stages"])
    let placement = object["placement"].flatMap { stagePlacement($0, at: path["placement"]) }
    let shardingOf = Dictionary(
      (placement?.shardings ?? []).enumerated().map { ($1.id, $0) },
      uniquingKeysWith: { first, _ in first })
    _ = required("nodes", in: object, .array)
    var nodeOf: [String: Int] = [:]
    let nodes = array("nodes", in: object) { reader, value, path in
      reader.stageNode(
        value, at: path, stages: stageOf, shardings: shardingOf, nodes: &nodeOf)
    }
    let edges = array("edges", in: object) { $0.stageEdge($1, at: $2, nodes: nodeOf) }
    guard let mesh, let limit, let nodes, faults.count == found else { return nil }
    let graph = StageGraph(
      mesh: mesh, memoryLimitBytes: limit, stages: stages, nodes: nodes, edges: edges ?? [],
      placement: placement)
    graph.check(at: path, into: &faults)
    return graph
  }

  private mutating func mesh(_ value: JSON, at path: JSONPath) -> StageGraph.Mesh? {
    let keys = ["shape", "latency_us", "gb_per_s"]
    guard let object = object(value, at: path, of: "a mesh", keys: keys) else { return nil }
    for key in keys { _ = required(key, in: object, .array) }
    let shape = array("shape", in: object) { $0.integer($1, at: $2, .count) }
    let latency = array("latency_us", in: object) { $0.number($1, at: $2, .microseconds) }
    let rate = array("gb_per_s", in: object) { $0.number($1, at: $2, .rate) }
    guard let shape, let latency, let rate else { return nil }
    return StageGraph.Mesh(shape: shape, latencyMicroseconds: latency, gbPerSecond: rate)
  }

  /// The position of each name; a name that stands twice is a fault.
  private mutating func positions(of names: [String], at path: JSONPath) -> [String: Int] {
    var positions: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      if let other = positions.updateValue(index, forKey: name) {
        faults.add(
          path[index], "\(JSON.quoted(name)) is the name of stage \(other) too",
          "give each stage a name of its own")
      }
    }
    return positions
  }

  private mutating func stageNode(
    _ value: JSON, at path: JSONPath, stages: [String: Int], shardings: [String: Int],
    nodes: inout [String: Int]
  ) -> StageGraph.Node? {
    let keys = [
      "id", "stage", "repeat", "follows", "strategies", "sharding", "weights", "borrows",
    ]
    guard let object = object(value, at: path, of: "a node", keys: keys) else { return nil }
    let id = requiredText("id", in: object)
    let stage = requiredText("stage", in: object).flatMap {
      position($0, in: stages, at: path["stage"], of: "stage")
    }
    let repeatGroup = text("repeat", in: object)
    let leader = text("follows", in: object).flatMap {
      position($0, in: nodes, at: path["follows"], of: "earlier node")
    }
    _ = required("strategies", in: object, .array)
    let strategies = array("strategies", in: object) { $0.stageStrategy($1, at: $2) }
    let sharding = text("sharding", in: object).flatMap {
      position($0, in: shardings, at: path["sharding"], of: "sharding in placement")
    }
    let weights = names("weights", in: object) ?? []
    let borrowed = names("borrows", in: object) ?? []
    guard let id else { return nil }
    if let other = nodes[id] {
      faults.add(
        path["id"], "\(JSON.quoted(id)) is the name of nodes[\(other)] too",
        "give each node a name of its own")
    } else {
      nodes[id] = nodes.count
    }
    guard let stage, let strategies else { return nil }
    return StageGraph.Node(
      id: id, stage: stage, repeatGroup: repeatGroup, leader: leader, strategies: strategies,
      sharding: sharding, weights: weights, borrowed: borrowed)
  }

  private mutating func stageStrategy(_ value: JSON, at path: JSONPath) -> StageStrategy? {
    guard let object = object(value, at: path, of: "a strategy", keys: StageStrategy.keys) else {
      return nil
    }
    let found = faults.count
    let id = requiredText("id", in: object)
    let forward = requiredNumber("forward_us", in: object, .microseconds)
    let backward = requiredNumber("backward_us", in: object, .microseconds)
    let synchronization = number("synchronization_us", in: object, .microseconds)
    let parameters = integer("parameter_bytes", in: object, .bytes)
    let gradients = integer("gradient_bytes", in: object, .bytes)
    let states = integer("optimizer_state_bytes", in: object, .bytes)
    let saved = requiredInteger("saved_bytes", in: object, .bytes)
    let output = requiredInteger("output_bytes", in: object, .bytes)
    let forwardWorkspace = integer("forward_workspace_bytes", in: object, .bytes)
    let backwardWorkspace = integer("backward_workspace_bytes", in: object, .bytes)
    guard let id, let forward, let backward, let saved, let output, faults.count == found else {
      return nil
    }
    return StageStrategy(
      id: id, forwardMicroseconds: forward, backwardMicroseconds: backward,
      synchronizationMicroseconds: synchronization ?? 0, parameterBytes: parameters ?? 0,
      gradientBytes: gradients ?? 0, optimizerStateBytes: states ?? 0, savedBytes: saved,
      outputBytes: output, forwardWorkspaceBytes: forwardWorkspace ?? 0,
      backwardWorkspaceBytes: backwardWorkspace ?? 0)
  }

  private mutating func stageEdge(
    _ value: JSON, at path: JSONPath, nodes: [String: Int]
  ) -> StageGraph.Edge? {
    let keys = ["source", "target", "forward_us", "backward_us"]
    guard let object = object(value, at: path, of: "an edge", keys: keys) else { return nil }
    let source = requiredText("source", in: object).flatMap {
      position($0, in: nodes, at: path["source"], of: "node")
    }
    let target = requiredText("target", in: object).flatMap {
      position($0, in: nodes, at: path["target"], of: "node")
    }
    for key in ["forward_us", "backward_us"] { _ = required(key, in: object, .array) }
    let forward = array("forward_us", in: object) { $0.timeRow($1, at: $2) }
    let backward = array("backward_us", in: object) { $0.timeRow($1, at: $2) }
    guard let source, let target, let forward, let backward else { return nil }
    return StageGraph.Edge(
      source: source, target: target, forwardMicroseconds: forward,
      backwardMicroseconds: backward)
  }

  private mutating func timeRow(_ value: JSON, at path: JSONPath) -> [Double]? {
    guard case .array(let elements) = value else {
      faults.add(
        path, "\(value.shown) is not an array", "write one number for each of target's strategies")
      return nil
    }
    var row: [Double] = []
    for (index, element) in elements.enumerated() {
      if let time = number(element, at: path[index], .microseconds) { row.append(time) }
    }
    return row
  }

  private mutating func position(
    _ name: String, in positions: [String: Int], at path: @autoclosure () -> JSONPath,
    of what: String
  ) -> Int? {
    if let position = positions[name] { return position }
    faults.add(
      path(), "there is no \(what) \(JSON.quoted(name))", "add it, or correct the name")
    return nil
  }
}

extension StageStrategy {
  /// The keys of a strategy.
  static let keys = [
    "id", "forward_us", "backward_us", "synchronization_us", "parameter_bytes", "gradient_bytes",
    "optimizer_state_bytes", "saved_bytes", "output_bytes", "forward_workspace_bytes",
    "backward_workspace_bytes",
  ]
}
