/// A sum of tables, each over a few variables with finitely many values, and the order in which variables are
/// eliminated to minimise it exactly (Bertelè and Brioschi, "Nonserial dynamic programming", 1972).
///
/// The order depends on the scopes alone, so that one graph serves many tables. Graphs that are nearly
/// chains or trees need small tables; `largestTable` tells how large.
public struct FactorGraph: Sendable {
  /// How many values each variable has.
  public let domains: [Int]
  /// The variables of each table, each once. The last one counts fastest.
  public let scopes: [[Int]]
  /// The entries of the largest table that elimination makes; `Int.max` if they overflow.
  public let largestTable: Int
  private let steps: [Step]

  /// The elimination of one variable.
  private struct Step: Sendable {
    var variable: Int
    /// The tables that mention it: those of the graph first, then the messages of earlier steps.
    var inputs: [Int]
    /// The other variables of these tables, ascending.
    var scope: [Int]
  }

  /// Finds an order: each time the variable whose elimination makes the smallest table, the first of equals.
  ///
  /// - Precondition: Scopes name variables, each once, and every variable has a value.
  public init(domains: [Int], scopes: [[Int]]) {
    precondition(domains.allSatisfy { $0 > 0 })
    precondition(scopes.allSatisfy { $0.allSatisfy(domains.indices.contains) })
    self.domains = domains
    self.scopes = scopes
    var tables = scopes.map { Set($0) }
    var users = domains.map { _ in Set<Int>() }
    for (index, scope) in tables.enumerated() {
      for variable in scope { users[variable].insert(index) }
    }
    var steps: [Step] = []
    var largest = 1
    var isLeft = domains.map { _ in true }
    func neighbours(_ variable: Int) -> Set<Int> {
      users[variable].reduce(into: Set<Int>()) { $0.formUnion(tables[$1]) }.subtracting([variable])
    }
    func size(_ variable: Int, _ scope: Set<Int>) -> Int {
      scope.reduce(domains[variable]) {
        let product = $0.multipliedReportingOverflow(by: domains[$1])
        return product.overflow ? .max : product.partialValue
      }
    }
    var sizes = domains.indices.map { size($0, neighbours($0)) }
    for _ in domains.indices {
      let left = domains.indices.filter { isLeft[$0] }
      guard let variable = left.min(by: { (sizes[$0], $0) < (sizes[$1], $1) }) else { break }
      let scope = neighbours(variable)
      largest = max(largest, sizes[variable])
      let inputs = users[variable].sorted()
      steps.append(Step(variable: variable, inputs: inputs, scope: scope.sorted()))
      isLeft[variable] = false
      let message = tables.count
      tables.append(scope)
      for other in scope {
        users[other].subtract(inputs)
        users[other].insert(message)
      }
      for other in scope { sizes[other] = size(other, neighbours(other)) }
    }
    self.steps = steps
    largestTable = largest
  }

  /// Returns the least sum and the first values that reach it.
  ///
  /// - Parameter tables: The entries of each scope's table.
  public func minimum(_ tables: [[Double]]) -> (value: Double, assignment: [Int]) {
    precondition(tables.count == scopes.count)
    var tables = tables
    var tableScopes = scopes
    var choices: [[UInt16]] = []
    var constant = 0.0
    for step in steps {
      let (message, choice) = eliminate(step, tables, tableScopes)
      for input in step.inputs { tables[input] = [] }
      if step.scope.isEmpty { constant += message[0] }
      tables.append(step.scope.isEmpty ? [] : message)
      tableScopes.append(step.scope)
      choices.append(choice)
    }
    for (index, scope) in scopes.enumerated() where scope.isEmpty { constant += tables[index][0] }
    var assignment = domains.map { _ in 0 }
    for (step, choice) in zip(steps, choices).reversed() {
      let position = step.scope.reduce(0) { $0 * domains[$1] + assignment[$1] }
      assignment[step.variable] = Int(choice[position])
    }
    return (constant, assignment)
  }

  private func eliminate(
    _ step: Step, _ tables: [[Double]], _ scopes: [[Int]]
  ) -> ([Double], [UInt16]) {
    let count = domains[step.variable]
    let size = step.scope.reduce(1) { $0 * domains[$1] }
    var sum = [Double](repeating: 0, count: size * count)
    for input in step.inputs {
      var strides: [Int: Int] = [:]
      var stride = 1
      for variable in scopes[input].reversed() {
        strides[variable] = stride
        stride *= domains[variable]
      }
      let own = strides[step.variable] ?? 0
      let steps = step.scope.map { strides[$0] ?? 0 }
      var digits = step.scope.map { _ in 0 }
      var offset = 0
      tables[input].withUnsafeBufferPointer { table in
        for position in 0..<size {
          for value in 0..<count { sum[position * count + value] += table[offset + value * own] }
          var digit = digits.count - 1
          while digit >= 0 {
            digits[digit] += 1
            offset += steps[digit]
            if digits[digit] < domains[step.scope[digit]] { break }
            offset -= steps[digit] * digits[digit]
            digits[digit] = 0
            digit -= 1
          }
        }
      }
    }
    var message = [Double](repeating: .infinity, count: size)
    var choice = [UInt16](repeating: 0, count: size)
    for position in 0..<size {
      for value in 0..<count where sum[position * count + value] < message[position] {
        message[position] = sum[position * count + value]
        choice[position] = UInt16(truncatingIfNeeded: value)
      }
    }
    return (message, choice)
  }
}
