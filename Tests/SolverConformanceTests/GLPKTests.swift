import Foundation
import GLPK
import Optimization
import Synchronization
import TestSupport
import Testing

/// What only GLPK does; the other suites run over every back-end.
@Suite("GLPK in process", .enabled(if: !GLPKSolver().version.isEmpty))
struct GLPKTests {
  private let solver = GLPKSolver()

  // MARK: Failures of the library

  @Test("the process outlives fatal errors of the library, and the next answer is right")
  func fatalErrors() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      let solver = GLPKSolver()
      let model = Model.hardKnapsack(items: 8, capacities: 2)
      let best = model.bestByEnumeration
      for _ in 0..<200 {
        let error = #expect(throws: SolverError.self) { try solver.provokeFailure() }
        #expect(error?.description.contains("row number out of range") == true)
        let solution = try solver.solve(model, options: SolveOptions())
        #expect(solution.objective == best)
      }
    }
    let output = try #require(result)
    #expect(String(decoding: output.standardOutputContent, as: UTF8.self) == "")
    #expect(String(decoding: output.standardErrorContent, as: UTF8.self) == "")
  }

  @Test(
    "memory limits of every size leave the next answer right", arguments: [0, 1, 1 << 20, .max])
  func memoryLimits(bytes: Int) throws {
    let model = Model.hardKnapsack(items: 8, capacities: 2)
    var options = SolveOptions()
    options.memoryLimitBytes = bytes
    let limited = try solver.solve(model, options: options)
    #expect(limited.termination == .optimal || limited.termination == .noSolution(.memory))
    let free = try solver.solve(model, options: SolveOptions())
    #expect(free.objective == model.bestByEnumeration)
  }

  // MARK: Bounds and duals

  @Test("no bound is beyond the optimum, however the search ends", arguments: UInt64(0)..<8)
  func validBounds(seed: UInt64) throws {
    let model = Model.hardKnapsack(items: 18, capacities: 3, seed: seed)
    let best = try #require(solver.solve(model, options: SolveOptions()).objective)
    for options in [
      SolveOptions(nodeLimit: 0), SolveOptions(nodeLimit: 3), SolveOptions(absoluteGap: 300),
      SolveOptions(relativeGap: 0.05), SolveOptions(timeLimit: 0.005),
    ] {
      let solution = try solver.solve(model, options: options)
      if let bound = solution.bound { #expect(bound >= best - 1e-6) }
      if let objective = solution.objective { #expect(objective <= best + 1e-6) }
    }
  }

  @Test(
    "duals tell how the optimum moves with a row", arguments: [Model.Sense.minimize, .maximize])
  func dualsAreSlopes(sense: Model.Sense) throws {
    let sign = sense == .minimize ? 1.0 : -1.0
    func program(demand: Double) -> Model {
      var model = Model(name: "demand", sense: sense)
      let x = model.addVariable("x", in: 0...10, kind: .integer)
      let y = model.addVariable("y", in: 0...2)
      model.addRow("demand", LinearExpression((1, x), (1, y)), atLeast: demand)
      model.setObjective(LinearExpression((3 * sign, x), (sign, y), plus: 100))
      return model
    }
    let base = try solver.relax(program(demand: 5), options: SolveOptions())
    let moved = try solver.relax(program(demand: 6), options: SolveOptions())
    let slope = try #require(moved.objective) - (try #require(base.objective))
    #expect(abs(slope - 3 * sign) < 1e-9)
    #expect(abs(base.rowDuals[0] - slope) < 1e-9)
    #expect(abs(base.reducedCosts[1] + 2 * sign) < 1e-9)
  }

  // MARK: Time

  @Test("a time limit holds while the first relaxation is solved")
  func timeLimitOfRelaxation() throws {
    let model = Model.hardKnapsack(items: 2500, capacities: 100)
    let solution = try solver.solve(model, options: SolveOptions(timeLimit: 0.3))
    #expect(solution.termination == .noSolution(.time) || solution.termination == .feasible(.time))
    #expect(solution.seconds < 30)
  }
}
