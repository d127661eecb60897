import Plans
import Profiles
import Simulation
import Testing

@Suite("The rules of copies")
struct CopyRuleTests {
  /// `x` and `y` are made by the first operators, idle, and read by the last ones.
  func idle(
    _ middle: [Operator], x: Int = 10, y: Int = 10, on device: Device = device()
  ) -> Profile {
    profile(
      [tensor("x", x), tensor("y", y)],
      [operation("makeX", writes: ["x"]), operation("makeY", writes: ["y"])] + middle + [
        operation("useX", reads: ["x"]), operation("useY", reads: ["y"]),
      ], on: device)
  }

  func run(
    _ profile: Profile, _ changes: [(tensor: String, after: String, action: GapDecision.Action)],
    budget: Int = 1000, host: Int? = nil
  ) throws -> SimulationResult {
    try Simulator(profile: profile).run(
      decisions(for: profile, changes), budgetBytes: budget * kilobyte,
      hostBudgetBytes: host.map { $0 * kilobyte })
  }

  func start(of operation: String, in result: SimulationResult) -> Double? {
    result.tasks.first { $0.task.operation == operation }?.startMicroseconds
  }

  @Test("device memory is freed when the copy to the host ends, not before")
  func freedAtEnd() throws {
    // x leaves from 10 to 30; y (10) and x (20) fill the budget; big needs 20 of it at 20.
    let profile = idle([operation("big", workspace: 20), operation("tail", 50)], x: 20)
    let result = try run(profile, [("x", "makeX", .swap(prefetchAt: "tail"))], budget: 30)
    #expect(start(of: "big", in: result) == 30)
    #expect(result.memoryStallMicroseconds == 10)
    #expect(result.stalls.map(\.task.operation) == ["big"])
  }

