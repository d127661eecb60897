import Optimization
import TestSupport
import Testing

@Suite("Finding conflicts")
struct ConflictTests {
  private static func conflict(
    of model: Model, within limits: ConflictLimits = ConflictLimits()
  ) throws -> Conflict {
    let answer = try model.conflict(using: ReferenceSolver(), within: limits)
    guard case .conflict(let conflict) = answer else {
      throw SolverError.invalidModel("no conflict but \(answer)")
    }
    return conflict
  }

  private static func sum(_ terms: (Double, Variable)...) -> LinearExpression {
    var sum = LinearExpression()
    for (coefficient, variable) in terms { sum.add(coefficient, variable) }
    return sum
  }

  /// Returns a model that keeps only some requirements, all variables and their kinds.
  private static func part(
    of model: Model, rows: [Conflict.Requirement], bounds: [Conflict.Requirement]
  ) -> Model {
    var part = model
    part.setObjective(LinearExpression())
    func range(_ kept: [Conflict.Requirement], _ index: Int) -> (lower: Double, upper: Double) {
      let own = kept.filter { $0.index == index }
      return (
        own.first { $0.side == .atLeast }?.value ?? -.infinity,
        own.first { $0.side == .atMost }?.value ?? .infinity
      )
    }
    for row in 0..<model.rowCount {
      let (lower, upper) = range(rows, row)
      part.setRowBounds(row, lower: lower, upper: upper)
    }
    for column in 0..<model.variableCount {
      let (lower, upper) = range(bounds, column)
      part.setBounds(of: Variable(index: column), lower: lower, upper: upper)
    }
    return part
  }

  /// Checks that the members contradict each other, and that all of them are needed.
  private static func expectIrreducible(_ conflict: Conflict, in model: Model) throws {
    let solver = ReferenceSolver()
    let options = SolveOptions()
    let whole = part(of: model, rows: conflict.rows, bounds: conflict.bounds)
    #expect(try solver.solve(whole, options: options).termination == .infeasible)
    for left in conflict.rows.indices {
      var rows = conflict.rows
      rows.remove(at: left)
      let rest = part(of: model, rows: rows, bounds: conflict.bounds)
      #expect(try solver.solve(rest, options: options).termination == .optimal)
    }
    for left in conflict.bounds.indices {
      var bounds = conflict.bounds
      bounds.remove(at: left)
      let rest = part(of: model, rows: conflict.rows, bounds: bounds)
      #expect(try solver.solve(rest, options: options).termination == .optimal)
    }
  }

  /// Returns three rows that leave no point together, though bounds derived from one row at a time
  /// never contradict each other, and two rows that don't matter.
  private static func triangle() -> Model {
    var model = Model(name: "triangle")
    let x = model.addVariable("x", in: -.infinity...(.infinity))
    let y = model.addVariable("y", in: -.infinity...(.infinity))
    let z = model.addVariable("z", in: 0...(.infinity))
    model.addRow("a", Self.sum((1, x), (1, y)), atLeast: 3)
    model.addRow("b", Self.sum((1, x), (-1, y)), atLeast: 0, atMost: 50)
    model.addRow("c", Self.sum((1, x), (-3, y)), atMost: -5)
    model.addRow("d", Self.sum((1, x), (2, y)), atMost: 4)
    model.addRow("e", Self.sum((1, x), (-1, z)), atMost: 90)
    return model
  }

  @Test("there is a conflict exactly if no point is feasible", arguments: UInt64(0)..<150)
  func agreesWithBruteForce(seed: UInt64) throws {
    let model = RandomModel.integer(seed: seed)
    let answer = try model.conflict(using: ReferenceSolver())
    guard try BruteForce.optimum(of: model) == nil else {
      #expect(answer == .feasible)
      return
    }
    guard case .conflict(let conflict) = answer else {
      Issue.record("no conflict but \(answer)")
      return
    }
    #expect(try model.conflict(using: ReferenceSolver()) == answer)
    if conflict.isIrreducible { try Self.expectIrreducible(conflict, in: model) }
  }

  @Test("most conflicts of small models are proven irreducible")
  func provesMost() throws {
    var found = 0
    var proven = 0
    for seed in UInt64(0)..<150 {
      let model = RandomModel.integer(seed: seed)
      guard case .conflict(let conflict) = try model.conflict(using: ReferenceSolver()) else {
        continue
      }
      found += 1
      proven += conflict.isIrreducible ? 1 : 0
    }
    #expect(found > 30)
    #expect(proven * 10 >= found * 9)
  }

