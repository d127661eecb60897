import Profiles

/// The weights of an operator on one device, with their gradients and states, and what keeping the copies
/// the same takes.
///
/// With `Ψ` bytes of weights in a group of `N` copies: gradients are added up by an all-reduce of `Ψ`, or, where
/// they are shared, by a reduce-scatter; shared weights are gathered in both passes. Per parameter Adam with
/// 32-bit copies holds 2 + 2 + 12 bytes, of which ZeRO leaves the shared ones' `1/N` (Rajbhandari et al. 2020).
/// A weight that a later operator borrows is gathered for both; its gradient, which both add to, stays whole.
struct WeightState {
  var parameterBytes = 0
  var gradientBytes = 0
  var optimizerStateBytes = 0
  /// The time to gather shared weights, once in each pass.
  var gatherMicroseconds = 0.0
  var synchronizationMicroseconds = 0.0
  var forwardWorkspaceBytes = 0
  var backwardWorkspaceBytes = 0

  init(_ operation: some ShardableOperator, _ assignment: RoleAssignment, _ costs: StrategyCosts) {
    // Weights with the same copies are exchanged at once; experts have fewer copies than the rest.
    for bucket in buckets(operation.weights, of: operation, assignment, costs) {
      let lent = operation.lendsFirst && bucket.hasFirst ? bucket.counts[0] : 0
      add(bucket.counts, lent: lent, along: bucket.copies, assignment.zero, costs)
    }
    guard assignment.zero == .parameters else { return }
    for bucket in buckets(operation.borrowed, of: operation, assignment, costs) {
      let bytes = bucket.counts.reduce(0, +) * costs.training.dtype.bytes
      gatherMicroseconds += costs.exchange.allGather(Double(bytes), along: bucket.copies)
      forwardWorkspaceBytes += bytes
      backwardWorkspaceBytes += bytes
    }
  }

  /// Weights with the same copies, and how many elements of each lie on a device.
  private struct Bucket {
    var copies: [Int]
    var counts: [Int]
    /// Whether the first weight of all is among them.
    var hasFirst: Bool
  }

  private func buckets(
    _ weights: [Weight], of operation: some ShardableOperator, _ assignment: RoleAssignment,
    _ costs: StrategyCosts
  ) -> [Bucket] {
    var buckets: [Bucket] = []
    for weight in weights {
      let place = operation.place(of: weight, assignment)
      let parts = place.layout.dimensions.joined().reduce(1) { $0 * costs.mesh.axes[$1].size }
      let count = weight.shape.reduce(1, *) / parts
      let copies = place.copies
      if let bucket = buckets.firstIndex(where: { $0.copies == copies }) {
        buckets[bucket].counts.append(count)
      } else {
        buckets.append(Bucket(copies: copies, counts: [count], hasFirst: buckets.isEmpty))
      }
    }
    return buckets
  }

  /// - Parameter lent: The elements of the weight that a later operator uses, too.
  private mutating func add(
    _ counts: [Int], lent: Int, along axes: [Int], _ zero: ZeroStage, _ costs: StrategyCosts
  ) {
    let (training, exchange) = (costs.training, costs.exchange)
    let copies = axes.reduce(1) { $0 * costs.mesh.axes[$1].size }
    let count = counts.reduce(0, +)
    // Each weight is split by itself, as FSDP does.
    let share = counts.reduce(0) { $0 + ($1 + copies - 1) / copies }
    let realBytes = training.dtype.bytes
    let bytes = count * realBytes
    let stateBytes = training.stateBytes
    let updated = zero == .none ? count : share
    parameterBytes += (zero == .parameters ? share : count) * realBytes
    let gradients = lent > 0 ? share - (lent + copies - 1) / copies + lent : share
    gradientBytes += (zero.rawValue >= ZeroStage.gradients.rawValue ? gradients : count) * realBytes
    optimizerStateBytes += updated * stateBytes
    let sum = Double(bytes)
    switch zero {
    case .none: synchronizationMicroseconds += exchange.allReduce(sum, along: axes)
    case .states:
      synchronizationMicroseconds +=
        exchange.allReduce(sum, along: axes) + exchange.allGather(sum, along: axes)
    case .gradients:
      synchronizationMicroseconds +=
        exchange.reduceScatter(sum, along: axes) + exchange.allGather(sum, along: axes)
      backwardWorkspaceBytes += bytes - lent * realBytes
    case .parameters:
      synchronizationMicroseconds += exchange.reduceScatter(sum, along: axes)
      gatherMicroseconds += exchange.allGather(sum, along: axes)
      forwardWorkspaceBytes += bytes
      backwardWorkspaceBytes += 2 * bytes - lent * realBytes
    }
    let touched =
      Double(updated) * Double(realBytes * (training.hasMasterWeights ? 2 : 3) + 2 * stateBytes)
    synchronizationMicroseconds += costs.roofline.microseconds(
      flops: training.optimizer.flopsPerElement * Double(updated), bytes: touched,
      usesMatrixUnits: false)
  }
}

extension TransformerTraining {
  /// What the optimizer holds for each element: its states, and a copy in 32 bits if there is one.
  var stateBytes: Int {
    hasMasterWeights ? 4 * (1 + optimizer.states.count) : dtype.bytes * optimizer.states.count
  }
}
