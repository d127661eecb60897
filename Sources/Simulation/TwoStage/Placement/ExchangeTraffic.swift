import Plans
import Profiles

/// Counts what each device receives in an iteration, exchange by exchange, from the layouts of a block.
///
/// A reduce-scatter, an all-gather and an all-to-all of `B` bytes among `n` devices bring each `B − B/n`, an
/// all-reduce twice as much. Several axes take their turns, the fastest first: what a scattering leaves is less for
/// the next one.
struct ExchangeTraffic {
  private let graph: StageGraph
  private let placement: StagePlacement
  private let mesh: DeviceMesh
  private let strategies: [Int]
  /// How often each node's forward pass ran.
  private let forwardRuns: [Int]
  private var rows: [PlacementBlock.Collective] = []
  private var times: [PlacementBlock.Pass: Double] = [:]
  private(set) var faults: [String] = []

  init(
    _ graph: StageGraph, _ placement: StagePlacement, _ mesh: DeviceMesh, _ strategies: [Int],
    _ forwardRuns: [Int]
  ) {
    (self.graph, self.placement, self.mesh) = (graph, placement, mesh)
    (self.strategies, self.forwardRuns) = (strategies, forwardRuns)
  }

  /// All exchanges, those that are alike together.
  var collectives: [PlacementBlock.Collective] {
    var merged: [PlacementBlock.Collective] = []
    for row in rows.sorted() {
      if let last = merged.last, last.isLike(row) {
        merged[merged.count - 1].count += row.count
        merged[merged.count - 1].microseconds += row.microseconds
      } else {
        merged.append(row)
      }
    }
    return merged
  }

  /// Counts the exchanges of a block whose layouts are those of the plan's strategies.
  mutating func count(_ block: PlacementBlock) {
    var weights: [String: [PlacementBlock.Weight]] = [:]
    var named: [String: PlacementBlock.Weight] = [:]
    for row in block.weights {
      weights[row.node, default: []].append(row)
      named[row.name] = row
    }
    for (index, node) in graph.nodes.enumerated() {
      guard let position = node.sharding else { continue }
      times = [:]
      let own = placement.shardings[position].strategies[strategies[index]]
      for exchange in own.exchanges { count(exchange, runs: forwardRuns[index]) }
      count(weights[node.id] ?? [], runs: forwardRuns[index])
      // Nobody but the owner adds up gradients; a weight that is shared out is gathered for all who use it.
      let borrowed = node.borrowed.compactMap { named[$0] }.filter { $0.zeroStage == 3 }
      count(borrowed, runs: forwardRuns[index], isOwner: false)
      checkTimes(of: index)
    }
    let ways = Dictionary(
      placement.ways.map { ($0.ends, $0.steps) }, uniquingKeysWith: { first, _ in first })
    for (index, edge) in graph.edges.enumerated() {
      times = [:]
      guard count(edge, block, ways, at: index) else { continue }
      let (row, column) = (strategies[edge.source], strategies[edge.target])
      for (pass, key, stated) in [
        (PlacementBlock.Pass.forward, "forward_us", edge.forwardMicroseconds[row][column]),
        (.backward, "backward_us", edge.backwardMicroseconds[row][column]),
      ] {
        let found = times[pass] ?? 0
        if abs(found - stated) > 1e-6 * stated + 1e-3 {
          faults.append(
            "two_stage.edges[\(index)].\(key)[\(row)][\(column)]: \(stated), but the steps take "
              + "\(found); correct the profile")
        }
      }
    }
  }

  // MARK: - Weights and operators

  private mutating func count(_ exchange: StageExchange, runs: Int) {
    let bytes = exchange.tensor.bytes(of: exchange.layout, on: mesh) ?? exchange.tensor.bytes
    let isForward = exchange.pass == .forward
    add(
      exchange.kind, Double(bytes), exchange.axes, isForward ? .forward : .backward, .operators,
      runs: isForward ? runs : 1)
  }

  /// What keeps copies the same: weights of a node with the same copies go together.
  private mutating func count(
    _ weights: [PlacementBlock.Weight], runs: Int, isOwner: Bool = true
  ) {
    var seen: [[Int]] = []
    for first in weights where !seen.contains(first.copies) {
      seen.append(first.copies)
      var elements = 0
      for row in weights where row.copies == first.copies {
        var part = 1
        for (extent, axes) in zip(row.shape, row.layout.dimensions) {
          part *= axes.reduce(extent) { $0 / mesh.axes[$1].size }
        }
        elements += part
      }
      let bytes = Double(elements * placement.elementBytes)
      if isOwner {
        let sharesGradients = first.zeroStage >= 2
        add(
          sharesGradients ? .reduceScatter : .allReduce, bytes, first.copies, .update, .gradients)
      }
      switch first.zeroStage {
      case 1, 2: add(.allGather, bytes, first.copies, .update, .weights)
      case 3:
        add(.allGather, bytes, first.copies, .forward, .weights, runs: runs)
        add(.allGather, bytes, first.copies, .backward, .weights)
      default: break
      }
    }
  }

