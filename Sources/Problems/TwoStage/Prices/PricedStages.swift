import Optimization
import Profiles

/// The choice of strategies with a price on memory, minimised exactly by eliminating variables.
///
/// Stages are a chain, so that the tables of the elimination stay small. With `keeping`, each stage but the
/// last also decides whether it saves its activations or runs its forward pass once more: the fused relaxation.
package struct PricedStages: Sendable {
  private let instance: StageInstance
  private let isKeeping: Bool
  private let graph: FactorGraph

  /// What a point of the fused relaxation takes.
  package struct Point: Sendable, Hashable {
    /// The strategy of each variable.
    package var choice: [Int]
    /// Whether each stage saves.
    package var keeps: [Bool]
    /// The least priced time.
    package var value: Double
  }

  /// Finds an order of elimination.
  package init(_ instance: StageInstance, keeping: Bool) {
    self.instance = instance
    isKeeping = keeping
    let variables = instance.domains
    let stages = instance.graph.stages.count
    func flag(_ stage: Int) -> [Int] {
      keeping && stage < stages - 1 ? [variables.count + stage] : []
    }
    let nodes = instance.graph.nodes.enumerated().map { index, node in
      [instance.variableOfNode[index]] + flag(node.stage)
    }
    let edges = instance.graph.edges.enumerated().map { index, edge in
      let (source, target) = (
        instance.variableOfNode[edge.source], instance.variableOfNode[edge.target]
      )
      return (source == target ? [source] : [source, target]) + flag(instance.stageOfEdge[index])
    }
    graph = FactorGraph(
      domains: variables + (keeping ? [Int](repeating: 2, count: stages - 1) : []),
      scopes: nodes + edges)
  }

  /// The entries of the largest table: how much work a minimum is.
  package var largestTable: Int { graph.largestTable }

  /// Returns the choice that takes least time, each byte at its price in microseconds.
  package func minimum(statePrice: Double, activationPrice: Double) -> Point {
    let (value, assignment) = graph.minimum(
      tables(statePrice: statePrice, activationPrice: activationPrice))
    let count = instance.nodesOfVariable.count
    let stages = instance.graph.stages.count
    return Point(
      choice: Array(assignment[..<count]),
      keeps: (0..<stages).map {
        !isKeeping || $0 == stages - 1 || assignment[count + $0] == 1
      }, value: value)
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
    return Point(choice: assignment, keeps: instance.graph.stages.map { _ in true }, value: value)
  }

  private func tables(statePrice: Double, activationPrice: Double) -> [[Double]] {
    let last = instance.graph.stages.count - 1
    var tables: [[Double]] = []
    for (index, node) in instance.graph.nodes.enumerated() {
      let hasFlag = isKeeping && node.stage < last
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
    for (index, edge) in instance.graph.edges.enumerated() {
      let hasFlag = isKeeping && instance.stageOfEdge[index] < last
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
