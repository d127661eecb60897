import Plans
import Profiles
import TestSupport

/// A profile of six operators in which `x` and `a` are idle for a while.
enum PlanFixtures {
  /// f1 … f3 go forward, b3 … b1 back; `a1` is made by f1 from `x` and idle until b1.
  static var profile: Profile {
    func step(_ id: String, _ phase: Operator.Phase, _ reads: [String], _ writes: [String])
      -> Operator
    {
      Operator(
        id: id, phase: phase, durationMicroseconds: 10, reads: reads, writes: writes,
        isRecomputable: phase == .forward)
    }
    return Profile(
      name: "chain",
      tensors: [
        Tensor(id: "x", bytes: 64, kind: .input, isMovable: false),
        Tensor(id: "a1", bytes: 64, kind: .activation),
        Tensor(id: "a2", bytes: 64, kind: .activation),
        Tensor(id: "a3", bytes: 64, kind: .activation),
        Tensor(id: "view", bytes: 32, kind: .activation, aliasOf: "a1"),
        Tensor(id: "g3", bytes: 64, kind: .gradient),
        Tensor(id: "g2", bytes: 64, kind: .gradient),
        Tensor(id: "g1", bytes: 64, kind: .gradient),
      ],
      operators: [
        step("f1", .forward, ["x"], ["a1"]), step("f2", .forward, ["a1"], ["a2"]),
        step("f3", .forward, ["a2"], ["a3"]), step("b3", .backward, ["a3"], ["g3"]),
        step("b2", .backward, ["a2", "g3"], ["g2"]),
        step("b1", .backward, ["x", "view", "g2"], ["g1"]),
      ])
  }

  /// Decides the three gaps of the profile: `a2` from f3 to b2, `x` from f1 to b1, `a1` from f2 to b1.
  static var plan: Plan {
    Plan(
      version: "planner 0.1", profile: Plan.ProfileReference(name: "chain"),
      budget: Plan.Budget(deviceBytes: 320),
      decisions: .swap(
        SwapDecisions(gaps: [
          GapDecision(tensor: "a2", after: "f3", before: "b2", action: .swap(prefetchAt: "b3")),
          GapDecision(tensor: "x", after: "f1", before: "b1", action: .keep),
          GapDecision(
            tensor: "a1", after: "f2", before: "b1", action: .recompute(operators: ["f1"])),
        ])))
  }

  /// Returns a plan that uses every key of the format.
  static func random(seed: UInt64) -> Plan {
    var random = SeededGenerator(seed: seed)
    func name() -> String { "t\(Int.random(in: 0...99, using: &random))/é \"quoted\"" }
    func bytes() -> Int { Int.random(in: 0...(1 << 53), using: &random) }
    func time() -> Double { Double.random(in: 0...1e12, using: &random) }
    func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &random) ? value : nil }
    func action() -> GapDecision.Action {
      switch Int.random(in: 0...4, using: &random) {
      case 0: .keep
      case 1: .swap(prefetchAt: name())
      case 2:
        .swap(prefetchAt: name(), offloadAt: maybe(name()), tier: .nvme(readAt: maybe(name())))
      case 3:
        .swap(prefetchAt: name(), offloadAt: maybe(name()), tier: .compressed(codec: name()))
      default: .recompute(operators: [name(), name()])
      }
    }
    let sizes = 0..<Int.random(in: 0...4, using: &random)
    return Plan(
      version: "planner 1.0",
      profile: Plan.ProfileReference(
        name: name(), sha256: maybe(String(repeating: "9f", count: 32))),
      budget: Plan.Budget(
        deviceBytes: bytes(), hostBytes: maybe(bytes()), nvmeBytes: maybe(bytes())),
      decisions: .swap(
        SwapDecisions(
          gaps: sizes.map { _ in
            GapDecision(tensor: name(), after: name(), before: name(), action: action())
          }, densityQuantile: maybe(Double.random(in: 0...1, using: &random)))),
      prediction: maybe(
        Prediction(
          iterationMicroseconds: time(), computeMicroseconds: time(), stallMicroseconds: time(),
          recomputeMicroseconds: time(), codecMicroseconds: maybe(time()) ?? 0,
          peakDeviceBytes: bytes(), peakHostBytes: bytes(), peakNVMeBytes: maybe(bytes()) ?? 0)),
      lowerBound: maybe(LowerBound(iterationMicroseconds: time(), method: "relaxation")),
      gap: maybe(
        Gap(
          ofIteration: Double.random(in: 0...1, using: &random), ofAddedTime: maybe(0.25))),
      search: sizes.map { _ in
        SearchEntry(
          strategy: name(), valueMicroseconds: maybe(time()), boundMicroseconds: maybe(time()),
          nodes: Int.random(in: 0...9, using: &random), engine: "CBC 2.10.8",
          termination: "optimal")
      },
      reasons: sizes.map { _ in
        Reason(
          tensor: name(), after: name(), before: name(), freedBytes: bytes(),
          costMicroseconds: time(), neededAt: name(), text: "Frees memory where it is\nneeded.")
      },
      isRepeatable: Bool.random(using: &random))
  }
}
