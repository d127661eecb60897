public import Profiles

extension ShardingInstance {
  /// Returns the instance as data for `Models/Formulations/sharding.mod`.
  ///
  /// Forbidden strategies and pairs are left out; times are those at which a life begins.
  public func mathProgData() -> String {
    var lines = ["data;", "param n := \(nodeCount);", "param limit := \(memoryLimitBytes);"]
    let live = intervals.filter { !$0.isEmpty }
    let times = Set(live.map(\.lowerBound)).sorted()
    lines.append("set TIMES := \(times.map(String.init).joined(separator: " "));")
    lines.append("param: lower upper :=")
    lines += intervals.enumerated().map { "  \($0) \($1.lowerBound) \($1.upperBound)" }
    lines += [";", "param: STRATEGIES: cost memory :="]
    for node in 0..<nodeCount {
      for strategy in 0..<strategyCount(of: node) {
        let position = strategyStarts[node] + strategy
        if cost(of: position) >= Self.infinity { continue }
        lines.append("  \(node) \(strategy) \(cost(of: position)) \(memoryBytes[position])")
      }
    }
    lines += [";", "param: EDGES: source target :="]
    lines += edges.enumerated().map { "  \($0) \($1.source) \($1.target)" }
    lines += [";", "param: PAIRS: together :="]
    for (index, edge) in edges.enumerated() {
      let columns = strategyCount(of: edge.target)
      for position in edgeStarts[index]..<edgeStarts[index + 1] {
        if edgeCosts[position] >= Self.infinity { continue }
        let (row, column) = (position - edgeStarts[index]).quotientAndRemainder(
          dividingBy: columns)
        lines.append("  \(index) \(row) \(column) \(edgeCosts[position])")
      }
    }
    lines += [";", "end;"]
    return lines.joined(separator: "\n") + "\n"
  }
}
