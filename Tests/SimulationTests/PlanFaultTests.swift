import Plans
import Profiles
import Simulation
import Testing

@Suite("Plans that don't fit the profile")
struct PlanFaultTests {
  /// The example with an alias of `a` and a tensor `fixed` that may not leave.
  var profile: Profile {
    var profile = workedExample
    profile.tensors.append(tensor("view", 20, aliasOf: "a"))
    profile.tensors.append(tensor("fixed", 1, movable: false))
    profile.operators[0].writes.append("fixed")
    profile.operators[6].reads.append("fixed")
    return profile
  }

  func fault(_ gap: GapName, _ action: GapDecision.Action) throws -> [PlanFault] {
    let simulator = try Simulator(profile: profile)
    var decisions = decisions(for: profile)
    decisions.gaps.removeAll {
      $0.tensor == gap.tensor && $0.after == gap.after && $0.before == gap.before
    }
    let added = GapDecision(
      tensor: gap.tensor, after: gap.after, before: gap.before, action: action)
    decisions.gaps.insert(added, at: 0)
    let faults = simulator.faults(in: decisions)
    let verdict = simulator.run(decisions, budgetBytes: .max).verdict
    #expect(faults.isEmpty ? verdict == .valid : verdict == .failed(.invalidPlan(faults)))
    return faults
  }

  let a = GapName(tensor: "a", after: "f2", before: "b2")
  let b = GapName(tensor: "b", after: "f3", before: "b3")
  let x = GapName(tensor: "x", after: "f1", before: "b1")

