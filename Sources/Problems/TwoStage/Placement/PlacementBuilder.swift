import Plans
package import Profiles

/// Writes down where the tensors of a plan lie and what its devices exchange.
package struct PlacementBuilder: Sendable {
  private let graph: StageGraph
  private let placement: StagePlacement
  private let mesh: DeviceMesh
  private let steps: [LayoutWay.Ends: [LayoutStep]]
  private let lent: Set<String>
  /// The node of each weight that another uses, too, and its place among that node's weights.
  private var owners: [String: (node: Int, weight: Int)] = [:]

  /// Prepares a valid graph; nil where it doesn't say how strategies place tensors.
  package init?(_ graph: StageGraph) {
    guard let placement = graph.placement, let mesh = try? graph.deviceMesh() else { return nil }
    self.graph = graph
    self.placement = placement
    self.mesh = mesh
    steps = Dictionary(
      placement.ways.map { ($0.ends, $0.steps) }, uniquingKeysWith: { first, _ in first })
    lent = graph.lentWeights
    for (index, node) in graph.nodes.enumerated() {
      for (number, name) in node.weights.enumerated() where lent.contains(name) {
        owners[name] = (index, number)
      }
    }
  }

  /// Returns the block of a plan; nil where the profile names no way between two layouts that meet.
  ///
  /// - Parameters:
  ///   - strategies: The strategy of each node.
  ///   - forwardRuns: How often the forward pass of each node runs.
  func block(strategies: [Int], forwardRuns: [Int]) -> PlacementBlock? {
    var tally = CollectiveTally(mesh)
    var weights: [PlacementBlock.Weight] = []
    var activations: [PlacementBlock.Activation] = []
    for (index, node) in graph.nodes.enumerated() {
      guard let sharding = sharding(of: node) else { return nil }
      let (own, runs) = (sharding.strategies[strategies[index]], forwardRuns[index])
      weights += rows(of: node, sharding, own)
      count(own, of: sharding, runs: runs, in: &tally)
      count(borrowedBy: node, strategies, runs: runs, in: &tally)
      activations.append(
        PlacementBlock.Activation(
          node: node.id, tensor: sharding.output, layout: own.output,
          bytes: node.strategies[strategies[index]].outputBytes,
          savedBytes: node.strategies[strategies[index]].savedBytes, forwardRuns: runs))
    }
    for edge in graph.edges {
      let (source, target) = (graph.nodes[edge.source], graph.nodes[edge.target])
      guard let made = sharding(of: source), let read = sharding(of: target),
        let tensor = made.output
      else { return nil }
      let from = made.strategies[strategies[edge.source]]
      let to = read.strategies[strategies[edge.target]]
      let ahead = LayoutWay.Ends(tensor: tensor, source: from.output, target: to.input)
      let back = LayoutWay.Ends(
        tensor: tensor, source: to.inputGradient, target: from.outputGradient)
      guard add(ahead, .forward, times: forwardRuns[edge.target], to: &tally),
        add(back, .backward, times: 1, to: &tally)
      else { return nil }
      // A sum is kept in place of its summands, so that no gathering is repeated for it.
      if read.readsInputAgain, from.output.partialAxes.isEmpty {
        guard add(ahead, .backward, times: 1, to: &tally) else { return nil }
      }
    }
    return PlacementBlock(
      weights: weights, activations: activations, collectives: tally.collectives)
  }

  private func sharding(of node: StageGraph.Node) -> NodeSharding? {
    node.sharding.map { placement.shardings[$0] }
  }

  private func rows(
    of node: StageGraph.Node, _ sharding: NodeSharding, _ own: StrategySharding
  ) -> [PlacementBlock.Weight] {
    own.weights.enumerated().map { index, weight in
      let bytes = weight.bytes(
        shape: sharding.weights[index], zeroStage: own.zeroStage,
        elementBytes: placement.elementBytes,
        stateBytesPerElement: placement.stateBytesPerElement,
        isLent: lent.contains(node.weights[index]), on: mesh)
      return PlacementBlock.Weight(
        name: node.weights[index], node: node.id, shape: sharding.weights[index],
        layout: weight.layout, copies: weight.copies, zeroStage: own.zeroStage,
        parameterBytes: bytes.parameter, gradientBytes: bytes.gradient,
        optimizerStateBytes: bytes.optimizerState)
    }
  }

  // MARK: - Exchanges

  /// Counts the exchanges of a node: those within it, and those of its weights.
  private func count(
    _ own: StrategySharding, of sharding: NodeSharding, runs: Int, in tally: inout CollectiveTally
  ) {
    for exchange in own.exchanges {
      let bytes = Double(exchange.tensor.bytes(of: exchange.layout, on: mesh) ?? 0)
      let isForward = exchange.pass == .forward
      tally.add(
        exchange.kind, bytes, along: exchange.axes, isForward ? .forward : .backward, .operators,
        times: isForward ? runs : 1)
    }
    var buckets: [(copies: [Int], bytes: Double)] = []
    for (index, weight) in own.weights.enumerated() {
      let parts = weight.layout.dimensions.joined().reduce(1) { $0 * mesh.axes[$1].size }
      let bytes = Double(sharding.weights[index].reduce(1, *) / parts * placement.elementBytes)
      if let bucket = buckets.firstIndex(where: { $0.copies == weight.copies }) {
        buckets[bucket].bytes += bytes
      } else {
        buckets.append((weight.copies, bytes))
      }
    }
    for (copies, bytes) in buckets {
      switch own.zeroStage {
      case 0: tally.add(.allReduce, bytes, along: copies, .update, .gradients)
      case 1:
        tally.add(.allReduce, bytes, along: copies, .update, .gradients)
        tally.add(.allGather, bytes, along: copies, .update, .weights)
      case 2:
        tally.add(.reduceScatter, bytes, along: copies, .update, .gradients)
        tally.add(.allGather, bytes, along: copies, .update, .weights)
      default:
        tally.add(.reduceScatter, bytes, along: copies, .update, .gradients)
        tally.add(.allGather, bytes, along: copies, .forward, .weights, times: runs)
        tally.add(.allGather, bytes, along: copies, .backward, .weights)
      }
    }
  }

  /// Counts the gathering of weights that belong to other nodes.
  private func count(
    borrowedBy node: StageGraph.Node, _ strategies: [Int], runs: Int,
    in tally: inout CollectiveTally
  ) {
    var buckets: [(copies: [Int], bytes: Double)] = []
    for name in node.borrowed {
      guard let owner = owners[name], let sharding = sharding(of: graph.nodes[owner.node]) else {
        continue
      }
      let own = sharding.strategies[strategies[owner.node]]
      guard own.zeroStage == 3 else { continue }
      let weight = own.weights[owner.weight]
      let parts = weight.layout.dimensions.joined().reduce(1) { $0 * mesh.axes[$1].size }
      let bytes = Double(
        sharding.weights[owner.weight].reduce(1, *) / parts * placement.elementBytes)
      if let bucket = buckets.firstIndex(where: { $0.copies == weight.copies }) {
        buckets[bucket].bytes += bytes
      } else {
        buckets.append((weight.copies, bytes))
      }
    }
    for (copies, bytes) in buckets {
      tally.add(.allGather, bytes, along: copies, .forward, .weights, times: runs)
      tally.add(.allGather, bytes, along: copies, .backward, .weights)
    }
  }

  private func add(
    _ ends: LayoutWay.Ends, _ pass: PlacementBlock.Pass, times: Int,
    to tally: inout CollectiveTally
  ) -> Bool {
    if ends.source == ends.target { return true }
    guard let way = steps[ends] else { return false }
    var bytes = ends.tensor.bytes(of: ends.source, on: mesh) ?? 0
    for step in way {
      let size = mesh.axes.indices.contains(step.axis) ? mesh.axes[step.axis].size : 1
      let before = bytes
      switch step {
      case .allGather:
        guard bytes <= FaultList.maximumBytes / size else { return false }
        bytes *= size
      case .slice, .reduceScatter: bytes /= size
      case .allToAll, .allReduce: break
      }
      guard let kind = step.collective else { continue }
      tally.add(
        kind, Double(kind == .allGather ? bytes : before), along: [step.axis], pass, .layouts,
        times: times)
    }
    return true
  }
}

extension LayoutStep {
  /// What devices exchange in the step; nil for a cut.
  fileprivate var collective: CollectiveKind? {
    switch self {
    case .allGather: .allGather
    case .allToAll: .allToAll
    case .slice: nil
    case .reduceScatter: .reduceScatter
    case .allReduce: .allReduce
    }
  }
}
