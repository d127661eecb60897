import CBC
import Gradients
import Plans
import Profiles
import Simulation
import TestSupport
import Testing

/// What the replay refuses, and plans that can't be read.
@Suite struct GradientReplayTests {
  private static func made() throws -> (Profile, GradientPlan) {
    let profile = RandomGradients.real(nodes: 4, rate: 1.25)
    var settings = GradientSettings()
    settings.energy = 0.6
    let plan = try GradientPlanner(profile: profile, settings: settings).plan(solver: CBCSolver())
    return (profile, try #require(plan))
  }

  @Test("a plan that breaks a promise is refused with the bucket and the reason")
  func faults() throws {
    let (profile, plan) = try Self.made()
    let sparse = try #require(plan.decisions.firstIndex { $0.choice != nil })
    func expect(_ words: String, _ change: (inout GradientPlan) -> Void) {
      var broken = plan
      change(&broken)
      let fault = GradientReplay(broken, on: profile).run().faults.first ?? "none"
      #expect(fault.contains(words), "\(fault)")
    }
    expect("none") { _ in }
    expect("the budget asks for 99.9900 %") { $0.energyBudget = 0.9999 }
    expect("nothing is decided for the bucket 'layer 12'") { $0.decisions.removeLast() }
    expect("in the order of the profile") { $0.decisions.swapAt(0, 1) }
    expect("doesn't say how much energy a density of 0.0123") {
      $0.decisions[sparse].choice?.density = 0.0123
    }
    expect("nothing says which elements") { $0.decisions[sparse].choice = nil }
    expect("one format for each phase") { $0.decisions[sparse].wire = [] }
    expect("needs a choice by blocks") {
      $0.decisions[sparse].algorithm = .mesh
      $0.decisions[sparse].choice = .init(selection: .whole, density: 0.1)
    }
    expect("chooses from the whole bucket") {
      $0.decisions[sparse].algorithm = .okTopk
      $0.decisions[sparse].choice = .init(selection: .equal, block: 1024, density: 0.1)
    }
    expect("chooses nothing") { $0.decisions[sparse].algorithm = .dense }
  }

  @Test("another wire format sends other bytes")
  func wire() throws {
    let (profile, plan) = try Self.made()
    let sparse = try #require(plan.decisions.firstIndex { !$0.wire.isEmpty })
    var wide = plan
    wide.decisions[sparse].wire = wide.decisions[sparse].wire.map { _ in .dense }
    let (first, second) = (
      GradientReplay(plan, on: profile).run(), GradientReplay(wide, on: profile).run()
    )
    #expect(second.isValid && second.betweenNodesBytes > first.betweenNodesBytes)
    #expect(second.channelMicroseconds > first.channelMicroseconds)
  }

  static let broken: [(String, String, String)] = [
    ("\"gradients\"", "\"dispatch\"", "this is a dispatch plan; use `planner dispatch PROFILE"),
    ("\"energy\": 0.6", "\"energy\": 1.6", "budget.energy: 1.6 is out of range"),
    ("\"strategy\"", "\"stratgy\"", "decisions.stratgy: decisions has no key \"stratgy\""),
    (
      "\"algorithm\": \"dense-intra-sparse-inter\"", "\"algorithm\": \"fast\"",
      "\"fast\" is not one of the words known here"
    ),
    ("\"wire\": [", "\"wire\": [\"dense\", ", "formats are not one for each of 3 phases"),
    ("\"block\": 1024", "\"block\": 0", "block: 0 is out of range"),
    ("\"block\": 1024, ", "", "the selection equal and its block contradict"),
    ("\"density\": 0", "\"x_density\": 0", "selection, block and density belong together"),
  ]

  @Test("a plan that can't be read is refused with place and remedy", arguments: broken.indices)
  func reading(index: Int) throws {
    let (_, plan) = try Self.made()
    let text = String(decoding: plan.encoded(), as: UTF8.self)
    #expect(
      try GradientPlan.read(plan.encoded(), name: "p")
        == GradientPlan.read(Array(text.utf8), name: "p"))
    let (from, to, words) = Self.broken[index]
    let changed = text.replacing(from, with: to, maxReplacements: 1)
    try #require(changed != text, "\(text)")
    let error = #expect(throws: PlanError.self) {
      try GradientPlan.read(Array(changed.utf8), name: "p")
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }
}
