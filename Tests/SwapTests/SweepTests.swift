import CBC
import Plans
import Profiles
import Simulation
import Swap
import TestSupport
import Testing

/// Many budgets at once, and the searches built on them.
@Suite("Sweep and fit") struct SweepTests {
  static func profile(_ seed: UInt64) -> Profile {
    RandomProfile.layered(
      layers: 3, seed: seed, duplexGBPerSecond: seed % 2 == 0 ? 7 : nil, latencyMicroseconds: 10)
  }

  static var settings: SwapSettings {
    var settings = SwapSettings()
    settings.replayLimit = 60_000
    return settings
  }

  @Test("more memory is never slower, and every plan runs in its time", arguments: UInt64(0)..<4)
  func monotone(seed: UInt64) throws {
    let profile = Self.profile(seed)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    let budgets = (0..<6).map { low - 1 + $0 * (high - low + 1) / 5 }
    let sweep = SwapSweep(profile: profile, settings: Self.settings, solver: CBCSolver())
    let points = try sweep.points(budgets: budgets.reversed())
    #expect(points.map(\.budgetBytes) == budgets)
    guard case .infeasible(let needed) = points[0].outcome else {
      Issue.record("a plan below the smallest budget")
      return
    }
    #expect(needed.bytes == low)
    let simulator = try Simulator(profile: profile)
    var last = Double.infinity
    for point in points.dropFirst() {
      let plan = try #require(point.plan)
      #expect(plan.budget.deviceBytes <= point.budgetBytes)
      let result = simulator.run(plan)
      #expect(result.isValid)
      let predicted = try #require(plan.prediction?.iterationMicroseconds)
      #expect(abs(result.iterationMicroseconds - predicted) <= 1e-6 * predicted)
      #expect(result.iterationMicroseconds <= last * (1 + 1e-12))
      #expect(try #require(point.lowerBoundMicroseconds) <= predicted * (1 + 1e-9))
      last = result.iterationMicroseconds
    }
    #expect(last == open.unconstrainedMicroseconds)
  }

  @Test(
    "bounds from tangents are bounds: a single solve never beats them", arguments: UInt64(0)..<4)
  func tangents(seed: UInt64) throws {
    let profile = Self.profile(seed)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    let budgets = (1..<5).map { low + $0 * (high - low) / 5 }
    let sweep = SwapSweep(profile: profile, settings: Self.settings, solver: CBCSolver())
    for point in try sweep.points(budgets: budgets) {
      let problem = try SwapProblem(
        profile: profile, budgetBytes: point.budgetBytes, settings: Self.settings)
      guard case .plan(let plan) = try SwapPlanner(problem, solver: CBCSolver()).plan() else {
        continue
      }
      let time = try #require(plan.prediction?.iterationMicroseconds)
      #expect(try #require(point.lowerBoundMicroseconds) <= time * (1 + 1e-9))
    }
  }

  @Test("a fitted budget keeps its time, and what is ruled out is less", arguments: UInt64(0)..<3)
  func fitBudget(seed: UInt64) throws {
    let profile = Self.profile(seed)
    let fit = SwapFit(profile: profile, settings: Self.settings, solver: CBCSolver())
    let base = try Simulator(profile: profile).runUnconstrained().iterationMicroseconds
    let found = try #require(try fit.smallestBudget(within: base * 1.1))
    let result = try Simulator(profile: profile).run(found.plan)
    #expect(result.isValid)
    #expect(result.iterationMicroseconds <= base * 1.1 * (1 + 1e-9))
    #expect(result.peakDeviceBytes <= found.bytes)
    #expect(found.tooSmallBytes < found.bytes)
    #expect(try fit.smallestBudget(within: base * 0.99) == nil)
  }

