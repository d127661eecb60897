import CBC
import GLPK
import Optimization
import Profiles
import Testing

@testable import TwoStage

/// The fastest strategies that fit with everything saved, against all choices.
@Suite struct FirstStageTests {
  /// Time and memory of a choice when the backward pass begins, everything saved.
  private func point(_ choice: [Int], _ instance: StageInstance) -> LossPoint {
    let keeps = instance.graph.nodes.map { _ in true }
    return LossPoint(
      PricedStages.Point(choice: choice, keeps: keeps, value: 0), of: instance)
  }

  private func stage(
    _ instance: StageInstance, _ budget: Int, _ solver: any Solver,
    largestProgram: Int = 4_000
  ) throws -> FirstStage {
    var hull = LossHull(instance, keeping: false)
    var settings = TwoStageSettings()
    settings.largestFirstStage = largestProgram
    return try FirstStage(
      instance, within: budget, choices: [], hull: &hull, settings: settings, limit: SearchLimit(),
      solver: solver)
  }

  @Test("the program's choice is the fastest that fits", arguments: UInt64(0)..<12)
  func exact(seed: UInt64) throws {
    let graph = RandomStages.graph(
      stages: 4, nodes: 2, strategies: 3, ties: seed % 2 == 0, seed: 700 + seed)
    let instance = StageInstance(graph)
    let points = RandomStages.choices(of: instance).map { point($0, instance) }
    let bytes = points.map(\.bytes).sorted()
    let budget = bytes[bytes.count * Int(1 + seed * 5 % 17) / 20]
    let optimum = points.filter { $0.bytes <= budget }.map(\.microseconds).min() ?? .infinity
    let proven = try stage(instance, budget, GLPKSolver())
    let choice = try #require(proven.choice)
    #expect(proven.certainty == "stage 1 optimal")
    #expect(abs(point(choice, instance).microseconds - optimum) <= 1e-6 * optimum)
    #expect(point(choice, instance).bytes <= budget)
    // Others never do better, and claim an optimum only where they have it.
    for other in [
      try stage(instance, budget, CBCSolver()),
      try stage(instance, budget, GLPKSolver(), largestProgram: 0),
    ] {
      guard let choice = other.choice else { continue }
      let time = point(choice, instance).microseconds
      #expect(time >= optimum * (1 - 1e-9))
      if other.certainty == "stage 1 optimal" {
        #expect(time <= optimum * (1 + 1e-6))
      } else {
        #expect(other.certainty.hasPrefix("stage 1 not proven, gap "))
      }
    }
    #expect(try stage(instance, bytes[0] - 1, GLPKSolver()).choice == nil)
  }
}
