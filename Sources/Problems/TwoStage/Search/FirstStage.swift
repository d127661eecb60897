import Optimization
import Profiles

/// The first of two stages that others solve one after the other: the fastest strategies that fit with all
/// activations saved, before anything runs again.
struct FirstStage {
  /// The strategy of each variable; nil where no choice fits.
  private(set) var choice: [Int]?
  /// The nodes that the solver explored; 0 where none was asked.
  private(set) var nodes = 0
  /// Who found the choice.
  private(set) var engine = "planner"
  /// How sure it is that no other choice is faster, in words.
  private(set) var certainty = ""

  private let instance: StageInstance
  private let budget: Int
  private var microseconds = Double.infinity

  /// How close a choice is to the bound to be called optimal.
  private static let tolerance = 1e-9

  /// Finds the choice.
  ///
  /// Choices by prices, and those that take their first or last stages from the next dearer one, come first; the
  /// integer program follows where it is small enough.
  ///
  /// - Parameters:
  ///   - choices: Choices to try.
  ///   - hull: Time over memory with everything saved.
  init(
    _ instance: StageInstance, within budget: Int, choices: [[Int]], hull: inout LossHull,
    settings: TwoStageSettings, limit: SearchLimit, solver: any Solver
  ) throws(SolverError) {
    self.instance = instance
    self.budget = budget
    let bound = hull.bound(within: budget)
    guard bound.isFinite else {
      certainty = "none fits"
      return
    }
    for choice in choices + hull.points.map(\.choice) { offer(choice) }
    if let above = hull.points.first(where: { $0.bytes > budget }),
      let below = hull.fastest(within: budget)
    {
      for choice in crossings(of: below.choice, with: above.choice) { offer(choice) }
    }
    var isProven = isWithin(bound)
    if !isProven, !limit.isReached,
      FusedFormulation.pairs(of: instance) <= settings.largestFirstStage
    {
      isProven = try solve(settings, limit, solver)
    }
    if isProven || isWithin(bound) {
      certainty = "stage 1 optimal"
    } else if microseconds.isFinite {
      let share = (microseconds - bound) / microseconds
      certainty = "stage 1 not proven, gap \(Quantity.fixed(share * 100, decimals: 2)) %"
    } else {
      certainty = "none found"
    }
  }

  private func isWithin(_ bound: Double) -> Bool {
    microseconds - bound <= Self.tolerance * bound
  }

  private mutating func offer(_ choice: [Int], by engine: String = "planner") {
    let point = LossPoint(
      PricedStages.Point(
        choice: choice, keeps: instance.graph.nodes.map { _ in true }, value: 0), of: instance)
    guard point.bytes <= budget, point.microseconds < microseconds else { return }
    (self.choice, microseconds, self.engine) = (choice, point.microseconds, engine)
  }

  /// The choices that take the stages before or behind a place from another choice.
  private func crossings(of first: [Int], with second: [Int]) -> [[Int]] {
    let stages = instance.nodesOfVariable.map { instance.graph.nodes[$0[0]].stage }
    return instance.graph.stages.indices.flatMap { cut in
      [true, false].map { isFront in
        first.indices.map { (stages[$0] <= cut) == isFront ? second[$0] : first[$0] }
      }
    }
  }

  /// Solves the integer program.
  ///
  /// - Returns: Whether its point is optimal. The word of CBC is not taken: 2.10.8 calls points optimal that aren't,
  ///   in programs of this kind whose nodes follow others.
  private mutating func solve(
    _ settings: TwoStageSettings, _ limit: SearchLimit, _ solver: any Solver
  ) throws(SolverError) -> Bool {
    let formulation = FusedFormulation(instance, budget: budget, savesAll: true)
    var options = limit.options(for: solver)
    options.nodeLimit = settings.nodeLimit
    let solution = try solver.solve(formulation.model, options: options)
    nodes = solution.nodes
    if let point = solution.point { offer(formulation.choice(at: point), by: solution.engine) }
    return solution.termination == .optimal && !solution.engine.lowercased().hasPrefix("cbc")
  }
}
