import Plans
import Profiles
import Simulation
import Testing

@Suite("The rules of chains")
struct ChainRuleTests {
  /// `w` → `a` → `b` → `c`, a step of 10 µs each that may run again; `c` is read again at the end.
  /// `pair` makes `b` and `extra`.
  static let ladder = profile(
    [
      tensor("w", 1, .parameter), tensor("a", 10), tensor("b", 20), tensor("extra", 7),
      tensor("c", 30), tensor("d", 2),
    ],
    [
      operation("makeA", reads: ["w"], writes: ["a"], workspace: 3, recomputable: true),
      operation("pair", reads: ["a"], writes: ["b", "extra"], recomputable: true),
      operation("makeC", reads: ["b"], writes: ["c"], recomputable: true),
      operation("far", 50),
      operation("use", reads: ["c"], writes: ["d"]),
    ])

  func run(
    _ profile: Profile, _ changes: [(tensor: String, after: String, action: GapDecision.Action)],
    budget: Int = 1000
  ) throws -> SimulationResult {
    try Simulator(profile: profile).run(
      decisions(for: profile, changes), budgetBytes: budget * kilobyte)
  }

  @Test("temporaries are freed after their last use in the chain")
  func temporaries() throws {
    let result = try run(
      Self.ladder, [("c", "makeC", .recompute(operators: ["makeA", "pair", "makeC"]))])
    let again = result.memory.filter { $0.microseconds >= 80 }
      .map { "\(Int($0.microseconds)): \($0.deviceBytes / kilobyte)" }
    #expect(
      again == [
        "80: 14",  // w, a, workspace
        "90: 11",  // the workspace is free
        "90: 38",  // b, extra
        "100: 21",  // a is free after its last use, extra has none
        "100: 51",  // c
        "110: 31",  // b is free
        "110: 33", "120: 1",
      ])
    #expect(result.recomputeMicroseconds == 30)
    #expect(result.iterationMicroseconds == 120)
  }

  @Test("a dropped tensor is freed at once")
  func droppedAtOnce() throws {
    let result = try run(
      Self.ladder, [("c", "makeC", .recompute(operators: ["makeA", "pair", "makeC"]))])
    let afterMakeC = result.memory.last { $0.microseconds == 30 }
    #expect(afterMakeC?.deviceBytes == 1000)
  }

  @Test("a chain reads what is resident instead of making it")
  func residentInput() throws {
    let profile = profile(
      [tensor("a", 10), tensor("b", 20)],
      [
        operation("makeA", writes: ["a"]),
        operation("makeB", reads: ["a"], writes: ["b"], recomputable: true),
        operation("far"), operation("use", reads: ["a", "b"]),
      ])
    let result = try run(profile, [("b", "makeB", .recompute(operators: ["makeB"]))])
    #expect(result.isValid)
    #expect(result.recomputeMicroseconds == 10)
    #expect(result.memory.map { $0.deviceBytes / kilobyte } == [0, 10, 30, 10, 30, 0])
  }

  @Test("a chain whose tensor was freed long ago is told so")
  func freedInput() throws {
    let result = try run(Self.ladder, [("c", "makeC", .recompute(operators: ["makeC"]))])
    let name = GapName(tensor: "c", after: "makeC", before: "use")
    #expect(
      result.verdict
        == .failed(
          .absentTensor(
            TaskName(operation: "makeC", chain: name), tensor: "b", bytes: 20_000, .freed)))
  }

  /// `a` and `b` (made from `a`) are idle until `use`.
  static let twoDropped = profile(
    [tensor("a", 10), tensor("b", 20)],
    [
      operation("makeA", writes: ["a"], recomputable: true),
      operation("makeB", reads: ["a"], writes: ["b"], recomputable: true),
      operation("far", 60), operation("use", reads: ["a", "b"]),
    ])

  @Test("chains before one operator run in the order of what they make, whatever the plan's order")
  func makersOrder() throws {
    let a = ("a", "makeB", GapDecision.Action.recompute(operators: ["makeA"]))
    let b = ("b", "makeB", GapDecision.Action.recompute(operators: ["makeB"]))
    for plan in [[a, b], [b, a]] {
      let result = try run(Self.twoDropped, plan)
      #expect(result.isValid)
      #expect(
        result.tasks.map(\.task.operation) == ["makeA", "makeB", "far", "makeA", "makeB", "use"])
    }
  }

  @Test("an operator with two outputs runs once for both, if they are made again at one moment")
  func twoOutputs() throws {
    let profile = profile(
      [tensor("w", 1, .parameter), tensor("a", 10), tensor("b", 20), tensor("c", 2)],
      [
        operation("pair", reads: ["w"], writes: ["a", "b"], recomputable: true),
        operation("far", 50), operation("useA", 30, reads: ["a"]),
        operation("useB", reads: ["b"], writes: ["c"]),
      ])
    let chain = GapDecision.Action.recompute(operators: ["pair"])
    let early = GapDecision.Action.recompute(operators: ["pair"], at: "useA")
    let together = try run(profile, [("a", "pair", chain), ("b", "pair", early)])
    #expect(together.isValid)
    #expect(together.tasks.map(\.task.operation) == ["pair", "far", "pair", "useA", "useB"])
    // w and both outputs; a is free after its use, b after the last operator.
    #expect(together.memory.last { $0.microseconds == 60 }?.deviceBytes == 31 * kilobyte)
    #expect(together.memory.last { $0.microseconds == 100 }?.deviceBytes == 23 * kilobyte)
    let apart = try run(profile, [("a", "pair", chain), ("b", "pair", chain)])
    #expect(apart.recomputeMicroseconds == 2 * together.recomputeMicroseconds)
  }

  @Test("a tensor that is made again early is there for other chains")
  func earlyChain() throws {
    let a = ("a", "makeB", GapDecision.Action.recompute(operators: ["makeA"], at: "far"))
    let b = ("b", "makeB", GapDecision.Action.recompute(operators: ["makeB"]))
    let result = try run(Self.twoDropped, [b, a])
    #expect(result.isValid)
    #expect(
      result.tasks.map(\.task.operation) == ["makeA", "makeB", "makeA", "far", "makeB", "use"])
    let late = ("b", "makeB", GapDecision.Action.recompute(operators: ["makeB"], at: "far"))
    let dropped = ("a", "makeB", GapDecision.Action.recompute(operators: ["makeA"]))
    let name = GapName(tensor: "b", after: "makeB", before: "use")
    #expect(
      try run(Self.twoDropped, [late, dropped]).verdict
        == .failed(
          .absentTensor(
            TaskName(operation: "makeB", chain: name), tensor: "a", bytes: 10_000, .dropped)))
  }

  @Test("a chain waits for a tensor that is on its way back")
  func onItsWay() throws {
    // a leaves 20…30 and returns 80…90 as `issue` runs; the chain starts at 81 only for that.
    var profile = Self.twoDropped
    profile.operators.insert(operation("issue", 1), at: 3)
    let changes = [
      ("a", "makeB", GapDecision.Action.swap(prefetchAt: "issue")),
      ("b", "makeB", .recompute(operators: ["makeB"])),
    ]
    let result = try run(profile, changes)
    #expect(result.swapInStallMicroseconds == 9)
    #expect(result.stalls.map(\.task.chain?.tensor) == ["b"])
    #expect(result.stalls.map(\.tensor) == ["a"])
  }

  @Test("a chain waits for the way back even before the tensor has left")
  func notYetGone() throws {
    // a leaves 20…30, its copy back is queued at 20 and runs 30…40; `b` is wanted at 21.
    var profile = Self.twoDropped
    profile.operators[2].durationMicroseconds = 1
    let result = try run(
      profile,
      [("a", "makeB", .swap(prefetchAt: "far")), ("b", "makeB", .recompute(operators: ["makeB"]))])
    #expect(result.tasks[3].startMicroseconds == 40)
    #expect(result.swapInStallMicroseconds == 19)
  }

  @Test("a chain that reads a tensor whose way back comes later is told so")
  func onHost() throws {
    let profile = profile(
      [tensor("a", 10), tensor("b", 20)],
      [
        operation("makeA", writes: ["a"]),
        operation("makeB", reads: ["a"], writes: ["b"], recomputable: true),
        operation("far"), operation("useB", reads: ["b"]), operation("useA", reads: ["a"]),
      ])
    let result = try run(
      profile,
      [("a", "makeB", .swap(prefetchAt: "useB")), ("b", "makeB", .recompute(operators: ["makeB"]))])
    let name = GapName(tensor: "b", after: "makeB", before: "useB")
    #expect(
      result.verdict
        == .failed(
          .absentTensor(
            TaskName(operation: "makeB", chain: name), tensor: "a", bytes: 10_000, .onHost)))
  }

  @Test("an operator that runs again queues no copy and begins no gap")
  func noSideEffects() throws {
    // makeB is where the copy back of x is queued and where the gap of a begins.
    let profile = profile(
      [tensor("x", 10), tensor("a", 10), tensor("b", 20)],
      [
        operation("makeX", writes: ["x"]), operation("makeA", writes: ["a"]),
        operation("makeB", reads: ["a"], writes: ["b"], recomputable: true),
        operation("far", 60), operation("useB", reads: ["b"]), operation("rest"),
        operation("useAll", reads: ["a", "x"]),
      ])
    let result = try run(
      profile,
      [
        ("x", "makeX", .swap(prefetchAt: "makeB")), ("a", "makeB", .swap(prefetchAt: "far")),
        ("b", "makeB", .recompute(operators: ["makeB"])),
      ])
    #expect(result.isValid)
    #expect(result.copies.count == 4)
    #expect(result.memory.last?.deviceBytes == 0)
  }

  @Test("each write in a chain makes a new buffer, and reads see the newest")
  func newest() throws {
    let profile = profile(
      [tensor("a", 10), tensor("b", 20)],
      [
        operation("makeA", writes: ["a"], recomputable: true),
        operation("changeA", reads: ["a"], writes: ["a"], recomputable: true),
        operation("makeB", reads: ["a"], writes: ["b"], recomputable: true),
        operation("far", 70), operation("use", reads: ["b"]),
      ])
    let result = try run(
      profile, [("b", "makeB", .recompute(operators: ["makeA", "changeA", "makeB"]))])
    let again = result.memory.filter { $0.microseconds >= 100 }.map { $0.deviceBytes / kilobyte }
    #expect(again == [10, 20, 10, 30, 20, 0])
  }

  @Test("a chain takes memory for all that it makes")
  func memory() throws {
    // At its first run, makeC needs 51; when it runs again, `big` is there too.
    var profile = Self.ladder
    profile.tensors.append(tensor("big", 20))
    profile.operators[3].writes.append("big")
    profile.operators[4].reads.append("big")
    let changes = [
      ("c", "makeC", GapDecision.Action.recompute(operators: ["makeA", "pair", "makeC"]))
    ]
    #expect(try run(profile, changes, budget: 71).isValid)
    let result = try run(profile, changes, budget: 70)
    let name = GapName(tensor: "c", after: "makeC", before: "use")
    let shortage = Failure.Shortage(bytes: 30_000, usedBytes: 41_000, budgetBytes: 70_000)
    #expect(
      result.verdict
        == .failed(.waitsForMemory(TaskName(operation: "makeC", chain: name), shortage)))
  }
}
