import Profiles

/// What each stage takes under the strategies of a plan: whole picoseconds and bytes.
struct StageAmounts: Sendable {
  var forward: [Int128]
  var backward: [Int128]
  var synchronization: Int128 = 0
  var parameterBytes = 0
  var gradientBytes = 0
  var optimizerStateBytes = 0
  /// What a stage hands to the next; its gradient takes as much.
  var handed: [Int]
  /// What the backward pass needs besides input and output.
  var held: [Int]
  /// The most that a node needs while a pass saves, runs through, or goes back.
  var savingRoom: [Int]
  var passingRoom: [Int]
  var backwardRoom: [Int]
  /// Each node by itself.
  var nodes: [Node]

  /// What one node takes.
  struct Node: Sendable {
    /// With the edges into it.
    var forward: Int128
    var saved: Int
    var output: Int
    var workspace: Int
    /// Whether what it saves includes its output: told by the layouts of the profile, if by anything.
    var savesOutput: Bool
    /// Whether a later stage reads its output.
    var isHandedOn = false
    /// The nodes of its stage that it reads, and the last one of these that reads it.
    var sources: [Int] = []
    var lastReader: Int?
  }

  /// What is held throughout.
  var stateBytes: Int { parameterBytes + gradientBytes + optimizerStateBytes }

  init(of graph: StageGraph, _ strategies: [Int]) {
    let none = graph.stages.map { _ in 0 }
    forward = graph.stages.map { _ in 0 }
    backward = forward
    (handed, held) = (none, none)
    (savingRoom, passingRoom, backwardRoom) = (none, none, none)
    let chosen = zip(graph.nodes, strategies).map { $0.strategies[$1] }
    nodes = graph.nodes.indices.map { index in
      let own = chosen[index]
      let layouts = graph.nodes[index].sharding.flatMap { graph.placement?.shardings[$0] }
      return Node(
        forward: Self.picoseconds(own.forwardMicroseconds), saved: own.savedBytes,
        output: own.outputBytes, workspace: own.forwardWorkspaceBytes,
        savesOutput: layouts?.strategies[strategies[index]].keepsOutput ?? false)
    }
    /// Where a node's output is read last: a later stage, or a node of its own.
    var leaves = Set<Int>()
    var reader: [Int: Int] = [:]
    for edge in graph.edges {
      let stage = graph.nodes[edge.target].stage
      let way = Self.picoseconds(
        edge.forwardMicroseconds[strategies[edge.source]][strategies[edge.target]])
      forward[stage] += way
      nodes[edge.target].forward += way
      backward[stage] += Self.picoseconds(
        edge.backwardMicroseconds[strategies[edge.source]][strategies[edge.target]])
      if stage > graph.nodes[edge.source].stage {
        leaves.insert(edge.source)
        nodes[edge.source].isHandedOn = true
      } else {
        nodes[edge.target].sources.append(edge.source)
        nodes[edge.source].lastReader = max(edge.target, nodes[edge.source].lastReader ?? 0)
        reader[edge.source] = max(edge.target, reader[edge.source, default: 0])
      }
    }
    for (index, own) in chosen.enumerated() {
      let stage = graph.nodes[index].stage
      forward[stage] += Self.picoseconds(own.forwardMicroseconds)
      backward[stage] += Self.picoseconds(own.backwardMicroseconds)
      synchronization += Self.picoseconds(own.synchronizationMicroseconds)
      parameterBytes += own.parameterBytes
      gradientBytes += own.gradientBytes
      optimizerStateBytes += own.optimizerStateBytes
      held[stage] += own.savedBytes
      if leaves.contains(index) { handed[stage] += own.outputBytes }
      savingRoom[stage] = max(savingRoom[stage], own.forwardWorkspaceBytes)
      backwardRoom[stage] = max(backwardRoom[stage], own.backwardWorkspaceBytes)
      // Outputs of this stage that a node up to here made and one from here on reads.
      var room = own.savedBytes + own.forwardWorkspaceBytes
      for (earlier, last) in reader
      where earlier <= index && last >= index && graph.nodes[earlier].stage == stage
        && !leaves.contains(earlier)
      {
        room += chosen[earlier].outputBytes
      }
      passingRoom[stage] = max(passingRoom[stage], room)
    }
  }

  private static func picoseconds(_ microseconds: Double) -> Int128 {
    Int128((microseconds * 1e6).rounded())
  }
}
