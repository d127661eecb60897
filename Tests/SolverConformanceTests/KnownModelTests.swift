import Optimization
import TestSupport
import Testing

@Suite("known models")
struct KnownModelTests {
  @Test("linear programs reach their optimum", arguments: Backend.all, KnownModel.linear)
  func linear(backend: Backend, known: KnownModel) throws {
    try expectOptimum(of: known, by: backend)
  }

  @Test("integer programs reach their optimum", arguments: Backend.all, KnownModel.integer)
  func integer(backend: Backend, known: KnownModel) throws {
    try expectOptimum(of: known, by: backend)
  }

  @Test(
    "infeasible and unbounded models are told apart", arguments: Backend.all, KnownModel.pointless)
  func pointless(backend: Backend, known: KnownModel) throws {
    try expectOptimum(of: known, by: backend)
  }

  private func expectOptimum(of known: KnownModel, by backend: Backend) throws {
    let solution = try backend.solver().solve(known.model, options: SolveOptions())
    #expect(solution.termination == known.termination)
    #expect((solution.point != nil) == solution.termination.hasPoint)
    #expect((solution.objective != nil) == solution.termination.hasPoint)
    guard let expected = known.objective else { return }
    let objective = try #require(solution.objective)
    let bound = try #require(solution.bound)
    let slack = 1e-6 * abs(expected) + 1e-12
    #expect(abs(objective - expected) <= slack)
    #expect(abs(bound - expected) <= slack)
    let point = try #require(solution.point)
    #expect(known.model.violations(of: point).isEmpty)
    #expect(solution.engine.hasPrefix(try backend.solver().name))
  }

  @Test("costs of a millionth are costs", arguments: Backend.all)
  func smallCosts(backend: Backend) throws {
    // A search that asks each new point to be better by a fixed amount misses the optimum here.
    var model = Model(name: "small")
    var cost = LinearExpression()
    var cover = LinearExpression()
    for (index, weight) in [7.0, 5, 4, 3, 3, 2].enumerated() {
      let isTaken = model.addBinary("taken[\(index)]")
      cost.add(1e-6 * (weight + 0.1 * Double(index)), isTaken)
      cover.add(weight, isTaken)
    }
    model.addRow("cover", cover, atLeast: 13)
    model.setObjective(cost)
    let optimum = try #require(try BruteForce.optimum(of: model))
    let solution = try backend.solver().solve(model, options: SolveOptions())
    #expect(abs(try #require(solution.objective) - optimum.objective) < 1e-9)
  }

  @Test("duals prove the relaxation's optimum", arguments: Backend.all, KnownModel.linear)
  func duality(backend: Backend, known: KnownModel) throws {
    try expectStrongDuality(of: known, by: backend)
  }

  @Test("duals prove the optimum of relaxed integers", arguments: Backend.all, KnownModel.integer)
  func relaxedDuality(backend: Backend, known: KnownModel) throws {
    try expectStrongDuality(of: known, by: backend)
  }

  /// Compares the primal objective with the one that duals and bounds give.
  private func expectStrongDuality(of known: KnownModel, by backend: Backend) throws {
    let model = known.model
    let relaxation = try backend.solver().relax(model, options: SolveOptions())
    try #require(relaxation.termination == .optimal)
    let objective = try #require(relaxation.objective)
    var linear = model
    linear.relaxIntegrality()
    #expect(linear.violations(of: relaxation.point).isEmpty)
    #expect(abs(objective - model.objective.value(at: relaxation.point)) <= 1e-9 * abs(objective))

    // When minimising, a positive dual leans on the lower bound; when maximising, on the upper.
    let isMinimized = model.sense == .minimize
    let scale = model.objectiveCoefficients.reduce(0) { max($0, abs($1)) }
    func worth(_ dual: Double, _ lower: Double, _ upper: Double) -> Double {
      abs(dual) <= 1e-9 * scale ? 0 : dual * ((dual > 0) == isMinimized ? lower : upper)
    }
    var dualObjective = model.objective.constant
    var costs = model.objectiveCoefficients
    for row in 0..<model.rowCount {
      dualObjective += worth(
        relaxation.rowDuals[row], model.rowLowerBounds[row], model.rowUpperBounds[row])
      for term in model.rowStarts[row]..<model.rowStarts[row + 1] {
        costs[Int(model.rowColumns[term])] -=
          relaxation.rowDuals[row] * model.rowCoefficients[term]
      }
    }
    for column in 0..<model.variableCount {
      dualObjective += worth(
        relaxation.reducedCosts[column], model.lowerBounds[column], model.upperBounds[column])
      #expect(abs(costs[column] - relaxation.reducedCosts[column]) <= 1e-9 * scale)
    }
    #expect(abs(dualObjective - objective) <= 1e-6 * abs(objective) + 1e-15)
  }

  @Test("relaxations without an optimum say why", arguments: Backend.all)
  func pointlessRelaxations(backend: Backend) throws {
    for known in KnownModel.pointless {
      let relaxation = try backend.solver().relax(known.model, options: SolveOptions())
      let hasOptimum = relaxation.termination == .optimal
      // Dropping integrality may make an infeasible model feasible or unbounded, nothing else.
      if !hasOptimum && known.model.integerCount == 0 {
        #expect(relaxation.termination == known.termination, "\(known.testDescription)")
      }
      #expect(hasOptimum == (relaxation.objective != nil), "\(known.testDescription)")
      #expect(hasOptimum == !relaxation.point.isEmpty, "\(known.testDescription)")
    }
  }
}