  @Test("host memory is held from the start of the copy to the end of the copy back")
  func hostMemory() throws {
    let profile = idle([operation("one", 40), operation("two", 30)])
    let changes = [
      ("x", "makeX", GapDecision.Action.swap(prefetchAt: "two")),
      ("y", "makeY", .swap(prefetchAt: "two")),
    ]
    let result = try run(profile, changes)
    var host: [String] = []
    for (before, after) in zip(result.memory, result.memory.dropFirst())
    where before.hostBytes != after.hostBytes {
      host.append("\(Int(after.microseconds)): \(after.hostBytes / kilobyte)")
    }
    // to the host: x 10…20, y 20…30; back: x 60…70, y 70…80
    #expect(host == ["10: 10", "20: 20", "70: 10", "80: 0"])
    #expect(result.peakHostBytes == 20_000)
    #expect(try run(profile, changes, host: 20).isValid)
    let name = GapName(tensor: "y", after: "makeY", before: "useY")
    let shortage = Failure.Shortage(bytes: 10_000, usedBytes: 10_000, budgetBytes: 19_000)
    #expect(
      try run(profile, changes, host: 19).verdict == .failed(.hostMemory(name, shortage)))
  }

  @Test("copies queued by one operator go in the plan's order", arguments: [false, true])
  func planOrder(isReversed: Bool) throws {
    let profile = profile(
      [tensor("x", 10), tensor("y", 10)],
      [
        operation("make", writes: ["x", "y"]), operation("wait", 50), operation("issue", 50),
        operation("use", reads: ["x", "y"]),
      ])
    let x = ("x", "make", GapDecision.Action.swap(prefetchAt: "issue"))
    let y = ("y", "make", GapDecision.Action.swap(prefetchAt: "issue"))
    let result = try run(profile, isReversed ? [y, x] : [x, y])
    let order = isReversed ? ["y", "x"] : ["x", "y"]
    #expect(result.copies.map(\.gap.tensor) == order + order)
    #expect(result.copies.map(\.startMicroseconds) == [10, 20, 60, 70])
  }

  @Test("copies queued by operators that end at one moment go in the operators' order")
  func operatorOrder() throws {
    let profile = profile(
      [tensor("x", 10), tensor("y", 10)],
      [
        operation("makeX", writes: ["x"]), operation("makeY", 0, writes: ["y"]),
        operation("wait", 50), operation("use", reads: ["x", "y"]),
      ])
    let result = try run(
      profile,
      [
        ("y", "makeY", .swap(prefetchAt: "wait")), ("x", "makeX", .swap(prefetchAt: "wait")),
      ])
    #expect(result.copies.filter { $0.direction == .toHost }.map(\.gap.tensor) == ["x", "y"])
    #expect(result.copies.filter { $0.direction == .toDevice }.map(\.gap.tensor) == ["y", "x"])
  }

  @Test("a copy back waits for the copy to the host")
  func waitsForHost() throws {
    let result = try run(
      idle([operation("one", 5)], x: 30), [("x", "makeX", .swap(prefetchAt: "makeY"))])
    #expect(result.copies.map(\.queuedMicroseconds) == [10, 10])
    #expect(result.copies.map(\.startMicroseconds) == [10, 40])
    #expect(start(of: "useX", in: result) == 70)
    #expect(result.swapInStallMicroseconds == 45)
  }

  @Test("a copy back waits for memory")
  func waitsForMemory() throws {
    let profile = idle([operation("big", 30, workspace: 20), operation("tail", 30)], x: 10)
    let result = try run(profile, [("x", "makeX", .swap(prefetchAt: "big"))], budget: 30)
    // big runs from 20 to 50 and leaves no room for x
    #expect(result.copies.map(\.startMicroseconds) == [10, 50])
    #expect(result.isValid)
  }

  @Test("a copy that waits holds up those behind it")
  func headOfLine() throws {
    // makeX 0…10, makeY 10…20 (x leaves 10…30, y leaves 30…35), rest 20…70, big 70…100, tail …150
    let profile = idle(
      [
        operation("rest", 50), operation("big", 30, workspace: 20), operation("tail", 50),
      ], x: 20, y: 5)
    let result = try run(
      profile,
      [
        ("x", "makeX", .swap(prefetchAt: "big")), ("y", "makeY", .swap(prefetchAt: "big")),
      ], budget: 25)
    let back = result.copies.filter { $0.direction == .toDevice }
    #expect(back.map(\.gap.tensor) == ["x", "y"])
    #expect(back.map(\.startMicroseconds) == [100, 120])  // y alone would fit at 70
  }

  @Test("at one moment, a task takes memory before a copy does")
  func taskFirst() throws {
    // At 50, `first` ends and frees 20: `second` (20) and the copy of x (10) both want it.
    let profile = idle(
      [
        operation("first", 30, workspace: 20), operation("second", 30, workspace: 20),
        operation("tail", 30),
      ])
    let result = try run(profile, [("x", "makeX", .swap(prefetchAt: "first"))], budget: 30)
    #expect(start(of: "second", in: result) == 50)
    #expect(result.copies.last?.startMicroseconds == 80)
  }

  @Test("at one moment, memory is freed before the next task looks for it")
  func freedFirst() throws {
    // The copy of x to the host ends at 20, as makeY does; big fits only without x.
    let result = try run(
      idle([operation("big", 30, workspace: 20), operation("tail", 30)]),
      [("x", "makeX", .swap(prefetchAt: "tail"))], budget: 30)
    #expect(start(of: "big", in: result) == 20)
    #expect(result.stallMicroseconds == 0)
  }

  @Test("a task can start at the moment at which the last tensor arrives")
  func arrival() throws {
    // x leaves 10…20, comes back 20…30 as `one` runs from 20 to 30.
    let result = try run(
      idle([operation("one")]), [("x", "makeX", .swap(prefetchAt: "one"))])
    #expect(start(of: "useX", in: result) == 30)
    #expect(result.stalls.isEmpty)
  }

  @Test("both directions slow down exactly while both are busy")
  func duplex() throws {
    // x leaves 10…20 and returns from 20 on; y (30) leaves from 20 on: both at half speed.
    // x is back at 40; y has 20 of 30 left and ends at 60.
    let profile = idle(
      [operation("one"), operation("two", 100)], x: 10, y: 30, on: device(duplex: 0.5))
    let result = try run(
      profile,
      [
        ("x", "makeX", .swap(prefetchAt: "one")), ("y", "makeY", .swap(prefetchAt: "two")),
      ])
    let ends = result.copies.map { "\($0.gap.tensor) \($0.direction) \($0.endMicroseconds)" }
    #expect(
      ends == ["x toHost 20.0", "y toHost 60.0", "x toDevice 40.0", "y toDevice 90.0"])
  }

  @Test("each direction slows down by its own factor, latency included")
  func unequalDuplex() throws {
    var device = device()
    device.deviceToHost = link(latency: 2, duplex: 0.25)
    device.hostToDevice = link(latency: 4, duplex: 0.8)
    // x leaves 10…22. From 22 on: y leaves (12 of work at 0.25), x returns (14 at 0.8).
    // x is back at 22 + 17.5 = 39.5; y has 12 − 4.375 = 7.625 left and ends at 47.125.
    let result = try run(
      idle([operation("one"), operation("two", 100)], on: device),
      [
        ("x", "makeX", .swap(prefetchAt: "one")), ("y", "makeY", .swap(prefetchAt: "two")),
      ])
    #expect(result.copies.map(\.endMicroseconds) == [22, 47.125, 39.5, 61.125])
  }

  @Test("an operator that only writes waits for the tensor too")
  func writeOnly() throws {
    let profile = profile(
      [tensor("x", 10)],
      [
        operation("make", writes: ["x"]), operation("one", 5), operation("write", writes: ["x"]),
      ])
    let result = try run(profile, [("x", "make", .swap(prefetchAt: "one"))])
    #expect(start(of: "write", in: result) == 30)
  }

  @Test("copies of no duration end at once")
  func noDuration() throws {
    let profile = profile(
      [tensor("x", 0), tensor("y", 0)],
      [
        operation("make", 0, writes: ["x", "y"]), operation("one", 0), operation("two", 0),
        operation("use", 0, reads: ["x", "y"]),
      ])
    let result = try run(
      profile,
      [
        ("x", "make", .swap(prefetchAt: "two")), ("y", "make", .swap(prefetchAt: "one")),
      ])
    #expect(result.isValid)
    #expect(result.iterationMicroseconds == 0)
    #expect(result.copies.count == 4)
  }

  @Test("a tensor can be swapped in several gaps")
  func twice() throws {
    let profile = profile(
      [tensor("x", 10)],
      [
        operation("make", writes: ["x"]), operation("one", 30), operation("use", reads: ["x"]),
        operation("two", 30), operation("last", reads: ["x"]),
      ])
    let result = try run(
      profile, [("x", "make", .swap(prefetchAt: "one")), ("x", "use", .swap(prefetchAt: "two"))])
    #expect(result.copies.map(\.startMicroseconds) == [10, 20, 50, 60])
    #expect(result.bytesToHost == 20_000)
    #expect(result.bytesToDevice == 20_000)
    #expect(result.iterationMicroseconds == 90)
  }

  @Test("more memory can stop a plan: a copy back comes earlier and takes what a task needs")
  func moreIsNotAlwaysBetter() throws {
    let profile = idle(
      [
        operation("first", 30, workspace: 20), operation("big", 10, workspace: 30),
        operation("tail", 30),
      ], x: 20, y: 0)
    let changes = [("x", "makeX", GapDecision.Action.swap(prefetchAt: "first"))]
    // In 30, x finds no room beside `first`, and `big` goes before it.
    #expect(try run(profile, changes, budget: 30).isValid)
    // In 40, x comes back beside `first`, and 30 more are wanted.
    let shortage = Failure.Shortage(bytes: 30_000, usedBytes: 20_000, budgetBytes: 40_000)
    #expect(
      try run(profile, changes, budget: 40).verdict
        == .failed(.waitsForMemory(TaskName(operation: "big"), shortage)))
    #expect(try run(profile, changes, budget: 50).isValid)
  }
}
