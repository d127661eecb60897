import Profiles
import TestSupport

@testable import TwoStage

/// Small random chains of stages.
enum RandomStages {
  /// A strategy of a layer: each trades time for states or activations.
  private static func strategy(
    _ index: Int, work: Double, states: Int, saved: Int, output: Int,
    _ random: inout SeededGenerator
  ) -> StageStrategy {
    let (shard, spread) = (1 << (index % 2 * 2), 1 << (index / 2 * 2))
    let slower = 1 + Double.random(in: 0...0.5, using: &random) * Double(index)
    return StageStrategy(
      id: "s\(index)", forwardMicroseconds: work * slower,
      backwardMicroseconds: 2 * work * slower,
      synchronizationMicroseconds: Double.random(in: 0...20, using: &random),
      parameterBytes: states / shard, gradientBytes: states / shard,
      optimizerStateBytes: 2 * states / shard, savedBytes: saved / spread,
      outputBytes: output / spread,
      forwardWorkspaceBytes: Int.random(in: 0...50, using: &random),
      backwardWorkspaceBytes: Int.random(in: 0...100, using: &random))
  }

  private static func matrix(
    _ rows: Int, _ columns: Int, _ random: inout SeededGenerator
  ) -> [[Double]] {
    (0..<rows).map { row in
      (0..<columns).map { row == $0 ? 0 : Double.random(in: 1...60, using: &random) }
    }
  }

  /// A chain of stages with so many nodes each; a third of the nodes behind the first stage follow the one at
  /// their place in the stage before, if `ties`.
  static func graph(
    stages: Int, nodes: Int = 1, strategies: Int, ties: Bool = false, seed: UInt64
  ) -> StageGraph {
    var random = SeededGenerator(seed: seed)
    var list: [StageGraph.Node] = []
    var edges: [StageGraph.Edge] = []
    for stage in 0..<stages {
      for place in 0..<nodes {
        let work = Double.random(in: 50...400, using: &random)
        let states = Int.random(in: 200...2000, using: &random)
        let saved = Int.random(in: 100...1200, using: &random)
        let output = Int.random(in: 50...400, using: &random)
        var leader: Int?
        if ties && stage > 0 && Int.random(in: 0..<3, using: &random) == 0 {
          let above = (stage - 1) * nodes + place
          leader = list[above].leader ?? above
        }
        list.append(
          StageGraph.Node(
            id: "n\(stage).\(place)", stage: stage, repeatGroup: "place \(place)", leader: leader,
            strategies: (0..<strategies).map {
              strategy(
                $0, work: work, states: states, saved: saved, output: output, &random)
            }))
        let own = list.count - 1
        // The node before, and now and then one farther back that may still be read.
        for source in [own - 1, own - 2]
        where source >= 0 && list[source].stage >= stage - 1
          && (source == own - 1 || Int.random(in: 0..<3, using: &random) == 0)
        {
          edges.append(
            StageGraph.Edge(
              source: source, target: own,
              forwardMicroseconds: matrix(strategies, strategies, &random),
              backwardMicroseconds: matrix(strategies, strategies, &random)))
        }
      }
    }
    return StageGraph(
      mesh: StageGraph.Mesh(shape: [8], latencyMicroseconds: [10], gbPerSecond: [100]),
      memoryLimitBytes: 10_000, stages: (0..<stages).map { "s\($0)" }, nodes: list,
      edges: edges)
  }

  /// A profile that holds a graph and nothing else.
  static func profile(_ graph: StageGraph) -> Profile {
    Profile(name: "random", tensors: [], operators: [], stageGraph: graph)
  }

  /// All choices of strategies.
  static func choices(of instance: StageInstance) -> [[Int]] {
    var all: [[Int]] = [[]]
    for count in instance.domains { all = all.flatMap { head in (0..<count).map { head + [$0] } } }
    return all
  }

  /// A budget between what the smallest choice needs and what the fastest one takes.
  static func budget(of instance: StageInstance, share: Double) -> Int {
    let figures = choices(of: instance).map { instance.figures(of: $0) }
    let least =
      figures.map { own in
        own.stateBytes + (own.forward.indices.map { own.backwardBytes(of: $0) }.max() ?? 0)
      }.min() ?? 0
    let fastest = figures.min { $0.leastMicroseconds < $1.leastMicroseconds }
    let most = (fastest?.stateBytes ?? 0) + (fastest?.saved.reduce(0, +) ?? 0)
    return least + Int(Double(most - least) * share)
  }
}
