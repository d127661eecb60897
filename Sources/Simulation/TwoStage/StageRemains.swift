import Profiles

/// What a stage leaves that keeps some of its nodes, and what making the rest again takes, from the rules alone.
///
/// A node that is kept leaves what its backward pass needs. A node whose backward pass needs something that is not
/// kept runs again, and so does one whose output a node that runs again reads and that is neither kept nor handed on.
/// Where what a node saves doesn't include its output, keeping it for such a reader takes the output's bytes too.
struct StageRemains {
  /// The nodes that run again.
  private(set) var again: [Int] = []
  /// The time of running them, in picoseconds.
  private(set) var picoseconds: Int128 = 0
  /// What stays, without what the stage hands on.
  private(set) var bytes = 0
  /// The part of it that is not a part of what the stage saves.
  private(set) var extraBytes = 0
  /// The most that a node needs while the first pass runs, and while the rest is made again.
  private(set) var firstRoom = 0
  private(set) var againRoom = 0

  /// - Parameter kept: The nodes that are kept.
  init(_ stages: StageAmounts, _ members: [Int], kept: Set<Int>) {
    var waiting = members.filter { stages.nodes[$0].saved > 0 && !kept.contains($0) }
    var runs = Set(waiting)
    var holding: Set<Int> = []
    while let node = waiting.popLast() {
      for source in stages.nodes[node].sources where !stages.nodes[source].isHandedOn {
        if kept.contains(source) {
          if !stages.nodes[source].savesOutput { holding.insert(source) }
        } else if runs.insert(source).inserted {
          waiting.append(source)
        }
      }
    }
    again = members.filter(runs.contains)
    for node in again { picoseconds += stages.nodes[node].forward }
    extraBytes = holding.reduce(0) { $0 + stages.nodes[$1].output }
    bytes = kept.reduce(extraBytes) { $0 + stages.nodes[$1].saved }
    for node in members {
      let own = stages.nodes[node]
      // Outputs between the node that makes them and the last one that reads them, unless they stay anyway.
      let passing = members.filter { other in
        guard other <= node, let reader = stages.nodes[other].lastReader else { return false }
        let stays =
          holding.contains(other) || (kept.contains(other) && stages.nodes[other].savesOutput)
        return reader >= node && !stages.nodes[other].isHandedOn && !stays
      }
      let first = passing.reduce(kept.contains(node) ? 0 : own.saved) {
        $0 + stages.nodes[$1].output
      }
      firstRoom = max(firstRoom, first + own.workspace)
      guard runs.contains(node) else { continue }
      let second = passing.filter { runs.contains($0) && !stages.nodes[$0].savesOutput }
      againRoom = max(againRoom, second.reduce(own.workspace) { $0 + stages.nodes[$1].output })
    }
  }
}
