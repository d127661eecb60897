import ExpertPlacement
import Optimization
import Plans
import Testing

/// Searches that the user ends.
@Suite struct PlacementInterruptTests {
  @Test("an interrupt leaves the best of the quick strategies in every layer, marked")
  func interrupt() throws {
    let profile = Layers.profile(seed: 3, experts: 12, layers: 3, devices: 4, slots: [4, 4, 4, 4])
    var planner = try ExpertPlacementPlanner(profile: profile)
    let flag = Cancellation()
    flag.cancel()
    planner.cancellation = flag
    guard case .plan(let plan) = try planner.plan() else {
      Issue.record("the quick strategies find a plan")
      return
    }
    #expect(plan.layers.count == 3)
    #expect(!plan.isRepeatable && flag.hasAnswer)
    let full = try ExpertPlacementPlanner(profile: profile).plan()
    guard case .plan(let other) = full else { return }
    #expect(other.isRepeatable && other.search.count == plan.search.count)
  }
}
