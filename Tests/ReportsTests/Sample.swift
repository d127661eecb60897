import Plans
import Profiles
import Reports
import Simulation

/// The example of the page on the execution model, in MiB and with a plan that says everything.
enum Sample {
  static let mebibyte = 1 << 20

  static let profile: Profile = {
    func tensor(_ id: String, _ mebibytes: Int, _ kind: Tensor.Kind = .activation) -> Tensor {
      Tensor(id: id, bytes: mebibytes * mebibyte, kind: kind)
    }
    func operation(
      _ id: String, _ reads: [String], _ writes: [String], workspace: Int = 0, again: Bool = false
    ) -> Operator {
      Operator(
        id: id, phase: .forward, durationMicroseconds: 10_000, reads: reads, writes: writes,
        workspaceBytes: workspace * mebibyte, isRecomputable: again)
    }
    let link = Link(latencyMicroseconds: 1_000, gbPerSecond: 1.048576)
    return Profile(
      name: "seven-steps",
      device: Device(
        name: "Example 128", memoryBytes: 128 * mebibyte, hostToDevice: link, deviceToHost: link),
      tensors: [
        tensor("x", 10, .input), tensor("a", 20), tensor("b", 20), tensor("c", 10),
        tensor("d", 10), tensor("e", 10), tensor("g", 10), tensor("h", 10),
        Tensor(id: "a.view", bytes: 0, kind: .activation, aliasOf: "a"),
      ],
      operators: [
        operation("f1", ["x"], ["a"]),
        operation("f2", ["a.view"], ["b"], again: true),
        operation("f3", ["b"], ["c"]),
        operation("loss", ["c"], ["d"], workspace: 40),
        operation("b3", ["b", "d"], ["e"]),
        operation("b2", ["a", "e"], ["g"]),
        operation("b1", ["x", "g"], ["h"]),
      ])
  }()

  static func gap(_ tensor: String, _ action: GapDecision.Action) -> GapDecision {
    let (after, before) =
      switch tensor {
      case "a": ("f2", "b2")
      case "b": ("f3", "b3")
      default: ("f1", "b1")
      }
    return GapDecision(tensor: tensor, after: after, before: before, action: action)
  }

  static let plan = Plan(
    version: "1.0", profile: .init(name: "seven-steps"),
    budget: .init(deviceBytes: 70 * mebibyte),
    decisions: .swap(
      SwapDecisions(gaps: [
        gap("a", .swap(prefetchAt: "loss")), gap("b", .recompute(operators: ["f2"])),
        gap("x", .keep),
      ])),
    prediction: Prediction(
      iterationMicroseconds: 112_000, computeMicroseconds: 70_000, stallMicroseconds: 32_000,
      recomputeMicroseconds: 10_000, peakDeviceBytes: 70 * mebibyte,
      peakHostBytes: 20 * mebibyte),
    lowerBound: LowerBound(
      iterationMicroseconds: 101_000, method: "the linear relaxation of the swap model"),
    gap: Gap(ofIteration: 11.0 / 112, ofAddedTime: 11.0 / 42),
    search: [
      SearchEntry(
        strategy: "greedy", valueMicroseconds: 120_000, nodes: 12, engine: "planner",
        termination: "finished", seconds: 0.002),
      SearchEntry(
        strategy: "integer program", valueMicroseconds: 112_000, boundMicroseconds: 101_000,
        nodes: 1234, engine: "CBC 2.10.8", termination: "node limit", seconds: 1.5),
      SearchEntry(
        strategy: "integer program", valueMicroseconds: nil, nodes: 0, engine: "GLPK 5.0",
        termination: "no solution", seconds: 2),
    ],
    reasons: [
      Reason(
        tensor: "a", after: "f2", before: "b2", freedBytes: 20 * mebibyte,
        costMicroseconds: 42_000, neededAt: "loss",
        text: "It is the largest tensor that is idle while 'loss' needs 50 MiB for its output and"
          + " its workspace, and the copy back has until 'b2'."),
      Reason(
        tensor: "b", after: "f3", before: "b3", freedBytes: 20 * mebibyte,
        costMicroseconds: 10_000, neededAt: "loss",
        text: "Running 'f2' again takes 10 ms; two copies would take 42 ms."),
    ])

  static func simulator() throws -> Simulator { try Simulator(profile: profile) }

  static func report() throws -> SwapReport { SwapReport(plan, simulator: try simulator()) }

  /// The sample with other decisions and another budget, and without what the planner said.
  static func report(_ gaps: [GapDecision], budget: Int) throws -> SwapReport {
    let plan = Plan(
      version: "1.0", profile: .init(name: "seven-steps"),
      budget: .init(deviceBytes: budget * mebibyte), decisions: .swap(SwapDecisions(gaps: gaps)))
    return SwapReport(plan, simulator: try simulator())
  }
}
