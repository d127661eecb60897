import Plans
import Profiles
import Simulation
import Swap
import TestSupport
import Testing

@Suite("Parts of the portfolio")
struct PartsTests {
  private static func problem(_ seed: UInt64) throws -> SwapProblem {
    let profile = RandomProfile.layered(layers: 6, seed: seed)
    let peak = MemoryDemand(of: profile, storages: Storages(of: profile)).unconstrainedPeak.bytes
    var settings = SwapSettings()
    settings.strategies = SwapStrategy.allCases
    return try SwapProblem(profile: profile, budgetBytes: peak * 8 / 10, settings: settings)
  }

  @Test("the plan of one strategy holds, and both replays agree on it", arguments: UInt64(0)..<20)
  func strategies(seed: UInt64) throws {
    let problem = try Self.problem(seed)
    let simulator = try Simulator(profile: problem.profile)
    for strategy in SwapStrategy.allCases {
      guard let plan = problem.plan(of: strategy) else { continue }
      let result = simulator.run(plan)
      #expect(result.isValid)
      let own = OwnReplay(of: plan, for: problem)?.iterationMicroseconds() ?? .nan
      #expect(abs(own - result.iterationMicroseconds) <= 1e-6 * own)
    }
  }

  @Test("a given choice is made again", arguments: UInt64(0)..<20)
  func given(seed: UInt64) throws {
    let profile = RandomProfile.layered(layers: 6, seed: seed)
    let problem = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let plan = try #require(problem.plan(recomputing: ["act2"]))
    guard case .swap(let decisions) = plan.decisions else { return }
    for gap in decisions.gaps {
      if case .recompute = gap.action { #expect(gap.tensor == "act2") }
    }
    #expect(try Simulator(profile: profile).run(plan).isValid)
  }

  @Test("a replay refuses the plan of another problem")
  func otherProblem() throws {
    let problem = try Self.problem(1)
    let plan = try #require(problem.plan(of: .greedy))
    let other = RandomProfile.layered(layers: 4, seed: 1)
    let second = try SwapProblem(profile: other, budgetBytes: 1 << 40)
    #expect(OwnReplay(of: plan, for: second) == nil)
  }
}
