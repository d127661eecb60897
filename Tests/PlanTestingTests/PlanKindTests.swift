import Foundation
import PlanTesting
import Plans
import Profiles
import Simulation
import Testing

/// Every kind of plan holds, is told where it breaks, and is compared with a worse one.
@Suite("Plans in tests") struct PlanKindTests {
  /// Returns what an expectation fails with.
  private func failure(_ body: () throws -> Bool) -> String {
    do {
      _ = try body()
      return "nothing failed"
    } catch {
      return "\(error)"
    }
  }

  /// Compares a plan with a worse one in both directions, and with itself.
  private func compare<Kind: ReplayablePlan>(
    _ plan: Kind, _ worse: Examples.Worse<Kind>, on subject: Kind.Subject, key: String
  ) throws {
    let same = PlanComparison(base: plan, new: plan, on: subject)
    #expect(same.decisions == [] && same.value?.difference == 0)
    #expect(try same.isNoWorse())
    let up = PlanComparison(base: plan, new: worse.plan, on: subject)
    #expect(up.new.faults == [])
    let change = try #require(up.value)
    #expect(change.base.key == key && change.difference > 0)
    #expect(up.decisions.contains { $0.subject == worse.subject })
    #expect(up.decisionCount >= plan.decisionList.count)
    let told = failure { try up.isNoWorse(within: 0.01) }
    #expect(told.contains("is worse") && told.contains(worse.subject), "\(told)")
    #expect(try up.isNoWorse(within: change.difference / change.base.value + 1e-6))
    let down = PlanComparison(base: worse.plan, new: plan, on: subject)
    #expect(try down.isNoWorse() && down.value?.difference == -change.difference)
    #expect("\(up)".contains(worse.subject))
    // Every decision has a name of its own, or differences would be lost.
    #expect(Set(plan.decisionList.map(\.subject)).count == plan.decisionList.count)
  }

  @Test("idle gaps: 100 µs by making again, 130 µs by copying")
  func swap() throws {
    let profile = try Examples.profile("swap")
    let plan = try Examples.plan("swap", as: Plan.self)
    #expect(try plan.holds(on: profile, accuracy: 1e-9))
    #expect(try plan.holds(on: profile, budget: 40_000))
    let small = failure { try plan.holds(on: profile, budget: 39_999) }
    #expect(small.contains("the swap plan for 'swap' doesn't hold"), "\(small)")
    #expect(small.contains("'f3'") && small.contains("40000 bytes"), "\(small)")
    let copying = try Examples.swap()
    let host = failure { try copying.plan.holds(on: profile, hostBudget: 19_999) }
    #expect(host.contains("'a'") && host.contains("on the host"), "\(host)")
    try compare(plan, copying, on: profile, key: "iteration_us")
    let comparison = PlanComparison(base: plan, new: copying.plan, on: profile)
    #expect(comparison.value?.difference == 30)
    #expect(comparison.memory?.difference == 0 && comparison.host?.difference == 20_000)
  }

  @Test("sharding: the time at which memory doesn't do is told")
  func sharding() throws {
    let instance = try Examples.sharding()
    let plan = try Examples.plan("sharding", as: ShardingPlan.self)
    #expect(try plan.holds(on: instance, accuracy: 0))
    #expect(failure { try plan.holds(on: instance, budget: 49) }.contains("time 50"))
    try compare(plan, try Examples.worseSharding(), on: instance, key: "cost")
  }

