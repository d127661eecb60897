import Plans
import Profiles
import Testing

@testable import Simulation

/// A device with NVMe that carries so many GB/s each way.
private func deviceWithNVMe(latency: Double = 0, gbPerSecond: Double) -> Device {
  var device = device(latency: latency)
  device.hostToNVMe = Link(latencyMicroseconds: 0, gbPerSecond: gbPerSecond)
  device.nvmeToHost = device.hostToNVMe
  return device
}

@Suite("The example with NVMe, of the page on the execution model")
struct NVMeExampleTests {
  static let example = profile(
    [tensor("a", 20), tensor("b", 20)],
    [
      operation("f1", 20, writes: ["a"]), operation("f2", 20, writes: ["b"]),
      operation("f3", 20, workspace: 40), operation("f4", 20), operation("b2", 20, reads: ["b"]),
      operation("b1", 20, reads: ["a"]),
    ], on: deviceWithNVMe(gbPerSecond: 0.5))

  static func plan(tier: GapDecision.Tier = .nvme(readAt: "f3")) -> SwapDecisions {
    decisions(
      for: example,
      [("a", "f1", .swap(prefetchAt: "b2", tier: tier)), ("b", "f2", .swap(prefetchAt: "f4"))])
  }

  func run(_ plan: SwapDecisions, host: Int = 30_000, nvme: Int? = nil) throws -> SimulationResult {
    try Simulator(profile: Self.example).run(
      plan, budgetBytes: 50_000, hostBudgetBytes: host, nvmeBudgetBytes: nvme)
  }

  @Test("the times are those of the table")
  func times() throws {
    let result = try run(Self.plan())
    #expect(result.verdict == .valid)
    #expect(result.iterationMicroseconds == 220)
    #expect(result.memoryStallMicroseconds == 60)
    #expect(result.swapInStallMicroseconds == 40)
    let copies = result.copies.map {
      "\($0.gap.tensor) \($0.direction) \(Int($0.queuedMicroseconds)) "
        + "\(Int($0.startMicroseconds)) \(Int($0.endMicroseconds))"
    }
    #expect(
      copies == [
        "a toHost 20 20 40", "a toNVMe 40 40 80", "b toHost 40 80 100", "b toDevice 120 120 140",
        "a fromNVMe 100 140 180", "a toDevice 140 180 200",
      ])
    #expect((result.bytesToNVMe, result.bytesFromNVMe) == (20_000, 20_000))
  }

  @Test("the memory is that of the table")
  func memory() throws {
    let result = try run(Self.plan())
    var last: [Int: String] = [:]
    for sample in result.memory {
      last[Int(sample.microseconds)] =
        "\(sample.deviceBytes / 1000) \(sample.hostBytes / 1000) \(sample.nvmeBytes / 1000)"
    }
    #expect(
      last == [
        0: "20 0 0", 20: "40 20 0", 40: "20 20 20", 80: "20 20 20", 100: "40 20 20",
        120: "20 20 20", 140: "20 20 20", 160: "0 20 20", 180: "20 20 0", 200: "20 0 0",
        220: "0 0 0",
      ])
    #expect(result.peakHostBytes == 20_000)
    #expect(result.peakNVMeBytes == 20_000)
  }

  @Test("without NVMe the second tensor finds no room on the host")
  func hostOnly() throws {
    let result = try run(Self.plan(tier: .host))
    let b = GapName(tensor: "b", after: "f2", before: "b2")
    #expect(
      result.failure
        == .hostMemory(b, .init(bytes: 20_000, usedBytes: 20_000, budgetBytes: 30_000)))
    #expect(result.iterationMicroseconds == 40)
  }

  @Test("where no operator is named, the read is queued its own time ahead of the copy back")
  func defaultRead() throws {
    // The read takes 40 µs, and b2 starts 40 µs after f3 if nothing waits.
    let named = try run(Self.plan(tier: .nvme(readAt: "f3")))
    let unnamed = try run(Self.plan(tier: .nvme()))
    #expect(named == unnamed)
    let gap = IdleGap(storage: 0, after: 0, before: 5)
    let durations = [Double](repeating: 20, count: 6)
    func read(_ time: Double) -> Int {
      gap.defaultRead(from: 0, to: 4, lasting: time, durations: durations)
    }
    #expect([0, 1, 20, 21, 40, 60, 1000].map(read) == [4, 3, 3, 2, 2, 1, 1])
    // Over the boundary it goes back into the iteration before.
    let over = IdleGap(storage: 0, after: 3, before: 1)
    #expect(over.defaultRead(from: 3, to: 0, lasting: 30, durations: durations) == 4)
    #expect(over.defaultRead(from: 4, to: 0, lasting: 30, durations: durations) == 5)
  }

  @Test("what doesn't fit on NVMe fails the plan, and says how much would do")
  func full() throws {
    let a = GapName(tensor: "a", after: "f1", before: "b1")
    let result = try run(Self.plan(), nvme: 19_999)
    #expect(
      result.failure == .nvmeMemory(a, .init(bytes: 20_000, usedBytes: 0, budgetBytes: 19_999)))
    let words = try #require(result.failure).description
    #expect(words.contains("tensor 'a'") && words.contains("would have done"))
    #expect(try run(Self.plan(), nvme: 20_000).isValid)
  }

  @Test("a tensor that the host can't hold fails the plan")
  func largerThanHost() throws {
    guard case .hostMemory(let gap, _) = try run(Self.plan(), host: 19_999).failure else {
      Issue.record("the host holds too much")
      return
    }
    #expect(gap.tensor == "a")
  }

  @Test("a read that waits for what waits for it is a verdict with the tensor and the bytes")
  func deadlock() throws {
    // `a` is read when the host is empty but for b, and b comes back only after a.
    let plan = decisions(
      for: Self.example,
      [
        ("a", "f1", .swap(prefetchAt: "f4", tier: .nvme(readAt: "f3"))),
        ("b", "f2", .swap(prefetchAt: "f4")),
      ])
    let result = try run(plan)
    let a = GapName(tensor: "a", after: "f1", before: "b1")
    #expect(
      result.failure
        == .hostMemoryForRead(
          TaskName(operation: "b2"), a,
          .init(bytes: 20_000, usedBytes: 20_000, budgetBytes: 30_000)))
    #expect(try #require(result.failure).kind == "host_memory_for_read")
    #expect(try run(plan, host: 40_000).isValid)
  }
}

