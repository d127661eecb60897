extension FaultList {
  /// The most stages, nodes and strategies of a node that a graph may have.
  static let maximumStages = 1 << 12
  static let maximumNodes = 1 << 16
  static let maximumStrategies = 1 << 10
}

extension StageGraph {
  /// Checks ranges, names, the shapes of all matrices, and that the stages are a chain.
  func check(at path: JSONPath, into faults: inout FaultList) {
    let found = faults.count
    checkMesh(at: path["mesh"], into: &faults)
    faults.checkBytes(memoryLimitBytes, atLeast: 1, at: path["memory_limit_bytes"])
    if !(1...FaultList.maximumStages).contains(stages.count) {
      faults.add(
        path["stages"], "\(stages.count) stages are out of range",
        "write from 1 to \(FaultList.maximumStages) names")
    }
    var names: [String: Int] = [:]
    for (index, stage) in stages.enumerated() {
      faults.checkName(stage, at: path["stages"][index])
      if let other = names.updateValue(index, forKey: stage) {
        faults.add(
          path["stages"][index], "\(JSON.quoted(stage)) is the name of stage \(other) too",
          "give each stage a name of its own")
      }
    }
    checkNodes(at: path["nodes"], into: &faults)
    guard faults.count == found else { return }
    for (index, edge) in edges.enumerated() {
      check(edge, at: path["edges"][index], into: &faults)
    }
    checkSizes(at: path["nodes"], into: &faults)
    guard faults.count == found else { return }
    checkPlacement(at: path, into: &faults)
  }

  private func checkMesh(at path: JSONPath, into faults: inout FaultList) {
    if !(1...8).contains(mesh.shape.count) {
      faults.add(
        path["shape"], "\(mesh.shape.count) axes are out of range", "write from 1 to 8 numbers")
    }
    var devices = 1
    for (axis, size) in mesh.shape.enumerated() {
      let product = devices.multipliedReportingOverflow(by: size)
      devices = product.overflow ? .max : product.partialValue
      if size < 1 || devices > 1 << 20 {
        faults.add(
          path["shape"][axis], "\(size) is out of range",
          "write 1 or more, and at most \(1 << 20) devices in all")
        return
      }
    }
    for (key, list) in [("latency_us", mesh.latencyMicroseconds), ("gb_per_s", mesh.gbPerSecond)]
    where list.count != mesh.shape.count {
      faults.add(
        path[key], "\(list.count) numbers are not one for each of \(mesh.shape.count) axes",
        "write one for each axis of shape")
    }
    for (axis, time) in mesh.latencyMicroseconds.enumerated() {
      faults.checkMicroseconds(time, at: path["latency_us"][axis])
    }
    for (axis, rate) in mesh.gbPerSecond.enumerated() {
      faults.checkRate(rate, at: path["gb_per_s"][axis])
    }
  }

  private func checkNodes(at path: JSONPath, into faults: inout FaultList) {
    if !(1...FaultList.maximumNodes).contains(nodes.count) {
      faults.add(
        path, "\(nodes.count) nodes are out of range",
        "write from 1 to \(FaultList.maximumNodes) nodes")
    }
    var names: [String: Int] = [:]
    var groups: [String: Int] = [:]
    var stage = 0
    for (index, node) in nodes.enumerated() {
      let place = path[index]
      faults.checkName(node.id, at: place["id"])
      if let other = names.updateValue(index, forKey: node.id) {
        faults.add(
          place["id"], "\(JSON.quoted(node.id)) is the name of nodes[\(other)] too",
          "give each node a name of its own")
      }
      if node.stage < stage || node.stage > stage + (index == 0 ? 0 : 1)
        || node.stage >= stages.count
      {
        faults.add(
          place["stage"], "the node doesn't stand behind those of its stage and the one before",
          "write the nodes stage by stage, at least one in each")
        return
      }
      stage = node.stage
      check(node.strategies, at: place["strategies"], into: &faults)
      if let leader = node.leader {
        checkLeader(leader, of: index, at: place["follows"], into: &faults)
      }
      guard let group = node.repeatGroup else { continue }
      faults.checkName(group, at: place["repeat"])
      let first = groups[group, default: index]
      groups[group] = first
      if nodes[first].strategies.map(\.id) != node.strategies.map(\.id) {
        faults.add(
          place["repeat"], "nodes[\(first)] of the same group has other strategies",
          "give both the same names of strategies in the same order, or another group")
      }
    }
    if let last = nodes.last, last.stage != stages.count - 1 {
      faults.add(
        path, "stage \(JSON.quoted(stages[last.stage + 1])) has no node",
        "add one, or remove the stage")
    }
  }

