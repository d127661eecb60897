import CBC
import Optimization
import Plans
import Profiles
import Simulation
import Swap
import TestSupport
import Testing

/// Plans against the simulator and against all plans there are.
@Suite struct SwapPlanTests {
  static func plan(_ profile: Profile, budget: Int) throws -> SwapAnswer {
    var settings = SwapSettings()
    settings.replayLimit = 6_000
    settings.nodeLimit = 5
    let problem = try SwapProblem(profile: profile, budgetBytes: budget, settings: settings)
    return try SwapPlanner(problem, solver: CBCSolver()).plan()
  }

  @Test(
    "the simulator confirms every plan and its prediction", arguments: UInt64(0)..<8,
    [0.35, 0.6])
  func simulation(seed: UInt64, share: Double) throws {
    let profile = RandomProfile.layered(
      layers: 4 + Int(seed % 5), seed: seed, duplexGBPerSecond: seed % 3 == 0 ? 7 : nil,
      latencyMicroseconds: 10)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    let budget = low + Int(share * Double(high - low))
    guard case .plan(let plan) = try Self.plan(profile, budget: budget) else {
      Issue.record("no plan for a budget above the smallest")
      return
    }
    let result = try Simulator(profile: profile).run(plan)
    #expect(result.verdict == .valid)
    let predicted = try #require(plan.prediction)
    let bound = try #require(plan.lowerBound).iterationMicroseconds
    #expect(abs(result.iterationMicroseconds - predicted.iterationMicroseconds) < 1e-3)
    #expect(result.peakDeviceBytes == predicted.peakDeviceBytes)
    #expect(result.peakHostBytes == predicted.peakHostBytes)
    #expect(result.peakDeviceBytes <= budget)
    #expect(bound <= result.iterationMicroseconds + 1e-6)
    for entry in plan.search {
      if let value = entry.valueMicroseconds { #expect(bound <= value + 1e-3) }
    }
  }

  @Test("the smallest budget works, and one byte less is infeasible", arguments: UInt64(0)..<8)
  func smallestBudget(seed: UInt64) throws {
    let profile = RandomProfile.layered(layers: 3 + Int(seed % 4), seed: seed)
    let smallest = try SwapProblem(profile: profile, budgetBytes: 1 << 40).smallestBudget
    guard case .plan(let plan) = try Self.plan(profile, budget: smallest.bytes) else {
      Issue.record("no plan at the smallest budget")
      return
    }
    #expect(try Simulator(profile: profile).run(plan).verdict == .valid)
    guard case .infeasible(let told) = try Self.plan(profile, budget: smallest.bytes - 1) else {
      Issue.record("a plan below the smallest budget")
      return
    }
    #expect(told == smallest)
  }

  @Test("more memory is never slower", arguments: UInt64(0)..<4)
  func monotone(seed: UInt64) throws {
    let profile = RandomProfile.layered(layers: 5, seed: seed)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    var lastBound = Double.infinity
    for share in stride(from: 0.0, through: 1, by: 0.2) {
      let answer = try Self.plan(profile, budget: low + Int(share * Double(high - low)))
      guard case .plan(let plan) = answer, let bound = plan.lowerBound else {
        Issue.record("no plan at \(share)")
        continue
      }
      #expect(bound.iterationMicroseconds <= lastBound + 1e-3)
      lastBound = bound.iterationMicroseconds
    }
  }

  @Test("twice the same problem gives the same plan", arguments: UInt64(0)..<3)
  func repeatable(seed: UInt64) throws {
    let profile = RandomProfile.layered(layers: 6, seed: seed)
    let budget = try SwapProblem(profile: profile, budgetBytes: 1 << 40).unconstrainedPeakBytes / 2
    guard case .plan(var first) = try Self.plan(profile, budget: budget),
      case .plan(var second) = try Self.plan(profile, budget: budget)
    else {
      Issue.record("no plan")
      return
    }
    for index in first.search.indices { first.search[index].seconds = 0 }
    for index in second.search.indices { second.search[index].seconds = 0 }
    #expect(first == second)
  }
}
