import Collectors
import Layouts
import Plans
import Profiles
import Reports
import Simulation
import Testing

@testable import TwoStage

/// A transformer of two layers on eight devices, and plans for it with strategies by name.
struct SmallTransformer {
  /// 64 values, eight heads of eight with four groups, 128 inner values, 256 words.
  static let dense = """
    {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8,
     "num_key_value_heads": 4, "intermediate_size": 128, "vocab_size": 256,
     "tie_word_embeddings": false}
    """
  /// The same with eight experts of 32 inner values, of which a token visits two.
  static let experts = """
    {"model_type": "mixtral", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8,
     "num_key_value_heads": 4, "intermediate_size": 32, "vocab_size": 256,
     "num_local_experts": 8, "num_experts_per_tok": 2, "tie_word_embeddings": false}
    """
  /// Two groups of four devices: 7 µs and 1 GB/s between them, 3 µs and 2 GB/s within.
  static let links = [(2, 7.0, 1.0), (4, 3.0, 2.0)]
  /// Links that take no time.
  static let free = [(2, 0.0, 1e9), (4, 0.0, 1e9)]

  /// The dense one; made once, because its layouts take a while.
  static let shared = Result { try SmallTransformer() }

  let profile: Profile
  let graph: StageGraph

  init(_ text: String = dense, _ axes: [(Int, Double, Double)] = links) throws {
    let catalogue = try DeviceCatalogue.builtIn()
    let mesh = try DeviceMesh(
      axes: axes.map {
        DeviceMesh.Axis(size: $0.0, latencyMicroseconds: $0.1, gbPerSecond: $0.2)
      })
    let collector = StrategyCollector(
      training: TransformerTraining(sequence: 16, batch: 8),
      device: try catalogue.device(named: "H100-SXM5-80GB"),
      efficiency: try catalogue.efficiency(of: "H100-SXM5-80GB"), mesh: mesh,
      linkSource: "made up")
    var planners = LayoutPlanners()
    let file = SourceFile(name: "config.json", bytes: Array(text.utf8))
    profile = try collector.collect(file) { tensor, from, to in
      guard case .path(let path)? = try? planners.path(of: tensor, on: mesh, from: from, to: to)
      else { return nil }
      return (path.microseconds, path.stages.map(\.step))
    }
    graph = try #require(profile.stageGraph)
  }

  /// A plan with the strategy that a node is given by name.
  ///
  /// - Parameter again: The stages whose forward pass runs twice, each from its own input.
  func plan(
    again: Set<Int> = [], _ strategy: (StageGraph.Node) -> String
  ) throws -> StagePlan {
    let choice = try graph.nodes.map { node in
      let name = strategy(node)
      return try #require(
        node.strategies.firstIndex { $0.id == name }, "\(node.id) has no strategy \(name)")
    }
    return plan(again: again, choice)
  }

  func plan(again: Set<Int> = [], _ choice: [Int]) -> StagePlan {
    var schedule: [StagePlan.Step] = graph.stages.enumerated().map {
      .forward(stage: $1, keeping: again.contains($0) ? .input : .all)
    }
    for (index, stage) in graph.stages.enumerated().reversed() {
      if again.contains(index) { schedule.append(.forward(stage: stage, keeping: .all)) }
      schedule.append(.backward(stage: stage))
    }
    return StagePlan(
      version: "1", profile: Plan.ProfileReference(name: profile.name), budgetBytes: 1 << 30,
      strategies: graph.nodes.enumerated().map { index, node in
        StagePlan.Assignment(node: node.id, strategy: node.strategies[choice[index]].id)
      }, schedule: schedule,
      placement: PlacementBuilder(graph)?.block(
        strategies: choice, forwardRuns: graph.nodes.map { again.contains($0.stage) ? 2 : 1 }))
  }

  func report(_ plan: StagePlan) -> StageReport {
    StageReport(plan, name: profile.name, graph: graph)
  }

  /// Tensor parallelism for products; normalisations and sums share tokens.
  static func sequenceParallel(_ node: StageGraph.Node) -> String {
    node.strategies.contains { $0.id == "DS" } && isNorm(node) ? "DS" : "megatron"
  }

  /// Whether a node is a normalisation or a sum.
  static func isNorm(_ node: StageGraph.Node) -> Bool {
    node.id.hasSuffix("norm") || node.id.hasSuffix("add")
  }

  /// The strategy with the largest stage of ZeRO that a node has for pure data parallelism.
  static func zero(_ stage: Int, _ node: StageGraph.Node) -> String {
    node.strategies.contains { $0.id == "zero\(stage)" } ? "zero\(stage)" : "data_parallel"
  }
}
