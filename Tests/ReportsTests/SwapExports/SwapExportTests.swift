import Collectors
import Foundation
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing

@Suite("Plans of swaps for other programs")
struct SwapExportTests {
  /// The sample: `a` is swapped, `b` made again, `loss` waits for memory and `f2` for `a`.
  static func export(_ format: SwapExport.Format) throws -> SwapExport {
    try SwapExport(Sample.report(), as: format)
  }

  /// A random profile with every gap that may be swapped swapped, and room for it.
  static func random(_ seed: UInt64) throws -> SwapReport {
    let profile = RandomProfile.layered(layers: 6, seed: seed)
    let simulator = try Simulator(profile: profile)
    let names = profile.operators.map(\.id)
    let gaps = simulator.storages.gaps.map { gap -> GapDecision in
      let tensor = simulator.storages.all[gap.storage].tensor
      let isSwapped = tensor.isMovable && !gap.wraps
      return GapDecision(
        tensor: tensor.id, after: names[gap.after], before: names[gap.before],
        action: isSwapped ? .swap(prefetchAt: names[gap.before - 1]) : .keep)
    }
    let budget = simulator.demand.unconstrainedPeak.bytes
    let plan = Plan(
      version: "1.0", profile: .init(name: profile.name), budget: .init(deviceBytes: budget),
      decisions: .swap(SwapDecisions(gaps: gaps)))
    return SwapReport(plan, simulator: simulator)
  }

  @Test(
    "a plan that fails is not exported, whatever the form", arguments: SwapExport.Format.allCases)
  func invalid(_ format: SwapExport.Format) throws {
    let report = try Sample.report(
      [Sample.gap("a", .keep), Sample.gap("b", .keep), Sample.gap("x", .keep)], budget: 70)
    #expect {
      try SwapExport(report, as: format)
    } throws: { error in
      "\(error)".hasPrefix("the simulator rejects the plan: ")
    }
  }

  @Test(
    "the same plan gives the same bytes",
    arguments: [SwapExport.Format.perfetto, .memoryViz, .minimalloc, .chakra])
  func repeatable(_ format: SwapExport.Format) throws {
    let first = try SwapExport(Self.random(4), as: format)
    #expect(try SwapExport(Self.random(4), as: format) == first)
    #expect(!first.bytes.isEmpty && first.losses.isEmpty)
  }

  @Test("a snapshot of the plan read by planner collect has its peak", arguments: UInt64(0)..<12)
  func snapshot(_ seed: UInt64) throws {
    let report = seed == 0 ? try Sample.report() : try Self.random(seed)
    #expect(report.result.isValid)
    let file = SourceFile(
      name: "plan.pickle", bytes: try SwapExport(report, as: .memoryViz).bytes)
    let profile = try SnapshotCollector().collect(file).profile
    #expect(profile.validate().isEmpty)
    let peak = try Simulator(profile: profile).runUnconstrained().peakDeviceBytes
    #expect(peak == report.result.peakDeviceBytes)
  }

  @Test("a Chakra trace of the plan read by planner collect has its tasks, times and copies")
  func chakra() throws {
    let bytes = try Self.export(.chakra).bytes
    let profile = try ChakraCollector().collect(SourceFile(name: "plan.et", bytes: bytes))
    #expect(
      profile.operators.map(\.id) == [
        "0.f1", "1.f2", "2.f3", "3.loss", "4.f2again", "5.b3", "6.b2", "7.b1",
      ])
    #expect(profile.operators.allSatisfy { $0.durationMicroseconds == 10_000 })
    #expect(profile.source?.notes.contains { $0.contains("2 loads and stores") } == true)
    // x, a, b, c, d, b again, e, g, h.
    #expect(
      profile.tensors.map { $0.bytes / Sample.mebibyte } == [10, 20, 20, 10, 10, 20, 10, 10, 10])
  }

  @Test("the buffers of the plan are a table that is read again", arguments: UInt64(1)..<4)
  func buffers(_ seed: UInt64) throws {
    let report = try Self.random(seed)
    let bytes = try SwapExport(report, as: .minimalloc).bytes
    let table = try BufferTable.read(bytes, name: "plan.csv")
    #expect(table.buffers == report.result.buffers(alignment: 256))
    #expect(!table.buffers.isEmpty)
  }

  @Test("Python modules name operators by overload and occurrence, and tell what they lose")
  func modules() throws {
    let report = try HookSample.report(swapped: true, again: false)
    let eager = try SwapExport(report, as: .pytorchEager)
    let text = String(decoding: eager.bytes, as: UTF8.self)
    #expect(eager.losses.isEmpty)
    #expect(
      text.contains(
        #"{"operator": ["mm.default", 1], "output": 0, "prefetch": ["mm.default", 2]}"#))
    #expect(text.contains(#""profile": "hostile \"\"\" \\ ' \n name""#))
    let compiled = try SwapExport(report, as: .torchCompile)
    #expect(
      compiled.losses == [
        "the compiler asks a solver only about operators that take long; about others it decides itself",
        "1 swapped tensors, the first 't2', stay on the device: the solver decides only what is saved",
      ])
    let both = try SwapExport(HookSample.report(swapped: true, again: true), as: .pytorchEager)
    #expect(both.losses.contains { $0.contains("a selective checkpoint saves its results itself") })
    let mixed = String(decoding: both.bytes, as: UTF8.self)
    #expect(mixed.contains(#""recompute": [["mm.default", 0]]"#))
  }

  @Test("operators that no program of PyTorch runs have no module")
  func foreign() throws {
    #expect {
      try SwapExport(Sample.report(), as: .pytorchEager)
    } throws: { error in
      "\(error)".hasPrefix("operators[0].id: \"f1\" is no operator of PyTorch's dispatcher")
        && "\(error)".contains("planner collect hook")
    }
  }
}

