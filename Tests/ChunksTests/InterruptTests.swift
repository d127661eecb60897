import CBC
import Chunks
import Optimization
import Plans
import Reports
import Simulation
import Testing

/// Searches that the user ends.
@Suite struct ChunkInterruptTests {
  @Test("an interrupt before the first step leaves the first choice that fits, marked")
  func interrupt() throws {
    var planner = try RandomChunks.planner(layers: 4, seed: 2, share: 0.3)
    let flag = Cancellation()
    flag.cancel()
    planner.cancellation = flag
    let plan = try ChunkPlanTests.plan(planner)
    #expect(!plan.isRepeatable && flag.hasAnswer)
    #expect(!plan.search.contains { $0.strategy == "relaxation" })
    #expect(plan.search.count { $0.valueMicroseconds != nil } == 1)
    #expect(ChunkReport(plan, profile: planner.data.profile).result.isValid)
  }
}
