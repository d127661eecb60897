import Optimization
public import Profiles

extension StageGraph {
  /// Returns the graph as data for `Models/Formulations/two-stage.mod`.
  ///
  /// - Parameter budget: The memory of a device, in bytes.
  public func mathProgData(budget: Int) -> String {
    let instance = StageInstance(self)
    var lines = [
      "data;", "param n := \(nodes.count);", "param stages := \(stages.count);",
      "param budget := \(budget);", "param: stage leader :=",
    ]
    lines += nodes.enumerated().map { "  \($0) \($1.stage) \($1.leader ?? $0)" }
    lines += [";", "param: STRATEGIES: forward rest always kept output inside :="]
    for (index, node) in nodes.enumerated() {
      for (position, own) in node.strategies.enumerated() {
        let bytes = instance.lossBytes(of: index, own)
        let rest = own.backwardMicroseconds + own.synchronizationMicroseconds
        lines.append(
          "  \(index) \(position) \(own.forwardMicroseconds) \(rest) "
            + "\(own.stateBytes + bytes.always) \(bytes.kept) \(own.outputBytes) "
            + "\(instance.keepsOutput(index, position) ? 1 : 0)")
      }
    }
    let reads = instance.passingReads
    if !reads.isEmpty {
      lines += [";", "set READS :="] + reads.map { "  (\($0.source),\($0.target))" }
    }
    lines += [";", "param: EDGES: source target :="]
    lines += edges.enumerated().map { "  \($0) \($1.source) \($1.target)" }
    lines += [";", "param: PAIRS: there back :="]
    for (index, edge) in edges.enumerated() {
      for (row, times) in edge.forwardMicroseconds.enumerated() {
        for (column, time) in times.enumerated() {
          lines.append(
            "  \(index) \(row) \(column) \(time) \(edge.backwardMicroseconds[row][column])")
        }
      }
    }
    lines += [";", "end;"]
    return lines.joined(separator: "\n") + "\n"
  }
}

extension CheckpointChain {
  /// Returns the chain as data for `Models/Formulations/checkpoint.mod`, each unit of memory a slot.
  package func mathProgData(slots: Int) -> String {
    var lines = [
      "data;", "param n := \(forward.count);", "param slots := \(slots);",
      "param: forward input saved gradient running saving backward :=",
    ]
    for stage in forward.indices {
      let own =
        demands.isEmpty ? Demand(gradient: 0, running: 0, saving: 0, backward: 0) : demands[stage]
      lines.append(
        "  \(stage) \(forward[stage]) \(inputs[stage]) \(saved[stage]) \(own.gradient) "
          + "\(own.running) \(own.saving) \(own.backward)")
    }
    if parts.contains(where: { !$0.isEmpty }) {
      lines += [";", "param: PARTS: kept remake partly whole again :="]
      for (stage, list) in parts.enumerated() {
        lines += list.enumerated().map { number, part in
          "  \(stage) \(number) \(part.kept) \(part.time) \(part.running) \(part.whole) "
            + "\(part.again)"
        }
      }
    }
    return (lines + [";", "end;"]).joined(separator: "\n") + "\n"
  }
}
