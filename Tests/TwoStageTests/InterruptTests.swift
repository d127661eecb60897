import CBC
import Optimization
import Plans
import Profiles
import Testing

@testable import TwoStage

/// Searches that the user or time ends.
@Suite struct StageInterruptTests {
  @Test(
    "each budget still has a plan, from the first step or from less memory",
    arguments: [true, false]
  )
  func limits(isTimed: Bool) throws {
    let graph = RandomStages.graph(stages: 4, strategies: 3, seed: 7)
    let instance = StageInstance(graph)
    let most = RandomStages.budget(of: instance, share: 2)
    var settings = TwoStageSettings()
    if isTimed { settings.timeLimit = 0 }
    var planner = try TwoStagePlanner(profile: RandomStages.profile(graph), settings: settings)
    let flag = Cancellation()
    if !isTimed { flag.cancel() }
    planner.cancellation = flag
    let answers = try planner.plans(budgets: [most, most * 2], solver: CBCSolver())
    #expect(answers.count == 2)
    for answer in answers {
      guard case .plan(let plan) = answer else {
        Issue.record("with so much memory the first choices fit")
        continue
      }
      #expect(!plan.isRepeatable)
      #expect(!plan.search.contains { $0.strategy == "local search" && $0.termination == "done" })
    }
    guard case .plan(let second) = answers[1] else { return }
    #expect(second.search.contains { $0.strategy == "plan for less memory" })
    #expect(flag.hasAnswer)
  }
}
