public import Profiles

/// Turns an ONNX graph, or the forward pass of an Execution Trace, into the section `two_stage`: for each operator the ways to share it out over a mesh of
/// devices, with their times and bytes.
///
/// Each axis of the mesh shares samples, the columns or the rows of a product's weight, channels, or repeats the
/// work; copies of weights may share states, gradients and weights (ZeRO). A stage ends where one tensor is
/// all that goes on, and the backward pass needs it anyway.
public struct NetworkStrategyCollector: Sendable {
  /// Reads the graph; its batch is that of the whole mesh.
  public let graph: ONNXCollector
  /// Whether the optimizer keeps 32-bit copies of the weights; nil where the training type has 16 bits.
  public let masterWeights: Bool?
  /// The efficiency of matrix products.
  public let efficiency: EfficiencyCurve
  /// The mesh.
  public let mesh: DeviceMesh
  /// Where the figures of links come from.
  public let linkSource: String
  /// The number of a trace's step; nil for the second of three and more, else the last.
  public let step: Int?

  /// Creates a collector.
  public init(
    graph: ONNXCollector, masterWeights: Bool? = nil, efficiency: EfficiencyCurve,
    mesh: DeviceMesh, linkSource: String, step: Int? = nil
  ) {
    self.graph = graph
    self.masterWeights = masterWeights
    self.efficiency = efficiency
    self.mesh = mesh
    self.linkSource = linkSource
    self.step = step
  }

  /// Whether a file is no JSON, and so may be an ONNX graph, or a trace.
  public static func accepts(_ source: SourceFile) -> Bool {
    let first = source.bytes.first { $0 > 0x20 }
    return first.map { $0 != UInt8(ascii: "{") } ?? false || traceKind(source) != nil
  }

  private static func traceKind(_ source: SourceFile) -> TraceKind? {
    guard let first = source.bytes.first(where: { $0 > 0x20 }),
      first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    else { return nil }
    return try? TraceKind.of(source)
  }

  /// Reads a file and returns a profile with the section `two_stage`.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - memoryLimitBytes: What a plan may take on each device; nil for what the device has free.
  ///   - conversion: The fastest ways between layouts on the mesh.
  /// - Throws: `CollectorError` with the node or the option, and the remedy.
  public func collect(
    _ source: SourceFile, memoryLimitBytes: Int? = nil,
    conversion: @escaping StrategyCollector.Conversion
  ) throws(CollectorError) -> Profile {
    try mesh.checkForStrategies()
    var findings = Findings()
    let network = try network(source, &findings)
    let analysis = try NetworkAnalysis(
      network, batch: graph.batch, real: graph.dtype, file: source.name)
    guard analysis.entries.contains(where: { !$0.operation.weights.isEmpty }) else {
      throw .invalid(
        file: source.name, place: "the graph",
        problem: "no output depends on a parameter, so there is nothing to train",
        remedy: "export the network with its weights as initialisers")
    }
    let training = TransformerTraining(
      sequence: 1, batch: graph.batch, dtype: graph.dtype, optimizer: graph.optimizer,
      masterWeights: masterWeights)
    let costs = StrategyCosts(
      training: training, mesh: mesh,
      roofline: try Roofline(device: graph.device, real: graph.dtype, curve: efficiency),
      exchange: MeshExchange(mesh), pairsOfSample: 0, hasDropout: false, isGated: false)
    var stages = StrategyGraph<NetworkOperator>(costs: costs, conversion: conversion)
    try addStages(of: analysis, to: &stages)
    note(analysis, stages, network, training, &findings)
    let device = graph.device
    return Profile(
      name: source.name.hasSuffix(".onnx")
        ? String(source.name.dropLast(5))
        : source.name.hasSuffix(".json") ? String(source.name.dropLast(5)) : source.name,
      source: Profile.Source(
        collector: "strategies", file: source.name, sha256: source.sha256, notes: findings.notes),
      device: device, tensors: [], operators: [],
      stageGraph: StageGraph(
        mesh: StageGraph.Mesh(
          shape: mesh.axes.map(\.size), latencyMicroseconds: mesh.axes.map(\.latencyMicroseconds),
          gbPerSecond: mesh.axes.map(\.gbPerSecond)),
        memoryLimitBytes: memoryLimitBytes ?? device.defaultBudgetBytes, stages: stages.stages,
        nodes: stages.nodes, edges: stages.edges,
        placement: StagePlacement(
          dtype: training.dtype.rawValue, elementBytes: training.dtype.bytes,
          optimizer: training.optimizer.rawValue, stateBytesPerElement: training.stateBytes,
          shardings: stages.shardings, ways: stages.ways)))
  }

