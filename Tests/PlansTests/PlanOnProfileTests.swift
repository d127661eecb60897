import Plans
import Profiles
import Testing

@Suite struct PlanOnProfileTests {
  @Test("a plan that decides every gap once is a plan for its profile")
  func good() {
    #expect(PlanFixtures.profile.validate() == [])
    #expect(PlanFixtures.plan.faults(on: PlanFixtures.profile) == [])
  }

  /// A change to the plan and the first fault that it causes.
  struct Case: Sendable, CustomTestStringConvertible {
    var change: @Sendable (inout [GapDecision]) -> Void
    var fault: String

    init(_ fault: String, _ change: @escaping @Sendable (inout [GapDecision]) -> Void) {
      self.fault = fault
      self.change = change
    }

    var testDescription: String { fault }
  }

  @Test(
    "a decision that can't be carried out is named",
    arguments: [
      Case(
        "decisions.gaps: nothing is decided for \"x\" after \"f1\" before \"b1\"; "
          + "add it, with the action keep if the tensor stays"
      ) { $0.remove(at: 1) },
      Case("decisions.gaps[3]: decisions.gaps[1] decides this gap too; keep one of the two") {
        $0.append($0[1])
      },
      Case(
        "decisions.gaps[1].tensor: the profile has no tensor \"z\"; "
          + "correct the name, or give the profile that the plan is for"
      ) { $0[1].tensor = "z" },
      Case(
        "decisions.gaps[2].tensor: \"view\" is an alias; name \"a1\", which owns the memory"
      ) { $0[2].tensor = "view" },
      Case(
        "decisions.gaps[0].after: the profile has no operator \"f9\"; "
          + "correct the name, or give the profile that the plan is for"
      ) { $0[0].after = "f9" },
      Case(
        "decisions.gaps[0].before: the profile has no operator \"\"; "
          + "correct the name, or give the profile that the plan is for"
      ) { $0[0].before = "" },
      Case(
        "decisions.gaps[0]: the profile has no idle gap of \"a2\" after \"f2\" before \"b2\"; "
          + "name two operators in a row that use the tensor, with others in between"
      ) { $0[0].after = "f2" },
      Case("decisions.gaps[1].action: \"x\" is not movable; keep it") {
        $0[1].action = .swap(prefetchAt: "f3")
      },
      Case(
        "decisions.gaps[0].prefetch_at: \"b2\" doesn't lie inside the gap; "
          + "name an operator after \"f3\" and before \"b2\""
      ) { $0[0].action = .swap(prefetchAt: "b2") },
      Case(
        "decisions.gaps[0].prefetch_at: \"f3\" doesn't lie inside the gap; "
          + "name an operator after \"f3\" and before \"b2\""
      ) { $0[0].action = .swap(prefetchAt: "f3") },
      Case(
        "decisions.gaps[0].codec: the profile has no codec \"zvc\"; "
          + "correct the name, or give the profile that the plan is for"
      ) { $0[0].action = .swap(prefetchAt: "b3", tier: .compressed(codec: "zvc")) },
      Case(
        "decisions.gaps[0].tier: the profile has no device.links.nvme; "
          + "add the link to the profile, or swap to the host"
      ) { $0[0].action = .swap(prefetchAt: "b3", tier: .nvme(readAt: "b3")) },
      Case(
        "decisions.gaps[0].prefetch_at: the profile has no operator \"soon\"; "
          + "correct the name, or give the profile that the plan is for"
      ) { $0[0].action = .swap(prefetchAt: "soon") },
      Case(
        "decisions.gaps[2].operators[0]: \"f1\" writes \"a1\"; "
          + "let the last operator of the chain write it, and no other"
      ) { $0[2].action = .recompute(operators: ["f1", "f2"]) },
      Case(
        "decisions.gaps[0].operators[0]: \"f1\" doesn't write \"a2\"; "
          + "let the last operator of the chain write it, and no other"
      ) { $0[0].action = .recompute(operators: ["f1"]) },
      Case(
        "decisions.gaps[0].operators[0]: \"b3\" is not recomputable; keep or swap the tensor"
      ) { $0[0].action = .recompute(operators: ["b3"]) },
      Case(
        "decisions.gaps[2].operators[0]: \"f3\" runs after the gap began; "
          + "name operators that made the tensor before"
      ) { $0[2].action = .recompute(operators: ["f3"]) },
      Case(
        "decisions.gaps[2].operators[0]: the profile has no operator \"f0\"; "
          + "correct the name, or give the profile that the plan is for"
      ) { $0[2].action = .recompute(operators: ["f0"]) },
    ])
  func bad(_ example: Case) {
    var plan = PlanFixtures.plan
    guard case .swap(var decisions) = plan.decisions else { return }
    example.change(&decisions.gaps)
    plan.decisions = .swap(decisions)
    #expect(plan.faults(on: PlanFixtures.profile).first?.description == example.fault)
  }

