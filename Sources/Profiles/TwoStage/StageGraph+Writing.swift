extension StageGraph {
  /// The section as a file has it, defaults left out.
  var json: JSON {
    var members = JSONMembers()
    members.add("mesh", mesh.json)
    members.add("memory_limit_bytes", .integer(memoryLimitBytes))
    members.add("stages", .array(stages.map(JSON.string)))
    members.add("nodes", .array(nodes.map(json)))
    members.add("edges", edges.isEmpty ? nil : .array(edges.map(json)))
    members.add("placement", placement?.json)
    return members.object
  }

  private func json(_ node: Node) -> JSON {
    var members = JSONMembers()
    members.add("id", .string(node.id))
    members.add(
      "stage", stages.indices.contains(node.stage) ? .string(stages[node.stage]) : .null)
    members.add("repeat", node.repeatGroup.map(JSON.string))
    members.add(
      "follows", node.leader.map { nodes.indices.contains($0) ? .string(nodes[$0].id) : .null })
    members.add("strategies", .array(node.strategies.map(\.json)))
    let shardings = placement?.shardings ?? []
    members.add(
      "sharding",
      node.sharding.map { shardings.indices.contains($0) ? .string(shardings[$0].id) : .null })
    members.add("weights", node.weights.isEmpty ? nil : .array(node.weights.map(JSON.string)))
    members.add("borrows", node.borrowed.isEmpty ? nil : .array(node.borrowed.map(JSON.string)))
    return members.object
  }

  private func json(_ edge: Edge) -> JSON {
    var members = JSONMembers()
    let name: (Int) -> JSON = { nodes.indices.contains($0) ? .string(nodes[$0].id) : .null }
    members.add("source", name(edge.source))
    members.add("target", name(edge.target))
    members.add("forward_us", .array(edge.forwardMicroseconds.map(JSON.numbers)))
    members.add("backward_us", .array(edge.backwardMicroseconds.map(JSON.numbers)))
    return members.object
  }
}

extension StageGraph.Mesh {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("shape", .integers(shape))
    members.add("latency_us", .numbers(latencyMicroseconds))
    members.add("gb_per_s", .numbers(gbPerSecond))
    return members.object
  }
}

extension StageStrategy {
  fileprivate var json: JSON {
    var members = JSONMembers()
    func add(_ key: String, bytes: Int) {
      members.add(key, bytes == 0 ? nil : .integer(bytes))
    }
    members.add("id", .string(id))
    members.add("forward_us", .number(forwardMicroseconds))
    members.add("backward_us", .number(backwardMicroseconds))
    members.add(
      "synchronization_us",
      synchronizationMicroseconds == 0 ? nil : .number(synchronizationMicroseconds))
    add("parameter_bytes", bytes: parameterBytes)
    add("gradient_bytes", bytes: gradientBytes)
    add("optimizer_state_bytes", bytes: optimizerStateBytes)
    members.add("saved_bytes", .integer(savedBytes))
    members.add("output_bytes", .integer(outputBytes))
    add("forward_workspace_bytes", bytes: forwardWorkspaceBytes)
    add("backward_workspace_bytes", bytes: backwardWorkspaceBytes)
    return members.object
  }
}
