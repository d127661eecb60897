package import Optimization

/// The stages of a chain under one choice of strategies: microseconds and bytes of one device.
package struct StageFigures: Sendable, Hashable {
  /// The forward pass of each stage, with the edges into it.
  package var forward: [Double]
  /// The backward pass of all stages, with the edges.
  package var backwardMicroseconds = 0.0
  /// What brings gradients and parameters together.
  package var synchronizationMicroseconds = 0.0
  /// Parameters, gradients and states of the optimizer.
  package var stateBytes = 0
  /// What each stage hands to the next.
  package var outputs: [Int]
  /// What each stage saves, output included.
  package var saved: [Int]
  /// What running without saving takes besides input and output.
  package var running: [Int]
  /// What running and saving takes besides what is saved.
  package var saving: [Int]
  /// What the backward pass takes besides what is saved and the gradients.
  package var backward: [Int]
  /// The forward pass of each node, with the edges into it.
  package var nodeForward: [Double]
  /// What each node saves and hands on; 0 in the last stage, which never goes without it.
  package var nodeSaved: [Int]
  /// The parts of each stage that may be kept instead; empty if stages save or run again as a whole.
  package var parts: [[StagePart]] = []

  init(count: Int, nodes: Int) {
    nodeForward = [Double](repeating: 0, count: nodes)
    nodeSaved = [Int](repeating: 0, count: nodes)
    forward = [Double](repeating: 0, count: count)
    outputs = [Int](repeating: 0, count: count)
    (saved, running, saving, backward) = (outputs, outputs, outputs, outputs)
  }

  /// The chain to find a schedule for.
  package var chain: CheckpointChain {
    CheckpointChain(
      forward: forward, inputs: [0] + outputs.dropLast(), saved: saved,
      demands: forward.indices.map { stage in
        CheckpointChain.Demand(
          gradient: outputs[stage], running: running[stage], saving: saving[stage],
          backward: backward[stage])
      }, parts: parts.map { $0.map(\.slot) })
  }

  /// The time of an iteration in which nothing runs again.
  package var leastMicroseconds: Double {
    forward.reduce(0, +) + backwardMicroseconds + synchronizationMicroseconds
  }

  /// What a stage's backward pass takes with nothing else stored: gradients and what the stage saves.
  package func backwardBytes(of stage: Int) -> Int {
    let before = stage > 0 ? outputs[stage - 1] : 0
    // The input is stored too, and its gradient is made.
    return saved[stage] + outputs[stage] + 2 * before + backward[stage]
  }

  /// Returns what no schedule within a budget can take less than; infinite if none fits.
  ///
  /// When the backward pass begins, the last stage is saved, and so is every other node that doesn't run
  /// again. The best that can be left out is a fractional knapsack: nodes that take least time by byte.
  package func leastMicroseconds(within budget: Int) -> Double {
    let last = forward.count - 1
    for stage in 0...last where stateBytes + backwardBytes(of: stage) > budget { return .infinity }
    // The gradient of the last stage's input is made as well.
    let gradient = last > 0 ? outputs[last - 1] : 0
    var excess = stateBytes + saved.reduce(0, +) + backward[last] + gradient - budget
    var time = leastMicroseconds
    guard excess > 0 else { return time }
    let order = nodeSaved.indices.filter { nodeSaved[$0] > 0 }.map {
      (ratio: nodeForward[$0] / Double(nodeSaved[$0]), node: $0)
    }.sorted { ($0.ratio, $0.node) < ($1.ratio, $1.node) }
    for (_, node) in order {
      let share = min(1, Double(excess) / Double(nodeSaved[node]))
      time += share * nodeForward[node]
      excess -= nodeSaved[node]
      if excess <= 0 { return time }
    }
    return .infinity
  }
}
