import CBC
import Optimization
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Swap

/// Searches whose limit is reached before they begin: they stop at the first step that looks.
@Suite struct SwapLimitTests {
  private static let past = SearchLimit(seconds: 0)

  private func problem(seed: UInt64 = 3, limit: Double? = nil) throws -> SwapProblem {
    let profile = RandomProfile.layered(layers: 6, seed: seed)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    var settings = SwapSettings()
    settings.timeLimit = limit
    return try SwapProblem(
      profile: profile, budgetBytes: low + (high - low) / 2, settings: settings)
  }

  @Test("greedy search, tiers, rounding and the program's rows are given up")
  func parts() throws {
    let instance = try problem().instance
    let course = Course(instance)
    #expect(GreedySearch(instance: instance, course: course).decisions() != nil)
    #expect(
      GreedySearch(instance: instance, course: course, limit: Self.past).decisions() == nil)
    #expect(!SwapFormulation(instance).isCutOff)
    let cut = SwapFormulation(instance, limit: Self.past)
    #expect(cut.isCutOff && cut.model.rowCount < SwapFormulation(instance).model.rowCount)
  }

  @Test("improvements make no move after the limit")
  func improvements() throws {
    let problem = try problem()
    let instance = problem.instance
    let realisation = Realisation(instance: instance, course: Course(instance), hostBudget: nil)
    let first = try #require(
      GreedySearch(instance: instance, course: realisation.course).decisions().flatMap {
        realisation.best($0)
      })
    var annealing = Annealing(realisation: realisation, best: first)
    annealing.run(heat: 2e-3, workLimit: 1_000_000, bound: 0, relativeGap: 0) { true }
    #expect(annealing.wasStopped && annealing.moves == 0)
    var descent = Improvement(realisation: realisation, best: first, workLimit: 1_000_000)
    descent.run(bound: 0, relativeGap: 0) { true }
    #expect(descent.wasStopped && descent.moves == 0)
  }

  @Test("a plan that time cuts off is valid, marked, and has a bound", arguments: UInt64(0)..<4)
  func time(seed: UInt64) throws {
    let problem = try problem(seed: seed, limit: 0)
    guard case .plan(let plan) = try SwapPlanner(problem, solver: CBCSolver()).plan() else {
      Issue.record("swap-all and the first greedy search have half a second")
      return
    }
    #expect(!plan.isRepeatable)
    #expect(!plan.search.contains { $0.strategy == "relaxation" })
    #expect(try Simulator(profile: problem.profile).run(plan).isValid)
    let bound = try #require(plan.lowerBound)
    #expect(bound.iterationMicroseconds <= plan.prediction?.iterationMicroseconds ?? 0)
  }

  @Test("an interrupt keeps the plan found, tells that there is one, and marks it")
  func interrupt() throws {
    let problem = try problem()
    var planner = SwapPlanner(problem, solver: CBCSolver())
    let flag = Cancellation()
    planner.cancellation = flag
    // The first word of the relaxation is the moment of the signal.
    planner.progressHandler = { if $0.hasPrefix("relaxation") { flag.cancel() } }
    guard case .plan(let plan) = try planner.plan() else {
      Issue.record("the greedy search had found a plan")
      return
    }
    #expect(flag.hasAnswer && !plan.isRepeatable)
    #expect(plan.search.filter { $0.strategy == "improvement" }.isEmpty)
  }

  @Test("a sweep ends with the points that it has")
  func sweep() throws {
    let problem = try problem()
    var sweep = SwapSweep(profile: problem.profile, solver: CBCSolver())
    let flag = Cancellation()
    sweep.cancellation = flag
    flag.cancel()
    #expect(try sweep.points(budgets: [problem.budgetBytes]).isEmpty)
  }

  @Test("the largest number of any stretch is found", arguments: UInt64(0)..<20)
  func ranges(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let values = (0..<Int.random(in: 1...40, using: &random)).map { _ in
      Int.random(in: 0...9, using: &random)
    }
    let table = RangeMaximum(values)
    for _ in 0..<50 {
      let ranges = (0..<2).map { _ in
        let low = Int.random(in: 0...values.count, using: &random)
        return low..<Int.random(in: low...values.count, using: &random)
      }
      let expected = ranges.joined().max { (values[$0], -$0) < (values[$1], -$1) }
      #expect(table.place(in: ranges) == expected)
    }
  }
}
