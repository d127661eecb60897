import CBC
import GLPK
import Optimization
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Swap

/// Plans with NVMe below a host that holds only a part of what leaves the device.
@Suite("Plans with NVMe")
struct NVMePlanTests {
  /// A problem whose host holds the largest tensor and a little more.
  static func problem(
    _ profile: Profile, share: Double, host: Int, nvme: Int? = nil
  ) throws -> SwapProblem {
    var settings = SwapSettings()
    settings.replayLimit = 30_000
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    return try SwapProblem(
      profile: profile, budgetBytes: low + Int(share * Double(high - low)), hostBudgetBytes: host,
      nvmeBudgetBytes: nvme, settings: settings)
  }

  // MARK: All plans

  static let seeds = UInt64(0)..<28

  /// Problems with NVMe and the shortest iteration of all their plans; infinite if none holds.
  static let all = Result {
    try seeds.map { seed -> (problem: SwapProblem, best: Double, hostOnly: Double) in
      let space = try space(seed: seed)
      let problem = space.problem
      var (best, hostOnly) = (Double.infinity, Double.infinity)
      space.forEach { decisions, isOffered in
        guard isOffered else { return }
        let result = space.simulator.run(
          decisions, budgetBytes: problem.budgetBytes, hostBudgetBytes: problem.hostBudgetBytes,
          nvmeBudgetBytes: problem.nvmeBudgetBytes)
        guard result.isValid, result.isSteady else { return }
        best = min(best, result.iterationMicroseconds)
        if result.bytesToNVMe == 0 { hostOnly = min(hostOnly, result.iterationMicroseconds) }
      }
      return (problem, best, hostOnly)
    }
  }

  /// Draws tiny profiles until one has neither too few nor too many plans.
  static func space(seed: UInt64) throws -> PlanSpace {
    for attempt in UInt64(0)... {
      let profile = RandomProfile.tiny(seed: seed &+ 10007 * attempt, hasNVMe: true)
      let largest = profile.tensors.map(\.bytes).max() ?? 0
      let share = [0, 0.2, 0.4][Int(seed % 3)]
      let problem = try problem(profile, share: share, host: largest + Int(seed % 3) * (1 << 20))
      guard problem.instance.offersNVMe, problem.budgetBytes < problem.unconstrainedPeakBytes
      else { continue }
      let space = try PlanSpace(problem)
      if (200...8000).contains(space.count) { return space }
    }
    preconditionFailure("there is always another seed")
  }

  @Test("no bound exceeds the best plan", arguments: seeds)
  func bounds(seed: UInt64) throws {
    let (problem, best, _) = try Self.all.get()[Int(seed)]
    let formulation = SwapFormulation(problem.instance)
    let options = SolveOptions(absoluteGap: 1e-9)
    let relaxation = try GLPKSolver().relax(formulation.model, options: options)
    let program = try CBCSolver().solve(formulation.withWholeEdges(), options: options)
    guard best.isFinite else { return }
    #expect(relaxation.termination == .optimal)
    #expect(program.termination == .optimal)
    let limit = best * (1 + 1e-9)
    #expect(formulation.bound(from: relaxation) * 1e3 <= limit)
    #expect((program.objective ?? .infinity) * 1e3 <= limit)
  }

  @Test("no plan beats the best of all, and nearly each is as good")
  func plans() throws {
    var (within, needed) = (0, 0)
    var misses: [String] = []
    for (problem, best, hostOnly) in try Self.all.get() {
      if best < hostOnly { needed += 1 }
      switch try SwapPlanner(problem, solver: CBCSolver()).plan() {
      case .plan(let plan):
        let result = try Simulator(profile: problem.profile).run(plan)
        #expect(result.isValid && result.isSteady, "\(problem.profile.name): \(result.verdict)")
        let predicted = try #require(plan.prediction)
        let time = result.iterationMicroseconds
        #expect(abs(predicted.iterationMicroseconds - time) <= 1e-9 * time)
        #expect(predicted.peakHostBytes == result.peakHostBytes)
        #expect(predicted.peakNVMeBytes == result.peakNVMeBytes)
        #expect(time >= best * (1 - 1e-9), "\(problem.profile.name)")
        #expect(try #require(plan.lowerBound).iterationMicroseconds <= time * (1 + 1e-9))
        if time <= best * (1 + 1e-9) {
          within += 1
        } else {
          misses.append("\(problem.profile.name) \(time / best)")
        }
      case .infeasible, .notFound:
        if best == .infinity {
          within += 1
        } else {
          misses.append("\(problem.profile.name): none found")
        }
      }
    }
    #expect(needed >= 8, "NVMe makes a difference in \(needed)")
    #expect(within >= Self.seeds.count - 4, "\(misses)")
  }

  // MARK: Properties

