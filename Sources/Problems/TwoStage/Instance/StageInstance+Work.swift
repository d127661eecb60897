import Profiles

extension StageInstance {
  /// The pairs of nodes of a stage of which the second reads the first, whose output neither leaves the stage nor is
  /// always a part of what is saved; without those of the last stage.
  var passingReads: [(source: Int, target: Int)] {
    let last = graph.stages.count - 1
    return graph.nodes.indices.filter { graph.nodes[$0].stage < last }.flatMap { target in
      sources[target].filter { source in
        !leaves[source]
          && graph.nodes[source].strategies.indices.contains { !keepsOutput(source, $0) }
      }.map { (source: $0, target: target) }
    }
  }

  /// Whether what a node saves under a strategy includes its output; false where the profile doesn't say.
  func keepsOutput(_ node: Int, _ strategy: Int) -> Bool {
    guard let placement = graph.placement, let sharding = graph.nodes[node].sharding else {
      return false
    }
    return placement.shardings[sharding].strategies[strategy].keepsOutput
  }

  /// Returns the nodes of a stage under a choice, as choosing what to keep of them sees it.
  package func work(of stage: Int, in choice: [Int]) -> StageWork {
    let members = nodesOfStage[stage]
    guard let first = members.first else { return StageWork(nodes: []) }
    return StageWork(
      nodes: members.map { node in
        let position = choice[variableOfNode[node]]
        let own = graph.nodes[node].strategies[position]
        return StageWork.Node(
          time: entering[node].reduce(own.forwardMicroseconds) { sum, edge in
            let (source, target) = (graph.edges[edge].source, graph.edges[edge].target)
            return sum
              + graph.edges[edge].forwardMicroseconds[choice[variableOfNode[source]]][
                choice[variableOfNode[target]]]
          },
          saved: own.savedBytes, output: own.outputBytes, workspace: own.forwardWorkspaceBytes,
          isHandedOn: leaves[node], keepsOutput: keepsOutput(node, position),
          sources: sources[node].map { $0 - first }, lastReader: lastReader[node].map { $0 - first }
        )
      })
  }
}