  @Test("names that the profile lacks")
  func unknownNames() throws {
    let nobody = GapName(tensor: "nobody", after: "f2", before: "b2")
    #expect(try fault(nobody, .keep) == [.unknownTensor(nobody)])
    let never = GapName(tensor: "a", after: "never", before: "b2")
    #expect(try fault(never, .keep) == [.unknownOperator(never, operator: "never")])
    let late = GapName(tensor: "a", after: "f2", before: "late")
    #expect(try fault(late, .keep) == [.unknownOperator(late, operator: "late")])
    #expect(
      try fault(a, .swap(prefetchAt: "never")).first == .unknownOperator(a, operator: "never"))
    #expect(
      try fault(b, .recompute(operators: ["never"])).first
        == .unknownOperator(b, operator: "never"))
  }

  @Test("decisions about an alias")
  func alias() throws {
    let view = GapName(tensor: "view", after: "f2", before: "b2")
    #expect(try fault(view, .keep) == [.alias(view, owner: "a")])
  }

  @Test("operators that are no ends of an idle gap")
  func noGap() throws {
    for (after, before) in [("f1", "f2"), ("f1", "b2"), ("f2", "b1"), ("b2", "f2"), ("f2", "f2")] {
      let wrong = GapName(tensor: "a", after: after, before: before)
      #expect(try fault(wrong, .keep) == [.notAnIdleGap(wrong)])
    }
  }

  @Test("gaps with two decisions or none, in the plan's order and no more than ten in a verdict")
  func twiceOrNever() throws {
    let simulator = try Simulator(profile: workedExample)
    #expect(
      simulator.faults(in: SwapDecisions(gaps: []))
        == [.undecided(b), .undecided(a), .undecided(x)])
    var many = workedDecisions
    for _ in 0..<6 { many.gaps += workedDecisions.gaps.prefix(2) }
    #expect(simulator.faults(in: many).prefix(2) == [.decidedTwice(a), .decidedTwice(b)])
    #expect(simulator.faults(in: many).count == 12)
    guard case .failed(.invalidPlan(let faults)) = simulator.run(many, budgetBytes: .max).verdict
    else { throw Missing() }
    #expect(faults.count == 10)
  }

  struct Missing: Error {}

  @Test("copies back that are queued outside the gap", arguments: ["f1", "f2", "b2", "b1"])
  func prefetch(operation: String) throws {
    #expect(
      try fault(a, .swap(prefetchAt: operation)).first
        == .prefetchOutsideGap(a, prefetchAt: operation))
  }

  @Test("copies back that are queued inside the gap", arguments: ["f3", "loss", "b3"])
  func goodPrefetch(operation: String) throws {
    #expect(try fault(a, .swap(prefetchAt: operation)).isEmpty)
  }

  @Test("swaps of what may not move")
  func immovable() throws {
    let fixed = GapName(tensor: "fixed", after: "f1", before: "b1")
    #expect(try fault(fixed, .swap(prefetchAt: "loss")) == [.immovable(fixed)])
  }

  @Test("swaps without links")
  func links() throws {
    var profile = workedExample
    profile.device?.hostToDevice = nil
    #expect(
      try Simulator(profile: profile).faults(in: workedDecisions) == [.missingLink(a, .toDevice)])
    profile.device = nil
    #expect(
      try Simulator(profile: profile).faults(in: workedDecisions) == [.missingLink(a, .toHost)])
  }

  @Test("chains that run when the tensor is not away", arguments: ["f1", "f2", "last"])
  func moment(operation: String) throws {
    #expect(
      try fault(b, .recompute(operators: ["f2"], at: operation)).first
        == (operation == "last"
          ? .unknownOperator(b, operator: operation)
          : .recomputedOutsideGap(b, at: operation)))
  }

  @Test("chains that don't make the tensor")
  func chains() throws {
    #expect(try fault(b, .recompute(operators: [])).first == .emptyChain(b))
    #expect(
      try fault(b, .recompute(operators: ["f2", "f1"])).first
        == .notRecomputable(b, operator: "f1"))
    #expect(
      try fault(x, .recompute(operators: ["f2"])).first
        == .wrongLastOperator(x, operator: "f2", writer: nil))
    #expect(
      try fault(b, .recompute(operators: ["f2", "f2"])).first == .writesTooEarly(b, operator: "f2"))
  }

  @Test("chains that would see another content than at first")
  func stale() throws {
    let made = GapName(tensor: "y", after: "make", before: "use")
    // `make` reads a weight that `update` changes before `y` is used again; `z` changes in place.
    let profile = SimulationTests.profile(
      [tensor("weight", 5, .parameter), tensor("y", 5), tensor("z", 5)],
      [
        operation("make", reads: ["weight"], writes: ["y"], recomputable: true),
        operation("makeZ", writes: ["z"], recomputable: true),
        operation("change", reads: ["z"], writes: ["z"], recomputable: true),
        operation("update", reads: ["weight"], writes: ["weight"]),
        operation("use", reads: ["y", "z"]),
      ])
    let simulator = try Simulator(profile: profile)
    let again = decisions(for: profile, [("y", "make", .recompute(operators: ["make"]))])
    #expect(
      simulator.faults(in: again) == [.staleRead(made, operator: "make", tensor: "weight")])
    let changed = GapName(tensor: "z", after: "change", before: "use")
    let wrong = decisions(for: profile, [("z", "change", .recompute(operators: ["makeZ"]))])
    #expect(
      simulator.faults(in: wrong)
        == [.wrongLastOperator(changed, operator: "makeZ", writer: "change")])
    let inPlace = decisions(for: profile, [("z", "change", .recompute(operators: ["change"]))])
    #expect(simulator.faults(in: inPlace) == [.staleRead(changed, operator: "change", tensor: "z")])
  }

  @Test("each fault is a sentence that names the place and the remedy")
  func sentences() {
    #expect(
      PlanFault.undecided(a).description
        == "tensor 'a' between 'f2' and 'b2': the gap has no decision; add one (`keep` changes"
        + " nothing)")
    let faults: [PlanFault] = [
      .unknownTensor(a), .alias(a, owner: "o"), .unknownOperator(a, operator: "o"),
      .notAnIdleGap(a), .decidedTwice(a), .undecided(a), .immovable(a), .missingLink(a, .toHost),
      .missingLink(a, .toDevice), .prefetchOutsideGap(a, prefetchAt: "o"), .emptyChain(a),
      .recomputedOutsideGap(a, at: "o"),
      .notRecomputable(a, operator: "o"), .wrongLastOperator(a, operator: "o", writer: "w"),
      .wrongLastOperator(a, operator: "o", writer: nil), .writesTooEarly(a, operator: "o"),
      .staleRead(a, operator: "o", tensor: "t"),
    ]
    #expect(faults.allSatisfy { $0.description.hasPrefix("\(a): ") })
    #expect(faults.allSatisfy { $0.description.contains(";") })
    #expect(Set(faults.map(\.description)).count == faults.count)
  }
}
