import Plans
import Profiles

/// Works out anew, from the layouts that a block names, what each device holds and exchanges, and compares both
/// with what the block and the profile say.
struct StagePlacementReplay {
  let graph: StageGraph
  let placement: StagePlacement
  let mesh: DeviceMesh
  /// The position of each node's strategy.
  let strategies: [Int]
  /// How often each node's forward pass ran.
  let forwardRuns: [Int]
  /// Weights that another node uses, too.
  private let shared: Set<String>
  private(set) var faults: [String] = []

  init?(_ graph: StageGraph, strategies: [Int], forwardRuns: [Int]) {
    guard let placement = graph.placement, let mesh = try? graph.deviceMesh() else { return nil }
    (self.graph, self.placement, self.mesh) = (graph, placement, mesh)
    (self.strategies, self.forwardRuns) = (strategies, forwardRuns)
    shared = graph.nodes.reduce(into: []) { $0.formUnion($1.borrowed) }
  }

  /// Checks a block; `faults` has what is wrong.
  ///
  /// - Returns: The exchanges as worked out; empty where layouts are wrong already.
  mutating func run(_ block: PlacementBlock) -> [PlacementBlock.Collective] {
    checkWeights(block.weights)
    checkActivations(block.activations)
    guard faults.isEmpty else { return [] }
    var traffic = ExchangeTraffic(graph, placement, mesh, strategies, forwardRuns)
    traffic.count(block)
    faults += traffic.faults
    guard faults.isEmpty else { return [] }
    compare(block.collectives, with: traffic.collectives)
    return traffic.collectives
  }

  private mutating func refuse(_ place: String, _ problem: String) {
    faults.append("placement.\(place): \(problem); make a new plan")
  }

  // MARK: - Bytes

  /// A weight as the profile describes it.
  private struct Expected {
    var node: Int
    var shape: [Int]
    var sharding: WeightSharding
    var zeroStage: Int
  }

  private mutating func checkWeights(_ rows: [PlacementBlock.Weight]) {
    var expected: [String: Expected] = [:]
    var names: [String] = []
    for (index, node) in graph.nodes.enumerated() {
      guard let position = node.sharding else { continue }
      let sharding = placement.shardings[position]
      let own = sharding.strategies[strategies[index]]
      for (number, name) in node.weights.enumerated() {
        names.append(name)
        expected[name] = Expected(
          node: index, shape: sharding.weights[number], sharding: own.weights[number],
          zeroStage: own.zeroStage)
      }
    }
    var sums = graph.nodes.map { _ in (0, 0, 0) }
    for (index, row) in rows.enumerated() {
      let place = "weights[\(index)]"
      guard let own = expected.removeValue(forKey: row.name) else {
        refuse(
          place,
          names.contains(row.name)
            ? "'\(row.name)' stands twice" : "the profile has no weight '\(row.name)'")
        continue
      }
      let node = graph.nodes[own.node]
      guard row.node == node.id, row.shape == own.shape else {
        refuse(
          place, "'\(row.name)' belongs to '\(node.id)' and has the extents \(own.shape)")
        continue
      }
      guard row.layout == own.sharding.layout, row.copies == own.sharding.copies,
        row.zeroStage == own.zeroStage
      else {
        let strategy = node.strategies[strategies[own.node]].id
        refuse(
          place,
          "'\(row.name)' in layout \(row.layout.text) with ZeRO stage \(row.zeroStage) among copies "
            + "along \(row.copies) is not what strategy '\(strategy)' does: layout "
            + "\(own.sharding.layout.text), stage \(own.zeroStage), copies along \(own.sharding.copies)"
        )
        continue
      }
      let bytes = bytes(of: row)
      for (key, stated, found) in [
        ("parameter_bytes", row.parameterBytes, bytes.0),
        ("gradient_bytes", row.gradientBytes, bytes.1),
        ("optimizer_state_bytes", row.optimizerStateBytes, bytes.2),
      ] where stated != found {
        refuse("\(place).\(key)", "\(stated) bytes, but its layout leaves \(found) on each device")
      }
      sums[own.node].0 += bytes.0
      sums[own.node].1 += bytes.1
      sums[own.node].2 += bytes.2
    }
    for name in names where expected[name] != nil { refuse("weights", "'\(name)' is missing") }
    guard faults.isEmpty else { return }
    for (index, node) in graph.nodes.enumerated() {
      let own = node.strategies[strategies[index]]
      let wanted = (own.parameterBytes, own.gradientBytes, own.optimizerStateBytes)
      if sums[index] != wanted {
        refuse(
          "weights", "those of '\(node.id)' take \(sums[index]) bytes, its strategy says \(wanted)")
      }
    }
  }

