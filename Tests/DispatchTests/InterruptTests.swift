import CBC
import Optimization
import Plans
import Testing
import TokenDispatch

/// Searches that the user ends.
@Suite struct DispatchInterruptTests {
  @Test("an interrupt before the first step leaves the even dispatch, marked")
  func interrupt() throws {
    let profile = Clusters.profile(Clusters.random(seed: 1, devices: 6, latency: true))
    var planner = try DispatchPlanner(profile: profile)
    let flag = Cancellation()
    flag.cancel()
    planner.cancellation = flag
    let plan = try planner.plan(solver: CBCSolver())
    #expect(!plan.isRepeatable && flag.hasAnswer)
    #expect(plan.strategy == "even")
    #expect(plan.search.compactMap(\.valueMicroseconds).count == 1)
  }
}
