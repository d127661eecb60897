/// The nodes of one stage under some strategies, as choosing what to keep of them sees it.
package struct StageWork: Sendable, Hashable {
  /// One node.
  package struct Node: Sendable, Hashable {
    /// The time of running it, with the edges into it.
    package var time: Double
    /// What its backward pass needs, its output included if `keepsOutput`.
    package var saved: Int
    /// The output.
    package var output: Int
    /// What else running it takes.
    package var workspace: Int
    /// Whether the stage hands the output on, so that it stays in any case.
    package var isHandedOn: Bool
    /// Whether what is saved includes the output.
    package var keepsOutput: Bool
    /// The nodes of the stage that it reads, ascending.
    package var sources: [Int]
    /// The last node of the stage that reads it; nil if none does, or it is handed on.
    package var lastReader: Int?

    /// Whether keeping it makes sense at all.
    package var isCandidate: Bool {
      saved > 0 || (lastReader != nil && !keepsOutput && output > 0)
    }
  }

  /// The nodes in execution order.
  package var nodes: [Node]

  /// What the stage hands on.
  package var handed: Int { nodes.reduce(0) { $0 + ($1.isHandedOn ? $1.output : 0) } }

  /// Whether the output of a node is there if it is kept.
  private func isThere(_ node: Int, _ keeps: [Bool]) -> Bool {
    nodes[node].isHandedOn || keeps[node]
  }

  /// Returns which nodes run again if some are kept, and whose output they read: those whose saved bytes went, and
  /// those that others that run again read.
  package func runsAgain(keeping keeps: [Bool]) -> (again: [Bool], isRead: [Bool]) {
    var again = nodes.map { _ in false }
    var isRead = again
    for node in nodes.indices.reversed() {
      let own = nodes[node]
      again[node] =
        (own.saved > 0 && !keeps[node]) || (isRead[node] && !isThere(node, keeps))
      if again[node] { for source in own.sources { isRead[source] = true } }
    }
    return (again, isRead)
  }

  /// Returns what keeping some nodes takes; nil where nothing runs again, or a node is kept in vain.
  package func part(keeping keeps: [Bool]) -> StagePart? {
    let (again, isRead) = runsAgain(keeping: keeps)
    guard again.contains(true) else { return nil }
    var (kept, extra, time) = (handed, 0, 0.0)
    /// Whether each node's output stays without being handed on.
    var holds = nodes.map { _ in false }
    for (node, own) in nodes.enumerated() {
      if again[node] { time += own.time }
      guard keeps[node] else { continue }
      kept += own.saved
      holds[node] = own.keepsOutput
      if own.keepsOutput || own.isHandedOn { continue }
      if isRead[node] {
        extra += own.output
        holds[node] = true
      } else if own.saved == 0 {
        return nil
      }
    }
    let rooms = rooms(keeps, again, holds)
    let whole = nodes.reduce(handed + extra) { $0 + $1.saved }
    return StagePart(
      kept: nodes.indices.filter { keeps[$0] }, again: nodes.indices.filter { again[$0] },
      keptBytes: kept + extra, microseconds: time, running: rooms.running, wholeBytes: whole,
      remaking: rooms.remaking)
  }

  /// The most that a node takes in the first pass, and when it runs again, besides what stays.
  private func rooms(
    _ keeps: [Bool], _ again: [Bool], _ holds: [Bool]
  ) -> (running: Int, remaking: Int) {
    var (running, remaking) = (0, 0)
    for (node, own) in nodes.enumerated() {
      var first = own.workspace + (keeps[node] ? 0 : own.saved)
      var second = own.workspace
      for other in 0...node {
        let passing = nodes[other]
        guard let reader = passing.lastReader, reader >= node, !holds[other] else { continue }
        first += passing.output
        if again[other] && !passing.keepsOutput { second += passing.output }
      }
      running = max(running, first)
      if again[node] { remaking = max(remaking, second) }
    }
    return (running, remaking)
  }
}

/// A part of what a stage saves that stays, with what making the rest again takes.
package struct StagePart: Sendable, Hashable {
  /// The nodes that are kept, by their place in the stage.
  package var kept: [Int]
  /// The nodes that run again.
  package var again: [Int]
  /// What stays, output of the stage included.
  package var keptBytes: Int
  /// The time of running again.
  package var microseconds: Double
  /// What the first pass takes besides what stays.
  package var running: Int
  /// What is there when all has been made again.
  package var wholeBytes: Int
  /// What running again takes besides that.
  package var remaking: Int
}
