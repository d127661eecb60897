import CBC
import GLPK
import Optimization
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Swap

/// Tensors that are away over the boundary between iterations.
@Suite("Gaps over the boundary")
struct BoundaryTests {
  /// Few operators with large parameters at both ends, in the shape of a translation network: an
  /// embedding, some recurrent layers and a classifier, each with its optimizer state.
  static func largeEnds(layers: Int, seed: UInt64) -> Profile {
    var random = SeededGenerator(seed: seed)
    let mebibyte = 1_048_576
    var tensors: [Tensor] = []
    var forward: [Operator] = []
    var backward: [Operator] = []
    for layer in 0..<layers {
      let isEnd = layer == 0 || layer == layers - 1
      let weight = Int.random(in: isEnd ? 400...600 : 60...100, using: &random) * mebibyte
      let activation = Int.random(in: 80...200, using: &random) * mebibyte
      let time = Double(Int.random(in: 4000...30_000, using: &random))
      tensors += [
        Tensor(id: "w\(layer)", bytes: weight, kind: .parameter),
        Tensor(id: "m\(layer)", bytes: 2 * weight, kind: .optimizerState),
        Tensor(id: "act\(layer)", bytes: activation, kind: .activation),
        Tensor(id: "grad\(layer)", bytes: activation, kind: .gradient),
      ]
      forward.append(
        Operator(
          id: "layer\(layer)", phase: .forward, durationMicroseconds: time,
          reads: ["w\(layer)"] + (layer > 0 ? ["act\(layer - 1)"] : []), writes: ["act\(layer)"],
          isRecomputable: true))
      // The update is part of the backward pass.
      backward.insert(
        Operator(
          id: "layer\(layer).grad", phase: .backward, durationMicroseconds: 2 * time,
          reads: ["w\(layer)", "m\(layer)", "act\(layer)"]
            + (layer < layers - 1 ? ["grad\(layer + 1)"] : []),
          writes: ["grad\(layer)", "w\(layer)", "m\(layer)"]), at: 0)
    }
    let link = Link(latencyMicroseconds: 10, gbPerSecond: 12, duplexGBPerSecond: 9)
    return Profile(
      name: "large-ends-\(layers)-\(seed)",
      device: Device(
        name: "test", memoryBytes: 1 << 34, hostToDevice: link, deviceToHost: link),
      tensors: tensors, operators: forward + backward)
  }

