import CBC
import Gradients
import Optimization
import Plans
import Reports
import Simulation
import Testing

/// Searches that the user ends.
@Suite struct GradientInterruptTests {
  @Test(
    "an interrupt before the first step leaves the first plan, marked", arguments: [true, false])
  func interrupt(isTimed: Bool) throws {
    let profile = RandomGradients.profile(seed: 5)
    var settings = GradientSettings()
    if isTimed { settings.timeLimit = 0 }
    var planner = try GradientPlanner(profile: profile, settings: settings)
    let flag = Cancellation()
    if !isTimed { flag.cancel() }
    planner.cancellation = flag
    let plan = try #require(try planner.plan(solver: CBCSolver()))
    #expect(!plan.isRepeatable && flag.hasAnswer)
    #expect(plan.search.count == 1, "only dense: \(plan.search.map(\.strategy))")
    #expect(GradientReport(plan, profile: profile).result.isValid)
  }
}