  @Test("the read from NVMe comes between the copy to the host and the copy back")
  func read() {
    var profile = PlanFixtures.profile
    let link = Link(latencyMicroseconds: 0, gbPerSecond: 1)
    profile.device = Device(
      name: "test", memoryBytes: 1000, hostToDevice: link, deviceToHost: link, hostToNVMe: link,
      nvmeToHost: link)
    func faults(readAt: String?) -> [String] {
      var plan = PlanFixtures.plan
      guard case .swap(var decisions) = plan.decisions else { return [] }
      // `a1` is idle from f2 to b1.
      decisions.gaps[2].action = .swap(
        prefetchAt: "b3", offloadAt: "f2", tier: .nvme(readAt: readAt))
      plan.decisions = .swap(decisions)
      return plan.faults(on: profile).map(\.description)
    }
    #expect(faults(readAt: nil).isEmpty)
    #expect(faults(readAt: "f3").isEmpty)
    #expect(faults(readAt: "b3").isEmpty)
    for late in ["b2", "b1", "f2"] {
      #expect(
        faults(readAt: late) == [
          "decisions.gaps[2].read_at: \"\(late)\" doesn't run from the copy to the host to the copy back; "
            + "name \"b3\" or an operator between it and \"f2\""
        ])
    }
    #expect(faults(readAt: "soon").first?.contains("no operator \"soon\"") == true)
  }

  @Test("a chain may make an intermediate tensor that is needed on the way")
  func longChain() {
    var plan = PlanFixtures.plan
    guard case .swap(var decisions) = plan.decisions else { return }
    decisions.gaps[0].action = .recompute(operators: ["f1", "f2"])
    plan.decisions = .swap(decisions)
    #expect(plan.faults(on: PlanFixtures.profile) == [])
  }

  @Test("a chain whose input was overwritten would give another result")
  func staleInput() {
    var profile = PlanFixtures.profile
    profile.operators[3].reads.append("x")
    profile.operators[3].writes.append("x")
    profile.operators[3].isRecomputable = false
    let plan = Plan(
      version: "1", profile: Plan.ProfileReference(name: "chain"),
      budget: Plan.Budget(deviceBytes: 320),
      decisions: .swap(
        SwapDecisions(gaps: [
          GapDecision(
            tensor: "a1", after: "f2", before: "b1", action: .recompute(operators: ["f1"]))
        ])))
    #expect(
      plan.faults(on: profile).first?.description
        == "decisions.gaps[0].operators[0]: \"x\", which it reads, is changed by \"b3\"; "
        + "make it again in the chain, or keep or swap the tensor")
  }

  @Test("an operator that changes its tensor in place can't make it again")
  func inPlace() {
    var profile = PlanFixtures.profile
    profile.operators[1] = Operator(
      id: "f2", phase: .forward, durationMicroseconds: 1, reads: ["a1"], writes: ["a1", "a2"],
      isRecomputable: true)
    var plan = PlanFixtures.plan
    #expect(
      plan.faults(on: profile).first?.description
        == "decisions.gaps[2].operators: \"f2\" changes the tensor later; keep or swap the tensor")
    guard case .swap(var decisions) = plan.decisions else { return }
    decisions.gaps[2].action = .recompute(operators: ["f2"])
    plan.decisions = .swap(decisions)
    #expect(
      plan.faults(on: profile).first?.description
        == "decisions.gaps[2].operators[0]: it reads \"a1\", which is away; keep or swap the tensor"
    )
  }

  @Test("a plan for another profile, or another state of it, is told")
  func otherProfile() {
    var plan = PlanFixtures.plan
    plan.profile = Plan.ProfileReference(name: "other", sha256: "AB")
    let profile = PlanFixtures.profile
    #expect(
      plan.faults(on: profile, sha256: "ac").map(\.description) == [
        "profile.name: the plan is for \"other\", not for \"chain\"; "
          + "give the profile that the plan is for",
        "profile.sha256: the profile has changed since the plan was made; make a new plan",
      ])
    plan.profile.name = "chain"
    #expect(plan.faults(on: profile, sha256: "ab") == [])
    #expect(plan.faults(on: profile) == [])
  }

  @Test("at most ten faults are listed")
  func limit() {
    var plan = PlanFixtures.plan
    plan.decisions = .swap(
      SwapDecisions(
        gaps: (0..<20).map {
          GapDecision(tensor: "none\($0)", after: "f1", before: "f2", action: .keep)
        }))
    #expect(plan.faults(on: PlanFixtures.profile).count == 10)
  }
}
