import Foundation
import PlanTesting
import Plans
import Profiles
import Testing

/// What this project expects of the plan that it trains with.
struct NetworkPlanTests {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures").path
  static let golden = fixtures + "/net.plan.json"

  let profile: Profile
  let plan: Plan

  init() throws {
    profile = try Profile.read(contentsOf: Self.fixtures + "/net.profile.json")
    plan = try Plan.read(contentsOf: Self.golden)
  }

  @Test("the plan runs within 40 kB, and takes as long as it says")
  func budget() throws {
    #expect(try plan.holds(on: profile, budget: 40_000, accuracy: 0.005))
  }

  @Test("it is no slower than copying everything to the host")
  func better() throws {
    var copying = plan
    copying.decisions = .swap(
      SwapDecisions(gaps: [
        GapDecision(tensor: "a", after: "f2", before: "b2", action: .swap(prefetchAt: "b3"))
      ]))
    let comparison = PlanComparison(base: copying, new: plan, on: profile)
    #expect(try comparison.isNoWorse())
    // 100 µs instead of 130 µs, and nothing on the host.
    #expect(comparison.value?.difference == -30)
    #expect(comparison.host?.new.value == 0)
    #expect(comparison.decisions.map(\.subject) == ["tensor 'a' between 'f2' and 'b2'"])
  }

  @Test("an operator that becomes 20 % slower costs the plan no more than itself")
  func drift() throws {
    var slower = profile
    slower.operators[0].durationMicroseconds *= 1.2
    let (before, after) = (plan.outcome(on: profile), plan.outcome(on: slower))
    // It runs twice: 2 × 2 µs of 100.
    #expect(try after.isNoWorse(than: before, within: 0.04))
  }
}

/// The plan that is checked in is the one that planner makes.
///
/// `PLANNER_PROGRAM` names the program; `RENEW_PLANS=1 swift test` writes the file anew.
struct GoldenPlanTests {
  static let environment = ProcessInfo.processInfo.environment
  static let program = environment["PLANNER_PROGRAM"]

  @Test("planner decides as before", .enabled(if: program != nil, "PLANNER_PROGRAM is not set"))
  func golden() throws {
    let made = FileManager.default.temporaryDirectory
      .appending(path: "net-\(UUID().uuidString).plan.json").path
    defer { try? FileManager.default.removeItem(atPath: made) }
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.program))
    process.arguments = [
      "solve", NetworkPlanTests.fixtures + "/net.profile.json", "--budget", "45000", "-q",
      "-o", made,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)

    let plan = try Plan.read(contentsOf: made)
    let renews = Self.environment["RENEW_PLANS"] == "1"
    #expect(try plan.matches(golden: NetworkPlanTests.golden, renewing: renews))
  }
}
