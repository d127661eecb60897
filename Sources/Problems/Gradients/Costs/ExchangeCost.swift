import Foundation
import Plans
import Profiles

/// What one way to add up a bucket's gradients costs.
struct ExchangeCost {
  /// How long the device chooses before it sends, while the backward pass waits, in microseconds.
  var selection = 0.0
  /// The time in the channel and the bytes.
  var channel = ChannelUse()
  /// The formats of the phases that send chosen elements.
  var wire: [GradientPlan.WireFormat] = []

  /// Adds up all elements: `2(d−1)` messages of a device's part in the node, `2(n−1)` of a node's part
  /// between nodes.
  static func dense(_ mesh: Mesh, elements: Int) -> ExchangeCost {
    var cost = ExchangeCost()
    let (devices, nodes) = (mesh.devices, mesh.nodes)
    cost.channel.sendWithin(
      mesh, messages: 2 * (devices - 1),
      bytes: Mesh.part(elements, of: devices) * mesh.valueBytes)
    cost.channel.sendBetween(
      mesh, messages: 2 * (nodes - 1), bytes: Mesh.part(elements, of: nodes) * mesh.valueBytes)
    return cost
  }

  /// Returns the cost of a sparse way.
  ///
  /// Rounds of a ring or of recursive doubling have as many messages as they have in their papers;
  /// `u(q)` is the density of the sum of q workers' choices.
  static func sparse(
    _ algorithm: GradientPlan.Algorithm, _ mesh: Mesh, elements: Int, choice: GradientPlan.Choice,
    fillIn: FillIn
  ) -> ExchangeCost {
    let size = WireSize(
      valueBytes: mesh.valueBytes,
      positionBytes: WireSize.positionBytes(block: choice.block, elements: elements))
    switch algorithm {
    case .dense: return dense(mesh, elements: elements)
    case .allGather: return allGather(mesh, elements, choice, size)
    case .okTopk: return okTopk(mesh, elements, choice, size)
    case .mesh: return sparseMesh(mesh, elements, choice, size, fillIn)
    case .denseWithin: return denseWithin(mesh, elements, choice, size, fillIn)
    }
  }

  /// Recursive doubling: in round s each worker passes on what 2^s workers chose, P − 1 times its own
  /// choice in all.
  private static func allGather(
    _ mesh: Mesh, _ elements: Int, _ choice: GradientPlan.Choice, _ size: WireSize
  ) -> ExchangeCost {
    var cost = ExchangeCost()
    cost.selection = mesh.selection(elements: elements, choice.selection)
    let format = size.best(density: choice.density)
    cost.wire = [format]
    let own = size.bytes(elements: elements, density: choice.density, format)
    var known = 1
    while known < mesh.workers {
      let passed = min(known, mesh.workers - known)
      cost.channel.sendFlat(mesh, messages: 1, bytes: passed * own)
      known += passed
    }
    return cost
  }

  /// Ok-Topk: `2P + 2 log₂ P` messages of together `6 k (P − 1) / P` words, half of them positions.
  private static func okTopk(
    _ mesh: Mesh, _ elements: Int, _ choice: GradientPlan.Choice, _ size: WireSize
  ) -> ExchangeCost {
    var cost = ExchangeCost()
    cost.selection = mesh.selection(elements: elements, choice.selection)
    let workers = Double(mesh.workers)
    let messages = 2 * mesh.workers + 2 * Int(log2(workers).rounded(.up))
    let chosen = Double(elements) * choice.density
    let words = 3 * chosen * Double(size.valueBytes + size.positionBytes)
    cost.channel.sendFlat(
      mesh, messages: messages,
      bytes: WireSize.whole(words * (workers - 1) / workers / Double(messages)))
    return cost
  }

  /// Sparse reduce-scatter in the node and between nodes, sparse all-gather between nodes and in the
  /// node: each worker's part fills in as it is added up.
  private static func sparseMesh(
    _ mesh: Mesh, _ elements: Int, _ choice: GradientPlan.Choice, _ size: WireSize,
    _ fillIn: FillIn
  ) -> ExchangeCost {
    var cost = ExchangeCost()
    cost.selection = mesh.selection(elements: elements, choice.selection)
    let (devices, nodes) = (mesh.devices, mesh.nodes)
    let inNode = fillIn.union(density: choice.density, workers: devices)
    let all = fillIn.union(density: choice.density, workers: mesh.workers)
    let (device, node) = (Mesh.part(elements, of: devices), Mesh.part(elements, of: nodes))
    cost.wire = [choice.density, inNode, all, all].map(size.best)
    cost.channel.sendWithin(
      mesh, messages: devices - 1,
      bytes: size.bytes(elements: device, density: choice.density, cost.wire[0]))
    cost.channel.sendBetween(
      mesh, messages: nodes - 1,
      bytes: size.bytes(elements: node, density: inNode, cost.wire[1]))
    cost.channel.sendBetween(
      mesh, messages: nodes - 1, bytes: size.bytes(elements: node, density: all, cost.wire[2]))
    cost.channel.sendWithin(
      mesh, messages: devices - 1,
      bytes: size.bytes(elements: device, density: all, cost.wire[3]))
    return cost
  }

  /// A dense reduce-scatter in the node, a choice from each device's shard of the sum, and the sparse
  /// rest. The channel waits for the choice.
  private static func denseWithin(
    _ mesh: Mesh, _ elements: Int, _ choice: GradientPlan.Choice, _ size: WireSize,
    _ fillIn: FillIn
  ) -> ExchangeCost {
    var cost = ExchangeCost()
    let (devices, nodes) = (mesh.devices, mesh.nodes)
    let all = fillIn.union(density: choice.density, workers: nodes)
    let (device, node) = (Mesh.part(elements, of: devices), Mesh.part(elements, of: nodes))
    cost.wire = [choice.density, all, all].map(size.best)
    cost.channel.sendWithin(mesh, messages: devices - 1, bytes: device * mesh.valueBytes)
    cost.channel.wait(mesh.selection(elements: device, choice.selection))
    cost.channel.sendBetween(
      mesh, messages: nodes - 1,
      bytes: size.bytes(elements: node, density: choice.density, cost.wire[0]))
    cost.channel.sendBetween(
      mesh, messages: nodes - 1, bytes: size.bytes(elements: node, density: all, cost.wire[1]))
    cost.channel.sendWithin(
      mesh, messages: devices - 1,
      bytes: size.bytes(elements: device, density: all, cost.wire[2]))
    return cost
  }
}
