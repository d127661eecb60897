import Profiles

extension StageInstance {
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
