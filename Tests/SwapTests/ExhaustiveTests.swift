import CBC
import GLPK
import Optimization
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Swap

/// The planner's bounds, plans and verdicts against all plans there are, replayed by the simulator.
@Suite("All plans of tiny profiles")
struct ExhaustiveTests {
  static let seeds = UInt64(0)..<60

  /// The best of all plans of one problem that hold and are steady.
  struct Best {
    let problem: SwapProblem
    /// The shortest iteration of the plans that the planner considers; infinite if none holds.
    var offered = Double.infinity
    /// The shortest iteration of all plans: also those with chains that the planner doesn't offer.
    var any = Double.infinity
  }

  /// The best plans of all seeds, found once.
  static let all = Result { try seeds.map { try best(of: space(seed: $0)) } }

  @Test("no bound exceeds the best plan", arguments: seeds, [SwapSettings().momentLimit, 6])
  func bounds(seed: UInt64, momentLimit: Int) throws {
    let best = try Self.all.get()[Int(seed)]
    var settings = SwapSettings()
    settings.momentLimit = momentLimit
    let problem = try SwapProblem(
      profile: best.problem.profile, budgetBytes: best.problem.budgetBytes, settings: settings
    ).offeringEarlyChains()
    let formulation = SwapFormulation(problem.instance)
    let options = SolveOptions(absoluteGap: 1e-9)
    let strict = SwapFormulation(problem.instance, anchors: .staying)
    let strictRelaxation = try GLPKSolver().relax(strict.model, options: options)
    if strictRelaxation.termination == .optimal {
      #expect(strict.bound(from: strictRelaxation) * 1e3 <= best.offered * (1 + 1e-9))
    }
    let relaxation = try GLPKSolver().relax(formulation.model, options: options)
    let program = try CBCSolver().solve(formulation.withWholeEdges(), options: options)
    guard best.offered.isFinite else { return }
    #expect(relaxation.termination == .optimal)
    #expect(program.termination == .optimal)
    let limit = best.offered * (1 + 1e-9)
    #expect(formulation.bound(from: relaxation) * 1e3 <= limit)
    #expect((program.objective ?? .infinity) * 1e3 <= limit)
    #expect((program.bound ?? .infinity) * 1e3 <= limit)
  }

  @Test("no plan beats the best of all, and each is as good")
  func plans() throws {
    var within = 0
    for best in try Self.all.get() {
      var settings = SwapSettings()
      settings.replayLimit = 6_000
      let problem = try SwapProblem(
        profile: best.problem.profile, budgetBytes: best.problem.budgetBytes, settings: settings
      ).offeringEarlyChains()
      switch try SwapPlanner(problem, solver: CBCSolver()).plan() {
      case .plan(let plan):
        let result = try Simulator(profile: problem.profile).run(plan)
        #expect(result.isValid && result.isSteady, "\(problem.profile.name)")
        let time = result.iterationMicroseconds
        #expect(time >= best.offered * (1 - 1e-9), "\(problem.profile.name)")
        if time <= best.offered * (1 + 1e-9) { within += 1 }
      case .infeasible, .notFound:
        #expect(best.offered == .infinity, "\(problem.profile.name)")
      }
    }
    #expect(within >= Self.seeds.count - 2, "\(within) of \(Self.seeds.count) plans are the best")
  }

  @Test("where the planner sees no plan, there is none", arguments: UInt64(0)..<30)
  func infeasible(seed: UInt64) throws {
    let profile = try Self.all.get()[Int(seed)].problem.profile
    let least = try SwapProblem(profile: profile, budgetBytes: 1 << 40).smallestBudget.bytes
    let problem = try SwapProblem(profile: profile, budgetBytes: least - 1)
    guard case .infeasible = try SwapPlanner(problem, solver: CBCSolver()).plan() else {
      Issue.record("a plan below the smallest budget")
      return
    }
    #expect(try Self.best(of: PlanSpace(problem)).offered == .infinity)
  }

  /// Replays all plans of a problem.
  static func best(of space: PlanSpace) -> Best {
    var best = Best(problem: space.problem)
    space.forEach { decisions, isOffered in
      let result = space.simulator.run(decisions, budgetBytes: space.problem.budgetBytes)
      guard result.isValid, result.isSteady else { return }
      best.any = min(best.any, result.iterationMicroseconds)
      if isOffered { best.offered = min(best.offered, result.iterationMicroseconds) }
    }
    return best
  }

  /// Draws tiny profiles until one has neither too few nor too many plans.
  static func space(seed: UInt64) throws -> PlanSpace {
    let share = [0, 0.2, 0.4, 0.7][Int(seed % 4)]
    for attempt in UInt64(0)... {
      let profile = RandomProfile.tiny(seed: seed &+ 10007 * attempt)
      let open = try SwapProblem(profile: profile, budgetBytes: 1 << 40)
      let (low, high) = (open.smallestBudget.bytes, open.unconstrainedPeakBytes)
      guard low < high else { continue }
      let budget = low + Int(share * Double(high - low))
      let problem = try SwapProblem(profile: profile, budgetBytes: budget).offeringEarlyChains()
      let space = try PlanSpace(problem)
      if (100...4000).contains(space.count) { return space }
    }
    preconditionFailure("there is always another seed")
  }
}
