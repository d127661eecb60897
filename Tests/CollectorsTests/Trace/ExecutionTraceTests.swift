import Collectors
import Profiles
import Testing

@Suite("Execution Traces")
struct ExecutionTraceTests {
  private func profile(_ files: [SourceFile]) throws -> Profile {
    try KinetoCollector(device: TrainingTrace.device()).collect(files)
  }

  @Test(
    "every schema gives the same tensors",
    arguments: ["1.0.1", "1.0.2-chakra.0.0.4", "1.0.3-chakra.0.0.4", "1.1.0-chakra.0.0.4"])
  func schemas(schema: String) throws {
    let profile = try profile([ExecutionTraceBuilder.training(schema: schema).file()])
    let newest = try self.profile([ExecutionTraceBuilder.training().file()])
    #expect(profile.validate().isEmpty)
    #expect(profile.tensors == newest.tensors)
    #expect(profile.operators == newest.operators)
  }

  @Test("an unknown schema is named")
  func unknownSchema() throws {
    #expect(
      throws: CollectorError.unsupported(
        file: "execution.json", place: "schema", problem: "'2.0.0' isn't known",
        remedy: "known are 1.0.1 to 1.1.1")
    ) { try profile([ExecutionTraceBuilder(schema: "2.0.0").file()]) }
  }

  @Test("a reused storage is another tensor, and views touch nothing")
  func lives() throws {
    let profile = try profile([ExecutionTraceBuilder.training().file()])
    let steps = Dictionary(uniqueKeysWithValues: profile.operators.map { ($0.id, $0) })
    #expect(
      profile.operators.map(\.phase) == [
        .forward, .forward, .forward, .backward, .backward, .backward, .backward, .optimizer,
      ])
    #expect(steps["aten::relu#1"]?.reads == ["aten::linear#1.0"])
    #expect(
      Set(steps["ReluBackward0#1"]?.reads ?? []) == ["aten::relu#1.0", "SumBackward0#1.0"])
    #expect(steps["ReluBackward0#1"]?.writes == ["ReluBackward0#1.0"])
    #expect(steps["AddmmBackward0#1"]?.reads.contains("ReluBackward0#1.0") == true)
    let kinds = Dictionary(grouping: profile.tensors, by: \.kind).mapValues { $0.map(\.bytes) }
    #expect(kinds[.parameter] == [262_144])
    #expect(profile.tensors.filter { $0.kind == .gradient && $0.isPersistent }.count == 1)
    // The batch of one step isn't touched by the next.
    #expect(kinds[.input] == [65_536])
    #expect(steps["aten::linear#1"]?.flops == 8_388_608)  // 2 · 64 · 256 · 256
  }

  @Test("with the Kineto trace of the same run, times are measured and tensors exact")
  func linked() throws {
    let kineto = TrainingTrace.build(hasMemory: false) { $0.hasShapes = false }
    let merged = try profile([kineto.file(), ExecutionTraceBuilder.training().file()])
    #expect(merged.validate().isEmpty)
    #expect(abs(TrainingTrace.microseconds(merged) - 1000) < 0.01)
    let alone = try profile([ExecutionTraceBuilder.training().file()])
    #expect(merged.operators.map(\.id) == alone.operators.map(\.id))
    #expect(merged.operators.map(\.reads) == alone.operators.map(\.reads))
    #expect(merged.operators.map(\.writes) == alone.operators.map(\.writes))
    let swapped = try profile([ExecutionTraceBuilder.training().file(), kineto.file()])
    #expect(swapped == merged)
  }

  @Test("the Execution Trace of another run is refused")
  func otherRun() throws {
    var other = ExecutionTraceBuilder()
    other.add("aten::mm", number: 7)
    #expect(throws: CollectorError.self) {
      try profile([TrainingTrace.build().file(), other.file()])
    }
  }

  @Test("arguments that a schema marks are changed, others only read")
  func changedArguments() throws {
    var trace = ExecutionTraceBuilder()
    let first = ExecutionTraceBuilder.Tensor(storage: 1, elements: 1024, shape: [1024])
    let second = ExecutionTraceBuilder.Tensor(storage: 2, elements: 1024, shape: [1024])
    trace.add(
      "aten::add", inputs: [first, second],
      schema: "aten::add.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)")
    let profile = try profile([trace.file()])
    #expect(profile.operators[0].reads.count == 2)
    #expect(profile.operators[0].writes == ["parameter.1"])
  }
}
