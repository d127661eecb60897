package import Optimization
import Profiles

/// The fused relaxation as an integer program: one strategy for each node, and for each node but those of the last
/// stage whether it is kept or runs once more.
///
/// Sets and variables as in `Models/Formulations/two-stage.mod`: `choose[i,s,k]` is 1 if node *i* takes
/// strategy *s* and is kept (*k* = 1), is kept with its output besides (2), or isn't (0), `pair[e,s,t,k]` is 1 if the
/// nodes of edge *e* take *s* and *t*, and its target is kept or isn't. Nodes that follow another share its
/// variable's strategies. Only `choose` has to be whole.
package struct FusedFormulation: Sendable {
  /// The program.
  package private(set) var model = Model(name: "two-stage")
  private let instance: StageInstance
  /// Microseconds of a unit of the objective.
  private let scale: Double
  /// Whether nodes may run once more, be kept, be kept with their outputs.
  private let kinds: [Int]
  /// Whether the targets of edges run once more or don't.
  private let targetKinds: [Int]
  /// `columns[node][strategy]`, one for each of `kinds`.
  private var columns: [[[Variable]]] = []

  /// The greatest coefficient of the objective.
  private static let largestCost = 1e4

  /// How many pairs of options the edges have.
  package static func pairs(of instance: StageInstance) -> Int {
    instance.graph.edges.reduce(0) { sum, edge in
      let (source, target) = (instance.graph.nodes[edge.source], instance.graph.nodes[edge.target])
      return sum + 2 * source.strategies.count * target.strategies.count
    }
  }

  /// Formulates a graph for a budget.
  ///
  /// - Parameters:
  ///   - budget: The memory of a device, in bytes.
  ///   - savesAll: Whether every node is kept: the first stage alone.
  package init(_ instance: StageInstance, budget: Int, savesAll: Bool = false) {
    self.instance = instance
    kinds = savesAll ? [1] : [0, 1, 2]
    targetKinds = savesAll ? [1] : [0, 1]
    let graph = instance.graph
    let reads = savesAll ? [] : instance.passingReads
    let holdable = Set(reads.map(\.source))
    var largest = 1.0
    for node in graph.nodes {
      for own in node.strategies {
        largest = max(
          largest,
          2 * own.forwardMicroseconds + own.backwardMicroseconds
            + own.synchronizationMicroseconds)
      }
    }
    scale = largest / Self.largestCost
    var objective = LinearExpression()
    var memory = LinearExpression()
    let unit = 1000 / Double(max(1, budget))
    let last = graph.stages.count - 1
    for (index, node) in graph.nodes.enumerated() {
      var list: [[Variable]] = []
      var all = LinearExpression()
      for (position, own) in node.strategies.enumerated() {
        let bytes = instance.lossBytes(of: index, own)
        let time =
          own.forwardMicroseconds + own.backwardMicroseconds + own.synchronizationMicroseconds
        let pair = kinds.map { k in
          // The last stage's backward pass follows at once.
          let isOut = (k == 0 && node.stage == last) || (k == 2 && !holdable.contains(index))
          let variable = model.addVariable(
            "choose[\(index),\(position),\(k)]", lower: 0, upper: isOut ? 0 : 1, kind: .integer)
          objective.add((time + (k == 0 ? own.forwardMicroseconds : 0)) / scale, variable)
          let held =
            own.stateBytes + bytes.always + (k > 0 ? bytes.kept : 0)
            + (k == 2 ? own.outputBytes : 0)
          memory.add(Double(held) * unit, variable)
          all.add(1, variable)
          return variable
        }
        list.append(pair)
      }
      columns.append(list)
      model.addRow("one[\(index)]", all, equals: 1)
      if let leader = node.leader {
        for position in node.strategies.indices {
          var tie = LinearExpression()
          for k in kinds.indices {
            tie.add(1, list[position][k])
            tie.add(-1, columns[leader][position][k])
          }
          model.addRow("follow[\(index),\(position)]", tie, equals: 0)
        }
      }
    }
    for index in graph.edges.indices { addEdge(index, &objective) }
    for read in reads { addRead(read.source, read.target) }
    model.addRow("memory", memory, atMost: 1000)
    model.setObjective(objective)
  }

  /// A node runs again only if what it reads runs again or is there.
  private mutating func addRead(_ source: Int, _ target: Int) {
    var input = LinearExpression()
    for ways in columns[target] { input.add(1, ways[0]) }
    for (position, ways) in columns[source].enumerated() {
      input.add(-1, ways[0])
      if instance.keepsOutput(source, position) { input.add(-1, ways[1]) }
      input.add(-1, ways[2])
    }
    model.addRow("input[\(source),\(target)]", input, atMost: 0)
  }

  private mutating func addEdge(_ index: Int, _ objective: inout LinearExpression) {
    let edge = instance.graph.edges[index]
    let rows = instance.graph.nodes[edge.source].strategies.indices
    let targets = instance.graph.nodes[edge.target].strategies.indices
    var sums = targets.map { _ in targetKinds.map { _ in LinearExpression() } }
    for row in rows {
      var sum = LinearExpression()
      for column in targets {
        let forward = edge.forwardMicroseconds[row][column]
        let backward = edge.backwardMicroseconds[row][column]
        for (place, k) in targetKinds.enumerated() {
          let pair = model.addVariable(
            "pair[\(index),\(row),\(column),\(k)]", lower: 0, upper: .infinity)
          objective.add((forward * (k == 0 ? 2 : 1) + backward) / scale, pair)
          sum.add(1, pair)
          sums[column][place].add(1, pair)
        }
      }
      for column in columns[edge.source][row] { sum.add(-1, column) }
      model.addRow("row[\(index),\(row)]", sum, equals: 0)
    }
    for column in targets {
      for (place, k) in targetKinds.enumerated() {
        sums[column][place].add(-1, columns[edge.target][column][place])
        if k == 1 && kinds.count > 1 {
          sums[column][place].add(-1, columns[edge.target][column][2])
        }
        model.addRow("column[\(index),\(column),\(k)]", sums[column][place], equals: 0)
      }
    }
  }

  /// Returns a time for a value of the objective.
  package func microseconds(of objective: Double) -> Double { objective * scale }

  /// Returns the strategy of each variable at a point.
  package func choice(at point: [Double]) -> [Int] {
    instance.nodesOfVariable.map { nodes in
      let values = columns[nodes[0]].map { $0.reduce(0.0) { $0 + point[$1.index] } }
      return values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
    }
  }
}
