import CBC
import Foundation
import GLPK
import Gradients
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing

/// Plans as the replay sees them.
@Suite struct GradientPlannerTests {
  private func plan(
    _ profile: Profile, energy: Double = 0.9, strategy: GradientStrategy? = nil,
    solver: any Solver = CBCSolver()
  ) throws -> GradientPlan? {
    var settings = GradientSettings()
    settings.energy = energy
    settings.strategy = strategy
    settings.relativeGap = 0
    return try GradientPlanner(profile: profile, settings: settings).plan(solver: solver)
  }

  /// The plan's end, after all that holds for every plan is checked.
  @discardableResult
  private func checked(_ profile: Profile, energy: Double = 0.9) throws -> GradientPlan {
    let plan = try #require(try plan(profile, energy: energy))
    let report = GradientReport(plan, profile: profile)
    #expect(report.result.faults == [])
    #expect(report.isPredictionExact && report.boundFault == nil)
    #expect(report.result.energy >= energy - 1e-6)
    let end = report.result.endMicroseconds
    for entry in plan.search {
      if let value = entry.valueMicroseconds { #expect(end <= value * (1 + 1e-6)) }
      if let bound = entry.boundMicroseconds { #expect(bound <= end * (1 + 1e-6) + 1e-6) }
    }
    #expect(try GradientPlan.read(plan.encoded(), name: "plan").encoded() == plan.encoded())
    return plan
  }

  @Test(
    "plans are valid, as predicted, optimal, and never slower than any single algorithm",
    arguments: UInt64(0)..<60)
  func random(seed: UInt64) throws {
    let profile = RandomGradients.profile(seed: seed, buckets: 3)
    let energy = [0, 0.5, 0.8, 0.95, 1][Int(seed % 5)]
    let plan = try checked(profile, energy: energy)
    let instance = try GradientInstance(of: profile, energyBudget: energy)
    let optimum = try #require(RandomGradients.optimum(of: instance, frontierOnly: true))
    let end = try #require(plan.prediction?.endMicroseconds)
    #expect(abs(end - optimum) <= 1e-6 * optimum)
    #expect(plan.encoded() == (try self.plan(profile, energy: energy))?.encoded())
    let glpk = try #require(try self.plan(profile, energy: energy, solver: GLPKSolver()))
    #expect(abs(try #require(glpk.prediction?.endMicroseconds) - optimum) <= 1e-6 * optimum)
    for strategy in GradientStrategy.allCases {
      guard let single = try self.plan(profile, energy: energy, strategy: strategy) else {
        continue
      }
      let report = GradientReport(single, profile: profile)
      #expect(report.result.isValid && report.isPredictionExact, "\(report.result.faults)")
      #expect(report.result.endMicroseconds >= optimum * (1 - 1e-6))
    }
  }

  @Test("a worked example: what is sent when, by hand")
  func workedExample() throws {
    // One node of two devices at 1 GB/s without latency; 4000 and 8000 bytes, ready at 0 and 10 µs.
    // Dense: 2 messages of half the bucket, 4 and 8 µs: 4, then 10 to 18.
    // All-gather at 10 %: choosing 4000 and 8000 bytes at 4 GB/s takes 1 and 2 µs. Then one message of
    // 2000 elements with a bitmap, 250 + 200 · 4 = 1050 bytes, which is less than 200 · 6 with positions:
    // 1.05 µs. The mesh sends 1000 elements at 0.1 (525 bytes) and at 0.19 (885): 1.41 µs.
    func bucket(_ id: String, _ bytes: Int, _ ready: Double, _ energy: Double) -> GradientBucket {
      GradientBucket(
        id: id, bytes: bytes, readyMicroseconds: ready, energy: energy,
        energyCurves: [
          .init(selection: .equal, block: 100, points: [.init(density: 0.1, energy: 0.5)])
        ])
    }
    let profile = Profile(
      name: "hand", tensors: [], operators: [],
      gradients: GradientExchange(
        nodes: 1, devicesPerNode: 2, withinNode: Link(latencyMicroseconds: 0, gbPerSecond: 1),
        selectionGBPerSecond: 4,
        buckets: [bucket("a", 4000, 0, 3), bucket("b", 8000, 10, 1)]))
    // The second bucket may be sparse (an eighth of all energy is lost): ready at 12, done at 13.05.
    let plan = try checked(profile, energy: 0.87)
    #expect(plan.decisions.map(\.algorithm) == [.dense, .allGather])
    #expect(plan.decisions[1].wire == [.bitmap])
    let report = GradientReport(plan, profile: profile)
    #expect(abs(report.result.endMicroseconds - 13.05) < 1e-9)
    #expect(report.result.passages[1].readyMicroseconds == 12)
    #expect(report.result.withinNodeBytes == 4000 + 1050)
    #expect(abs(report.result.energy - 0.875) < 1e-12)
    // Of all energy at least 0.88: nothing may be left out of either.
    let dense = try checked(profile, energy: 0.88)
    #expect(dense.isDense)
    #expect(dense.prediction?.endMicroseconds == 18)
    // 0.5 would do with both sparse, but the first costs time to choose and ends nothing earlier.
    let free = try checked(profile, energy: 0.5)
    #expect(free.decisions.map(\.algorithm) == [.dense, .allGather])
    let mesh = try #require(try self.plan(profile, energy: 0.5, strategy: .mesh))
    // Both sparse: the choice of the first makes the second later, 13 to 14.41.
    #expect(abs(try #require(mesh.prediction?.endMicroseconds) - 14.41) < 1e-9)
  }

  @Test("the best algorithm changes with the links and the number of nodes")
  func flips() throws {
    func times(_ profile: Profile) throws -> [String: Double] {
      let plan = try checked(profile, energy: 0.6)
      return Dictionary(
        uniqueKeysWithValues: plan.search.compactMap { entry in
          entry.valueMicroseconds.map { (entry.strategy, $0) }
        })
    }
    func winner(
      nodes: Int, within: Double, between: Double, devices: Int = 8, selection: Double = 100
    ) throws -> String {
      var profile = RandomGradients.real(nodes: nodes, rate: between)
      profile.gradients?.withinNode = Link(latencyMicroseconds: 5, gbPerSecond: within)
      profile.gradients?.devicesPerNode = devices
      profile.gradients?.selectionGBPerSecond = selection
      // Large, and all at once, so that nothing is hidden.
      for index in 0..<13 {
        profile.gradients?.buckets[index].readyMicroseconds = 0
        profile.gradients?.buckets[index].bytes = 400_000_000
        // One density for every way to choose, so that only what it costs tells them apart.
        let points = profile.gradients?.buckets[index].energyCurves[0].points ?? []
        profile.gradients?.buckets[index].energyCurves[1].points = points
      }
      let single = try times(profile).filter { GradientPlan.Algorithm(rawValue: $0.key) != nil }
      return try #require(single.min { $0.value < $1.value }?.key)
    }
    #expect(try winner(nodes: 16, within: 200, between: 12.5) == "dense-intra-sparse-inter")
    #expect(try winner(nodes: 16, within: 12, between: 50) == "ok-topk")
    #expect(try winner(nodes: 2, within: 200, between: 1.25, devices: 1) == "all-gather-top-k")
    #expect(try winner(nodes: 1, within: 400, between: 1, selection: 10) == "dense-all-reduce")
  }

  @Test("dense is the answer where nothing sparse pays, and says why")
  func dense() throws {
    // Fast links, slow choice.
    var fast = RandomGradients.real(nodes: 2, rate: 400)
    fast.gradients?.selectionGBPerSecond = 1
    let slow = try checked(fast, energy: 0.5)
    #expect(slow.isDense && slow.prediction?.energy == 1)
    let words = try #require(slow.verdict)
    #expect(words.hasPrefix("Dense is best: "), "\(words)")
    #expect(words.contains("with 50.00 % of the energy the fastest single algorithm"), "\(words)")
    // Slow links, but almost all of the energy is needed.
    let strict = try checked(RandomGradients.real(nodes: 4, rate: 1.25), energy: 0.999)
    #expect(strict.isDense)
    #expect(
      strict.verdict?.contains("at no measured density do the largest elements hold the 99.90 %")
        == true)
    #expect(strict.verdict?.contains("which holds ") == true)
    // Nothing was measured.
    var unknown = RandomGradients.real(nodes: 4, rate: 1.25)
    for index in 0..<13 { unknown.gradients?.buckets[index].energyCurves = [] }
    let blind = try checked(unknown)
    #expect(blind.isDense && blind.verdict?.contains("no bucket has a curve") == true)
    // Nobody to talk to.
    var alone = RandomGradients.real(nodes: 1, rate: 1)
    alone.gradients?.devicesPerNode = 1
    let single = try checked(alone)
    #expect(single.isDense && single.verdict?.contains("nobody to exchange") == true)
    #expect(single.prediction?.endMicroseconds == 60_000)
    // Slow links and an energy that a tenth of the elements hold.
    #expect(try checked(RandomGradients.real(nodes: 4, rate: 1.25), energy: 0.6).isDense == false)
  }

  // MARK: Properties

  @Test("more bandwidth, and less energy asked for, is never slower", arguments: UInt64(0)..<15)
  func monotony(seed: UInt64) throws {
    var profile = RandomGradients.profile(seed: seed * 4 + 1)
    let slow = try #require(try checked(profile).prediction?.endMicroseconds)
    let less = try #require(try checked(profile, energy: 0.7).prediction?.endMicroseconds)
    #expect(less <= slow * (1 + 1e-9))
    profile.gradients?.betweenNodes?.points = [.init(bytes: 1, gbPerSecond: 25)]
    profile.gradients?.withinNode?.points = [.init(bytes: 1, gbPerSecond: 120)]
    let fast = try #require(try checked(profile).prediction?.endMicroseconds)
    #expect(fast <= slow * (1 + 1e-9))
  }

  @Test("times that are all longer by a factor give a plan that is, whatever buckets are called")
  func scaling() throws {
    for seed in UInt64(0)..<8 {
      let profile = RandomGradients.profile(seed: seed)
      let plan = try checked(profile)
      var scaled = profile
      let exchange = try #require(profile.gradients)
      func link(_ link: Link?) -> Link? {
        guard var link else { return nil }
        link.latencyMicroseconds *= 4
        link.points = link.points.map { .init(bytes: $0.bytes, gbPerSecond: $0.gbPerSecond / 4) }
        return link
      }
      scaled.gradients?.withinNode = link(exchange.withinNode)
      scaled.gradients?.betweenNodes = link(exchange.betweenNodes)
      scaled.gradients?.selectionGBPerSecond = exchange.selectionGBPerSecond / 4
      scaled.gradients?.wholeSelectionGBPerSecond = exchange.wholeSelectionGBPerSecond.map {
        $0 / 4
      }
      for index in exchange.buckets.indices {
        scaled.gradients?.buckets[index].readyMicroseconds *= 4
        scaled.gradients?.buckets[index].energy *= 3
        scaled.gradients?.buckets[index].id = "another \(index)"
      }
      let other = try checked(scaled)
      let (one, four) = (
        try #require(plan.prediction?.endMicroseconds),
        try #require(other.prediction?.endMicroseconds)
      )
      #expect(abs(four - 4 * one) <= 1e-6 * four)
    }
  }
}
