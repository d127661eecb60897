import CBC
import Optimization
import Plans
import Profiles
import TestSupport
import Testing

@testable import Swap

/// What large programs leave out, against the same programs with everything in them.
@Suite("Programs of large graphs")
struct LargeProgramTests {
  /// A problem with more than 400 gaps and some tensors below a share of the budget. Chains read the nearest tensors
  /// only, so that large tensors have the same with and without small ones.
  static func problem(
    seed: UInt64, minorShare: Double, allowsRecompute: Bool = false, gbPerSecond: Double = 12,
    latencyMicroseconds: Double = 10
  ) throws -> SwapProblem {
    let profile = RandomProfile.layered(
      layers: 110, seed: seed, gbPerSecond: gbPerSecond,
      duplexGBPerSecond: seed % 2 == 0 ? gbPerSecond * 2 / 3 : nil,
      latencyMicroseconds: latencyMicroseconds)
    var settings = SwapSettings()
    settings.minorShare = minorShare
    settings.allowsRecompute = allowsRecompute
    settings.chainReach = 1
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 50, settings: settings)
    let budget = open.unconstrainedPeakBytes / 5 * 3
    return try SwapProblem(profile: profile, budgetBytes: budget, settings: settings)
  }

  @Test(
    "the bound without small tensors is one of all plans", arguments: UInt64(0)..<2, [false, true])
  func minorTensors(seed: UInt64, allowsRecompute: Bool) throws {
    func formulation(_ share: Double) throws -> SwapFormulation {
      SwapFormulation(
        try Self.problem(
          seed: seed, minorShare: share, allowsRecompute: allowsRecompute
        ).instance)
    }
    let (small, whole) = (try formulation(4e-3), try formulation(0))
    #expect(small.hasMinor && !whole.hasMinor)
    #expect(small.model.integerCount < whole.model.integerCount)
    let relaxation = try CBCSolver().relax(small.model, options: SolveOptions())
    let reference = try CBCSolver().relax(whole.model, options: SolveOptions())
    #expect(relaxation.termination == .optimal && reference.termination == .optimal)
    let bound = small.bound(from: relaxation)
    let value = try #require(reference.objective)
    #expect(bound <= value * (1 + 1e-9), "\(bound) above \(value)")
    // Only tensors that can be made again count as away for nothing.
    if !allowsRecompute { #expect(bound >= 0.98 * value, "\(bound) far below \(value)") }
  }

  @Test("small tensors alone over the boundary lower the bound")
  func minorBoundary() throws {
    // The operator after the first needs the most; only parameters and one activation may make room.
    var profile = RandomProfile.layered(layers: 110, seed: 0)
    for index in profile.tensors.indices where profile.tensors[index].kind != .parameter {
      profile.tensors[index].isMovable = false
    }
    profile.tensors.append(Tensor(id: "early", bytes: 200 << 20, kind: .activation))
    profile.operators.insert(
      contentsOf: [
        Operator(
          id: "load", phase: .forward, durationMicroseconds: 1, reads: [],
          writes: ["early"]),
        Operator(
          id: "prepare", phase: .forward, durationMicroseconds: 1, reads: [], writes: [],
          workspaceBytes: 16 << 30),
      ], at: 0)
    profile.operators.append(
      Operator(id: "end", phase: .optimizer, durationMicroseconds: 1, reads: ["early"], writes: []))
    var settings = SwapSettings()
    settings.allowsRecompute = false
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 50, settings: settings)
    let budget = open.unconstrainedPeakBytes - (100 << 20)
    func formulation(_ share: Double) throws -> SwapFormulation {
      settings.minorShare = share
      return SwapFormulation(
        try SwapProblem(profile: profile, budgetBytes: budget, settings: settings).instance)
    }
    let (small, whole) = (try formulation(1e-3), try formulation(0))
    #expect(small.hasMinor && small.boundary == nil && whole.boundary != nil)
    let relaxation = try CBCSolver().relax(small.model, options: SolveOptions())
    let reference = try CBCSolver().relax(whole.model, options: SolveOptions())
    let value = try #require(reference.objective)
    #expect(try #require(relaxation.objective) > value * (1 + 1e-3))
    #expect(small.bound(from: relaxation) <= value * (1 + 1e-9))
  }

  @Test("a price on latency leads to less of it", arguments: UInt64(0)..<2)
  func latency(seed: UInt64) throws {
    let problem = try Self.problem(
      seed: seed, minorShare: 0, gbPerSecond: 2, latencyMicroseconds: 200)
    let formulation = SwapFormulation(problem.instance)
    let relaxation = try CBCSolver().relax(formulation.model, options: SolveOptions())
    guard let priced = formulation.withCopyOverheads(at: relaxation) else {
      Issue.record("nothing is priced")
      return
    }
    let second = try CBCSolver().relax(priced, options: SolveOptions())
    func overhead(_ point: [Double]) -> Double {
      priced.objective.value(at: point) - formulation.model.objective.value(at: point)
    }
    #expect(overhead(relaxation.point) > 0)
    #expect(overhead(second.point) < overhead(relaxation.point))
    // It is another program: its value is no bound.
    let (first, value) = try (#require(relaxation.objective), #require(second.objective))
    #expect(value > first)
  }

  @Test("without latency there is nothing to price")
  func noLatency() throws {
    let profile = RandomProfile.layered(layers: 6, seed: 1)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 50)
    let problem = try SwapProblem(
      profile: profile, budgetBytes: open.unconstrainedPeakBytes / 5 * 3)
    let formulation = SwapFormulation(problem.instance)
    let relaxation = try CBCSolver().relax(formulation.model, options: SolveOptions())
    let isPriced = formulation.withCopyOverheads(at: relaxation) != nil
    #expect(!isPriced)
  }
}
