import Profiles

/// The weights of an operator on one device, with their gradients and states, and what keeping the copies
/// the same takes.
///
/// With `Ψ` bytes of weights in a group of `N` copies: gradients are added up by an all-reduce of `Ψ`, or, where
/// they are shared, by a reduce-scatter; shared weights are gathered in both passes. Per parameter Adam with
/// 32-bit copies holds 2 + 2 + 12 bytes, of which ZeRO leaves the shared ones' `1/N` (Rajbhandari et al. 2020).
struct WeightState {
  var parameterBytes = 0
  var gradientBytes = 0
  var optimizerStateBytes = 0
  /// The time to gather shared weights, once in each pass.
  var gatherMicroseconds = 0.0
  var synchronizationMicroseconds = 0.0
  var forwardWorkspaceBytes = 0
  var backwardWorkspaceBytes = 0

  init(_ operation: ShardedOperator, _ assignment: RoleAssignment, _ costs: StrategyCosts) {
    let groups = Dictionary(grouping: operation.weights, by: \.isOfExperts)
    for isOfExperts in [false, true] {
      guard let weights = groups[isOfExperts] else { continue }
      let count = weights.reduce(0) { sum, weight in
        let part = weight.part(
          tensorParallel: assignment.degree(costs.mesh, .tensor),
          expertParallel: assignment.degree(costs.mesh, .expert))
        return sum + part.reduce(1, *)
      }
      let copies =
        isOfExperts
        ? assignment.axes(.data, .sequence) : assignment.axes(.data, .sequence, .expert)
      add(count, along: copies, assignment.zero, costs)
    }
  }

  private mutating func add(
    _ count: Int, along axes: [Int], _ zero: ZeroStage, _ costs: StrategyCosts
  ) {
    let (training, exchange) = (costs.training, costs.exchange)
    let copies = axes.reduce(1) { $0 * costs.mesh.axes[$1].size }
    let share = (count + copies - 1) / copies
    let realBytes = training.dtype.bytes
    let bytes = count * realBytes
    let stateBytes =
      training.hasMasterWeights
      ? 4 * (1 + training.optimizer.states.count) : realBytes * training.optimizer.states.count
    let updated = zero == .none ? count : share
    parameterBytes += (zero == .parameters ? share : count) * realBytes
    gradientBytes += (zero.rawValue >= ZeroStage.gradients.rawValue ? share : count) * realBytes
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
      backwardWorkspaceBytes += bytes
    case .parameters:
      synchronizationMicroseconds += exchange.reduceScatter(sum, along: axes)
      gatherMicroseconds += exchange.allGather(sum, along: axes)
      forwardWorkspaceBytes += bytes
      backwardWorkspaceBytes += 2 * bytes
    }
    let touched =
      Double(updated) * Double(realBytes * (training.hasMasterWeights ? 2 : 3) + 2 * stateBytes)
    synchronizationMicroseconds += costs.roofline.microseconds(
      flops: training.optimizer.flopsPerElement * Double(updated), bytes: touched,
      usesMatrixUnits: false)
  }
}
