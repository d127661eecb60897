package import Optimization

/// The choice of strategies as an integer program, without the rows of memory, which are added where
/// they are broken.
///
/// Sets and variables as in `Models/Formulations/sharding.mod`: `choose[i,s]` is 1 if node *i* takes
/// strategy *s*, `pair[e,s,t]` is 1 if the nodes of edge *e* take *s* and *t*. Only the former have to be
/// whole, since then the latter are. The sums over a row or column of an edge are equations: weaker rows
/// with `≥` have a much weaker relaxation (Savchynskyy, "Discrete graphical models", 2019).
package struct ShardingFormulation: Sendable {
  /// The program.
  package private(set) var model = Model(name: "sharding")
  /// What a unit of the objective costs.
  package let scale: Double
  /// What has to be added to the objective's cost. It is no part of the model: its digits would cost the
  /// objective some of its own.
  package let constant: Int

  private let kernel: ShardingKernel
  /// The column of each strategy; nil for those that are forbidden.
  private var columns: [Variable?] = []
  private var rowCount = 0

  /// The greatest coefficient of the objective.
  private static let largestCost = 1e6
  /// What the memory limit counts in rows.
  private static let memoryUnit = 1000.0

  /// Formulates a kernel that has a choice.
  package init(_ kernel: ShardingKernel) {
    self.kernel = kernel
    let form = NormalForm(kernel)
    constant = form.constant
    scale = max(1, Double(form.largest) / Self.largestCost)
    var objective = LinearExpression()
    for node in 0..<kernel.nodeCount {
      var sum = LinearExpression()
      for strategy in 0..<kernel.strategyCount(of: node) {
        let cost = form.costs[kernel.starts[node] + strategy]
        guard cost < ShardingKernel.forbidden else {
          columns.append(nil)
          continue
        }
        let variable = model.addBinary("choose[\(kernel.nodes[node]),\(strategy)]")
        columns.append(variable)
        objective.add(Double(cost) / scale, variable)
        sum.add(1, variable)
      }
      model.addRow("one[\(kernel.nodes[node])]", sum, equals: 1)
    }
    for index in kernel.edges.indices { addEdge(index, form, &objective) }
    model.setObjective(objective)
  }

  private mutating func addEdge(
    _ index: Int, _ form: NormalForm, _ objective: inout LinearExpression
  ) {
    let edge = kernel.edges[index]
    let count = kernel.strategyCount(of: edge.second)
    var sums = (0..<count).map { _ in LinearExpression() }
    for row in 0..<kernel.strategyCount(of: edge.first) {
      var sum = LinearExpression()
      for column in 0..<count {
        let cost = form.pairCosts[edge.costs + row * count + column]
        if cost >= ShardingKernel.forbidden { continue }
        // The sums bound it by 1; a bound of its own only costs the engine digits.
        let pair = model.addVariable(
          "pair[\(index),\(row),\(column)]", lower: 0, upper: .infinity)
        objective.add(Double(cost) / scale, pair)
        sum.add(1, pair)
        sums[column].add(1, pair)
      }
      if let choice = columns[kernel.starts[edge.first] + row] { sum.add(-1, choice) }
      model.addRow("row[\(index),\(row)]", sum, equals: 0)
    }
    for (column, var sum) in sums.enumerated() {
      if let choice = columns[kernel.starts[edge.second] + column] { sum.add(-1, choice) }
      model.addRow("column[\(index),\(column)]", sum, equals: 0)
    }
  }

  // MARK: - Memory

  /// Returns by how many bytes a point of the program exceeds the room at each time.
  package func excess(at point: [Double]) -> [Double] {
    var change = [Double](repeating: 0, count: kernel.room.count + 1)
    for node in 0..<kernel.nodeCount {
      for item in kernel.items(of: node) {
        var bytes = 0.0
        for strategy in 0..<kernel.strategyCount(of: node) {
          guard let column = columns[kernel.starts[node] + strategy] else { continue }
          bytes += Double(kernel.usage[item.usage + strategy]) * point[column.index]
        }
        change[item.points.lowerBound] += bytes
        change[item.points.upperBound] -= bytes
      }
    }
    var sum = 0.0
    return kernel.room.indices.map { time in
      sum += change[time]
      return sum - Double(kernel.room[time])
    }
  }

  /// Adds the row of memory at one point of time.
  package mutating func addMemory(at point: Int, limit: Int) {
    let unit = Self.memoryUnit / Double(max(1, limit))
    var sum = LinearExpression()
    for node in 0..<kernel.nodeCount {
      for item in kernel.items(of: node) where item.points.contains(point) {
        for strategy in 0..<kernel.strategyCount(of: node) {
          let bytes = kernel.usage[item.usage + strategy]
          guard bytes != 0, let column = columns[kernel.starts[node] + strategy] else { continue }
          sum.add(Double(bytes) * unit, column)
        }
      }
    }
    model.addRow("memory[\(point)]", sum, atMost: Double(kernel.room[point]) * unit)
  }

  /// Forbids the strategies that break the room at a point of time by less than an engine can see: not
  /// all of the nodes that take most may do so together.
  package mutating func addCover(at point: Int, against choice: [Int]) {
    func bytes(_ node: Int, _ strategy: Int) -> Int {
      kernel.items(of: node).reduce(0) {
        $0 + ($1.points.contains(point) ? kernel.usage[$1.usage + strategy] : 0)
      }
    }
    let order = choice.indices.map { (bytes($0, choice[$0]), $0) }.sorted {
      ($1.0, $0.1) < ($0.0, $1.1)
    }
    var sum = LinearExpression()
    var (taken, count) = (0, 0)
    for (own, node) in order where taken <= kernel.room[point] {
      taken += own
      count += 1
      for strategy in 0..<kernel.strategyCount(of: node) where bytes(node, strategy) >= own {
        if let column = columns[kernel.starts[node] + strategy] { sum.add(1, column) }
      }
    }
    rowCount += 1
    model.addRow("cover[\(point),\(rowCount)]", sum, atMost: Double(count - 1))
  }

  // MARK: - Points

  /// Returns the choice of a point whose strategies are whole.
  package func choice(at point: [Double]) -> [Int] {
    (0..<kernel.nodeCount).map { node in
      let values = (0..<kernel.strategyCount(of: node)).map {
        columns[kernel.starts[node] + $0].map { point[$0.index] } ?? -1
      }
      return values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
    }
  }

  /// Returns a cost for a value of the objective.
  package func cost(of objective: Double) -> Double { objective * scale + Double(constant) }
}

