import Optimization
import Profiles

/// The choice of strategies with a price on memory, minimised exactly by eliminating variables.
///
/// Stages are a chain, so that the tables of the elimination stay small. With `keeping`, each node but those of
/// the last stage also decides whether it is kept or runs its forward pass once more: the fused relaxation. What a
/// node that runs again reads must run again, too, or be kept with its output.
package struct PricedStages: Sendable {
  private let instance: StageInstance
  /// The variable that decides whether a node is kept; nil where it is in any case.
  private let flags: [Int?]
  private let graph: FactorGraph
  /// The pairs of nodes of which the second reads the first, whose output may be gone.
  private let reads: [(source: Int, target: Int)]

  /// The entries of a table up to which what nodes read is taken into account: without it the minimum is lower, and
  /// still below that of any plan.
  private static let largestCoupled = 1 << 20

  /// What a point of the fused relaxation takes.
  package struct Point: Sendable, Hashable {
    /// The strategy of each variable.
    package var choice: [Int]
    /// Whether each node is kept.
    package var keeps: [Bool]
    /// The least priced time.
    package var value: Double
    /// The nodes that are kept with their output besides.
    package var holds: Set<Int> = []
  }

  /// Finds an order of elimination.
  package init(_ instance: StageInstance, keeping: Bool) {
    let all = PricedStages(instance, keeping: keeping, coupling: keeping)
    self =
      keeping && all.largestTable > Self.largestCoupled
      ? PricedStages(instance, keeping: true, coupling: false) : all
  }

  private init(_ instance: StageInstance, keeping: Bool, coupling: Bool) {
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
    let reads = coupling ? instance.passingReads : []
    let holdable = Set(reads.map(\.source))
    for node in holdable.sorted() where flags[node] == nil {
      flags[node] = count
      count += 1
    }
    self.flags = flags
    self.reads = reads.filter { flags[$0.target] != nil }
    let passing = self.reads.map { read in
      [instance.variableOfNode[read.source]] + [read.source, read.target].compactMap { flags[$0] }
    }
    var values = variables + [Int](repeating: 2, count: count - variables.count)
    for node in holdable { if let flag = flags[node] { values[flag] = 3 } }
    func flag(_ node: Int) -> [Int] { flags[node].map { [$0] } ?? [] }
    let nodes = instance.graph.nodes.indices.map { [instance.variableOfNode[$0]] + flag($0) }
    let edges = instance.graph.edges.map { edge in
      let (source, target) = (
        instance.variableOfNode[edge.source], instance.variableOfNode[edge.target]
      )
      return (source == target ? [source] : [source, target]) + flag(edge.target)
    }
    graph = FactorGraph(
      domains: values, scopes: nodes + edges + passing)
  }

  /// The entries of the largest table: how much work a minimum is.
  package var largestTable: Int { graph.largestTable }

  /// Returns the choice that takes least time, each byte at its price in microseconds.
  package func minimum(statePrice: Double, activationPrice: Double) -> Point {
    let (value, assignment) = graph.minimum(
      tables(statePrice: statePrice, activationPrice: activationPrice))
    return Point(
      choice: Array(assignment[..<instance.nodesOfVariable.count]),
      keeps: flags.map { $0.map { assignment[$0] > 0 } ?? true }, value: value,
      holds: Set(flags.indices.filter { flags[$0].map { assignment[$0] == 2 } ?? false }))
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
      let ways = flags[index].map { graph.domains[$0] } ?? 1
      var table: [Double] = []
      for strategy in node.strategies {
        let bytes = instance.lossBytes(of: index, strategy)
        let fixed =
          strategy.forwardMicroseconds + strategy.backwardMicroseconds
          + strategy.synchronizationMicroseconds + statePrice * Double(strategy.stateBytes)
          + activationPrice * Double(bytes.always)
        if ways > 1 { table.append(fixed + strategy.forwardMicroseconds) }
        table.append(fixed + activationPrice * Double(bytes.kept))
        if ways > 2 {
          table.append(fixed + activationPrice * Double(bytes.kept + strategy.outputBytes))
        }
      }
      tables.append(table)
    }
    for edge in instance.graph.edges {
      let ways = flags[edge.target].map { graph.domains[$0] } ?? 1
      let isDiagonal =
        instance.variableOfNode[edge.source] == instance.variableOfNode[edge.target]
      var table: [Double] = []
      for (row, times) in edge.forwardMicroseconds.enumerated() {
        for (column, forward) in times.enumerated() where !isDiagonal || row == column {
          let fixed = forward + edge.backwardMicroseconds[row][column]
          if ways > 1 { table.append(fixed + forward) }
          for _ in 0..<max(1, ways - 1) { table.append(fixed) }
        }
      }
      tables.append(table)
    }
    for read in reads {
      let ways = flags[read.target].map { graph.domains[$0] } ?? 1
      var table: [Double] = []
      for strategy in instance.graph.nodes[read.source].strategies.indices {
        let isThere = instance.keepsOutput(read.source, strategy)
        for source in 0..<3 {
          for target in 0..<ways {
            table.append(target == 0 && source == 1 && !isThere ? .infinity : 0)
          }
        }
      }
      tables.append(table)
    }
    return tables
  }
}
