import Optimization
import TestSupport
import Testing

/// The tests' own tools have to be right, too.
@Suite("The tests' own solvers")
struct ReferenceSolverTests {
  @Test("branch and bound agrees with brute force", arguments: UInt64(0)..<100)
  func agreesWithBruteForce(seed: UInt64) throws {
    let model = RandomModel.integer(seed: seed)
    let solution = try ReferenceSolver().solve(model, options: SolveOptions())
    guard let optimum = try BruteForce.optimum(of: model) else {
      #expect(solution.termination == .infeasible)
      return
    }
    #expect(solution.termination == .optimal)
    let objective = try #require(solution.objective)
    #expect(abs(objective - optimum.objective) < 1e-7)
    #expect(model.violations(of: solution.point ?? []).isEmpty)
  }

  @Test("the random models are of all kinds")
  func randomModelsVary() throws {
    let models = (UInt64(0)..<100).map { RandomModel.integer(seed: $0) }
    let feasible = try models.count { try BruteForce.optimum(of: $0) != nil }
    #expect((20...80).contains(feasible))
    #expect(models.contains { $0.rowCount == 0 })
    #expect(models.contains { $0.sense == .maximize })
  }

  @Test("a linear program with free variables has its optimum")
  func solvesLinearProgram() throws {
    // The distance of 3 from 5, from both sides.
    var model = Model(name: "distance")
    let x = model.addVariable("x", in: -.infinity...(.infinity))
    let distance = model.addVariable("distance", in: -.infinity...(.infinity))
    let fixed = model.addVariable("fixed", in: 3...3)
    for sign in [1.0, -1] {
      var sum = LinearExpression()
      sum.add(1, distance)
      sum.add(sign, x)
      sum.add(-sign, fixed)
      model.addRow("side", sum, atLeast: 0)
    }
    var five = LinearExpression()
    five.add(1, x)
    model.addRow("five", five, equals: 5)
    var objective = LinearExpression(constant: 1)
    objective.add(1, distance)
    model.setObjective(objective)
    let relaxation = try ReferenceSolver().relax(model, options: SolveOptions())
    #expect(relaxation.termination == .optimal)
    #expect(relaxation.objective.map { abs($0 - 3) < 1e-9 } == true)
  }

  @Test("what has no end is called unbounded")
  func seesUnbounded() throws {
    var model = Model(name: "endless", sense: .maximize)
    let x = model.addVariable("x", in: 0...(.infinity), kind: .integer)
    var objective = LinearExpression()
    objective.add(1, x)
    model.setObjective(objective)
    let solution = try ReferenceSolver().solve(model, options: SolveOptions())
    #expect(solution.termination == .unbounded)
  }

  @Test("brute force refuses what it can't try")
  func bruteForceRefuses() throws {
    var model = Model(name: "m")
    model.addVariable("c", in: 0...1)
    #expect(throws: BruteForce.Refusal.unsuitable(variable: "c")) {
      try BruteForce.optimum(of: model)
    }
    model = Model(name: "m")
    for index in 0..<30 { model.addBinary("b[\(index)]") }
    #expect(throws: BruteForce.Refusal.tooManyPoints) { try BruteForce.optimum(of: model) }
  }

  @Test("brute force rounds fractional bounds inwards")
  func bruteForceRounds() throws {
    var model = Model(name: "m", sense: .maximize)
    let n = model.addVariable("n", in: -1.5...2.5, kind: .integer)
    var objective = LinearExpression()
    objective.add(1, n)
    model.setObjective(objective)
    #expect(try BruteForce.optimum(of: model)?.point == [2])
    model.setBounds(of: n, lower: 0.2, upper: 0.8)
    #expect(try BruteForce.optimum(of: model) == nil)
  }
}