/// A kernel's costs with as much as possible moved from pairs to nodes, and from nodes to the constant.
private struct NormalForm {
  private(set) var costs: [Int]
  private(set) var pairCosts: [Int]
  private(set) var constant: Int
  private(set) var largest = 1

  init(_ kernel: ShardingKernel) {
    costs = kernel.costs
    pairCosts = kernel.pairCosts
    constant = kernel.constant
    for edge in kernel.edges {
      let columns = kernel.strategyCount(of: edge.second)
      let rows = kernel.strategyCount(of: edge.first)
      for row in 0..<rows {
        move(
          (0..<columns).map { edge.costs + row * columns + $0 }, to: kernel.starts[edge.first] + row
        )
      }
      for column in 0..<columns {
        move(
          (0..<rows).map { edge.costs + $0 * columns + column },
          to: kernel.starts[edge.second] + column)
      }
    }
    for node in 0..<kernel.nodeCount {
      let strategies = kernel.starts[node]..<kernel.starts[node + 1]
      let least = costs[strategies].min() ?? 0
      guard least < ShardingKernel.forbidden else { continue }
      constant += least
      for strategy in strategies where costs[strategy] < ShardingKernel.forbidden {
        costs[strategy] -= least
        largest = max(largest, costs[strategy])
      }
    }
    for cost in pairCosts where cost < ShardingKernel.forbidden { largest = max(largest, cost) }
  }

  private mutating func move(_ positions: [Int], to strategy: Int) {
    var least = Int.max
    for position in positions { least = min(least, pairCosts[position]) }
    if least == 0 { return }
    guard least < ShardingKernel.forbidden, costs[strategy] < ShardingKernel.forbidden else {
      costs[strategy] = ShardingKernel.forbidden
      return
    }
    costs[strategy] += least
    for position in positions where pairCosts[position] < ShardingKernel.forbidden {
      pairCosts[position] -= least
    }
  }
}
