import Optimization
package import Profiles

/// A graph of stages as a search sees it: one variable for each node that follows no other.
package struct StageInstance: Sendable {
  /// The graph.
  package let graph: StageGraph
  /// The variable of each node.
  package let variableOfNode: [Int]
  /// The nodes of each variable; the leader first.
  package let nodesOfVariable: [[Int]]
  /// The nodes of each stage.
  package let nodesOfStage: [[Int]]
  /// Whether the output of each node goes to the next stage.
  package let leaves: [Bool]

  /// What each strategy takes, node by node from `starts` on: names of strategies would slow searches down.
  private let amounts: [Amounts]
  private let starts: [Int]
  private let stageOfNode: [Int]
  /// The last node of the same stage that reads each node, unless the stage hands its output on.
  let lastReader: [Int?]
  /// The nodes of the same stage that each node reads, ascending, and all edges into each node.
  let sources: [[Int]]
  let entering: [[Int]]
  /// The nodes of the same stage, up to each node, whose outputs are there while it runs.
  private let passing: [[Int]]
  private let edges: [FlatEdge]
  private let forwardEdges: [Double]
  private let backwardEdges: [Double]

  /// Microseconds and bytes of a strategy.
  private struct Amounts: Sendable {
    var forward: Double
    var backward: Double
    var synchronization: Double
    var states: Int
    var saved: Int
    var output: Int
    var handed: Int
    var forwardWorkspace: Int
    var backwardWorkspace: Int
  }

  /// Where the times of an edge begin, and who pays for them.
  private struct FlatEdge: Sendable {
    var source: Int
    var target: Int
    var stage: Int
    var start: Int
    var columns: Int
  }

  /// The node of the last stage whose backward pass takes most in any case.
  let lossNode: Int

  /// Prepares a valid graph.
  package init(_ graph: StageGraph) {
    self.graph = graph
    var variableOfNode: [Int] = []
    var nodesOfVariable: [[Int]] = []
    for (index, node) in graph.nodes.enumerated() {
      if let leader = node.leader {
        variableOfNode.append(variableOfNode[leader])
        nodesOfVariable[variableOfNode[leader]].append(index)
      } else {
        variableOfNode.append(nodesOfVariable.count)
        nodesOfVariable.append([index])
      }
    }
    self.variableOfNode = variableOfNode
    self.nodesOfVariable = nodesOfVariable
    var nodesOfStage = graph.stages.map { _ in [Int]() }
    for (index, node) in graph.nodes.enumerated() { nodesOfStage[node.stage].append(index) }
    self.nodesOfStage = nodesOfStage
    var leaves = graph.nodes.map { _ in false }
    var lastReader = graph.nodes.map { _ in Int?.none }
    for edge in graph.edges {
      if graph.nodes[edge.source].stage == graph.nodes[edge.target].stage {
        lastReader[edge.source] = max(lastReader[edge.source] ?? 0, edge.target)
      } else {
        leaves[edge.source] = true
      }
    }
    self.leaves = leaves
    stageOfNode = graph.nodes.map(\.stage)
    self.lastReader = graph.nodes.indices.map { leaves[$0] ? nil : lastReader[$0] }
    var sources = graph.nodes.map { _ in [Int]() }
    var entering = sources
    for (index, edge) in graph.edges.enumerated() {
      entering[edge.target].append(index)
      if graph.nodes[edge.source].stage == graph.nodes[edge.target].stage {
        sources[edge.target].append(edge.source)
      }
    }
    self.sources = sources.map { Set($0).sorted() }
    self.entering = entering
    var amounts: [Amounts] = []
    var starts: [Int] = []
    for (index, node) in graph.nodes.enumerated() {
      starts.append(amounts.count)
      amounts += node.strategies.map { own in
        Amounts(
          forward: own.forwardMicroseconds, backward: own.backwardMicroseconds,
          synchronization: own.synchronizationMicroseconds, states: own.stateBytes,
          saved: own.savedBytes, output: own.outputBytes,
          handed: leaves[index] ? own.outputBytes : 0,
          forwardWorkspace: own.forwardWorkspaceBytes,
          backwardWorkspace: own.backwardWorkspaceBytes)
      }
    }
    (self.amounts, self.starts) = (amounts, starts)
    passing = graph.nodes.indices.map { node in
      nodesOfStage[graph.nodes[node].stage].filter { other in
        guard other <= node, !leaves[other], let reader = lastReader[other] else { return false }
        return reader >= node
      }
    }
    var (edges, forward, backward) = ([FlatEdge](), [Double](), [Double]())
    for edge in graph.edges {
      edges.append(
        FlatEdge(
          source: edge.source, target: edge.target, stage: graph.nodes[edge.target].stage,
          start: forward.count, columns: graph.nodes[edge.target].strategies.count))
      forward += edge.forwardMicroseconds.joined()
      backward += edge.backwardMicroseconds.joined()
    }
    (self.edges, forwardEdges, backwardEdges) = (edges, forward, backward)
    let least = nodesOfStage[graph.stages.count - 1].map { node in
      (node, graph.nodes[node].strategies.map(\.backwardWorkspaceBytes).min() ?? 0)
    }
    lossNode = least.max { ($0.1, $1.0) < ($1.1, $0.0) }?.0 ?? 0
  }

  /// How many strategies each variable has.
  package var domains: [Int] {
    nodesOfVariable.map { graph.nodes[$0[0]].strategies.count }
  }

  /// The strategy of a node.
  package func strategy(of node: Int, in choice: [Int]) -> StageStrategy {
    graph.nodes[node].strategies[choice[variableOfNode[node]]]
  }

  /// What a node's output takes if the stage hands it on.
  package func handedOn(_ node: Int, _ strategy: StageStrategy) -> Int {
    leaves[node] ? strategy.outputBytes : 0
  }

  /// What a node takes besides its states when the backward pass begins: in any case, and if its stage saves.
  ///
  /// The last stage is saved, and its backward pass makes the gradient of what the stage before handed on.
  package func lossBytes(of node: Int, _ strategy: StageStrategy) -> (always: Int, kept: Int) {
    let last = graph.stages.count - 1
    let held = strategy.savedBytes + handedOn(node, strategy)
    switch graph.nodes[node].stage {
    case last: return (held + (node == lossNode ? strategy.backwardWorkspaceBytes : 0), 0)
    case last - 1: return (handedOn(node, strategy), held)
    default: return (0, held)
    }
  }

  /// Returns the stages under a choice of one strategy for each variable.
  package func figures(of choice: [Int]) -> StageFigures {
    var figures = StageFigures(count: graph.stages.count, nodes: graph.nodes.count)
    let last = graph.stages.count - 1
    for (node, stage) in stageOfNode.enumerated() {
      let own = amounts[starts[node] + choice[variableOfNode[node]]]
      figures.forward[stage] += own.forward
      figures.nodeForward[node] += own.forward
      if stage < last { figures.nodeSaved[node] = own.saved + own.handed }
      figures.backwardMicroseconds += own.backward
      figures.synchronizationMicroseconds += own.synchronization
      figures.stateBytes += own.states
      figures.outputs[stage] += own.handed
      figures.saved[stage] += own.saved + own.handed
      figures.saving[stage] = max(figures.saving[stage], own.forwardWorkspace)
      figures.backward[stage] = max(figures.backward[stage], own.backwardWorkspace)
      // Running without saving: what the node would save, its workspace, and the outputs of the stage that
      // it or a later node still reads.
      var room = own.saved + own.forwardWorkspace
      for other in passing[node] {
        room += amounts[starts[other] + choice[variableOfNode[other]]].output
      }
      figures.running[stage] = max(figures.running[stage], room)
    }
    for edge in edges {
      let position =
        edge.start + choice[variableOfNode[edge.source]] * edge.columns
        + choice[variableOfNode[edge.target]]
      figures.forward[edge.stage] += forwardEdges[position]
      figures.nodeForward[edge.target] += forwardEdges[position]
      figures.backwardMicroseconds += backwardEdges[position]
    }
    return figures
  }
}
