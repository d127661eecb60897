import CBC
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Swap

/// Strategies that run stretches of the forward pass again.
@Suite("Checkpoints")
struct CheckpointStrategyTests {
  /// A chain of layers: each makes one activation of 10 MiB in 100 µs from the one before; its backward
  /// operator reads both. The links are too slow to matter.
  static func chain(_ layers: Int) -> Profile {
    let mebibyte = 1_048_576
    var tensors = [Tensor(id: "x", bytes: mebibyte, kind: .input)]
    var forward: [Operator] = []
    var backward: [Operator] = []
    for layer in 1...layers {
      let input = layer == 1 ? "x" : "a\(layer - 1)"
      tensors.append(Tensor(id: "a\(layer)", bytes: 10 * mebibyte, kind: .activation))
      forward.append(
        Operator(
          id: "f\(layer)", phase: .forward, durationMicroseconds: 100, reads: [input],
          writes: ["a\(layer)"], isRecomputable: true))
      backward.append(
        Operator(
          id: "b\(layer)", phase: .backward, durationMicroseconds: 200,
          reads: [input, "a\(layer)"], writes: []))
    }
    let slow = Link(latencyMicroseconds: 0, points: [Link.Point(bytes: 1, gbPerSecond: 0.01)])
    return Profile(
      name: "chain",
      device: Device(
        name: "d", memoryBytes: 1 << 34, hostToDevice: slow, deviceToHost: slow),
      tensors: tensors, operators: forward + backward.reversed())
  }

  static func recomputed(
    _ strategy: SwapStrategy, _ profile: Profile, budget: Int
  ) throws -> Double? {
    let problem = try SwapProblem(profile: profile, budgetBytes: budget)
    guard let plan = problem.plan(of: strategy) else { return nil }
    let result = try Simulator(profile: profile).run(plan)
    #expect(result.isValid, "\(result.verdict)")
    #expect(result.peakDeviceBytes <= budget)
    return result.recomputeMicroseconds
  }

  @Test("√n checkpoints run each dropped stretch once more")
  func squareRoot() throws {
    let profile = Self.chain(16)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    // Four stretches of four: the activations inside are dropped, those at the three borders kept; the last
    // two are never idle.
    let again = try Self.recomputed(.checkpoints, profile, budget: open.unconstrainedPeakBytes)
    #expect(again == 1_100)
    #expect(
      try Self.recomputed(.checkpoints, profile, budget: open.unconstrainedPeakBytes / 2) != nil)
  }

  @Test(
    "rotor takes more time for less memory, and never more than √n", arguments: [9, 16, 25, 40])
  func rotor(layers: Int) throws {
    let profile = Self.chain(layers)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    var before = 0.0
    for share in [1.0, 0.8, 0.6, 0.5, 0.4, 0.3] {
      let budget = Int(share * Double(open.unconstrainedPeakBytes))
      let other = try Self.recomputed(.checkpoints, profile, budget: budget)
      guard let again = try Self.recomputed(.rotor, profile, budget: budget) else {
        #expect(other == nil && share < 0.5)
        continue
      }
      #expect(again >= before - 1e-6)
      before = again
      #expect(again <= (other ?? .infinity) + 1e-6)
    }
  }

  @Test("the search is never slower than what it starts from")
  func search() throws {
    let profile = Self.chain(12)
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
    for share in [0.6, 0.4] {
      let budget = Int(share * Double(open.unconstrainedPeakBytes))
      var settings = SwapSettings()
      settings.strategies = [.keepAll, .checkpoints, .rotor, .greedy]
      settings.replayLimit = 20_000
      let problem = try SwapProblem(profile: profile, budgetBytes: budget, settings: settings)
      guard case .plan(let plan) = try SwapPlanner(problem, solver: CBCSolver()).plan() else {
        Issue.record("no plan")
        continue
      }
      let result = try Simulator(profile: profile).run(plan)
      #expect(result.isValid)
      let rotor = try #require(try Self.recomputed(.rotor, profile, budget: budget))
      #expect(result.recomputeMicroseconds + result.stallMicroseconds <= rotor + 1e-6)
      #expect((plan.lowerBound?.iterationMicroseconds ?? 0) <= result.iterationMicroseconds)
    }
  }
}