/// A step as the module of `planner collect hook` records it.
enum HookSample {
  static func report(swapped: Bool, again: Bool) throws -> SwapReport {
    func operation(
      _ id: String, _ phase: Operator.Phase, _ reads: [String], _ writes: [String]
    ) -> Operator {
      Operator(
        id: id, phase: phase, durationMicroseconds: 10, reads: reads, writes: writes,
        isRecomputable: phase == .forward)
    }
    let link = Link(latencyMicroseconds: 1, gbPerSecond: 1)
    let profile = Profile(
      name: "hostile \"\"\" \\ ' \n name",
      device: Device(name: "d", memoryBytes: 1 << 20, hostToDevice: link, deviceToHost: link),
      tensors: [Tensor(id: "t0", bytes: 1000, kind: .input)]
        + (1...6).map { Tensor(id: "t\($0)", bytes: 1000, kind: .activation) },
      operators: [
        operation("0.mm.default", .forward, ["t0"], ["t1"]),
        operation("1.mm.default", .forward, ["t1"], ["t2"]),
        operation("2.relu.default", .forward, ["t2"], ["t3"]),
        operation("3.mm.default", .backward, ["t3"], ["t4"]),
        operation("4.mm.default", .backward, ["t2", "t4"], ["t5"]),
        operation("5.mm.default", .backward, ["t0", "t1", "t5"], ["t6"]),
      ])
    let simulator = try Simulator(profile: profile)
    let names = profile.operators.map(\.id)
    let gaps = simulator.storages.gaps.map { gap -> GapDecision in
      let tensor = simulator.storages.all[gap.storage].tensor.id
      let action: GapDecision.Action =
        switch tensor {
        case "t1" where again: .recompute(operators: ["0.mm.default"])
        case "t2" where swapped: .swap(prefetchAt: "3.mm.default")
        default: .keep
        }
      return GapDecision(
        tensor: tensor, after: names[gap.after], before: names[gap.before], action: action)
    }
    let plan = Plan(
      version: "1.0", profile: .init(name: profile.name), budget: .init(deviceBytes: 100_000),
      decisions: .swap(SwapDecisions(gaps: gaps)))
    return SwapReport(plan, simulator: simulator)
  }
}
