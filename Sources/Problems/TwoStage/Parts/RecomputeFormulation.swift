package import Optimization

/// Which nodes of a stage to keep and which to run again, as an integer program: the least time of running again
/// within some memory.
///
/// Sets and variables as in `Models/Formulations/recompute.mod`: `keep[i]` is 1 if what the backward pass of node
/// *i* needs stays, `again[i]` if the node runs again, `hold[i]` if its output stays besides, for a node that
/// runs again and reads it.
package struct RecomputeFormulation: Sendable {
  /// The program.
  package private(set) var model = Model(name: "recompute")
  private let work: StageWork
  private let scale: Double
  private var keep: [Variable] = []
  private var again: [Variable] = []
  private var hold: [Variable] = []

  /// Formulates a stage.
  ///
  /// - Parameters:
  ///   - budget: What may stay after the first pass, without what the stage hands on, in bytes.
  ///   - room: What running again may take besides what the stage saves.
  package init(_ work: StageWork, budget: Int, room: Int = .max) {
    self.work = work
    scale = max(1, work.nodes.map(\.time).max() ?? 1) / 1000
    let unit = 1000 / Double(max(1, budget))
    for node in work.nodes.indices {
      keep.append(model.addBinary("keep[\(node)]"))
      again.append(model.addBinary("again[\(node)]"))
      hold.append(model.addBinary("hold[\(node)]"))
    }
    var (objective, memory) = (LinearExpression(), LinearExpression())
    for (node, own) in work.nodes.enumerated() {
      objective.add(own.time / scale, again[node])
      memory.add(Double(own.saved) * unit, keep[node])
      memory.add(Double(own.output) * unit, hold[node])
      if own.saved > 0 {
        var need = LinearExpression()
        need.add(1, keep[node])
        need.add(1, again[node])
        model.addRow("need[\(node)]", need, atLeast: 1)
        // A node that is kept is kept with all that its backward pass needs.
        var both = LinearExpression()
        both.add(1, hold[node])
        both.add(-1, keep[node])
        model.addRow("both[\(node)]", both, atMost: 0)
      }
      for source in own.sources where !work.nodes[source].isHandedOn {
        var input = LinearExpression()
        input.add(1, again[node])
        input.add(-1, again[source])
        input.add(-1, work.nodes[source].keepsOutput ? keep[source] : hold[source])
        model.addRow("input[\(source),\(node)]", input, atMost: 0)
      }
    }
    model.addRow("memory", memory, atMost: Double(max(0, budget)) * unit)
    if room < .max { addRooms(room) }
    model.setObjective(objective)
  }

  /// Running again takes a node's workspace and the outputs that are passing and not saved.
  private mutating func addRooms(_ room: Int) {
    let unit = 1000 / Double(max(1, room))
    for (node, own) in work.nodes.enumerated() {
      var sum = LinearExpression()
      sum.add(Double(own.workspace) * unit, again[node])
      for (other, passing) in work.nodes.enumerated() where !passing.keepsOutput {
        sum.add(Double(passing.output) * unit, hold[other])
        guard other <= node, let reader = passing.lastReader, reader >= node else { continue }
        sum.add(Double(passing.output) * unit, again[other])
      }
      model.addRow("room[\(node)]", sum, atMost: 1000)
    }
  }

  /// Returns a time for a value of the objective.
  package func microseconds(of objective: Double) -> Double { objective * scale }

  /// Returns the part at a point; nil if nothing runs again.
  package func part(at point: [Double]) -> StagePart? {
    // What runs again anyway needn't be kept, unless its output is.
    var keeps = work.nodes.indices.map {
      point[hold[$0].index] > 0.5
        || (point[keep[$0].index] > 0.5 && point[again[$0].index] < 0.5)
    }
    // What is kept in vain goes: nothing reads it again.
    let isRead = work.runsAgain(keeping: keeps).isRead
    for (node, own) in work.nodes.enumerated() where own.saved == 0 && !isRead[node] {
      keeps[node] = false
    }
    return work.part(keeping: keeps)
  }
}

extension StageWork {
  /// Returns the stage as data for `Models/Formulations/recompute.mod`.
  package func mathProgData(budget: Int, room: Int? = nil) -> String {
    var lines = [
      "data;", "param n := \(nodes.count);", "param budget := \(budget);",
    ]
    if let room { lines.append("param room := \(room);") }
    lines.append("param: time saved output workspace handed inside last :=")
    lines += nodes.enumerated().map { index, own in
      "  \(index) \(own.time) \(own.saved) \(own.output) \(own.workspace) "
        + "\(own.isHandedOn ? 1 : 0) \(own.keepsOutput ? 1 : 0) \(own.lastReader ?? -1)"
    }
    lines += [";", "set EDGES :="]
    lines += nodes.enumerated().flatMap { index, own in
      own.sources.map { "  (\($0),\(index))" }
    }
    return (lines + [";", "end;"]).joined(separator: "\n") + "\n"
  }
}
