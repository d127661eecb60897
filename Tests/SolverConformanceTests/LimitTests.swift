import Optimization
import Synchronization
import Testing

@Suite("limits and gaps")
struct LimitTests {
  private let hard = Model.hardKnapsack(items: 120, capacities: 12)

  @Test("a time limit returns the best point and a bound", arguments: Backend.all)
  func timeLimit(backend: Backend) throws {
    try expectIncumbent(of: hard, within: 0.4, by: backend)
  }

  @Test("a time limit on a mixed program returns a point in all its parts", arguments: Backend.all)
  func mixedTimeLimit(backend: Backend) throws {
    try expectIncumbent(of: .hardLotSizing(items: 12, periods: 20), within: 0.7, by: backend)
  }

  /// How far a search gets depends on the load; that an incumbent it told isn't lost does not.
  private func expectIncumbent(
    of model: Model, within seconds: Double, by backend: Backend
  ) throws {
    let incumbent = Mutex<Double?>(nil)
    var options = SolveOptions(timeLimit: seconds)
    options.progressHandler = { report in
      incumbent.withLock { $0 = report.incumbent ?? $0 }
    }
    let solution = try backend.solver().solve(model, options: options)
    guard let told = incumbent.withLock({ $0 }) else {
      #expect(solution.termination == .noSolution(.time))
      return
    }
    #expect(solution.termination == .feasible(.time))
    #expect(model.violations(of: try #require(solution.point)).isEmpty)
    let objective = try #require(solution.objective)
    let bound = try #require(solution.bound)
    let isMinimized = model.sense == .minimize
    #expect(isMinimized ? bound <= objective : bound >= objective)
    let slack = 1e-6 * abs(told)
    #expect(isMinimized ? objective <= told + slack : objective >= told - slack)
  }

  @Test("no time at all leaves no point", arguments: Backend.all)
  func noTime(backend: Backend) throws {
    let solution = try backend.solver().solve(hard, options: SolveOptions(timeLimit: 0))
    #expect(solution.termination == .noSolution(.time))
    #expect(solution.point == nil)
    let relaxation = try backend.solver().relax(hard, options: SolveOptions(timeLimit: 0))
    #expect(relaxation.termination == .noSolution(.time))
  }

  @Test("a search short of time calls nothing infeasible", arguments: Backend.all, 0..<12)
  func shortOfTime(backend: Backend, attempt: Int) throws {
    // Preprocessing does if its own clock runs out.
    let model = Model.inventory(steps: 50 + 8 * attempt, seed: 191)
    let limit = 0.001 * Double(1 + attempt % 3)
    let solution = try backend.solver().solve(model, options: SolveOptions(timeLimit: limit))
    #expect(solution.termination != .infeasible)
    #expect(solution.termination != .infeasibleOrUnbounded)
  }

  @Test("a node limit returns the same answer each time", arguments: Backend.all)
  func nodeLimit(backend: Backend) throws {
    let options = SolveOptions(nodeLimit: 50)
    let first = try backend.solver().solve(hard, options: options)
    let second = try backend.solver().solve(hard, options: options)
    #expect(first.termination == .feasible(.nodes))
    #expect(first.nodes >= 50 && first.nodes < 200)
    #expect(first.point == second.point)
    #expect(first.bound == second.bound)
    #expect(first.nodes == second.nodes)
  }

  @Test("a relative gap ends the search, whatever the offset", arguments: Backend.all)
  func relativeGap(backend: Backend) throws {
    for offset in [0, 1e6] {
      var model = hard
      var objective = model.objective
      objective.constant = offset
      model.setObjective(objective)
      let allowed = offset == 0 ? 0.02 : 0.0005
      let options = SolveOptions(timeLimit: 60, relativeGap: allowed)
      let solution = try backend.solver().solve(model, options: options)
      #expect(solution.termination == .optimal)
      #expect(try #require(solution.gap) <= allowed)
      #expect(try #require(solution.gap) > 0)
    }
  }

  @Test("an absolute gap ends the search", arguments: Backend.all)
  func absoluteGap(backend: Backend) throws {
    let options = SolveOptions(timeLimit: 60, absoluteGap: 600)
    let solution = try backend.solver().solve(hard, options: options)
    #expect(solution.termination == .optimal)
    let distance = try #require(solution.bound) - (try #require(solution.objective))
    #expect(distance <= 600)
    #expect(distance > 1)
  }

  @Test("an objective that crosses zero doesn't loosen the gap", arguments: Backend.all)
  func gapAroundZero(backend: Backend) throws {
    var model = Model.hardKnapsack(items: 25, capacities: 2)
    let best = try #require(
      try backend.solver().solve(model, options: SolveOptions()).objective)
    var objective = model.objective
    objective.constant -= best - 1
    model.setObjective(objective)
    let solution = try backend.solver().solve(model, options: SolveOptions(relativeGap: 0.1))
    #expect(solution.objective == 1)
  }

  @Test("a memory limit ends the search without harm", arguments: Backend.workers + [.glpk])
  func memoryLimit(backend: Backend) throws {
    let solver = try backend.solver()
    let large = Model.hardKnapsack(items: 3000, capacities: 60)
    var options = SolveOptions()
    options.memoryLimitBytes = 3 << 20
    let solution = try solver.solve(large, options: options)
    #expect([.noSolution(.memory), .feasible(.memory)].contains(solution.termination))
    let small = try solver.solve(Model.random(seed: 1), options: SolveOptions())
    #expect(small.termination == .optimal)
  }

  @Test("a relaxation keeps to the memory limit too", arguments: Backend.workers + [.glpk])
  func memoryLimitOfRelaxation(backend: Backend) throws {
    let large = Model.hardKnapsack(items: 3000, capacities: 60)
    var options = SolveOptions()
    options.memoryLimitBytes = 3 << 20
    let relaxation = try backend.solver().relax(large, options: options)
    #expect(relaxation.termination == .noSolution(.memory))
  }
}
