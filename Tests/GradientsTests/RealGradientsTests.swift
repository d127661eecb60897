import CBC
import Collectors
import Foundation
import Gradients
import Plans
import Profiles
import Reports
import Simulation
import Testing

/// Buckets of real networks; where PLANNER_SAMPLES names no folder with them, nothing is tested.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] != nil,
    "PLANNER_SAMPLES names no folder of samples"))
struct RealGradientsTests {
  private func exchange(_ network: String, nodes: Int, rate: Double) throws -> Profile {
    let folder = try #require(ProcessInfo.processInfo.environment["PLANNER_SAMPLES"])
    let bytes = try Data(contentsOf: URL(filePath: folder).appending(path: "gradients/\(network)"))
    let sample = RandomGradients.real(nodes: nodes, rate: rate, buckets: 1)
    var collector = GradientCollector(mesh: try #require(sample.gradients))
    collector.bucketBytes = 25 << 20
    return try collector.collect(
      [], timeline: SourceFile(name: network, bytes: Array(bytes)), curves: sample)
  }

  @Test(
    "13 buckets of BERT: no single algorithm is faster, and the best one changes with the links",
    arguments: [4, 16])
  func bert(nodes: Int) throws {
    var winners: Set<String> = []
    for within in [12.0, 200] {
      for rate in [1.25, 5, 12.5, 25, 50] {
        var profile = try exchange("bert.json", nodes: nodes, rate: rate)
        profile.gradients?.withinNode = Link(latencyMicroseconds: 5, gbPerSecond: within)
        #expect(profile.gradients?.buckets.count == 13)
        var settings = GradientSettings()
        settings.energy = 0.6
        settings.nodeLimit = 200
        let planner = try GradientPlanner(profile: profile, settings: settings)
        let plan = try #require(try planner.plan(solver: CBCSolver()))
        let report = GradientReport(plan, profile: profile)
        #expect(report.result.isValid && report.isPredictionExact && report.boundFault == nil)
        let single = plan.search.filter { GradientPlan.Algorithm(rawValue: $0.strategy) != nil }
        let best = try #require(
          single.filter { $0.valueMicroseconds != nil }
            .min { ($0.valueMicroseconds ?? 0) < ($1.valueMicroseconds ?? 0) })
        winners.insert(best.strategy)
        #expect(report.result.endMicroseconds <= (best.valueMicroseconds ?? 0) * (1 + 1e-9))
      }
    }
    #expect(winners.count >= 2, "\(winners.sorted())")
  }
}