  static func problem(_ profile: Profile, share: Double) throws -> SwapProblem {
    var settings = SwapSettings()
    settings.replayLimit = 20_000
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 50)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    let budget = low + Int(share * Double(high - low))
    return try SwapProblem(profile: profile, budgetBytes: budget, settings: settings)
  }

  @Test(
    "large parameters at both ends are planned at every budget",
    arguments: [0, 0.05, 0.15, 0.3, 0.6])
  func largeEnds(share: Double) throws {
    let profile = Self.largeEnds(layers: 5, seed: 0)
    let problem = try Self.problem(profile, share: share)
    guard case .plan(let plan) = try SwapPlanner(problem, solver: CBCSolver()).plan() else {
      Issue.record("no plan for a budget above the smallest")
      return
    }
    let result = try Simulator(profile: profile).run(plan)
    #expect(result.verdict == .valid)
    #expect(result.isSteady)
    #expect(result.peakDeviceBytes <= problem.budgetBytes)
    let predicted = try #require(plan.prediction).iterationMicroseconds
    #expect(abs(predicted - result.iterationMicroseconds) <= 1e-9 * predicted)
    #expect(try #require(plan.lowerBound).iterationMicroseconds <= predicted)
  }

  // MARK: Properties

  /// A profile with gaps over the boundary, tiny ones and others in turn.
  static func profile(_ seed: UInt64) -> Profile {
    seed % 2 == 0 ? RandomProfile.tiny(seed: seed) : largeEnds(layers: 3, seed: seed)
  }

  @Test("names change nothing", arguments: UInt64(0)..<8)
  func renaming(seed: UInt64) throws {
    let profile = Self.profile(seed)
    func rename(_ name: String) -> String { "\(name.count)\(String(name.reversed()))" }
    var other = profile
    for index in other.tensors.indices { other.tensors[index].id = rename(other.tensors[index].id) }
    for index in other.operators.indices {
      other.operators[index].id = rename(other.operators[index].id)
      other.operators[index].reads = other.operators[index].reads.map(rename).reversed()
      other.operators[index].writes = other.operators[index].writes.map(rename).reversed()
    }
    let problem = try Self.problem(profile, share: 0.3)
    let renamed = try Self.problem(other, share: 0.3)
    guard case .plan(let first) = try SwapPlanner(problem, solver: CBCSolver()).plan(),
      case .plan(let second) = try SwapPlanner(renamed, solver: CBCSolver()).plan(),
      case .swap(let decisions) = first.decisions, case .swap(let others) = second.decisions
    else {
      Issue.record("no plan")
      return
    }
    #expect(first.prediction == second.prediction)
    #expect(first.lowerBound?.iterationMicroseconds == second.lowerBound?.iterationMicroseconds)
    let expected = decisions.gaps.map { decision in
      let action: GapDecision.Action =
        switch decision.action {
        case .keep: .keep
        case .swap(let prefetchAt, let offloadAt, _):
          .swap(prefetchAt: rename(prefetchAt), offloadAt: offloadAt.map(rename))
        case .recompute(let operators, let at):
          .recompute(operators: operators.map(rename), at: at.map(rename))
        }
      return GapDecision(
        tensor: rename(decision.tensor), after: rename(decision.after),
        before: rename(decision.before), action: action)
    }
    #expect(others.gaps == expected)
  }

  @Test("scaling all times scales the optimum", arguments: UInt64(0)..<6, [0.5, 3])
  func scaling(seed: UInt64, factor: Double) throws {
    let profile = Self.profile(seed)
    func scaled(_ link: Link?) -> Link? {
      guard var link else { return nil }
      link.latencyMicroseconds *= factor
      for index in link.points.indices { link.points[index].gbPerSecond /= factor }
      link.duplexGBPerSecond = link.duplexGBPerSecond.map { $0 / factor }
      return link
    }
    var other = profile
    for index in other.operators.indices {
      other.operators[index].durationMicroseconds *= factor
    }
    other.device?.hostToDevice = scaled(profile.device?.hostToDevice)
    other.device?.deviceToHost = scaled(profile.device?.deviceToHost)
    for share in [0, 0.3] {
      let (first, second) = try (
        Self.bounds(profile, share: share), Self.bounds(other, share: share)
      )
      #expect(abs(first.relaxation * factor - second.relaxation) <= 1e-6 * second.relaxation)
      #expect(abs(first.program * factor - second.program) <= 1e-6 * second.program)
    }
  }

  @Test("more memory never raises a bound", arguments: UInt64(0)..<10)
  func monotone(seed: UInt64) throws {
    let profile = Self.profile(seed)
    var last = (relaxation: Double.infinity, program: Double.infinity)
    for share in stride(from: 0.0, through: 1, by: 0.25) {
      let bounds = try Self.bounds(profile, share: share)
      #expect(bounds.relaxation <= last.relaxation * (1 + 1e-7))
      #expect(bounds.program <= last.program * (1 + 1e-7))
      last = bounds
    }
  }

  /// The optima of the relaxation and of the program, in milliseconds.
  static func bounds(
    _ profile: Profile, share: Double
  ) throws -> (relaxation: Double, program: Double) {
    let formulation = SwapFormulation(try problem(profile, share: share).instance)
    let options = SolveOptions(absoluteGap: 1e-9)
    let relaxation = try GLPKSolver().relax(formulation.model, options: options)
    let program = try CBCSolver().solve(formulation.withWholeEdges(), options: options)
    #expect(program.termination == .optimal)
    return (relaxation.objective ?? .infinity, program.objective ?? .infinity)
  }
}
