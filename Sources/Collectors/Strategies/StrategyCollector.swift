public import Profiles

/// Turns a Hugging Face `config.json` into the section `two_stage`: for each operator of a training iteration the
/// ways to shard it over a mesh of devices, with their times and bytes.
///
/// Each axis of the mesh has a role for each operator: data, tensor, sequence or expert parallelism, and copies
/// of weights may share states, gradients and weights (ZeRO). Work takes the time of the roofline that
/// all collectors use; exchanges inside of an operator follow the α-β model of the axes, those between two
/// operators the fastest way from one layout to the other.
public struct StrategyCollector: Sendable {
  /// Returns the fastest way from one layout of a tensor to another; nil where there is none.
  public typealias Conversion = (
    MeshTensor, _ from: TensorLayout, _ to: TensorLayout
  ) -> (microseconds: Double, steps: [LayoutStep])?

  /// The training; its batch is that of the whole mesh.
  public let training: TransformerTraining
  /// Each device of the mesh.
  public let device: Device
  /// The efficiency of matrix products.
  public let efficiency: EfficiencyCurve
  /// The mesh.
  public let mesh: DeviceMesh
  /// Where the figures of links come from.
  public let linkSource: String

  /// Creates a collector.
  public init(
    training: TransformerTraining, device: Device, efficiency: EfficiencyCurve, mesh: DeviceMesh,
    linkSource: String
  ) {
    self.training = training
    self.device = device
    self.efficiency = efficiency
    self.mesh = mesh
    self.linkSource = linkSource
  }

  /// Reads a file and returns a profile with the section `two_stage`.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - memoryLimitBytes: What a plan may take on each device; nil for what the device has free.
  ///   - conversion: The fastest ways between layouts on the mesh.
  /// - Throws: `CollectorError` with the key or the option, and the remedy.
  public func collect(
    _ source: SourceFile, memoryLimitBytes: Int? = nil, conversion: @escaping Conversion
  ) throws(CollectorError) -> Profile {
    var findings = Findings()
    var config = try ConfigReader(source.bytes, file: source.name)
    let architecture = try ModelFamily.architecture(&config, &findings)
    let parameters = try architecture.parameters(file: source.name)
    try check(architecture)
    let roofline = try Roofline(device: device, real: training.dtype, curve: efficiency)
    let sample = TransformerTraining(sequence: training.sequence)
    let costs = StrategyCosts(
      training: training, mesh: mesh, roofline: roofline, exchange: MeshExchange(mesh),
      pairsOfSample: Extents(architecture: architecture, training: sample).pairs,
      hasDropout: architecture.hiddenDropout > 0, isGated: architecture.isGated)
    var graph = StrategyGraph<ShardedOperator>(costs: costs, conversion: conversion)
    try addStages(of: architecture, to: &graph)
    findings.found(
      "\(architecture.family), \(architecture.layers) layers, \(parameters) trained parameters; "
        + "\(graph.nodes.count) nodes of \(strategyCounts(graph.nodes)) strategies")
    noteAssumptions(of: architecture, &findings)
    return Profile(
      name: source.name,
      source: Profile.Source(
        collector: "strategies", file: source.name, sha256: source.sha256, notes: findings.notes),
      device: device, tensors: [], operators: [],
      stageGraph: StageGraph(
        mesh: StageGraph.Mesh(
          shape: mesh.axes.map(\.size), latencyMicroseconds: mesh.axes.map(\.latencyMicroseconds),
          gbPerSecond: mesh.axes.map(\.gbPerSecond)),
        memoryLimitBytes: memoryLimitBytes ?? device.defaultBudgetBytes, stages: graph.stages,
        nodes: graph.nodes, edges: graph.edges,
        placement: StagePlacement(
          dtype: training.dtype.rawValue, elementBytes: training.dtype.bytes,
          optimizer: training.optimizer.rawValue, stateBytesPerElement: training.stateBytes,
          shardings: graph.shardings, ways: graph.ways)))
  }

