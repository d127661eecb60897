import Plans
import Profiles
import Testing

@testable import Simulation

@Suite("The examples with a codec, of the page on the execution model")
struct CodecExampleTests {
  static func example(share: Double? = nil, workspace: Int = 0) -> Profile {
    var a = tensor("a", 32)
    a.dtype = "float32"
    a.sparsity = Sparsity(history: [.init(epoch: 0, density: 0.25)])
    var example = profile(
      [a],
      [
        operation("f1", 20, writes: ["a"]), operation("f2", 20, workspace: 60),
        operation("f3", 20), operation("b1", 20, reads: ["a"]),
      ])
    example.codecs = [
      CodecModel(
        id: "z", place: .device, elementBytes: 4, ratio: .zeroValue, worstRatio: 1.03125,
        workspaceBytes: workspace, encode: ThroughputTable(gbPerSecond: 3.2),
        decode: ThroughputTable(gbPerSecond: 6.4),
        contention: share.map { CodecModel.Contention(computeShare: $0) })
    ]
    return example
  }

  func run(
    _ example: Profile, tier: GapDecision.Tier = .compressed(codec: "z"), offloadAt: String? = nil,
    host: Int? = nil, budget: Int = 90_000
  ) throws -> SimulationResult {
    let plan = decisions(
      for: example, [("a", "f1", .swap(prefetchAt: "f3", offloadAt: offloadAt, tier: tier))])
    return try Simulator(profile: example).run(plan, budgetBytes: budget, hostBudgetBytes: host)
  }

  /// The last sample of each moment.
  func memory(_ result: SimulationResult) -> [Int: String] {
    var last: [Int: String] = [:]
    for sample in result.memory {
      last[Int(sample.microseconds)] = "\(sample.deviceBytes / 1000) \(sample.hostBytes / 1000)"
    }
    return last
  }

  @Test("kernels that hold the stream: the times and the memory are those of the table")
  func held() throws {
    let result = try run(Self.example())
    #expect(result.verdict == .valid)
    #expect(result.iterationMicroseconds == 104)
    #expect(result.computeMicroseconds == 80)
    #expect(result.codecMicroseconds == 15)
    #expect(result.memoryStallMicroseconds == 9)
    #expect(result.swapInStallMicroseconds == 0)
    #expect((result.bytesToHost, result.bytesToDevice) == (9000, 9000))
    #expect((result.peakDeviceBytes, result.peakHostBytes) == (65_000, 33_000))
    #expect(
      memory(result) == [
        0: "32 0", 20: "65 0", 30: "33 33", 39: "60 33", 59: "33 33", 68: "33 0", 79: "65 0",
        84: "32 0", 104: "0 0",
      ])
    #expect(try run(Self.example(), tier: .host).iterationMicroseconds == 124)
  }

  @Test("kernels that share the device: the times and the memory are those of the table")
  func shared() throws {
    let result = try run(Self.example(share: 0.4))
    #expect(result.verdict == .valid)
    #expect(abs(result.iterationMicroseconds - 101) < 1e-9)
    #expect(abs(result.codecMicroseconds - 6) < 1e-9)
    #expect(abs(result.memoryStallMicroseconds - 15) < 1e-9)
    #expect(
      memory(result) == [
        0: "32 0", 20: "65 0", 30: "33 33", 39: "60 33", 59: "65 33", 68: "65 0", 81: "32 0",
        101: "0 0",
      ])
  }

  @Test("the encoding waits for the operator that the plan names")
  func later() throws {
    let example = Self.example()
    // f2 runs beside the raw tensor, so it needs 92.
    let result = try run(example, offloadAt: "f2", budget: 100_000)
    #expect(result.iterationMicroseconds == 95)
    let encoding = try #require(result.tasks.first { $0.task.kernel == .encode })
    #expect((encoding.startMicroseconds, encoding.endMicroseconds) == (40, 50))
    #expect(encoding.task.description == "the encoding of 'a' after 'f2'")
  }

  @Test("rooms are reserved for the worst, workspaces included")
  func reserved() throws {
    #expect(try run(Self.example(), host: 33_000).isValid)
    guard case .failed(.hostMemory(_, let shortage)) = try run(Self.example(), host: 32_999).verdict
    else {
      Issue.record("less than the worst is enough on the host")
      return
    }
    #expect(shortage.bytes == 33_000)
    let wide = Self.example(workspace: 2000)
    #expect(try run(wide, budget: 67_000).peakDeviceBytes == 67_000)
    guard case .failed(.waitsForMemory(let task, let less)) = try run(wide, budget: 66_999).verdict
    else {
      Issue.record("the workspace is free")
      return
    }
    #expect(task.kernel == .encode)
    #expect(less.bytes == 35_000)
  }

  @Test("plans whose codec doesn't fit are told so")
  func faults() throws {
    let a = GapName(tensor: "a", after: "f1", before: "b1")
    func faults(_ codec: String, _ example: Profile) throws -> [PlanFault] {
      let plan = decisions(
        for: example,
        [("a", "f1", .swap(prefetchAt: "f3", tier: .compressed(codec: codec)))])
      return try Simulator(profile: example).faults(in: plan)
    }
    #expect(try faults("z", Self.example()).isEmpty)
    #expect(try faults("y", Self.example()) == [.unknownCodec(a, codec: "y")])
    var other = Self.example()
    other.codecs[0].place = .host
    #expect(try faults("z", other) == [.unknownCodec(a, codec: "z")])
    other = Self.example()
    other.codecs[0].leastBytes = 32_001
    #expect(try faults("z", other) == [.unsuitedCodec(a, codec: "z")])
    var boundary = Self.example()
    boundary.tensors.append(Tensor(id: "w", bytes: 1000, dtype: "float32", kind: .parameter))
    boundary.operators[1].reads = ["w"]
    let plan = decisions(
      for: boundary, [("w", "f2", .swap(prefetchAt: "b1", tier: .compressed(codec: "z")))])
    let w = GapName(tensor: "w", after: "f2", before: "f2")
    #expect(
      try Simulator(profile: boundary).faults(in: plan) == [.encodedOverBoundary(w, codec: "z")])
    #expect(PlanFault.unknownCodec(a, codec: "y").description.hasSuffix("or swap without"))
  }

  @Test("a density that nobody measured counts as 1, and the quantile picks one of many")
  func densities() throws {
    var example = Self.example()
    example.tensors[0].sparsity = nil
    #expect(try run(example).bytesToHost == 33_000)
    example.tensors[0].sparsity = Sparsity(
      history: [0.5, 0.25, 0.75, 0.375].enumerated().map {
        .init(epoch: $0.offset, density: $0.element)
      })
    func bytes(_ quantile: Double?) throws -> Int {
      var plan = decisions(
        for: example, [("a", "f1", .swap(prefetchAt: "f3", tier: .compressed(codec: "z")))])
      plan.densityQuantile = quantile
      return try Simulator(profile: example).run(plan, budgetBytes: 90_000).bytesToHost
    }
    #expect(
      try [0, 0.25, 0.5, 0.75, 1, nil].map(bytes) == [9000, 9000, 13_000, 17_000, 25_000, 25_000])
  }
}
