import CBC
import Foundation
import GLPK
import Optimization
import Plans
import Profiles
import Reports
import Sharding
import Simulation
import TestSupport
import Testing

/// Plans against enumeration, the MathProg reference, and the evaluation.
@Suite struct ShardingPlanTests {
  private func plan(
    _ instance: ShardingInstance, _ solver: any Solver = CBCSolver()
  ) throws -> ShardingPlan? {
    switch try ShardingPlanner(instance).plan(solver: solver) {
    case .plan(let plan): return plan
    case .infeasible: return nil
    case .limit: throw SolverError.engineFailed(engine: "planner", words: "a limit without limits")
    }
  }

  @Test("CBC, GLPK, the MathProg reference and enumeration agree", arguments: 0..<60)
  func agreement(seed: Int) throws {
    let instance = RandomSharding.instance(seed: UInt64(20_000 + seed))
    let expected = RandomSharding.optimum(of: instance)?.cost
    for solver in [CBCSolver() as any Solver, GLPKSolver()] {
      let plan = try plan(instance, solver)
      #expect(plan?.prediction?.cost == expected)
      #expect(plan?.lowerBound?.cost == expected)
      guard let plan else { continue }
      let report = ShardingReport(plan, instance: instance)
      #expect(report.result.isValid && report.isPredictionExact)
    }
    let reference = try MathProg.read(
      model: Self.reference(), data: instance.mathProgData())
    let solved = try GLPKSolver().solve(reference, options: SolveOptions())
    #expect(solved.objective.map { Int($0.rounded()) } == expected)
  }

  @Test("the integer program finds the optimum without the presolve's help", arguments: 0..<15)
  func larger(seed: Int) throws {
    // Dense and tight enough that something is left for the program.
    let instance = RandomSharding.dense(seed: UInt64(seed))
    let plan = try plan(instance)
    #expect(plan?.prediction?.cost == RandomSharding.optimum(of: instance)?.cost)
    let again = try self.plan(instance, GLPKSolver())
    #expect(again?.prediction?.cost == plan?.prediction?.cost)
  }

  /// Beyond the size for one integer program, prices and trees search alone; under a time limit they go on until
  /// it or a proof ends them.
  @Test("trees give choices that fit, and prices a bound below the optimum", arguments: 0..<6)
  func trees(seed: Int) throws {
    let instance = RandomSharding.dense(seed: UInt64(seed))
    guard let optimum = RandomSharding.optimum(of: instance)?.cost else { return }
    var settings = ShardingSettings()
    settings.largestExactProgram = 0
    for isTimed in [false, true] {
      settings.nodeLimit = isTimed ? nil : 80
      settings.timeLimit = isTimed ? 0.2 : nil
      guard
        case .plan(let plan) = try ShardingPlanner(instance, settings: settings)
          .plan(solver: CBCSolver())
      else { continue }
      let report = ShardingReport(plan, instance: instance)
      #expect(report.result.isValid && report.isPredictionExact)
      #expect(try #require(plan.prediction?.cost) >= optimum)
      #expect(try #require(plan.lowerBound?.cost) <= optimum)
    }
  }

  @Test("the tiny data of the reference have the optimum of the contest's example")
  func tiny() throws {
    let data = try String(
      contentsOf: Self.folder.appending(path: "sharding-tiny.dat"), encoding: .utf8)
    let model = try MathProg.read(model: Self.reference(), data: data)
    let solved = try GLPKSolver().solve(model, options: SolveOptions())
    let plan = try #require(try plan(try Fixtures.example()))
    // 15 + 55 + 45 + 75 + 95 for the nodes and 30 + 10 + 10 + 20 + 60 for the edges, but node 2's
    // strategy 1 takes 20 beside 10 and 25: 55 of 50. With strategy 2, 35 + 40 + 30 instead of
    // 45 + 10 + 20: 30 more.
    #expect(plan.prediction?.cost == 445)
    #expect(plan.prediction?.peakBytes == 50)
    #expect(abs(try #require(solved.objective) - 445) < 1e-9)
  }

  @Test("the same input gives the same bytes, which read back as the same plan")
  func file() throws {
    let instance = RandomSharding.dense(seed: 4)
    let plan = try #require(try plan(instance))
    #expect(try self.plan(instance)?.encoded() == plan.encoded())
    var back = try ShardingPlan.read(plan.encoded(), name: "p.json")
    for index in back.search.indices { back.search[index].seconds = plan.search[index].seconds }
    #expect(back == plan)
  }

  @Test("more memory is never worse", arguments: 0..<8)
  func moreMemory(seed: Int) throws {
    var instance = RandomSharding.dense(seed: UInt64(seed))
    var last = Int.max
    for limit in stride(from: 6, through: 60, by: 9) {
      instance.memoryLimitBytes = limit
      let cost = try plan(instance)?.prediction?.cost ?? .max
      #expect(cost <= last)
      last = cost
    }
  }

  @Test("scaled costs scale the optimum, and another order of nodes changes nothing")
  func scaling() throws {
    for seed in 0..<6 {
      let instance = RandomSharding.dense(seed: UInt64(seed))
      let cost = try plan(instance)?.prediction?.cost
      #expect(
        try plan(RandomSharding.scaled(instance, by: 1_000_003))?.prediction?.cost
          == cost.map { $0 * 1_000_003 })
      #expect(try plan(RandomSharding.reversed(instance))?.prediction?.cost == cost)
    }
  }

  @Test("memory that can't suffice is named with its time and the least limit")
  func infeasible() throws {
    var instance = try Fixtures.example()
    instance.memoryLimitBytes = 49
    guard case .infeasible(let conflict) = try ShardingPlanner(instance).plan(solver: CBCSolver())
    else {
      Issue.record("a plan for too little memory")
      return
    }
    #expect(conflict == .memory(time: 50, leastBytes: 50, nodes: [1, 2, 0]))
  }

  @Test("sums beyond 2^59 are refused")
  func tooLarge() throws {
    var instance = try Fixtures.example()
    instance.computeCosts[0] = 1 << 59
    #expect(throws: ShardingError.tooLarge(what: "costs")) { try ShardingPlanner(instance) }
  }

  @Test(
    "real instances have the optimum that is known of them",
    .enabled(if: Fixtures.samples != nil, Fixtures.remedy), arguments: ["B": 532_843, "G": 217_039])
  func real(name: String, cost: Int) throws {
    let instance = try Fixtures.sample(name)
    let plan = try #require(try plan(instance))
    #expect(plan.prediction?.cost == cost && plan.lowerBound?.cost == cost)
    #expect(ShardingReport(plan, instance: instance).result.isValid)
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Models/Formulations").standardized

  /// The text of `Models/Formulations/sharding.mod` without its output statements.
  static func reference() throws -> String {
    let text = try String(contentsOf: folder.appending(path: "sharding.mod"), encoding: .utf8)
    return text.components(separatedBy: "\nsolve;")[0] + "\nend;\n"
  }
}
