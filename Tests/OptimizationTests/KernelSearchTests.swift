import CBC
import GLPK
import Optimization
import TestSupport
import Testing

@Suite("Kernel search")
struct KernelSearchTests {
  static let solvers: [any Solver] = [CBCSolver(), GLPKSolver()]

  /// A knapsack with two capacities, or the covering problem that mirrors it.
  private static func knapsack(_ seed: UInt64, _ sense: Model.Sense) -> Model {
    var generator = SeededGenerator(seed: seed)
    var model = Model(name: "knapsack", sense: sense)
    var value = LinearExpression(constant: 3)
    var rows = [LinearExpression(), LinearExpression()]
    var totals = [0.0, 0.0]
    for item in 0..<12 {
      let isTaken = model.addBinary("taken[\(item)]")
      value.add(Double(Int.random(in: 5...40, using: &generator)), isTaken)
      for row in rows.indices {
        let weight = Double(Int.random(in: 3...25, using: &generator))
        rows[row].add(weight, isTaken)
        totals[row] += weight
      }
    }
    model.setObjective(value)
    for (row, total) in zip(rows, totals) {
      let capacity = (total / 2).rounded(.down)
      switch sense {
      case .maximize: model.addRow("capacity", row, atMost: capacity)
      case .minimize: model.addRow("cover", row, atLeast: capacity)
      }
    }
    return model
  }

  private static func answer(
    _ search: KernelSearch, _ model: Model, _ options: SolveOptions = SolveOptions()
  ) throws -> Solution {
    let relaxation = try search.solver.relax(model, options: SolveOptions())
    return try search.solve(model, relaxation: relaxation, options: options)
  }

  @Test("a complete kernel gives the optimum of a small knapsack", arguments: UInt64(0)..<8)
  func findsOptimum(seed: UInt64) throws {
    for sense in [Model.Sense.minimize, .maximize] {
      let model = Self.knapsack(seed, sense)
      let optimum = try #require(try BruteForce.optimum(of: model))
      for solver in Self.solvers {
        let solution = try Self.answer(KernelSearch(solver: solver), model)
        let objective = try #require(solution.objective)
        #expect(abs(objective - optimum.objective) < 1e-6, "\(solver.name), \(sense)")
        #expect(solution.termination == .optimal, "\(solver.name), \(sense)")
        let point = try #require(solution.point)
        #expect(model.violations(of: point).isEmpty)
        #expect(abs(model.objective.value(at: point) - objective) < 1e-9)
      }
    }
  }

  @Test(
    "the bound is never worse than the optimum, however small the kernel", arguments: UInt64(0)..<8)
  func boundHolds(seed: UInt64) throws {
    for sense in [Model.Sense.minimize, .maximize] {
      let model = Self.knapsack(seed, sense)
      let optimum = try #require(try BruteForce.optimum(of: model))
      let sign = sense == .minimize ? 1.0 : -1.0
      for shares in [[0.1], [0.25, 0.5], [1]] {
        let search = KernelSearch(solver: CBCSolver(), shares: shares)
        let solution = try Self.answer(search, model)
        let bound = try #require(solution.bound)
        #expect(sign * bound <= sign * optimum.objective + 1e-6, "\(sense), \(shares)")
        guard let objective = solution.objective else { continue }
        #expect(sign * optimum.objective <= sign * objective + 1e-6, "\(sense), \(shares)")
      }
    }
  }

  @Test("a generous gap ends the search with the first kernel that is good enough")
  func stopsAtGap() throws {
    let model = Self.knapsack(1, .maximize)
    let search = KernelSearch(solver: CBCSolver(), shares: [0.5, 1])
    let solution = try Self.answer(search, model, SolveOptions(relativeGap: 0.5))
    #expect(solution.termination == .optimal)
    let gap = try #require(solution.gap)
    #expect(gap <= 0.5)
  }

  @Test("a relaxation without optimum is passed on")
  func passesInfeasibilityOn() throws {
    var model = Model(name: "infeasible")
    let b = model.addBinary("b")
    var sum = LinearExpression()
    sum.add(1, b)
    model.addRow("much", sum, atLeast: 2)
    for solver in Self.solvers {
      let solution = try Self.answer(KernelSearch(solver: solver), model)
      #expect(solution.termination == .infeasible)
      #expect(solution.point == nil)
    }
  }

  @Test("a complete kernel without a point proves that there is none")
  func provesInfeasibility() throws {
    var model = Model(name: "odd")
    var sum = LinearExpression()
    for index in 0..<2 { sum.add(2, model.addBinary("b[\(index)]")) }
    model.addRow("odd", sum, equals: 1)
    for solver in Self.solvers {
      let solution = try Self.answer(KernelSearch(solver: solver), model)
      #expect(solution.point == nil)
      #expect(solution.termination == .infeasible, "\(solver.name)")
    }
  }

  @Test("a cancelled search gives no point and keeps the relaxation's bound")
  func honoursCancellation() throws {
    let model = Self.knapsack(2, .minimize)
    let cancellation = Cancellation()
    cancellation.cancel()
    var options = SolveOptions()
    options.cancellation = cancellation
    let solution = try Self.answer(KernelSearch(solver: CBCSolver()), model, options)
    #expect(solution.point == nil)
    let relaxation = try CBCSolver().relax(model, options: SolveOptions())
    #expect(solution.bound == relaxation.objective)
  }
}
