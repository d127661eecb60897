import Optimization
import Profiles

/// The choice of strategies with a price on memory, minimised exactly by eliminating variables.
///
/// Stages are a chain, so that the tables of the elimination stay small. With `keeping`, each node but those of
/// the last stage also decides whether it is kept or runs its forward pass once more: the fused relaxation.
package struct PricedStages: Sendable {
  private let instance: StageInstance
  /// The variable that decides whether a node is kept; nil where it is in any case.
  private let flags: [Int?]
  private let graph: FactorGraph

  /// What a point of the fused relaxation takes.
  package struct Point: Sendable, Hashable {
    /// The strategy of each variable.
    package var choice: [Int]
    /// Whether each node is kept.
    package var keeps: [Bool]
    /// The least priced time.
    package var value: Double
  }

  /// Finds an order of elimination.
  package init(_ instance: StageInstance, keeping: Bool) {
    self.instance = instance
    let variables = instance.domains
    var count = variables.count
    var flags = instance.graph.nodes.map { _ in Int?.none }
    for (index, node) in instance.graph.nodes.enumerated()
    where keeping && node.strategies.contains(where: { instance.lossBytes(of: index, $0).kept > 0 })
    {
      flags[index] = count
      count += 1
    }
    self.flags = flags
    func flag(_ node: Int) -> [Int] { flags[node].map { [$0] } ?? [] }
    let nodes = instance.graph.nodes.indices.map { [instance.variableOfNode[$0]] + flag($0) }
    let edges = instance.graph.edges.map { edge in
      let (source, target) = (
        instance.variableOfNode[edge.source], instance.variableOfNode[edge.target]
      )
      return (source == target ? [source] : [source, target]) + flag(edge.target)
    }
    graph = FactorGraph(
      domains: variables + [Int](repeating: 2, count: count - variables.count),
      scopes: nodes + edges)
  }

  /// The entries of the largest table: how much work a minimum is.
  package var largestTable: Int { graph.largestTable }

  /// Returns the choice that takes least time, each byte at its price in microseconds.
  package func minimum(statePrice: Double, activationPrice: Double) -> Point {
    let (value, assignment) = graph.minimum(
      tables(statePrice: statePrice, activationPrice: activationPrice))
    return Point(
      choice: Array(assignment[..<instance.nodesOfVariable.count]),
      keeps: flags.map { $0.map { assignment[$0] == 1 } ?? true }, value: value)
  }

  /// Returns the choice that takes least memory, as each node's strategy is counted.
  func minimum(counting bytes: (Int, StageStrategy) -> Double) -> Point {
    var tables = instance.graph.nodes.enumerated().map { index, node in
      node.strategies.map { bytes(index, $0) }
    }
    for scope in graph.scopes.dropFirst(tables.count) {
      tables.append([Double](repeating: 0, count: scope.reduce(1) { $0 * graph.domains[$1] }))
    }
    let (value, assignment) = graph.minimum(tables)
    return Point(choice: assignment, keeps: flags.map { _ in true }, value: value)
  }

  private func tables(statePrice: Double, activationPrice: Double) -> [[Double]] {
    var tables: [[Double]] = []
    for (index, node) in instance.graph.nodes.enumerated() {
      let hasFlag = flags[index] != nil
      var table: [Double] = []
      for strategy in node.strategies {
        let bytes = instance.lossBytes(of: index, strategy)
        let fixed =
          strategy.forwardMicroseconds + strategy.backwardMicroseconds
          + strategy.synchronizationMicroseconds + statePrice * Double(strategy.stateBytes)
          + activationPrice * Double(bytes.always)
        if hasFlag { table.append(fixed + strategy.forwardMicroseconds) }
        table.append(fixed + activationPrice * Double(bytes.kept))
      }
      tables.append(table)
    }
    for edge in instance.graph.edges {
      let hasFlag = flags[edge.target] != nil
      let isDiagonal =
        instance.variableOfNode[edge.source] == instance.variableOfNode[edge.target]
      var table: [Double] = []
      for (row, times) in edge.forwardMicroseconds.enumerated() {
        for (column, forward) in times.enumerated() where !isDiagonal || row == column {
          let fixed = forward + edge.backwardMicroseconds[row][column]
          if hasFlag { table.append(fixed + forward) }
          table.append(fixed)
        }
      }
      tables.append(table)
    }
    return tables
  }
}