  /// Checks that a strategy's times leave room for its exchanges.
  private mutating func checkTimes(of index: Int) {
    let node = graph.nodes[index]
    let own = node.strategies[strategies[index]]
    for (pass, key, stated) in [
      (PlacementBlock.Pass.forward, "forward_us", own.forwardMicroseconds),
      (.backward, "backward_us", own.backwardMicroseconds),
      (.update, "synchronization_us", own.synchronizationMicroseconds),
    ] {
      let found = times[pass] ?? 0
      if found > stated * (1 + 1e-6) + 1e-3 {
        faults.append(
          "two_stage.nodes[\(index)].strategies[\(strategies[index])].\(key): \(stated), but what "
            + "'\(node.id)' exchanges takes \(found); correct the profile")
      }
    }
  }

  // MARK: - Layouts

  /// Follows a tensor to its reader, and its gradient back.
  ///
  /// - Returns: Whether all steps could be made.
  private mutating func count(
    _ edge: StageGraph.Edge, _ block: PlacementBlock, _ ways: [LayoutWay.Ends: [LayoutStep]],
    at index: Int
  ) -> Bool {
    let (source, target) = (graph.nodes[edge.source], graph.nodes[edge.target])
    guard let made = source.sharding.map({ placement.shardings[$0] }),
      let read = target.sharding.map({ placement.shardings[$0] }),
      let tensor = block.activations[edge.source].tensor
    else {
      faults.append(
        "two_stage.edges[\(index)]: '\(source.id)' has no output; add output to its sharding")
      return false
    }
    let output = block.activations[edge.source].layout
    let from = made.strategies[strategies[edge.source]]
    let to = read.strategies[strategies[edge.target]]
    let isRead = read.readsInputAgain && output.partialAxes.isEmpty
    var isWhole = follow(
      tensor, output, to.input, ways, .forward, runs: forwardRuns[edge.target], at: index)
    isWhole =
      follow(tensor, to.inputGradient, from.outputGradient, ways, .backward, runs: 1, at: index)
      && isWhole
    if isRead {
      isWhole = follow(tensor, output, to.input, ways, .backward, runs: 1, at: index) && isWhole
    }
    return isWhole
  }

  private mutating func follow(
    _ tensor: MeshTensor, _ source: TensorLayout, _ target: TensorLayout,
    _ ways: [LayoutWay.Ends: [LayoutStep]], _ pass: PlacementBlock.Pass, runs: Int, at edge: Int
  ) -> Bool {
    if source == target { return true }
    let ends = LayoutWay.Ends(tensor: tensor, source: source, target: target)
    guard let steps = ways[ends] else {
      faults.append(
        "two_stage.placement.ways: none leads from \(source.text) to \(target.text) of "
          + "\(tensor.shape), as edges[\(edge)] needs; add it")
      return false
    }
    let path = LayoutPath(
      source: source, sourceBytes: 0,
      stages: steps.map {
        LayoutPath.Stage(step: $0, layout: target, microseconds: 0, peakBytes: 0)
      })
    let result = LayoutReplay(tensor: tensor, mesh: mesh).run(path)
    guard result.isValid, result.layout == target else {
      let problem = result.faults.first ?? "the steps end at \(result.layout.text)"
      faults.append(
        "two_stage.placement.ways: from \(source.text) to \(target.text) of \(tensor.shape): "
          + "\(problem); correct the steps")
      return false
    }
    for item in result.traffic {
      let kind: CollectiveKind
      switch item.step {
      case .slice: continue
      case .allGather: kind = .allGather
      case .allToAll: kind = .allToAll
      case .reduceScatter: kind = .reduceScatter
      case .allReduce: kind = .allReduce
      }
      if mesh.axes[item.step.axis].size == 1 { continue }
      append(kind, item.step.axis, Double(item.bytes), item.microseconds, pass, .layouts, runs)
    }
    return true
  }

  // MARK: - Axes

  private mutating func add(
    _ kind: CollectiveKind, _ bytes: Double, _ axes: [Int], _ pass: PlacementBlock.Pass,
    _ cause: PlacementBlock.Cause, runs: Int = 1
  ) {
    // Equally fast axes keep their order.
    var left = axes.filter { mesh.axes[$0].size > 1 }
    var held = bytes
    while !left.isEmpty {
      let rates = left.map { mesh.axes[$0].gbPerSecond }
      let place = rates.indices.max { (rates[$0], $1) < (rates[$1], $0) } ?? 0
      let axis = left.remove(at: place)
      let size = Double(mesh.axes[axis].size)
      let own: [CollectiveKind] =
        kind == .allReduce && !left.isEmpty ? [.reduceScatter, .allGather] : [kind]
      for part in own {
        let received = (held - held / size) * (part == .allReduce ? 2 : 1)
        let time =
          mesh.axes[axis].latencyMicroseconds + received / (mesh.axes[axis].gbPerSecond * 1e3)
        append(part, axis, held, time, pass, cause, runs)
      }
      if kind != .allToAll { held /= size }
    }
  }

  private mutating func append(
    _ kind: CollectiveKind, _ axis: Int, _ bytes: Double, _ microseconds: Double,
    _ pass: PlacementBlock.Pass, _ cause: PlacementBlock.Cause, _ runs: Int
  ) {
    times[pass, default: 0] += microseconds
    rows.append(
      PlacementBlock.Collective(
        pass: pass, cause: cause, kind: kind, axis: axis, bytes: Int(bytes.rounded(.up)),
        count: runs, microseconds: Double(runs) * microseconds))
  }
}
