import Profiles

extension StageInstance {
  /// Returns a choice with the same figures in which each node takes the earliest strategy that changes none
  /// of them: where weights are absent, all stages of ZeRO are plain data parallelism.
  func canonical(_ choice: [Int]) -> [Int] {
    var choice = choice
    let figures = figures(of: choice)
    for (variable, nodes) in nodesOfVariable.enumerated() {
      let chosen = choice[variable]
      for earlier in 0..<chosen where nodes.allSatisfy({ isAlike($0, earlier, chosen) }) {
        choice[variable] = earlier
        if self.figures(of: choice) == figures { break }
        choice[variable] = chosen
      }
    }
    return choice
  }

  /// Whether two strategies of a node differ in nothing but their names.
  private func isAlike(_ node: Int, _ first: Int, _ second: Int) -> Bool {
    var renamed = graph.nodes[node].strategies[first]
    renamed.id = graph.nodes[node].strategies[second].id
    return renamed == graph.nodes[node].strategies[second]
  }
}
