import CBC
import GLPK
import Optimization
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Swap

/// Plans whose swaps may be encoded.
@Suite("Plans with codecs")
struct CodecPlanTests {
  static let seeds = UInt64(0)..<40

  struct Case {
    let problem: SwapProblem
    /// The shortest iteration of all plans, and of those without codecs; infinite if none holds.
    var best = Double.infinity
    var raw = Double.infinity
  }

  static let all = Result { try seeds.map { try best(of: space(seed: $0)) } }

  static func best(of space: PlanSpace) -> Case {
    var found = Case(problem: space.problem)
    space.forEach { decisions, isOffered in
      guard isOffered else { return }
      let result = space.simulator.run(
        decisions, budgetBytes: space.problem.budgetBytes,
        hostBudgetBytes: space.problem.hostBudgetBytes)
      guard result.isValid, result.isSteady else { return }
      found.best = min(found.best, result.iterationMicroseconds)
      if !result.tasks.contains(where: { $0.task.kernel != nil }) {
        found.raw = min(found.raw, result.iterationMicroseconds)
      }
    }
    return found
  }

  /// Draws tiny profiles with codecs until one has neither too few nor too many plans.
  static func space(seed: UInt64) throws -> PlanSpace {
    let share = [0, 0.2, 0.4, 0.7][Int(seed % 4)]
    for attempt in UInt64(0)... {
      let profile = RandomProfile.withCodecs(
        RandomProfile.tiny(seed: seed &+ 10007 * attempt), seed: seed)
      let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
      let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
      guard low < high else { continue }
      let budget = low + Int(share * Double(high - low))
      var settings = SwapSettings()
      settings.replayLimit = 6_000
      let problem = try SwapProblem(profile: profile, budgetBytes: budget, settings: settings)
        .offeringEarlyChains()
      guard problem.instance.offersCodecs else { continue }
      let space = try PlanSpace(problem)
      if (100...6000).contains(space.count) { return space }
    }
    preconditionFailure("there is always another seed")
  }

  @Test("no bound exceeds the best plan", arguments: seeds)
  func bounds(seed: UInt64) throws {
    let found = try Self.all.get()[Int(seed)]
    guard found.best.isFinite else { return }
    let limit = found.best * (1 + 1e-9)
    let options = SolveOptions(absoluteGap: 1e-9)
    for anchors in [SwapFormulation.Anchors.returning, .staying] {
      let formulation = SwapFormulation(found.problem.instance, anchors: anchors)
      let relaxation = try GLPKSolver().relax(formulation.model, options: options)
      if anchors == .returning { #expect(relaxation.termination == .optimal) }
      guard relaxation.termination == .optimal else { continue }
      #expect(formulation.bound(from: relaxation) * 1e3 <= limit)
      guard anchors == .returning else { continue }
      let program = try CBCSolver().solve(formulation.withWholeEdges(), options: options)
      #expect(program.termination == .optimal)
      #expect((program.objective ?? .infinity) * 1e3 <= limit)
    }
  }

  @Test("no plan beats the best of all, and nearly each is as good")
  func plans() throws {
    var (within, needed) = (0, 0)
    var misses: [String] = []
    for found in try Self.all.get() {
      if found.best < found.raw * (1 - 1e-9) { needed += 1 }
      let name = found.problem.profile.name
      switch try SwapPlanner(found.problem, solver: CBCSolver()).plan() {
      case .plan(let plan):
        let result = try Simulator(profile: found.problem.profile).run(plan)
        #expect(result.isValid && result.isSteady, "\(name): \(result.verdict)")
        let predicted = try #require(plan.prediction)
        let time = result.iterationMicroseconds
        #expect(abs(predicted.iterationMicroseconds - time) <= 1e-9 * time)
        #expect(abs(predicted.codecMicroseconds - result.codecMicroseconds) <= 1e-9 * time)
        #expect(predicted.peakDeviceBytes == result.peakDeviceBytes)
        #expect(time >= found.best * (1 - 1e-9), "\(name)")
        #expect(try #require(plan.lowerBound).iterationMicroseconds <= time * (1 + 1e-9))
        if time <= found.best * (1 + 1e-9) {
          within += 1
        } else {
          misses.append("\(name) \(time / found.best)")
        }
      case .infeasible, .notFound:
        if found.best == .infinity { within += 1 } else { misses.append("\(name): none found") }
      }
    }
    #expect(needed >= 3, "codecs make a difference in \(needed)")
    #expect(within >= Self.seeds.count - 4, "\(misses)")
  }

  // MARK: The program

  static func problem(seed: UInt64) throws -> SwapProblem {
    let profile = RandomProfile.withCodecs(RandomProfile.tiny(seed: seed), seed: seed)
    var settings = SwapSettings()
    settings.minorShare = 0
    if seed % 5 == 4 { settings.codecRule = .all }
    let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40, settings: settings)
    let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
    return try SwapProblem(
      profile: profile, budgetBytes: low + (high - low) / [8, 4, 2][Int(seed % 3)],
      settings: settings)
  }

