import CBC
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing
import TokenDispatch

/// Whole plans: by hand, against enumeration, by the replay, and by what must hold for all.
@Suite struct DispatchPlannerTests {
  static func plan(
    _ profile: Profile, deviation: Double = 0.1,
    _ change: (inout DispatchSettings) -> Void = { _ in }
  ) throws -> DispatchPlan {
    var settings = DispatchSettings()
    settings.deviation = deviation
    change(&settings)
    let planner = try DispatchPlanner(profile: profile, settings: settings)
    let plan = try planner.plan(solver: CBCSolver())
    let result = DispatchReplay(plan, on: profile).run()
    #expect(result.faults == [])
    let predicted = try #require(plan.prediction)
    #expect(
      abs(result.microseconds - predicted.timeMicroseconds) < 1e-6 * max(1, result.microseconds))
    #expect(abs(result.deviation - predicted.deviation) < 1e-9)
    if let bound = plan.lowerBoundMicroseconds {
      #expect(bound <= predicted.timeMicroseconds * (1 + 1e-9))
    }
    return plan
  }

  private func time(_ plan: DispatchPlan, _ strategy: DispatchStrategy) throws -> Double {
    let entry = try #require(plan.search.first { $0.strategy == strategy.rawValue })
    return try #require(entry.valueMicroseconds)
  }

  // MARK: By hand

  @Test("two devices: a tenth of all tokens stays at home, and the ports take a fifth less")
  func twoDevices() throws {
    let cluster = Cluster(
      deviceCount: 2, links: [Cluster.SharedLink(name: "port", outgoing: Clusters.link(1))])
    let profile = Clusters.profile(cluster, tokens: 100, tokenBytes: 1000)
    let plan = try Self.plan(profile)
    #expect(plan.tokens == [[60, 40], [40, 60]])
    #expect(plan.prediction == .init(timeMicroseconds: 40, evenMicroseconds: 50, deviation: 0.1))
    #expect(abs(try #require(plan.lowerBoundMicroseconds) - 40) < 1e-6)
    #expect(plan.expertCapacity == [100, 100])
  }

  @Test("two leaf switches: what may move leaves the uplinks alone")
  func twoLeaves() throws {
    // 32,768 tokens of 8 KiB; half cross the spine, 8192 out of each leaf: 671.09 µs at 100 GB/s. 30 % of
    // all, 4915.2 for each leaf, may stay: 3276.8 tokens are left, 268.44 µs.
    let profile = Clusters.profile(Clusters.tree([[4, 4], [4, 4]], spine: 100))
    let plan = try Self.plan(profile, deviation: 0.3)
    #expect(abs(try #require(plan.prediction).evenMicroseconds - 671.08864) < 1e-6)
    #expect(abs(try #require(plan.lowerBoundMicroseconds) - 268.435456) < 1e-4)
    #expect(try #require(plan.prediction).timeMicroseconds < 268.435456 * 1.002)
  }

  @Test("latency counts where anything is sent, and nowhere else")
  func latency() throws {
    var cluster = Cluster(deviceCount: 2)
    cluster.beyond = Cluster.PairFigures(path: Clusters.link(1, latency: 5))
    let profile = Clusters.profile(cluster, tokens: 4, tokenBytes: 1000)
    #expect(try Self.plan(profile, deviation: 0).prediction?.timeMicroseconds == 7)
    // Half of all tokens may move: all stay at home.
    #expect(try Self.plan(profile, deviation: 0.5).prediction?.timeMicroseconds == 0)
  }

  // MARK: Enumeration

  /// Returns the least time of all dispatches within the budget.
  private func optimum(_ instance: DispatchInstance, deviation: Double) -> Double {
    let count = instance.deviceCount
    func rows(_ rest: Int, _ columns: Int) -> [[Int]] {
      if columns == 1 { return [[rest]] }
      return (0...rest).flatMap { first in rows(rest - first, columns - 1).map { [first] + $0 } }
    }
    let all = rows(instance.row, count)
    var best = Double.infinity
    func fill(_ tokens: [Int]) {
      if tokens.count == count * count {
        let sums = (0..<count).map { target in
          stride(from: target, to: tokens.count, by: count).reduce(0) { $0 + tokens[$1] }
        }
        let shares = tokens.map(Double.init)
        guard sums == instance.columns,
          instance.movedTokens(shares) <= instance.movableTokens(deviation: deviation) + 1e-9
        else { return }
        best = min(best, instance.time(of: shares))
        return
      }
      for row in all { fill(tokens + row) }
    }
    fill([])
    return best
  }

  @Test("with few tokens the plan is the best of all dispatches", arguments: UInt64(0)..<80)
  func enumeration(seed: UInt64) throws {
    let devices = seed % 3 == 0 ? 2 : 3
    let cluster = Clusters.random(seed: seed, devices: devices, latency: seed % 2 == 1)
    let tokens = devices == 2 ? 9 : 4 + Int(seed % 2)
    let profile = Clusters.profile(cluster, tokens: tokens, tokenBytes: 1000)
    let deviation = Double(seed % 5) / 8
    let expected = optimum(try DispatchInstance(of: profile), deviation: deviation)
    let plan = try Self.plan(profile, deviation: deviation) { $0.relativeGap = 1e-7 }
    #expect(abs(try #require(plan.prediction).timeMicroseconds - expected) < 1e-6)
    #expect(try #require(plan.lowerBoundMicroseconds) <= expected + 1e-6)
  }

  // MARK: Against the closed form

  static let contended: [(name: String, cluster: Cluster)] = [
    ("[[4,4],[4,4]]", Clusters.tree([[4, 4], [4, 4]], spine: 100)),
    ("[[8,8],[8]]", Clusters.tree([[8, 8], [8]], spine: 100)),
    ("4x4, one slow", Clusters.tree([[4, 4, 4, 4]], slowNode: (0, 12.5))),
  ]

  @Test("at the closed form's own deviation the program is 1.3 times faster", arguments: 0..<3)
  func contended(index: Int) throws {
    let profile = Clusters.profile(Self.contended[index].cluster)
    let planner = try DispatchPlanner(profile: profile)
    let deviation = try #require(planner.closedFormDeviation)
    let plan = try Self.plan(profile, deviation: deviation)
    let ours = try #require(plan.prediction).timeMicroseconds
    #expect(try time(plan, .taMoE) / ours >= 1.3)
    #expect(try time(plan, .inverse) / ours >= 1.3)
    #expect(try #require(plan.gap) < 0.06)
  }

  @Test(
    "on symmetric trees of two levels the closed form is optimal",
    arguments: [
      Clusters.tree([[8], [8]]), Clusters.tree([[8, 8, 8, 8]]),
      Clusters.tree([[8, 8, 8, 8]], isShared: true),
    ])
  func symmetric(cluster: Cluster) throws {
    let profile = Clusters.profile(cluster)
    let planner = try DispatchPlanner(profile: profile)
    let plan = try Self.plan(profile, deviation: try #require(planner.closedFormDeviation))
    let closed = try time(plan, .taMoE)
    #expect(abs(try #require(plan.lowerBoundMicroseconds) - closed) < 0.01 * closed)
  }

  @Test("the plan is never slower than any closed form", arguments: UInt64(0)..<40)
  func neverWorse(seed: UInt64) throws {
    let cluster = Clusters.random(seed: seed, devices: 6, latency: seed % 2 == 0)
    let plan = try Self.plan(
      Clusters.profile(cluster, tokens: 300), deviation: Double(seed % 9) / 10)
    for entry in plan.search {
      if let value = entry.valueMicroseconds {
        #expect(try #require(plan.prediction).timeMicroseconds <= value)
      }
    }
  }

  // MARK: Properties

  private func bound(_ cluster: Cluster, tokens: Int = 2400, deviation: Double) throws -> Double {
    let plan = try Self.plan(
      Clusters.profile(cluster, tokens: tokens), deviation: deviation)
    return try #require(plan.lowerBoundMicroseconds)
  }

  @Test(
    "a faster link never takes longer, and all links twice as fast half the time",
    arguments: UInt64(0)..<20)
  func rates(seed: UInt64) throws {
    let cluster = Clusters.random(seed: seed, devices: 5, latency: false)
    let before = try bound(cluster, deviation: 0.2)
    var faster = cluster
    faster.links[1].outgoing.points[0].gbPerSecond *= 1.5
    #expect(try bound(faster, deviation: 0.2) <= before * (1 + 1e-6))
    var double = cluster
    for index in double.links.indices {
      double.links[index].outgoing.points[0].gbPerSecond *= 2
      double.links[index].incoming?.points[0].gbPerSecond *= 2
    }
    double.pairs?.gbPerSecond = cluster.pairs?.gbPerSecond?.map { $0.map { $0 * 2 } }
    #expect(abs(try bound(double, deviation: 0.2) * 2 - before) < 1e-4 * before)
  }

  @Test("more freedom never takes longer, and the curve is the plans' own bound")
  func freedom() throws {
    let cluster = Clusters.tree([[2, 4], [2]], spine: 60)
    let plan = try Self.plan(Clusters.profile(cluster), deviation: 0.2) {
      $0.paretoDeviations = [0, 0.1, 0.2, 0.4, 0.8]
    }
    let times = plan.pareto.map(\.timeMicroseconds)
    #expect(times == times.sorted(by: >))
    #expect(abs(times[2] - (try #require(plan.lowerBoundMicroseconds))) < 1e-4)
    // Convex, as the least of a linear program is in its right-hand side.
    for (left, right) in zip(plan.pareto, plan.pareto.dropFirst(2)) {
      let middle = plan.pareto.first { $0.deviation > left.deviation }
      let share =
        ((middle?.deviation ?? 0) - left.deviation) / (right.deviation - left.deviation)
      let chord = left.timeMicroseconds + share * (right.timeMicroseconds - left.timeMicroseconds)
      #expect((middle?.timeMicroseconds ?? 0) <= chord * (1 + 1e-6))
    }
  }

  @Test("the numbers of devices don't matter", arguments: UInt64(0)..<10)
  func permutation(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let cluster = Clusters.tree([[2, 3], [3]], spine: 60, slowNode: (1, 12.5))
    let order = Array(0..<8).shuffled(using: &random)
    var other = cluster
    for level in cluster.levels.indices {
      other.levels[level].groups = cluster.levels[level].groups.map { $0.map { order[$0] } }
    }
    for link in cluster.links.indices where cluster.links[link].owner == nil {
      other.links[link].only = cluster.links[link].only?.map { order[$0] }
    }
    let (one, two) = (try bound(cluster, deviation: 0.2), try bound(other, deviation: 0.2))
    #expect(abs(one - two) < 1e-4 * one)
  }

  @Test("experts that devices can't share evenly, and few tokens, still fill every row and column")
  func uneven() throws {
    let cluster = Clusters.tree([[2, 3]])
    for (experts, tokens) in [(7, 13), (3, 10), (64, 1), (5, 1001)] {
      for deviation in [0.0, 0.3] {
        _ = try Self.plan(
          Clusters.profile(cluster, tokens: tokens, topK: 2, experts: experts),
          deviation: deviation)
      }
    }
  }

  @Test("rates that differ a little at 200 devices: the bound of raised rates holds, and is near")
  func raisedRates() throws {
    var cluster = Clusters.tree(Array(repeating: [8, 8, 8, 8, 8], count: 5), spine: 1000)
    var random = SeededGenerator(seed: 5)
    cluster.links[1].only = []
    for device in 0..<200 {
      var link = cluster.links[1]
      link.name = "nic"
      link.only = [device]
      link.outgoing = Clusters.link(50 * Double.random(in: 0.97...1, using: &random))
      cluster.links.append(link)
    }
    let plan = try Self.plan(Clusters.profile(cluster, tokens: 4000), deviation: 0.2)
    #expect(try #require(plan.gap) < 0.06)
  }

  @Test("the same profile gives the same bytes")
  func repeatable() throws {
    let profile = Clusters.profile(Clusters.tree([[4, 4], [4]], spine: 100))
    let first = try Self.plan(profile).encoded()
    #expect(try Self.plan(profile).encoded() == first)
    let read = try DispatchPlan.read(first, name: "plan.json")
    #expect(read.encoded() == first)
  }
}