  private func network(
    _ source: SourceFile, _ findings: inout Findings
  ) throws(CollectorError) -> Network {
    let kind = Self.traceKind(source)
    if kind == .kineto {
      throw .unsupported(
        file: source.name, place: "the trace",
        problem: "Kineto's traces don't tell which tensors operators share",
        remedy: "give the Execution Trace of the same run (ExecutionTraceObserver)")
    }
    guard kind == .execution else {
      guard step == nil else {
        throw .option(name: "step", problem: "a graph has no steps", remedy: "leave it out")
      }
      return try graph.network(source.bytes, file: source.name)
    }
    let trace = try ExecutionTraceReader.read(source, keepsArguments: true)
    let forward = try TraceNetwork(trace, step: step)
    findings.found(
      "\(forward.model.graph?.nodes.count ?? 0) operators in the forward pass of \(forward.step)")
    findings.assumed(
      "what nothing in the step makes is a weight where products, normalisations and embeddings take one or "
        + "the optimizer touches it; else it enters the network")
    if forward.reshapedWeights > 0 {
      findings.assumed(
        "\(forward.reshapedWeights) weights that operators read under several shapes count once for each"
      )
    }
    return try graph.network(forward.model, file: source.name)
  }

  private func addStages(
    of analysis: NetworkAnalysis, to graph: inout StrategyGraph<NetworkOperator>
  ) throws(CollectorError) {
    var entries = analysis.entries
    var begin = 0
    // What each operator's strategies follow, which may be further back than the one it reads from.
    var leaders = [Int](entries.indices)
    for end in analysis.stageEnds() {
      if end < entries.count - 1 { entries[end].operation.endsStage = true }
      var operators: [StageOperator<NetworkOperator>] = []
      for index in begin...end {
        let entry = entries[index]
        if let source = entry.sources.first, source >= begin, follows(entry, entries[source]) {
          leaders[index] = leaders[source]
        }
        operators.append(
          StageOperator(
            operation: entry.operation, sources: entry.sources.map { entries[$0].operation.name },
            leader: leaders[index] == index ? nil : entries[leaders[index]].operation.name,
            readsNetworkInput: entry.sources.isEmpty))
      }
      try graph.addStage(
        entries[end].operation.name, operators, qualifiesNames: false)
      begin = end + 1
    }
  }

  /// Whether an operator does best with the roles of the one that it reads from: it has no weights of its own,
  /// and shares out the same dimensions.
  private func follows(
    _ entry: NetworkAnalysis.Entry, _ source: NetworkAnalysis.Entry
  ) -> Bool {
    let (own, other) = (entry.operation, source.operation)
    return own.weights.isEmpty && entry.sources.count == 1 && !entry.readsNetworkInput
      && own.shares.count == other.shares.count
      && own.shares.allSatisfy { role, share in
        share.input == other.shares[role]?.output && share.output != nil
          && share.extents.last == other.shares[role]?.extents.last
      }
  }

  // MARK: Notes

  private func note(
    _ analysis: NetworkAnalysis, _ graph: StrategyGraph<NetworkOperator>, _ network: Network,
    _ training: TransformerTraining, _ findings: inout Findings
  ) {
    let counts = graph.nodes.map(\.strategies.count)
    let parameters = analysis.entries.flatMap(\.operation.weights).reduce(0) {
      $0 + ($1.count ?? 0)
    }
    findings.found(
      "\(graph.nodes.count) operators in \(graph.stages.count) stages, \(parameters) trained parameters, "
        + "\(counts.min() ?? 0) to \(counts.max() ?? 0) strategies each")
    findings.assumed(
      "\(graph.costs.training.batch) samples on all \(mesh.deviceCount) devices together, "
        + "\(training.dtype.rawValue), optimizer \(training.optimizer.rawValue)")
    findings.assumed("mesh \(mesh.title) of \(self.graph.device.name): \(linkSource)")
    findings.assumed(
      "exchanges don't overlap with computation, and each operator's weights are exchanged by themselves; "
        + "batch normalisation has the statistics of a device's own "
        + "samples; the loss isn't counted")
    findings.assumed(
      "times by a roofline: 80 % of the memory's peak rate, 3 µs per kernel; efficiency of matrix "
        + "products: \(efficiency.name), \(efficiency.source)")
    for type in Set(network.nodes.filter(\.isUnknown).map(\.node.type)).sorted() {
      findings.assumed("operator \(type) isn't known: costed by its bytes")
    }
    for name in analysis.sharedWeights.sorted() {
      findings.assumed("the weight '\(name)', which several operators use, counts with the first")
    }
  }
}

extension DeviceMesh {
  /// Checks that strategies can be listed for the mesh.
  ///
  /// - Throws: `option` where there are none or too many axes.
  func checkForStrategies() throws(CollectorError) {
    guard (1...3).contains(axes.count), axes.allSatisfy({ $0.size > 1 }) else {
      throw .option(
        name: "mesh",
        problem: "\(title) doesn't have one to three axes of two devices or more",
        remedy: "give such a mesh, as 2x8")
    }
  }
}