  @Test("CBC, GLPK, the MathProg reference and enumeration agree", arguments: UInt64(0)..<24)
  func agreement(seed: UInt64) throws {
    let problem = try Self.problem(seed: seed)
    let model = problem.formulate()
    let options = SolveOptions(absoluteGap: 1e-9)
    let reference = try MathProg.read(
      model: SwapFormulationTests.reference(), data: problem.mathProgData())
    let solved = try GLPKSolver().solve(reference, options: options)
    let cbc = try CBCSolver().solve(model, options: options)
    guard let expected = try Enumeration.optimum(of: model) else {
      #expect(cbc.termination == .infeasible)
      #expect(solved.termination == .infeasible)
      return
    }
    #expect(abs((cbc.objective ?? .infinity) - expected) < 1e-5)
    let glpk = try GLPKSolver().solve(model, options: options)
    #expect(abs((glpk.objective ?? .infinity) - expected) < 1e-5)
    #expect(abs((solved.objective ?? .infinity) - expected) < 1e-5)
  }

  @Test("the instances with codecs use them")
  func variety() throws {
    var (offered, used) = (0, 0)
    for seed in UInt64(0)..<60 {
      let model = try Self.problem(seed: seed).formulate()
      let codecs = (0..<model.variableCount).filter { model.variableNames[$0].hasPrefix("codec[") }
      if codecs.isEmpty { continue }
      offered += 1
      let point = try CBCSolver().solve(model, options: SolveOptions(absoluteGap: 1e-9)).point
      if let point, codecs.contains(where: { point[$0] > 0.5 }) { used += 1 }
    }
    #expect(offered >= 20, "\(offered)")
    #expect(used >= 8, "\(used)")
  }

  // MARK: Properties

  @Test("faster kernels never raise a bound", arguments: UInt64(0)..<15)
  func monotone(seed: UInt64) throws {
    let problem = try Self.problem(seed: seed)
    var last = Double.infinity
    for factor in [0.2, 1, 5, 1000.0] {
      var profile = problem.profile
      for index in profile.codecs.indices {
        for path in [\CodecModel.encode, \CodecModel.decode] {
          profile.codecs[index][keyPath: path].gbPerSecond[0][0] *= factor
          profile.codecs[index][keyPath: path].launchMicroseconds /= factor
        }
      }
      var settings = problem.settings
      settings.codecRule = .joint
      let model = try SwapProblem(
        profile: profile, budgetBytes: problem.budgetBytes, settings: settings
      ).formulate()
      let program = try CBCSolver().solve(model, options: SolveOptions(absoluteGap: 1e-9))
      let next = program.termination == .infeasible ? .infinity : program.objective ?? .infinity
      #expect(next <= last * (1 + 1e-6))
      last = next
    }
  }

  @Test(
    "dense or unmeasured tensors, lossy codecs and those of the host change no byte",
    arguments: 0..<4)
  func unchanged(kind: Int) throws {
    let plain = RandomProfile.layered(layers: 2, seed: 3)
    var coded = RandomProfile.withCodecs(plain, seed: 0)
    switch kind {
    case 0: for index in coded.tensors.indices { coded.tensors[index].sparsity = nil }
    case 1:
      for index in coded.tensors.indices {
        coded.tensors[index].sparsity = Sparsity(history: [.init(epoch: 0, density: 1)])
      }
    case 2: coded.codecs[0].loss = .init(metric: "relative_error", value: 0.01)
    default: coded.codecs[0].place = .host
    }
    func plan(_ profile: Profile) throws -> [UInt8]? {
      let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
      let budget = (open.smallestBudget.bytes + open.unconstrainedPeakBytes) / 2
      var settings = SwapSettings()
      settings.replayLimit = 30_000
      let problem = try SwapProblem(profile: profile, budgetBytes: budget, settings: settings)
      guard case .plan(let plan) = try SwapPlanner(problem, solver: CBCSolver()).plan() else {
        return nil
      }
      return plan.encoded()
    }
    let expected = try #require(try plan(plain))
    #expect(try plan(coded) == expected)
  }

  @Test("a codec that another one is never worse than isn't considered")
  func dominated() throws {
    let tensor = Tensor(
      id: "a", bytes: 1 << 22, dtype: "float32", kind: .activation,
      sparsity: Sparsity(history: [.init(epoch: 0, density: 0.5)]))
    func codec(_ id: String, rate: Double, ratio: Double) -> CodecModel {
      CodecModel(
        id: id, place: .device, ratio: .constant(ratio), worstRatio: 1.1,
        encode: ThroughputTable(gbPerSecond: rate), decode: ThroughputTable(gbPerSecond: rate))
    }
    let link = Link(latencyMicroseconds: 1, gbPerSecond: 10)
    func names(_ codecs: [CodecModel]) -> [String] {
      GapCodec.candidates(for: tensor, codecs: codecs, out: link, back: link, quantile: nil)
        .map(\.id)
    }
    let (slow, fast, tight) = (
      codec("slow", rate: 10, ratio: 0.5), codec("fast", rate: 20, ratio: 0.5),
      codec("tight", rate: 5, ratio: 0.4)
    )
    #expect(names([slow, fast, tight]) == ["fast", "tight"])
    #expect(names([slow, slow]) == ["slow"])
    #expect(names([codec("large", rate: 1000, ratio: 1.05)]) == [])
  }
}