  /// What a weight, its gradient and its states take: the part that the axes cut out, cut again among copies.
  private func bytes(of row: PlacementBlock.Weight) -> (Int, Int, Int) {
    var elements = 1
    for (extent, axes) in zip(row.shape, row.layout.dimensions) {
      elements *= axes.reduce(extent) { $0 / mesh.axes[$1].size }
    }
    let copies = row.copies.reduce(1) { $0 * mesh.axes[$1].size }
    let (whole, left) = elements.quotientAndRemainder(dividingBy: copies)
    let share = whole + (left > 0 ? 1 : 0)
    let held = { (stage: Int) in row.zeroStage >= stage ? share : elements }
    // Two nodes add to the gradient of a weight that both use, before it is added up.
    let gradient = shared.contains(row.name) ? elements : held(2)
    return (
      held(3) * placement.elementBytes, gradient * placement.elementBytes,
      held(1) * placement.stateBytesPerElement
    )
  }

  private mutating func checkActivations(_ rows: [PlacementBlock.Activation]) {
    guard rows.map(\.node) == graph.nodes.map(\.id) else {
      return refuse("activations", "the rows are not the profile's nodes in their order")
    }
    for (index, row) in rows.enumerated() {
      let (node, place) = (graph.nodes[index], "activations[\(index)]")
      guard let position = node.sharding else { continue }
      let (sharding, own) = (
        placement.shardings[position], node.strategies[strategies[index]]
      )
      let layout = sharding.strategies[strategies[index]].output
      guard row.tensor == sharding.output, row.layout == layout else {
        refuse(
          place,
          "'\(row.node)' in layout \(row.layout.text) is not what strategy '\(own.id)' makes: "
            + "layout \(layout.text) of \(sharding.output?.shape ?? [])")
        continue
      }
      let bytes = row.tensor.flatMap { $0.bytes(of: row.layout, on: mesh) } ?? 0
      if row.bytes != bytes || own.outputBytes != bytes {
        refuse(
          "\(place).output_bytes",
          "\(row.bytes) bytes, the layout leaves \(bytes), the strategy says \(own.outputBytes)")
      }
      let least = sharding.strategies[strategies[index]].keepsOutput ? bytes : 0
      if row.savedBytes != own.savedBytes || row.savedBytes < least {
        refuse(
          "\(place).saved_bytes",
          "\(row.savedBytes) bytes, the strategy saves \(own.savedBytes), of which its output takes "
            + "\(least)")
      }
      if row.forwardRuns != forwardRuns[index] {
        refuse(
          "\(place).forward_runs",
          "\(row.forwardRuns), but the schedule runs '\(row.node)' \(forwardRuns[index]) times")
      }
    }
  }

  // MARK: - Exchanges

  private mutating func compare(
    _ stated: [PlacementBlock.Collective], with found: [PlacementBlock.Collective]
  ) {
    var missing = found
    for (index, row) in stated.enumerated() {
      let place = "collectives[\(index)]"
      guard let match = missing.firstIndex(where: { $0.isLike(row) }) else {
        refuse(place, "the layouts need no \(Self.words(for: row)), or the row stands twice")
        continue
      }
      let own = missing.remove(at: match)
      if row.count != own.count {
        refuse("\(place).count", "\(row.count), but the layouts need \(own.count)")
      } else if abs(row.microseconds - own.microseconds) > 1e-9 * own.microseconds + 1e-6 {
        refuse(
          "\(place).total_us",
          "\(row.microseconds), but on these links they take \(own.microseconds)")
      }
    }
    for row in missing { refuse("collectives", "\(Self.words(for: row)) is missing") }
  }

  private static func words(for row: PlacementBlock.Collective) -> String {
    "\(row.kind.rawValue) of \(row.bytes) bytes along axis \(row.axis) for \(row.cause.rawValue) in "
      + "the \(row.pass.rawValue) pass"
  }
}
