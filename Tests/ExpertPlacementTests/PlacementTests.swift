import CBC
import ExpertPlacement
import Foundation
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing

/// Plans against enumeration, by hand, and by properties that every plan has.
@Suite struct PlacementTests {
  static func plan(
    _ profile: Profile, _ change: (inout PlacementSettings) -> Void = { _ in }
  ) throws -> ExpertPlacementPlan {
    var settings = PlacementSettings()
    settings.iterationLimit = 30_000
    change(&settings)
    let planner = try ExpertPlacementPlanner(profile: profile, settings: settings)
    guard case .plan(let plan) = try planner.plan(solver: CBCSolver()) else {
      throw NoPlan()
    }
    return plan
  }

  struct NoPlan: Error {}

  @Test("four experts on two devices: the two heavy ones apart, by hand")
  func byHand() throws {
    var profile = Layers.profile(seed: 0, experts: 4, devices: 2, slots: [2, 2])
    profile.moe?.scenarios = [LoadScenario(name: "s0", load: [[8, 6, 3, 1]])]
    let plan = try Self.plan(profile)
    // 8 + 1 against 6 + 3: both carry 9, the mean.
    #expect(
      plan.layers[0].devices == [[0, 3], [1, 2]] || plan.layers[0].devices == [[1, 2], [0, 3]])
    #expect(plan.prediction?.value == 1 && plan.gap == 0)
  }

  @Test("one slot on each device: replicas by waterfilling are the optimum, by hand")
  func oneSlot() throws {
    var profile = Layers.profile(
      seed: 0, experts: 3, devices: 5, slots: Array(repeating: 1, count: 5))
    profile.moe?.scenarios = [LoadScenario(name: "s0", load: [[60, 30, 10]])]
    let plan = try Self.plan(profile)
    // 60 / 3, 30 / 1, 10: the largest is 30 of a mean of 20; with 2 and 2 it is 30 too.
    #expect(plan.prediction?.value == 1.5 && plan.gap == 0)
  }

  @Test("equal split reaches the optimum of all placements nearly always, and never passes it")
  func optimum() throws {
    var hits = 0
    for seed in UInt64(0)..<40 {
      let isUneven = seed % 3 == 0
      let profile = Layers.profile(
        seed: seed, experts: 5, devices: 3, slots: isUneven ? [3, 2, 1] : [2, 2, 2])
      let load = try #require(profile.moe?.scenarios[0].load[0])
      var best = Double.infinity
      PlacementEnumeration.all(experts: 5, slots: profile.moe?.slots ?? []) { devices in
        best = min(best, PlacementEnumeration.value(devices, load: load))
      }
      let plan = try Self.plan(profile) { $0.relativeGap = 0 }
      let value = try #require(plan.prediction?.value)
      #expect(value >= best - 1e-9)
      #expect(try #require(plan.lowerBound?.value) <= best + 1e-9)
      if value <= best + 1e-9 { hits += 1 }
    }
    #expect(hits >= 36)
  }

  @Test("the replay confirms every plan and its prediction", arguments: UInt64(0)..<5)
  func replay(seed: UInt64) throws {
    let profile = Layers.profile(
      seed: seed, experts: 12, layers: 2, devices: 4, scenarios: 3, nodes: 2,
      groups: seed % 2 == 0 ? 4 : 1, expertBytes: 1 << 20)
    for robustness in [Robustness.average, .worst, .conditional(0.5)] {
      for split in ExpertPlacementPlan.Split.allCases {
        let plan = try Self.plan(profile) {
          $0.robustness = robustness
          $0.split = split
          $0.iterationLimit = 4_000
          $0.nodeLimit = 20
        }
        let report = PlacementReport(plan, profile: profile)
        #expect(report.result.faults == [])
        #expect(report.isPredictionExact)
        #expect(try #require(plan.lowerBound?.value) <= report.result.value + 1e-6)
        let bytes = plan.encoded()
        let read = try ExpertPlacementPlan.read(bytes, name: "plan.json")
        #expect(read.encoded() == bytes && read.layers == plan.layers)
      }
    }
  }

  @Test("the experts that a batch wakes are balanced and replayed too", arguments: UInt64(0)..<10)
  func activated(seed: UInt64) throws {
    let profile = Layers.profile(seed: seed, experts: 12, layers: 2, devices: 4)
    let plan = try Self.plan(profile) { $0.objective = .activated }
    let report = PlacementReport(plan, profile: profile)
    #expect(report.result.faults == [] && report.isPredictionExact)
    // More replicas wake more experts: judged by that, tokens are no guide.
    let tokens = try Self.plan(profile)
    var judged = tokens
    judged.objective = .activated
    judged.batchTokens = plan.batchTokens
    let other = PlacementReplay(judged, on: profile).run().value
    #expect(report.result.value <= other + 1e-9)
  }

  @Test("the same input gives the same bytes", arguments: UInt64(0)..<5)
  func repeatable(seed: UInt64) throws {
    let profile = Layers.profile(seed: seed, experts: 16, layers: 2, devices: 4, scenarios: 2)
    let first = try Self.plan(profile) { $0.robustness = .worst }
    let second = try Self.plan(profile) { $0.robustness = .worst }
    #expect(first.encoded() == second.encoded())
    #expect(first.isRepeatable)
  }

  @Test("scaling all loads changes nothing", arguments: UInt64(0)..<10)
  func scaling(seed: UInt64) throws {
    let profile = Layers.profile(seed: seed, experts: 12, devices: 4)
    var scaled = profile
    scaled.moe?.scenarios[0].batches[0][0] = try #require(
      profile.moe?.scenarios[0].load[0].map { $0 * 4 })
    let (one, other) = (try Self.plan(profile), try Self.plan(scaled))
    #expect(one.layers.map(\.devices) == other.layers.map(\.devices))
    #expect(one.prediction == other.prediction)
  }

  @Test("another order of the experts is as good", arguments: UInt64(0)..<10)
  func renaming(seed: UInt64) throws {
    let profile = Layers.profile(seed: seed, experts: 5, devices: 3, slots: [2, 2, 2])
    var turned = profile
    turned.moe?.scenarios[0].batches[0][0].reverse()
    let (one, other) = (
      try Self.plan(profile) { $0.relativeGap = 0 }, try Self.plan(turned) { $0.relativeGap = 0 }
    )
    #expect(
      abs(try #require(one.prediction?.value) - #require(other.prediction?.value)) < 1e-9)
  }

  @Test("more slots are never worse under weighted split", arguments: UInt64(0)..<10)
  func moreSlots(seed: UInt64) throws {
    var last = Double.infinity
    for extra in 0..<4 {
      let profile = Layers.profile(seed: seed, experts: 6, devices: 3, slots: [2 + extra, 2, 2])
      let plan = try Self.plan(profile) {
        $0.split = .weighted
        $0.strategies = [.greedy, .search, .integerProgram]
      }
      let value = try #require(plan.prediction?.value)
      #expect(value <= last + 1e-6)
      last = value
    }
  }

  @Test("no strategy that holds beats the plan", arguments: UInt64(0)..<10)
  func best(seed: UInt64) throws {
    let profile = Layers.profile(
      seed: seed, experts: 16, layers: 3, devices: 4, slots: Array(repeating: 5, count: 4))
    let plan = try Self.plan(profile)
    let value = try #require(plan.prediction?.value)
    for entry in plan.search where entry.termination == "done" {
      let other = try #require(entry.value)
      #expect(value <= other + 1e-9, "\(entry.name)")
    }
    #expect(plan.search.map(\.name).contains("eplb"))
  }

  @Test("a device at half speed gets about half the tokens")
  func speeds() throws {
    var profile = Layers.profile(seed: 4, experts: 40, devices: 4)
    profile.moe?.deviceSpeeds = [1, 1, 1, 0.5]
    let plan = try Self.plan(profile)
    let report = PlacementReport(plan, profile: profile)
    #expect(report.result.faults == [] && report.isPredictionExact)
    let load = try #require(profile.moe?.scenarios[0].load[0])
    let counts = plan.layers[0].devices.joined().reduce(into: [:]) { $0[$1, default: 0.0] += 1 }
    let own = plan.layers[0].devices.map { $0.reduce(0.0) { $0 + load[$1] / (counts[$1] ?? 1) } }
    #expect(abs(own[3] / own[0] - 0.5) < 0.05)
  }
}
