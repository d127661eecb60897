import Collectors
import Profiles
import TestSupport
import Testing

@Suite("Damaged and hostile traces")
struct DamagedTraceTests {
  private func outcome(_ text: some Sequence<UInt8>) throws -> Result<Profile, CollectorError> {
    let collector = try KinetoCollector(device: TrainingTrace.device())
    let file = SourceFile(name: "bad.json", bytes: Array(text))
    return Result { () throws(CollectorError) in try collector.collect([file]) }
  }

  private func expectSound(_ text: some Sequence<UInt8>) throws {
    if case .success(let profile) = try outcome(text) {
      let faults = profile.validate()
      #expect(faults.isEmpty, "\(faults.prefix(2))")
    }
  }

  private func failure(_ text: String) throws -> String {
    switch try outcome(text.utf8) {
    case .success(let profile):
      Issue.record("a profile of \(profile.operators.count) operators")
      return ""
    case .failure(let error): return error.description
    }
  }

  @Test("a trace cut at any place is an error", arguments: [true, false])
  func truncated(isKineto: Bool) throws {
    let text =
      isKineto
      ? TrainingTrace.build(steps: 1).text : ExecutionTraceBuilder.training(steps: 1).text
    let bytes = Array(text.utf8)
    for end in stride(from: 0, to: bytes.count, by: 61) {
      guard case .success(let profile) = try outcome(bytes.prefix(end)) else { continue }
      Issue.record("the first \(end) bytes gave a profile of \(profile.operators.count) operators")
    }
  }

  @Test("flipped bytes never crash", arguments: UInt64(0)..<120)
  func flipped(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let text =
      seed % 2 == 0
      ? TrainingTrace.build(TraceBuilder.Vintage.allCases[Int(seed / 2 % 4)]).text
      : ExecutionTraceBuilder.training(schema: seed % 4 == 1 ? "1.0.1" : "1.1.0").text
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      bytes[Int.random(in: bytes.indices, using: &random)] =
        UInt8.random(in: 0x20...0x7E, using: &random)
    }
    try expectSound(bytes)
  }

  @Test("random numbers in any place never crash", arguments: UInt64(0)..<120)
  func numbers(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let text =
      seed % 2 == 0
      ? TrainingTrace.build { $0.hasAddresses = seed % 4 == 0 }.text
      : ExecutionTraceBuilder.training().text
    let extremes = [
      "-1", "0", "1", "1e3", "1e400", "-9223372036854775808", "9223372036854775807",
      "4611686018427387904", "1152921504606846976", "1000000000", "null", "[]", "\"x\"", "3.5",
      "{}",
    ]
    var parts = text.split(separator: ": ", omittingEmptySubsequences: false).map(String.init)
    for _ in 0..<Int.random(in: 1...10, using: &random) {
      let index = Int.random(in: parts.indices, using: &random)
      let digits = parts[index].prefix { $0.isNumber }
      guard !digits.isEmpty else { continue }
      parts[index] =
        (extremes.randomElement(using: &random) ?? "0") + parts[index].dropFirst(digits.count)
    }
    try expectSound(parts.joined(separator: ": ").utf8)
  }

  @Test("lines left out, doubled or exchanged never crash", arguments: UInt64(0)..<100)
  func exchanged(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var trace = TrainingTrace.build { $0.hasTotals = seed % 3 == 0 }
    for _ in 0..<Int.random(in: 1...12, using: &random) {
      let one = Int.random(in: trace.events.indices, using: &random)
      let other = Int.random(in: trace.events.indices, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: trace.events.remove(at: one)
      case 1: trace.events.append(trace.events[one])
      default: trace.events.swapAt(one, other)
      }
    }
    try expectSound(trace.text.utf8)
  }

  @Test("a quotation mark that isn't escaped is told with its line")
  func quotationMark() throws {
    var trace = TrainingTrace.build()
    trace.add("aten::linear\" of me", at: 10, for: 5)
    let message = try failure(trace.text)
    #expect(message.contains("line \(trace.events.count + 2), column"))
    #expect(message.contains("isn't escaped"))
  }

  @Test("nesting without end is refused", arguments: ["[", "{\"a\": ", "{\"traceEvents\": ["])
  func nesting(opening: String) throws {
    let text = "{\"x\": " + String(repeating: opening, count: 100_000)
    #expect(try failure(text).contains("64 levels of nesting"))
  }

  @Test("deep calls don't exhaust the stack")
  func deepCalls() throws {
    var trace = ExecutionTraceBuilder()
    var parent = 2
    for _ in 0..<20_000 { parent = trace.add("aten::add", in: parent) }
    #expect(try failure(trace.text).contains("no operator of the step has a tensor"))
  }

  @Test("shapes and sizes that can't be counted are refused")
  func hugeShapes() throws {
    var trace = TrainingTrace.build()
    trace.add("aten::huge", at: 10, for: 5, shapes: [[1 << 40, 1 << 40]])
    #expect(try failure(trace.text).contains("more elements than can be counted"))
    var execution = ExecutionTraceBuilder()
    execution.add(
      "aten::mm",
      inputs: [ExecutionTraceBuilder.Tensor(storage: 1, elements: 1 << 62, shape: [])])
    #expect(try failure(execution.text).contains("more bytes than can be counted"))
    var product = ExecutionTraceBuilder()
    let matrix = ExecutionTraceBuilder.Tensor(
      storage: 1, elements: 1024, shape: [1 << 30, 1 << 30])
    product.add(
      "aten::mm", inputs: [matrix, matrix],
      outputs: [
        ExecutionTraceBuilder.Tensor(storage: 2, elements: 1024, shape: [1 << 30, 1 << 30])
      ])
    #expect(try failure(product.text).contains("more than eleven days"))
    var memory = TrainingTrace.build()
    memory.memory(1 << 60, at: 1200)
    #expect(try failure(memory.text).contains("more bytes than can be counted"))
  }

  @Test("files of another kind are named as such")
  func otherFiles() throws {
    #expect(try failure("{\"a\": 1}").contains("neither traceEvents nor nodes"))
    #expect(try failure("").contains("neither traceEvents nor nodes"))
    #expect(try failure("{\"traceEvents\": []}").contains("no operators"))
    #expect(try failure("{\"traceEvents\": 3}").contains("an array"))
    #expect(try failure("{\"schema\": \"1.1.0\", \"nodes\": []}").contains("no node"))
    let message = try failure(
      "{\"traceEvents\": [{\"ph\": \"X\", \"cat\": \"cpu_op\", \"name\": \"a\", \"dur\": 1}]}")
    #expect(message.contains("lacks ts"))
  }
}
