import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Swap

/// The planner's own replay against the simulator, on plans that nobody would choose.
@Suite("Two replays of random plans")
struct ReplayTests {
  /// Replays random plans within budgets from the smallest to above the peak; returns how many there are of
  /// each sort.
  @discardableResult
  static func compare(
    _ profile: Profile, seed: UInt64, plans: Int, hostBudget: Int? = nil, nvmeBudget: Int? = nil
  ) throws -> [String: Int] {
    var random = SeededGenerator(seed: seed ^ 0x5EED)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    var seen: [String: Int] = [:]
    for share in [0, 0.3, 0.7, 1.2] {
      let budget = low + Int(share * Double(high - low))
      let problem = try SwapProblem(
        profile: profile, budgetBytes: budget, hostBudgetBytes: hostBudget,
        nvmeBudgetBytes: nvmeBudget
      ).offeringEarlyChains()
      let space = try PlanSpace(problem)
      for _ in 0..<plans {
        let plan = space.randomPlan(using: &random)
        let result = space.simulator.run(plan)
        let own = try #require(OwnReplay(of: plan, for: problem))
        guard let table = own.timetable() else {
          #expect(!result.isValid, "the planner's replay is stuck")
          seen["stuck", default: 0] += 1
          continue
        }
        // Without NVMe the planner judges the host's peak when the run is over.
        if let hostBudget, table.hostPeak > hostBudget {
          guard case .failed(.hostMemory) = result.verdict else {
            Issue.record("more on the host than fits, but \(result.verdict)")
            continue
          }
          continue
        }
        #expect(result.isValid, "\(result.verdict)")
        let tolerance = 1e-9 * table.iteration
        #expect(abs(table.iteration - result.iterationMicroseconds) <= tolerance)
        #expect(abs(table.stall - result.stallMicroseconds) <= 2 * tolerance)
        #expect(abs(table.codec - result.codecMicroseconds) <= tolerance)
        #expect(abs(table.recompute - result.recomputeMicroseconds) <= tolerance)
        #expect(table.peak == result.peakDeviceBytes)
        #expect(table.hostPeak == result.peakHostBytes)
        #expect(table.nvmePeak == result.peakNVMeBytes)
        for sort in Self.sorts(of: plan, result, in: problem) { seen[sort, default: 0] += 1 }
      }
    }
    return seen
  }

  /// What is special about a plan that holds.
  private static func sorts(
    of plan: Plan, _ result: SimulationResult, in problem: SwapProblem
  ) -> [String] {
    guard case .swap(let decisions) = plan.decisions else { return [] }
    var sorts: [String] = []
    for (gap, decision) in zip(problem.instance.gaps, decisions.gaps) {
      switch decision.action {
      case .keep: break
      case .swap(_, let offload, let tier):
        if tier.isNVMe { sorts.append("on NVMe") }
        if tier.codec != nil { sorts.append("encoded") }
        if tier.codec != nil && offload != nil { sorts.append("encoded later") }
        if tier.isNVMe && gap.wraps { sorts.append("on NVMe over the boundary") }
        if gap.wraps { sorts.append("away over the boundary") }
        if offload != nil { sorts.append("copied later") }
        if offload != nil && gap.wraps { sorts.append("copied later over the boundary") }
      case .recompute(_, let at):
        sorts.append("made again")
        if at != nil { sorts.append("made again early") }
      }
    }
    if result.stallMicroseconds > 0 { sorts.append("stalls") }
    if !result.isSteady { sorts.append("not steady") }
    return Array(Set(sorts))
  }

  @Test("they agree on layers", arguments: UInt64(0)..<20)
  func layered(seed: UInt64) throws {
    let profile = RandomProfile.layered(
      layers: 2 + Int(seed % 3), seed: seed, duplexGBPerSecond: seed % 2 == 0 ? 5 : nil,
      latencyMicroseconds: seed % 3 == 0 ? 20 : 0)
    try Self.compare(profile, seed: seed, plans: 10)
  }

  @Test("they agree on tiny profiles", arguments: UInt64(0)..<100)
  func tiny(seed: UInt64) throws {
    try Self.compare(RandomProfile.tiny(seed: seed), seed: seed, plans: 10)
  }

  @Test("they agree on NVMe", arguments: UInt64(0)..<50)
  func nvme(seed: UInt64) throws {
    let profile = RandomProfile.tiny(seed: seed, hasNVMe: true)
    let sizes = profile.tensors.map(\.bytes)
    let (largest, all) = (sizes.max() ?? 0, sizes.reduce(0, +))
    for (host, nvme) in [(nil, nil), (largest, nil), (all / 2, nil), (all / 2, largest)]
      as [(Int?, Int?)]
    {
      try Self.compare(profile, seed: seed, plans: 10, hostBudget: host, nvmeBudget: nvme)
    }
  }

  @Test("plans with NVMe reach what is to be compared")
  func nvmeVariety() throws {
    var seen: [String: Int] = [:]
    for seed in UInt64(0)..<100 {
      let profile = RandomProfile.tiny(seed: seed, hasNVMe: true)
      let host = profile.tensors.map(\.bytes).reduce(0, +) / 2
      let found = try Self.compare(profile, seed: seed, plans: 10, hostBudget: host)
      seen.merge(found, uniquingKeysWith: +)
    }
    for sort in ["stuck", "stalls", "on NVMe", "on NVMe over the boundary"] {
      #expect(seen[sort, default: 0] >= 30, "\(sort): \(seen)")
    }
  }

  @Test("they agree on codecs", arguments: UInt64(0)..<50)
  func codecs(seed: UInt64) throws {
    let tiny = RandomProfile.tiny(seed: seed, hasNVMe: seed % 3 == 0)
    let profile = RandomProfile.withCodecs(tiny, seed: seed)
    let all = profile.tensors.map(\.bytes).reduce(0, +)
    for host in [nil, all / 2] as [Int?] {
      try Self.compare(profile, seed: seed, plans: 10, hostBudget: host)
    }
    let layered = RandomProfile.withCodecs(
      RandomProfile.layered(
        layers: 2 + Int(seed % 3), seed: seed, duplexGBPerSecond: seed % 2 == 0 ? 5 : nil,
        latencyMicroseconds: seed % 3 == 0 ? 20 : 0), seed: seed)
    if seed % 4 == 0 { try Self.compare(layered, seed: seed, plans: 10) }
  }

  @Test("plans with codecs reach what is to be compared")
  func codecVariety() throws {
    var seen: [String: Int] = [:]
    for seed in UInt64(0)..<150 {
      let profile = RandomProfile.withCodecs(RandomProfile.tiny(seed: seed), seed: seed)
      seen.merge(try Self.compare(profile, seed: seed, plans: 10), uniquingKeysWith: +)
    }
    for sort in ["stuck", "stalls", "encoded", "encoded later"] {
      #expect(seen[sort, default: 0] >= 30, "\(sort): \(seen)")
    }
  }

  @Test("the plans reach what is to be compared")
  func variety() throws {
    var seen: [String: Int] = [:]
    for seed in UInt64(100)..<200 {
      let profile = RandomProfile.tiny(seed: seed)
      seen.merge(try Self.compare(profile, seed: seed, plans: 10), uniquingKeysWith: +)
    }
    for sort in [
      "stuck", "stalls", "made again", "made again early", "away over the boundary", "copied later",
      "copied later over the boundary",
    ] {
      #expect(seen[sort, default: 0] >= 30, "\(sort)")
    }
  }
}
