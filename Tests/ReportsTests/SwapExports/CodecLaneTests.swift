import Foundation
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

@testable import Reports

/// Kernels of codecs in the views of a planned iteration.
@Suite struct CodecLaneTests {
  /// A plan that encodes every result with a gap that a codec may have, and runs through.
  static let report: SwapReport? = (UInt64(0)..<20).lazy.compactMap { seed -> SwapReport? in
    let profile = RandomProfile.withCodecs(
      RandomProfile.layered(layers: 6, seed: seed), seed: seed)
    guard let simulator = try? Simulator(profile: profile) else { return nil }
    let names = profile.operators.map(\.id)
    let gaps = simulator.storages.gaps.map { gap -> GapDecision in
      let tensor = simulator.storages.all[gap.storage].tensor
      let isCoded = tensor.isMovable && !gap.wraps && tensor.kind == .activation
      return GapDecision(
        tensor: tensor.id, after: names[gap.after], before: names[gap.before],
        action: isCoded
          ? .swap(
            prefetchAt: names[gap.before - 1], tier: .compressed(codec: profile.codecs[0].id))
          : .keep)
    }
    let plan = Plan(
      version: "1.0", profile: .init(name: profile.name),
      budget: .init(deviceBytes: 4 * simulator.demand.unconstrainedPeak.bytes),
      decisions: .swap(SwapDecisions(gaps: gaps)))
    let report = SwapReport(plan, simulator: simulator)
    let kernels = report.result.tasks.filter { $0.task.kernel != nil }
    return report.result.isValid && !kernels.isEmpty ? report : nil
  }.first

  @Test("kernels have a lane of their own, by tensor, and the two kinds differ")
  func page() throws {
    let report = try #require(Self.report)
    let lane = try #require(report.timelineLanes.first { $0.title == "Codecs" })
    let kernels = report.result.tasks.filter { $0.task.kernel != nil }
    #expect(lane.items.count == kernels.count)
    #expect(lane.items.map(\.name) == kernels.map { $0.task.chain?.tensor })
    #expect(lane.items.map(\.other) == kernels.map { $0.task.operation })
    let styles = Set(lane.items.map(\.style))
    #expect(Set(styles.map(\.name)) == ["encoding", "decoding"])
    #expect(Set(styles.map(\.style)).count == 2)
    let compute = try #require(report.timelineLanes.first { $0.title == "Compute" })
    #expect(!compute.items.contains { styles.contains($0.style) })
  }

  @Test("a trace has them on a thread of their own, with the simulator's times")
  func perfetto() throws {
    let report = try #require(Self.report)
    let events = try PerfettoTests.events(report).filter { $0.ph == "X" && $0.cat == "codec" }
    let kernels = PlannedIteration(report.result).tasks.filter { $0.task.task.kernel != nil }
    #expect(!kernels.isEmpty)
    #expect(
      events.map(\.name).sorted()
        == kernels.map {
          "\($0.task.task.kernel?.rawValue ?? "") \($0.task.task.chain?.tensor ?? "")"
        }.sorted())
    #expect(Set(events.map(\.start)) == Set(kernels.map(\.span.start)))
    #expect(Set(events.map(\.tid)) == [PerfettoTrace.Lane.codecs.rawValue])
  }
}