@Suite("The example with NVMe over the boundary, of the page on the execution model")
struct NVMeBoundaryExampleTests {
  @Test("the times and the memory are those of the table")
  func table() throws {
    let example = profile(
      [
        tensor("w", 10, .parameter), tensor("m", 20, .optimizerState), tensor("a", 10),
        tensor("g", 10),
      ],
      [
        operation("f", 20, reads: ["w"], writes: ["a"]),
        operation("b", 20, reads: ["w", "a"], writes: ["g"], workspace: 20),
        operation("step", 20, reads: ["g", "w", "m"], writes: ["w", "m"]),
      ], on: deviceWithNVMe(latency: 1, gbPerSecond: 1))
    let plan = decisions(
      for: example, [("m", "step", .swap(prefetchAt: "b", tier: .nvme(readAt: "f")))])
    let result = try Simulator(profile: example).run(
      plan, budgetBytes: 60_000, hostBudgetBytes: 20_000, nvmeBudgetBytes: 20_000)
    #expect(result.verdict == .valid)
    #expect(result.isSteady)
    #expect(result.iterationStarts == [0, 81])
    #expect(result.iterationMicroseconds == 102)
    #expect(result.memoryStallMicroseconds == 1)
    #expect(result.swapInStallMicroseconds == 41)
    var last: [Int: String] = [:]
    for sample in result.memory {
      last[Int(sample.microseconds)] =
        "\(sample.deviceBytes / 1000) \(sample.hostBytes / 1000) \(sample.nvmeBytes / 1000)"
    }
    #expect(
      last == [
        0: "20 20 20", 20: "50 20 0", 40: "40 20 0", 61: "40 0 0", 81: "40 20 0",
        102: "50 20 20", 122: "20 20 20", 142: "40 20 0", 163: "40 0 0", 183: "30 0 0",
      ])
  }
}

@Suite("Plans with a tier that doesn't fit")
struct TierFaultTests {
  let a = GapName(tensor: "a", after: "f1", before: "b1")

  func faults(_ action: GapDecision.Action, on profile: Profile = NVMeExampleTests.example) throws
    -> [PlanFault]
  {
    try Simulator(profile: profile).faults(in: decisions(for: profile, [("a", "f1", action)]))
  }

  @Test("a read outside of the tensor's stay", arguments: ["f1", "f2", "b2", "b1"])
  func outside(operation: String) throws {
    let action = GapDecision.Action.swap(
      prefetchAt: "f4", offloadAt: "f2", tier: .nvme(readAt: operation))
    #expect(try faults(action) == [.readOutsideStay(a, readAt: operation)])
  }

  @Test("a read within the tensor's stay", arguments: ["f3", "f4"])
  func inside(operation: String) throws {
    let action = GapDecision.Action.swap(
      prefetchAt: "f4", offloadAt: "f2", tier: .nvme(readAt: operation))
    #expect(try faults(action).isEmpty)
  }

  @Test("an unknown operator, and links that are absent")
  func unknown() throws {
    let action = GapDecision.Action.swap(prefetchAt: "f4", tier: .nvme(readAt: "never"))
    #expect(try faults(action) == [.unknownOperator(a, operator: "never")])
    var profile = NVMeExampleTests.example
    profile.device?.nvmeToHost = nil
    #expect(try faults(action, on: profile) == [.missingLink(a, .fromNVMe)])
    profile.device?.hostToNVMe = nil
    #expect(try faults(action, on: profile) == [.missingLink(a, .toNVMe)])
    let words = PlanFault.missingLink(a, .toNVMe).description
    #expect(words.contains("from host to NVMe") && words.hasSuffix("swap to the host"))
    #expect(PlanFault.readOutsideStay(a, readAt: "b1").description.hasPrefix("\(a): 'b1'"))
  }

  @Test("links that can't be replayed")
  func links() {
    func check(_ error: UnusableProfile, _ change: (inout Profile) -> Void) {
      var profile = NVMeExampleTests.example
      change(&profile)
      #expect(throws: error) { () throws(UnusableProfile) in try Simulator(profile: profile) }
    }
    check(.link(.toNVMe)) { $0.device?.hostToNVMe?.latencyMicroseconds = .nan }
    check(.link(.fromNVMe)) { $0.device?.nvmeToHost?.points[0].gbPerSecond = 0 }
  }
}