  @Test("more host memory, and faster NVMe, never raise a bound", arguments: UInt64(0)..<15)
  func monotone(seed: UInt64) throws {
    let profile = RandomProfile.tiny(seed: seed, hasNVMe: true)
    let sizes = profile.tensors.map(\.bytes)
    let (largest, whole) = (sizes.max() ?? 0, sizes.reduce(0, +))
    func bound(_ profile: Profile, host: Int) throws -> Double {
      let instance = try Self.problem(profile, share: 0.1, host: host).instance
      let model = SwapFormulation(instance).model
      let options = SolveOptions(absoluteGap: 1e-9)
      let program = try CBCSolver().solve(model, options: options)
      return program.termination == .infeasible ? .infinity : program.objective ?? .infinity
    }
    var last = Double.infinity
    for step in 0...6 {
      let next = try bound(profile, host: largest + step * (whole - largest) / 6)
      #expect(next <= last * (1 + 1e-7))
      last = next
    }
    last = .infinity
    for factor in [0.25, 1, 4, 16.0] {
      var faster = profile
      func scale(_ link: inout Link?) {
        link?.latencyMicroseconds /= factor
        for index in link?.points.indices ?? 0..<0 { link?.points[index].gbPerSecond *= factor }
        if let duplex = link?.duplexGBPerSecond { link?.duplexGBPerSecond = duplex * factor }
      }
      if var device = faster.device {
        scale(&device.hostToNVMe)
        scale(&device.nvmeToHost)
        faster.device = device
      }
      let next = try bound(faster, host: largest + (whole - largest) / 4)
      #expect(next <= last * (1 + 1e-7))
      last = next
    }
  }

  @Test(
    "where the host holds all that can be away, NVMe changes nothing", arguments: UInt64(0)..<10)
  func ampleHost(seed: UInt64) throws {
    let profile = RandomProfile.tiny(seed: seed, hasNVMe: true)
    var plain = profile
    plain.device?.hostToNVMe = nil
    plain.device?.nvmeToHost = nil
    plain.device?.nvmeMemoryBytes = nil
    let whole = profile.tensors.map(\.bytes).reduce(0, +)
    let problem = try Self.problem(profile, share: 0.2, host: whole)
    #expect(!problem.instance.offersNVMe)
    #expect(problem.instance.hasNVMe)
    let other = try Self.problem(plain, share: 0.2, host: whole)
    guard case .plan(let plan) = try SwapPlanner(problem, solver: CBCSolver()).plan(),
      case .plan(let second) = try SwapPlanner(other, solver: CBCSolver()).plan()
    else {
      Issue.record("no plan")
      return
    }
    #expect(plan.encoded() == second.encoded())
  }

  // MARK: Larger plans

  /// Layers with optimizer states that are three times as large as the host, and NVMe.
  static func adam(layers: Int) -> Profile {
    var profile = BoundaryTests.largeEnds(layers: layers, seed: 7)
    profile.device?.hostToNVMe = Link(latencyMicroseconds: 100, gbPerSecond: 5)
    profile.device?.nvmeToHost = Link(latencyMicroseconds: 100, gbPerSecond: 7)
    return profile
  }

  @Test("a host that is too small is relieved by NVMe", arguments: [4, 8])
  func relieved(layers: Int) throws {
    let profile = Self.adam(layers: layers)
    let largest = profile.tensors.map(\.bytes).max() ?? 0
    let problem = try Self.problem(profile, share: 0.3, host: 2 * largest)
    guard case .plan(let plan) = try SwapPlanner(problem, solver: CBCSolver()).plan() else {
      Issue.record("no plan")
      return
    }
    let result = try Simulator(profile: profile).run(plan)
    #expect(result.isValid)
    #expect(result.bytesToNVMe > 0)
    #expect(result.peakHostBytes <= 2 * largest)
    #expect(plan.reasons.contains { $0.text.hasPrefix("moved to NVMe, read from ") })
    let greedy = plan.search.first { $0.strategy == "greedy" }
    #expect(greedy?.valueMicroseconds != nil)
    let again = try Plan.read(plan.encoded(), name: "plan.json")
    #expect(again.decisions == plan.decisions)
    #expect(again.budget == plan.budget)
    // The other strategies know no NVMe, but for the one that uses nothing else.
    var settings = SwapSettings()
    settings.strategies = [.zeroInfinity]
    let infinity = try SwapProblem(
      profile: profile, budgetBytes: problem.budgetBytes, hostBudgetBytes: 2 * largest,
      settings: settings)
    guard let other = infinity.plan(of: .zeroInfinity) else {
      Issue.record("no plan of zero-infinity")
      return
    }
    let run = try Simulator(profile: profile).run(other)
    #expect(run.isValid)
    #expect(run.bytesToNVMe == run.bytesToHost)
    #expect(run.iterationMicroseconds >= result.iterationMicroseconds)
  }

  @Test("zero-infinity without NVMe is an error that names the section")
  func missing() {
    var settings = SwapSettings()
    settings.strategies = [.zeroInfinity]
    #expect(throws: SwapProblemError.missingSection("device.links.nvme")) {
      try SwapProblem(
        profile: BoundaryTests.largeEnds(layers: 3, seed: 1), budgetBytes: 1 << 30,
        settings: settings)
    }
  }
}