  private func checkLeader(
    _ leader: Int, of index: Int, at place: JSONPath, into faults: inout FaultList
  ) {
    guard (0..<index).contains(leader) else {
      faults.add(place, "the node is not an earlier one", "name a node that stands before")
      return
    }
    if nodes[leader].leader != nil {
      faults.add(
        place, "\(JSON.quoted(nodes[leader].id)) follows another node itself",
        "name the node that it follows")
    } else if nodes[leader].strategies.count != nodes[index].strategies.count {
      faults.add(
        place,
        "\(JSON.quoted(nodes[leader].id)) has \(nodes[leader].strategies.count) strategies, "
          + "not \(nodes[index].strategies.count)",
        "give both as many strategies, in the same order")
    }
  }

  private func check(_ list: [Strategy], at path: JSONPath, into faults: inout FaultList) {
    if !(1...FaultList.maximumStrategies).contains(list.count) {
      faults.add(
        path, "\(list.count) strategies are out of range",
        "write from 1 to \(FaultList.maximumStrategies)")
    }
    var names: [String: Int] = [:]
    for (index, strategy) in list.enumerated() {
      let place = path[index]
      faults.checkName(strategy.id, at: place["id"])
      if let other = names.updateValue(index, forKey: strategy.id) {
        faults.add(
          place["id"], "\(JSON.quoted(strategy.id)) is the name of strategies[\(other)] too",
          "give each strategy of a node a name of its own")
      }
      faults.checkMicroseconds(strategy.forwardMicroseconds, at: place["forward_us"])
      faults.checkMicroseconds(strategy.backwardMicroseconds, at: place["backward_us"])
      faults.checkMicroseconds(
        strategy.synchronizationMicroseconds, at: place["synchronization_us"])
      for (key, bytes) in strategy.sizes { faults.checkBytes(bytes, at: place[key]) }
    }
  }

  private func check(_ edge: Edge, at path: JSONPath, into faults: inout FaultList) {
    guard nodes.indices.contains(edge.source), nodes.indices.contains(edge.target) else {
      faults.add(path, "a node is unknown", "name nodes that exist")
      return
    }
    let (source, target) = (nodes[edge.source], nodes[edge.target])
    if edge.source >= edge.target {
      faults.add(
        path["target"], "\(JSON.quoted(target.id)) stands before \(JSON.quoted(source.id))",
        "write the nodes in execution order")
    } else if target.stage > source.stage + 1 {
      faults.add(
        path["target"],
        "\(JSON.quoted(target.id)) stands more than one stage behind \(JSON.quoted(source.id))",
        "join the stages between, or let a node of each pass the tensor on")
    }
    for (key, matrix) in [
      ("forward_us", edge.forwardMicroseconds), ("backward_us", edge.backwardMicroseconds),
    ] {
      let (rows, columns) = (source.strategies.count, target.strategies.count)
      if matrix.count != rows || matrix.contains(where: { $0.count != columns }) {
        faults.add(
          path[key], "the matrix doesn't have \(rows) rows of \(columns) numbers",
          "write a row for each strategy of source, a number for each of target")
        continue
      }
      for (row, times) in matrix.enumerated() {
        for (column, time) in times.enumerated() {
          faults.checkMicroseconds(time, at: path[key][row][column])
        }
      }
    }
  }

  /// Checks that the largest strategies of all nodes together stay below 8 PiB, in each kind of memory.
  private func checkSizes(at path: JSONPath, into faults: inout FaultList) {
    var sum = 0
    for node in nodes {
      let largest = node.strategies.map { $0.sizes.reduce(0) { $0 + $1.bytes } }.max() ?? 0
      sum += largest
      if sum > FaultList.maximumBytes {
        faults.add(
          path, "the sizes add up to more than 8 PiB", "check the unit of the sizes")
        return
      }
    }
  }
}

extension StageStrategy {
  /// All sizes with their keys.
  fileprivate var sizes: [(key: String, bytes: Int)] {
    [
      ("parameter_bytes", parameterBytes), ("gradient_bytes", gradientBytes),
      ("optimizer_state_bytes", optimizerStateBytes), ("saved_bytes", savedBytes),
      ("output_bytes", outputBytes), ("forward_workspace_bytes", forwardWorkspaceBytes),
      ("backward_workspace_bytes", backwardWorkspaceBytes),
    ]
  }
}
