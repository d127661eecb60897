import Profiles

extension StageInstance {
  /// The variables of each group of nodes that repeat; those of no group are left out.
  var groups: [[Int]] {
    var lists: [[Int]] = []
    var positions: [String: Int] = [:]
    for (variable, nodes) in nodesOfVariable.enumerated() {
      guard let group = graph.nodes[nodes[0]].repeatGroup else { continue }
      if let position = positions[group] {
        lists[position].append(variable)
      } else {
        positions[group] = lists.count
        lists.append([variable])
      }
    }
    return lists
  }

  /// Returns a choice in which all variables of a group take the strategy that most of them take, the first of
  /// equals.
  func tied(_ choice: [Int], _ groups: [[Int]]) -> [Int] {
    var choice = choice
    for members in groups where members.count > 1 {
      var counts: [Int: Int] = [:]
      for variable in members { counts[choice[variable], default: 0] += 1 }
      let most = counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 0
      for variable in members { choice[variable] = most }
    }
    return choice
  }
}