  @Test("a row that its bounds keep from its target says so in one sentence")
  func explainsSingleRow() throws {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...4, kind: .integer)
    let y = model.addVariable("y", in: -2...2.5)
    let z = model.addVariable("z", in: 0...9)
    model.addRow("other", Self.sum((1, x), (1, z)), atMost: 10)
    model.addRow("memory[17]", Self.sum((1, x), (2, y)), atLeast: 12, atMost: 20)
    let conflict = try Self.conflict(of: model)
    #expect(
      conflict.description
        == "row memory[17] needs at least 12 but the bounds allow at most 9: x ≤ 4, y ≤ 2.5")
    #expect(conflict.rows.map(\.index) == [1])
    #expect(conflict.rows.map(\.side) == [.atLeast])
    #expect(conflict.bounds.map(\.name) == ["x", "y"])
    #expect(conflict.wholeVariables.isEmpty)
    #expect(conflict.isIrreducible)
    try Self.expectIrreducible(conflict, in: model)
  }

  @Test("bounds of one variable that contradict each other are all there is")
  func explainsBounds() throws {
    var model = Model(name: "m")
    let x = model.addVariable("x", lower: 5, upper: 3)
    model.addRow("r", Self.sum((1, x)), atMost: 10)
    let conflict = try Self.conflict(of: model)
    #expect(conflict.description == "bounds contradict each other: x ≥ 5, x ≤ 3")
    #expect(conflict.rows.isEmpty)
  }

  @Test("a range without a whole number is a conflict of whole numbers")
  func explainsWholeBounds() throws {
    var model = Model(name: "m")
    model.addVariable("n", in: 0.25...0.75, kind: .integer)
    let conflict = try Self.conflict(of: model)
    #expect(
      conflict.description
        == "bounds contradict each other: n ≥ 0.25, n ≤ 0.75; n must be whole")
    #expect(conflict.wholeVariables == ["n"])
  }

  @Test("contradicting sides of a row need no solver")
  func explainsRowSides() throws {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: -9...9)
    model.addRow("r", Self.sum((2, x)), atLeast: 3, atMost: 1)
    let conflict = try Self.conflict(of: model)
    #expect(conflict.rows.map(\.value) == [3, 1])
    #expect(conflict.bounds.isEmpty)
    #expect(
      conflict.description
        == "no point satisfies all of these:\n  row r: 2 x ≥ 3\n  row r: 2 x ≤ 1")
  }

  @Test("a row without terms contradicts itself")
  func explainsEmptyRow() throws {
    var model = Model(name: "m")
    model.addRow("nothing", LinearExpression(), atLeast: 1, atMost: 0.5)
    let conflict = try Self.conflict(of: model)
    #expect(conflict.rows.count == 1)
    #expect(conflict.description == "row nothing needs at least 1 but the bounds allow at most 0")
  }

  @Test("bounds are derived through a chain of rows")
  func followsChain() throws {
    // Each x is at least 1 more than the one before; ten steps do not fit into 0...8.
    var model = Model(name: "chain")
    let steps = (0..<10).map { model.addVariable("x[\($0)]", in: 0...8) }
    let unrelated = model.addVariable("unrelated", in: 0...1)
    model.addRow("unrelated", Self.sum((1, unrelated)), atLeast: 1)
    for (index, pair) in zip(steps, steps.dropFirst()).enumerated() {
      model.addRow("step[\(index)]", Self.sum((1, pair.1), (-1, pair.0)), atLeast: 1)
    }
    let conflict = try Self.conflict(of: model)
    #expect(conflict.rows.count == 9)
    #expect(conflict.bounds.map(\.name) == ["x[0]", "x[9]"])
    #expect(conflict.bounds.map(\.side) == [.atLeast, .atMost])
    #expect(conflict.isIrreducible)
    try Self.expectIrreducible(conflict, in: model)
  }

  @Test("rows that only contradict each other together are found by the elastic filter")
  func findsLinearConflict() throws {
    let model = Self.triangle()
    let conflict = try Self.conflict(of: model)
    #expect(conflict.rows.map(\.name) == ["b", "c", "d"])
    #expect(conflict.bounds.isEmpty)
    #expect(conflict.isIrreducible)
    try Self.expectIrreducible(conflict, in: model)
    #expect(conflict.description.contains("  row c: x - 3 y ≤ -5\n"))
  }

  @Test("a conflict of whole numbers alone is found by the search")
  func findsIntegerConflict() throws {
    // An odd cycle: every two of three binaries sum to exactly 1.
    var model = Model(name: "odd")
    let b = (0..<3).map { model.addBinary("b[\($0)]") }
    let free = model.addBinary("free")
    for (first, second) in [(0, 1), (1, 2), (0, 2)] {
      model.addRow("edge[\(first),\(second)]", Self.sum((1, b[first]), (1, b[second])), equals: 1)
    }
    model.addRow("loose", Self.sum((1, free), (1, b[0])), atMost: 2)
    let conflict = try Self.conflict(of: model)
    #expect(conflict.wholeVariables == ["b[0]", "b[1]", "b[2]"])
    #expect(Set(conflict.rows.map(\.name)).count == 3)
    #expect(conflict.description.contains("b[0], b[1], b[2] must be whole"))
  }

  @Test("a conflict that needs endless proofs is called unproven, with the reason")
  func admitsDoubt() throws {
    // 2 x - 2 y is never 1, which a search without bounds can't prove.
    var model = Model(name: "parity")
    let x = model.addVariable("x", in: 0...20, kind: .integer)
    let y = model.addVariable("y", in: 0...20, kind: .integer)
    model.addRow("odd", Self.sum((2, x), (-2, y)), equals: 1)
    let conflict = try Self.conflict(of: model, within: ConflictLimits(nodeLimit: 60))
    #expect(!conflict.isIrreducible)
    #expect(conflict.unproven == "no solution (nodes limit)")
    #expect(conflict.rows.map(\.side) == [.atLeast, .atMost])
    #expect(
      conflict.description.hasSuffix(
        "(some of these may not be needed: no solution (nodes limit))"))
  }

  @Test("without time nothing is claimed that needs the solver")
  func honoursTimeLimit() throws {
    let limits = ConflictLimits(timeLimit: 0)
    let answer = try Self.triangle().conflict(using: ReferenceSolver(), within: limits)
    #expect(answer == .undecided(.noSolution(.time)))
    var chain = Model(name: "chain")
    let x = chain.addVariable("x", in: 0...4)
    let y = chain.addVariable("y", in: 0...4)
    chain.addRow("a", Self.sum((1, x), (-1, y)), atLeast: 3)
    chain.addRow("b", Self.sum((1, y)), atLeast: 2)
    let conflict = try Self.conflict(of: chain, within: limits)
    #expect(conflict.unproven == "no solution (time limit)")
    #expect(conflict.rows.map(\.name) == ["a", "b"])
  }

  @Test("a cancelled search stops")
  func honoursCancellation() throws {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: -100...100)
    model.addRow("a", Self.sum((1, x)), atLeast: 3)
    let cancellation = Cancellation()
    cancellation.cancel()
    let limits = ConflictLimits(cancellation: cancellation)
    let answer = try model.conflict(using: ReferenceSolver(), within: limits)
    #expect(answer == .undecided(.noSolution(.interrupted)))
  }

  @Test("a solver that fails after the conflict is known leaves it unproven")
  func survivesFailure() throws {
    var model = Model(name: "chain")
    let steps = (0..<4).map { model.addVariable("x[\($0)]", in: 0...2) }
    for (index, pair) in zip(steps, steps.dropFirst()).enumerated() {
      model.addRow("step[\(index)]", Self.sum((1, pair.1), (-1, pair.0)), atLeast: 1)
    }
    let answer = try model.conflict(using: FailingSolver())
    guard case .conflict(let conflict) = answer else {
      Issue.record("no conflict but \(answer)")
      return
    }
    #expect(conflict.unproven == "failing failed: out of order")
    #expect(conflict.rows.count == 3)
  }

  @Test("a solver that fails before the conflict is known is an error")
  func passesFailureOn() throws {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...1)
    model.addRow("a", Self.sum((1, x)), atLeast: 1)
    let expected = SolverError.engineFailed(engine: "failing", words: "out of order")
    #expect(throws: expected) { try model.conflict(using: FailingSolver()) }
    model.addVariable("bad name", in: 0...1)
    #expect(throws: SolverError.self) { try model.conflict(using: ReferenceSolver()) }
  }
}

/// A solver that never answers.
private struct FailingSolver: Solver {
  let name = "failing"
  let version = "0"
  let capabilities = Capabilities(features: [])

  func solve(_ model: Model, options: SolveOptions) throws(SolverError) -> Solution {
    throw .engineFailed(engine: name, words: "out of order")
  }

  func relax(_ model: Model, options: SolveOptions) throws(SolverError) -> Relaxation {
    throw .engineFailed(engine: name, words: "out of order")
  }
}