  @Test("the largest batch fits, and one more sample doesn't", arguments: UInt64(0)..<4)
  func fitBatch(seed: UInt64) throws {
    let profile = Self.profile(seed)
    let problem = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let budget = problem.smallestBudget.bytes * 3
    let fit = SwapFit(profile: profile, settings: Self.settings, solver: CBCSolver())
    let found = try #require(
      try fit.largestBatch(measured: 8, budgetBytes: budget, slowdown: nil))
    #expect(try Simulator(profile: found.profile).run(found.plan).isValid)
    let next = profile.scaled(batch: found.size + 1, from: 8)
    #expect(try SwapProblem(profile: next, budgetBytes: budget).smallestBudget.bytes > budget)
  }

  @Test("a batch scales what depends on it and nothing else")
  func scaling() {
    let profile = Self.profile(1)
    let twice = profile.scaled(batch: 16, from: 8)
    for (before, after) in zip(profile.tensors, twice.tensors) {
      let grows = before.kind == .activation || before.kind == .input
      #expect(after.bytes == before.bytes * (grows ? 2 : 1))
    }
    for (before, after) in zip(profile.operators, twice.operators) {
      let factor = before.phase == .optimizer ? 1.0 : 2.0
      #expect(after.durationMicroseconds == before.durationMicroseconds * factor)
    }
    #expect(profile.scaled(batch: 8, from: 8) == profile)
  }

  @Test(
    "strategies alone keep the budget, carry a bound, and never beat it",
    arguments: SwapStrategy.allCases.filter { $0 != .zeroInfinity })
  func strategies(strategy: SwapStrategy) throws {
    let profile = Self.profile(3)
    let peak = try SwapProblem(profile: profile, budgetBytes: 1 << 40).unconstrainedPeakBytes
    var settings = Self.settings
    settings.strategies = [strategy]
    settings.chainReach = 16
    let problem = try SwapProblem(
      profile: profile, budgetBytes: peak * 85 / 100, settings: settings)
    var planner = SwapPlanner(problem, solver: CBCSolver())
    planner.searches = false
    guard case .plan(let plan) = try planner.plan() else { return }
    let result = try Simulator(profile: profile).run(plan)
    #expect(result.isValid)
    #expect(plan.search.first?.strategy == strategy.rawValue)
    #expect(try #require(plan.lowerBound).iterationMicroseconds <= result.iterationMicroseconds)
  }

  @Test("the price of memory is the slope of the bound", arguments: UInt64(0)..<4)
  func prices(seed: UInt64) throws {
    let profile = Self.profile(seed)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    func bound(_ budget: Int) throws -> (value: Double, price: Double) {
      var settings = Self.settings
      settings.strategies = [.greedy]
      let problem = try SwapProblem(profile: profile, budgetBytes: budget, settings: settings)
      var planner = SwapPlanner(problem, solver: CBCSolver())
      planner.searches = false
      guard case .plan(let plan) = try planner.plan(), let lower = plan.lowerBound,
        let prices = lower.prices
      else { return (.nan, .nan) }
      return (lower.iterationMicroseconds, prices.memoryMicrosecondsPerGiB)
    }
    let middle = low + (high - low) / 3
    let step = (high - low) / 1000
    let (here, more) = (try bound(middle), try bound(middle + step))
    guard here.value.isFinite, more.value.isFinite else { return }
    // Convex: the slope here is at least what the step saves, and at most what the step there would.
    let gibibytes = Double(step) / 1_073_741_824
    #expect(here.value - more.value <= here.price * gibibytes + 1e-3)
    #expect(here.value - more.value >= more.price * gibibytes - 1e-3)
  }

  @Test("a plan chosen under jitter runs through, and says what it was chosen by")
  func jitter() throws {
    let profile = Self.profile(2)
    let peak = try SwapProblem(profile: profile, budgetBytes: 1 << 40).unconstrainedPeakBytes
    var settings = Self.settings
    settings.jitter = 0.1
    let problem = try SwapProblem(profile: profile, budgetBytes: peak * 6 / 10, settings: settings)
    guard case .plan(let plan) = try SwapPlanner(problem, solver: CBCSolver()).plan() else {
      Issue.record("no plan")
      return
    }
    let entry = try #require(plan.search.last { $0.strategy == "jitter" })
    #expect(try #require(entry.valueMicroseconds) > 0)
    #expect(try Simulator(profile: profile).run(plan).isValid)
  }
}
