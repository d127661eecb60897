public import Profiles

/// Adds up what a choice of strategies costs and takes, from the instance alone.
///
/// Costs are added with 128 bits and memory is followed from event to event, so that nothing overflows or is
/// rounded, and no time is left out.
public struct ShardingReplay: Sendable {
  private let instance: ShardingInstance

  /// Prepares the evaluation of choices for an instance.
  public init(of instance: ShardingInstance) {
    self.instance = instance
  }

  /// Evaluates a choice.
  ///
  /// - Parameter strategies: One strategy for each node, counted from 0.
  public func run(_ strategies: [Int]) -> ShardingResult {
    var result = ShardingResult()
    guard strategies.count == instance.nodeCount else {
      result.addFault(
        "\(strategies.count) strategies are not one for each of \(instance.nodeCount) nodes")
      return result
    }
    for (node, strategy) in strategies.enumerated() {
      let count = instance.strategyCount(of: node)
      if !(0..<count).contains(strategy) {
        result.addFault(
          "\(instance.title(of: node)) has no strategy \(strategy), only 0 to \(count - 1)")
      }
    }
    guard result.isValid else { return result }
    addCosts(of: strategies, to: &result)
    addMemory(of: strategies, to: &result)
    return result
  }

  private func addCosts(of strategies: [Int], to result: inout ShardingResult) {
    for (node, strategy) in strategies.enumerated() {
      let position = instance.strategyStarts[node] + strategy
      let (compute, communication) = (
        instance.computeCosts[position], instance.communicationCosts[position]
      )
      result.computeCost += Int128(compute)
      result.communicationCost += Int128(communication)
      if max(compute, communication) >= ShardingInstance.infinity {
        result.addFault("strategy \(strategy) of \(instance.title(of: node)) is forbidden")
      }
    }
    for (index, edge) in instance.edges.enumerated() {
      let (row, column) = (strategies[edge.source], strategies[edge.target])
      let columns = instance.strategyCount(of: edge.target)
      let cost = instance.edgeCosts[instance.edgeStarts[index] + row * columns + column]
      result.reshardingCost += Int128(cost)
      if cost > 0 { result.reshardedEdges += 1 }
      if cost >= ShardingInstance.infinity {
        result.addFault(
          "strategy \(row) of \(instance.title(of: edge.source)) is forbidden with strategy "
            + "\(column) of \(instance.title(of: edge.target))")
      }
    }
  }

  private func addMemory(of strategies: [Int], to result: inout ShardingResult) {
    struct Event {
      let time: Int
      let bytes: Int128
    }
    var events: [Event] = []
    for (node, strategy) in strategies.enumerated() where !instance.intervals[node].isEmpty {
      let bytes = Int128(instance.memoryBytes[instance.strategyStarts[node] + strategy])
      if bytes == 0 { continue }
      events.append(Event(time: instance.intervals[node].lowerBound, bytes: bytes))
      events.append(Event(time: instance.intervals[node].upperBound, bytes: -bytes))
    }
    events.sort { $0.time < $1.time }
    var sum: Int128 = 0
    for (index, event) in events.enumerated() {
      sum += event.bytes
      let isLastOfTime = index + 1 == events.count || events[index + 1].time > event.time
      guard isLastOfTime else { continue }
      result.memory.append(ShardingResult.MemoryChange(time: event.time, bytes: sum))
      if sum > result.peakBytes {
        result.peakBytes = sum
        result.peakTime = event.time
      }
    }
    let (peak, limit) = (result.peakBytes, Int128(instance.memoryLimitBytes))
    if peak > limit {
      let time = result.peakTime ?? 0
      result.addFault(
        "time \(time) takes \(peak) bytes, \(peak - limit) over the limit of \(limit)")
    }
  }
}
