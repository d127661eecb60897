import CBC
import GLPK
import Optimization
import TestSupport
import Testing

/// The models of `Finding conflicts`, asked of the engines instead of the reference solver.
@Suite("Finding conflicts with CBC and GLPK")
struct ConflictWithEnginesTests {
  static let solvers: [any Solver] = [CBCSolver(), GLPKSolver()]

  /// Returns a model that keeps only some requirements, all variables and their kinds.
  private static func part(
    of model: Model, _ rows: [Conflict.Requirement], _ bounds: [Conflict.Requirement]
  ) -> Model {
    var part = model
    part.setObjective(LinearExpression())
    func bound(_ kept: [Conflict.Requirement], _ index: Int, _ side: Conflict.Side) -> Double? {
      kept.first { $0.index == index && $0.side == side }?.value
    }
    for row in 0..<model.rowCount {
      part.setRowBounds(
        row, lower: bound(rows, row, .atLeast) ?? -.infinity,
        upper: bound(rows, row, .atMost) ?? .infinity)
    }
    for column in 0..<model.variableCount {
      part.setBounds(
        of: Variable(index: column), lower: bound(bounds, column, .atLeast) ?? -.infinity,
        upper: bound(bounds, column, .atMost) ?? .infinity)
    }
    return part
  }

  /// Checks that the members contradict each other, and that every proper subset has a point.
  ///
  /// Leaving out one member at a time is enough: what a set allows, its subsets allow too.
  private static func expectIrreducible(_ conflict: Conflict, in model: Model) throws {
    try #require(conflict.isIrreducible, "\(conflict)")
    let solver = ReferenceSolver()
    func termination(
      _ rows: [Conflict.Requirement], _ bounds: [Conflict.Requirement]
    ) throws -> Termination {
      try solver.solve(part(of: model, rows, bounds), options: SolveOptions()).termination
    }
    #expect(try termination(conflict.rows, conflict.bounds) == .infeasible, "\(conflict)")
    for left in conflict.rows {
      let rest = conflict.rows.filter { $0 != left }
      #expect(try termination(rest, conflict.bounds) == .optimal, "\(conflict) without \(left)")
    }
    for left in conflict.bounds {
      let rest = conflict.bounds.filter { $0 != left }
      #expect(try termination(conflict.rows, rest) == .optimal, "\(conflict) without \(left)")
    }
  }

  private static func conflict(in model: Model, by solver: any Solver) throws -> Conflict? {
    switch try model.conflict(using: solver) {
    case .conflict(let conflict): return conflict
    case .feasible: return nil
    case .undecided(let termination):
      Issue.record("\(solver.name) left it open: \(termination)")
      return nil
    }
  }

  @Test("linear models have a conflict exactly if they are infeasible", arguments: UInt64(0)..<40)
  func linearModels(seed: UInt64) throws {
    var model = RandomModel.integer(seed: seed)
    model.relaxIntegrality()
    let truth = try ReferenceSolver().solve(model, options: SolveOptions()).termination
    for solver in Self.solvers {
      let conflict = try Self.conflict(in: model, by: solver)
      #expect((conflict != nil) == (truth == .infeasible), "\(solver.name)")
      if let conflict { try Self.expectIrreducible(conflict, in: model) }
    }
  }

  @Test("integer models have a conflict exactly if they are infeasible", arguments: UInt64(0)..<40)
  func integerModels(seed: UInt64) throws {
    let model = RandomModel.integer(seed: seed)
    let isFeasible = try BruteForce.optimum(of: model) != nil
    for solver in Self.solvers {
      let conflict = try Self.conflict(in: model, by: solver)
      #expect((conflict == nil) == isFeasible, "\(solver.name)")
      // Without bounds, whole numbers may need endless proofs; then it says so.
      guard let conflict, conflict.isIrreducible else { continue }
      try withKnownIssue(
        "Clp's dual simplex calls a feasible program with free columns infeasible",
        isIntermittent: true
      ) {
        try Self.expectIrreducible(conflict, in: model)
      } when: {
        solver.name == "cbc" && seed == 2
      }
    }
  }

  @Test("rows that only contradict each other together are found")
  func findsTriangle() throws {
    var model = Model(name: "triangle")
    let x = model.addVariable("x", in: -.infinity...(.infinity))
    let y = model.addVariable("y", in: -.infinity...(.infinity))
    func add(_ name: String, _ first: Double, _ second: Double, atLeast least: Double) {
      var sum = LinearExpression()
      sum.add(first, x)
      sum.add(second, y)
      model.addRow(name, sum, atLeast: least)
    }
    add("harmless", 1, 1, atLeast: 3)
    add("a", 1, -1, atLeast: 0)
    add("b", -1, 3, atLeast: 5)
    add("c", -1, -2, atLeast: -4)
    for solver in Self.solvers {
      let conflict = try #require(try Self.conflict(in: model, by: solver))
      #expect(conflict.rows.map(\.name) == ["a", "b", "c"], "\(solver.name)")
      #expect(conflict.bounds.isEmpty, "\(solver.name)")
      try Self.expectIrreducible(conflict, in: model)
    }
  }

  @Test("a memory row that can't be met is explained in words")
  func explainsMemory() throws {
    var model = Model(name: "memory")
    var freed = LinearExpression()
    for tensor in 0..<3 { freed.add(3, model.addBinary("swap[\(tensor)]")) }
    model.addRow("memory[17]", freed, atLeast: 12)
    for solver in Self.solvers {
      let conflict = try #require(try Self.conflict(in: model, by: solver))
      #expect(
        conflict.description.hasPrefix(
          "row memory[17] needs at least 12 but the bounds allow at most 9: swap[0] ≤ 1"))
      try Self.expectIrreducible(conflict, in: model)
    }
  }
}
