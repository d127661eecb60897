/// What a presolve removed: enough to turn a choice for what is left into one for the whole instance.
struct Expansion: Sendable {
  /// A node whose strategy follows from those of one or two others.
  private struct Step: Sendable {
    let node: Int
    let first: Int
    /// Nil if it follows from one node alone.
    let second: Int?
    /// The row of each strategy of the first node, -1 for those that can't occur.
    let rows: [Int32]
    /// The column of each strategy of the second node.
    let columns: [Int32]
    let columnCount: Int
    /// The strategy of the node, by rows.
    let table: [Int32]
  }

  private let strategyCounts: [Int]
  private var fixed: [Int32]
  private var steps: [Step] = []

  /// How many nodes the whole instance has.
  var nodeCount: Int { fixed.count }

  /// Creates an expansion of an instance of which nothing was removed yet.
  init(strategyCounts: [Int]) {
    self.strategyCounts = strategyCounts
    fixed = Array(repeating: -1, count: strategyCounts.count)
  }

  /// Notes that a node takes one strategy in any case.
  mutating func fix(_ node: Int, at strategy: Int32) { fixed[node] = strategy }

  /// Notes that a node's strategy follows from another's.
  ///
  /// - Parameters:
  ///   - origins: The strategies that are left to the other node.
  ///   - table: The node's strategy for each of them.
  mutating func follow(_ node: Int, _ first: Int, _ origins: [Int32], _ table: [Int32]) {
    steps.append(
      Step(
        node: node, first: first, second: nil, rows: positions(of: origins, at: first),
        columns: [], columnCount: 1, table: table))
  }

  /// Notes that a node's strategy follows from those of two others; the table is by rows of the first.
  mutating func follow(
    _ node: Int, _ first: Int, _ firstOrigins: [Int32], _ second: Int, _ secondOrigins: [Int32],
    _ table: [Int32]
  ) {
    steps.append(
      Step(
        node: node, first: first, second: second, rows: positions(of: firstOrigins, at: first),
        columns: positions(of: secondOrigins, at: second), columnCount: secondOrigins.count,
        table: table))
  }

  private func positions(of origins: [Int32], at node: Int) -> [Int32] {
    var positions = [Int32](repeating: -1, count: strategyCounts[node])
    for (position, origin) in origins.enumerated() { positions[Int(origin)] = Int32(position) }
    return positions
  }

  /// Returns the choice for the whole instance.
  ///
  /// - Parameter choice: A strategy for each node that is left, by the instance's numbers; what other
  ///   nodes have doesn't matter.
  func expand(_ choice: [Int]) -> [Int] {
    var whole = choice
    for (node, strategy) in fixed.enumerated() where strategy >= 0 { whole[node] = Int(strategy) }
    for step in steps.reversed() {
      var position = Int(step.rows[whole[step.first]]) * step.columnCount
      if let second = step.second { position += Int(step.columns[whole[second]]) }
      whole[step.node] = Int(step.table[position])
    }
    return whole
  }
}