  @Test("two stages: the pass at which memory doesn't do is told")
  func twoStage() throws {
    let profile = try Examples.profile("two-stage")
    let plan = try Examples.plan("two-stage", as: StagePlan.self)
    #expect(try plan.holds(on: profile, accuracy: 1e-9))
    #expect(try plan.holds(on: profile, budget: 32))
    let small = failure { try plan.holds(on: profile, budget: 31) }
    #expect(small.contains("the backward pass of 'B'"), "\(small)")
    #expect(
      failure { try plan.holds(on: Examples.profile("swap")) }.contains("two_stage: absent"))
    try compare(plan, try Examples.twoStage(), on: profile, key: "iteration_us")
  }

  @Test("chunks: the operator at which memory doesn't do is told")
  func chunks() throws {
    let profile = try Examples.profile("chunks")
    let plan = try Examples.plan("chunks", as: ChunkPlan.self)
    #expect(try plan.holds(on: profile, accuracy: 1e-9))
    #expect(try plan.holds(on: profile, budget: 9 << 20))
    #expect(failure { try plan.holds(on: profile, budget: 8 << 20) }.contains("backward"))
    try compare(plan, try Examples.chunks(), on: profile, key: "added_us")
  }

  @Test("dispatch: a deviation beyond its budget is told")
  func dispatch() throws {
    let profile = try Examples.profile("dispatch")
    let plan = try Examples.plan("dispatch", as: DispatchPlan.self)
    #expect(try plan.holds(on: profile, accuracy: 1e-9))
    #expect(failure { try plan.holds(on: profile, deviation: 0.05) }.contains("deviate"))
    try compare(plan, try Examples.dispatch(), on: profile, key: "time_us")
  }

  @Test("gradients: energy below its budget is told")
  func gradients() throws {
    let profile = try Examples.profile("gradients")
    let plan = try Examples.plan("gradients", as: GradientPlan.self)
    #expect(try plan.holds(on: profile, accuracy: 1e-9))
    #expect(failure { try plan.holds(on: profile, energy: 0.95) }.contains("energy"))
    try compare(plan, try Examples.gradients(), on: profile, key: "end_us")
  }

  @Test("experts: an imbalance beyond the limit is told")
  func experts() throws {
    let profile = try Examples.profile("experts")
    let plan = try Examples.plan("experts", as: ExpertPlacementPlan.self)
    #expect(try plan.holds(on: profile, imbalance: 1, accuracy: 1e-9))
    let worse = try Examples.experts()
    let told = failure { try worse.plan.holds(on: profile, imbalance: 1.2) }
    #expect(told.contains("1.5385 of the mean, more than 1.2000"), "\(told)")
    #expect(failure { try plan.holds(on: profile, scenarios: ["night"]) }.contains("'night'"))
    try compare(plan, worse, on: profile, key: "imbalance")
  }

  @Test("a wrong prediction, a bound that is none and a foreign profile are told")
  func misstatements() throws {
    let profile = try Examples.profile("swap")
    var plan = try Examples.plan("swap", as: Plan.self)
    plan.prediction?.iterationMicroseconds = 99
    #expect(try plan.holds(on: profile) && plan.holds(on: profile, accuracy: 0.02))
    #expect(failure { try plan.holds(on: profile, accuracy: 0.005) }.contains("prediction: iter"))
    plan.prediction = nil
    plan.lowerBound?.iterationMicroseconds = 101
    #expect(failure { try plan.holds(on: profile, accuracy: 0.005) }.contains("so it is none"))
    var other = profile
    other.name = "other"
    #expect(failure { try plan.holds(on: other) }.contains("profile.name"))
    let broken = PlanComparison(base: plan, new: plan, on: other)
    #expect(broken.changes == [] && failure { try broken.isNoWorse() }.contains("doesn't hold"))
  }

  @Test("runs of the simulator are compared by their times")
  func simulations() throws {
    let simulator = try Simulator(profile: try Examples.profile("swap"))
    let free = simulator.runUnconstrained()
    let planned = simulator.run(try Examples.plan("swap", as: Plan.self))
    #expect(try free.isNoWorse(than: planned) && planned.isNoWorse(than: free, within: 0.12))
    let told = failure { try planned.isNoWorse(than: free, within: 0.1) }
    #expect(told.contains("0.100 ms instead of 0.090 ms, +0.010 ms (+11.11 %)"), "\(told)")
  }
}

/// Plans that are checked in.
@Suite("Golden plans") struct GoldenTests {
  @Test("the same decisions match whatever the record of the search says")
  func same() throws {
    var plan = try Examples.plan("swap", as: Plan.self)
    plan.version = "99"
    plan.search = []
    plan.lowerBound = nil
    #expect(try plan.matches(golden: Examples.path("swap.plan.json")))
  }

  @Test("other decisions are listed, with what renews the file")
  func differences() throws {
    let path = Examples.path("swap.plan.json")
    let plan = try Examples.plan("swap-only", as: Plan.self)
    let error = #expect(throws: PlanFailure.self) { try plan.matches(golden: path) }
    let told = "\(try #require(error))"
    #expect(told.contains("in 1 of 3 decisions"), "\(told)")
    #expect(
      told.contains(
        "tensor 'a' between 'f2' and 'b2': swap, back at 'b3' instead of make again by 'f1'"),
      "\(told)")
    #expect(told.contains("renew the golden plans"))
  }

  @Test("a missing file is told, and renewing writes it")
  func renewing() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "golden-\(UUID().uuidString).plan.json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let plan = try Examples.plan("swap", as: Plan.self)
    let error = #expect(throws: PlanFailure.self) { try plan.matches(golden: path) }
    #expect("\(try #require(error))".contains("to write it, renew the golden plans"))
    #expect(try plan.matches(golden: path, renewing: true))
    #expect(try plan.matches(golden: path))
    #expect(
      throws: PlanFailure.self,
      performing: { try Examples.plan("swap-only", as: Plan.self).matches(golden: path) })
  }
}