  private func addStages(
    of architecture: Architecture,
    to graph: inout StrategyGraph<ShardedOperator>
  ) throws(CollectorError) {
    let (hidden, vocabulary) = (architecture.hidden, architecture.vocabulary)
    let table = [architecture.embedding] + (architecture.positions.map { [$0] } ?? [])
    try graph.addStage(
      "embedding",
      [
        LayerOperator(
          operation: ShardedOperator(
            name: "embedding", kind: .embedding, weights: table,
            lendsFirst: architecture.isTied, inputWidth: 0, outputWidth: hidden, endsStage: true),
          sources: [])
      ])
    for layer in 0..<architecture.layers {
      let kind =
        switch architecture.feedForward[layer] {
        case .dense: "dense"
        case .experts: "experts"
        }
      try graph.addStage(
        "layers.\(layer)", architecture.operators(ofLayer: layer), repeats: kind)
    }
    func end(
      _ name: String, _ kind: ShardedOperator.Kind, _ weights: [Weight], _ inputs: Int,
      _ outputs: Int, _ sources: [String], follows: String? = nil, borrows: [Weight] = []
    ) -> LayerOperator {
      LayerOperator(
        operation: ShardedOperator(
          name: name, kind: kind, weights: weights, borrowed: borrows, inputWidth: inputs,
          outputWidth: outputs), sources: sources, leader: follows)
    }
    // The scores of a tied model take the embedding's weight, and so its roles.
    try graph.addStage(
      "scores",
      [
        end(
          "final_norm", .norm, architecture.norm("final_norm", hidden), hidden, hidden, []),
        end(
          "head", .columns, architecture.isTied ? [] : [architecture.head], hidden, vocabulary,
          ["final_norm"], borrows: architecture.isTied ? [architecture.embedding] : []),
        end(
          "loss", .loss, [], vocabulary, 0, ["head"],
          follows: architecture.isTied ? nil : "head"),
      ], embedding: architecture.isTied ? 0 : nil)
  }

  /// Checks what the strategies can express.
  private func check(_ architecture: Architecture) throws(CollectorError) {
    try training.check(architecture)
    guard training.recompute == .none, training.attention == .flash else {
      throw .option(
        name: "recompute",
        problem:
          "strategies are of flash attention, and what is recomputed is the planner's choice",
        remedy: "leave it out")
    }
    try mesh.checkForStrategies()
  }

  // MARK: Notes

  private func strategyCounts(_ nodes: [StageGraph.Node]) -> String {
    let counts = nodes.map(\.strategies.count)
    return "\(counts.min() ?? 0) to \(counts.max() ?? 0)"
  }

  private func noteAssumptions(of architecture: Architecture, _ findings: inout Findings) {
    let states = training.hasMasterWeights ? "float32 with a copy of the weights" : "the same type"
    findings.assumed(
      "\(training.batch) × \(training.sequence) tokens on all \(mesh.deviceCount) devices together, weights "
        + "and gradients in \(training.dtype.rawValue), optimizer \(training.optimizer.rawValue) with "
        + "states in \(states)")
    findings.assumed("mesh \(mesh.title) of \(device.name): \(linkSource)")
    findings.assumed(
      "exchanges don't overlap with computation; an input that the backward pass needs in another "
        + "layout than it was made in is converted again")
    findings.assumed(
      "flash attention; times by a roofline: 80 % of the memory's peak rate, 3 µs per kernel; "
        + "efficiency of matrix products: \(efficiency.name), \(efficiency.source)")
    let hasExperts = architecture.feedForward.contains {
      if case .experts = $0 { true } else { false }
    }
    if hasExperts { findings.assumed("experts: tokens spread evenly") }
    if architecture.isTied {
      findings.assumed(
        "the scores use the embedding's weight and take its strategy: where ZeRO shares it, it is gathered for "
          + "both; its gradient stays whole in between and is added up once")
    }
  }
}
