import Collectors
import Profiles
import Testing

@Suite("Kineto traces: rules")
struct KinetoRuleTests {
  @Test("every vintage gives the same profile", arguments: TraceBuilder.Vintage.allCases)
  func vintages(vintage: TraceBuilder.Vintage) throws {
    let profile = try TrainingTrace.profile(TrainingTrace.build(vintage))
    let today = try TrainingTrace.profile(TrainingTrace.build(.today))
    #expect(profile.validate().isEmpty)
    #expect(profile.tensors == today.tensors)
    #expect(profile.operators.map(\.id) == today.operators.map(\.id))
    for (one, other) in zip(profile.operators, today.operators) {
      #expect(abs(one.durationMicroseconds - other.durationMicroseconds) < 0.01)
      #expect(one.reads == other.reads && one.writes == other.writes)
    }
  }

  @Test("the iteration is the time from one step's last kernel to the next one's")
  func iterationTime() throws {
    let profile = try TrainingTrace.profile(TrainingTrace.build())
    #expect(abs(TrainingTrace.microseconds(profile) - 1000) < 0.01)
    // Idle from 900 µs to 1150 µs, then 40 µs of work.
    #expect(abs(profile.operators[0].durationMicroseconds - 290) < 0.01)
    #expect(abs(profile.operators[1].durationMicroseconds - 100) < 0.01)
  }

  @Test("the peak is that of the memory events above what stays")
  func peak() throws {
    let profile = try TrainingTrace.profile(TrainingTrace.build())
    let kept = profile.tensors.filter(\.isPersistent)
    #expect(kept.map(\.bytes) == [TrainingTrace.weight, TrainingTrace.weight])
    #expect(kept.map(\.kind) == [.parameter, .gradient])
    #expect(
      TrainingTrace.peak(profile) == 2 * TrainingTrace.weight + TrainingTrace.peakAboveStart)
  }

  @Test("operators carry their phase and what they touch")
  func graph() throws {
    let profile = try TrainingTrace.profile(TrainingTrace.build())
    let steps = Dictionary(uniqueKeysWithValues: profile.operators.map { ($0.id, $0) })
    #expect(
      profile.operators.map(\.phase) == [
        .forward, .forward, .forward, .backward, .backward, .backward, .backward, .optimizer,
      ])
    let relu = try #require(steps["aten::relu#1"])
    #expect(relu.reads == ["aten::linear#1.0"] && relu.writes == ["aten::relu#1.0"])
    #expect(relu.isRecomputable)
    let backward = try #require(steps["ReluBackward0#1"])
    #expect(Set(backward.reads) == ["aten::relu#1.0", "SumBackward0#1.0"])
    let linear = try #require(steps["aten::linear#1"])
    #expect(linear.reads == ["parameter.0"] && !linear.isRecomputable)
    let update = try #require(steps["aten::add_#1"])
    #expect(Set(update.reads).isSuperset(of: ["parameter.0", "parameter.0.gradient"]))
    let accumulate = try #require(steps["torch::autograd::AccumulateGrad#1"])
    #expect(accumulate.writes == ["parameter.0.gradient"])
  }

  @Test("addresses, totals, flows and one step alone change nothing that they shouldn't")
  func spelling() throws {
    let plain = try TrainingTrace.profile(TrainingTrace.build())
    for change: (inout TraceBuilder) -> Void in [
      { $0.hasAddresses = true },
      {
        $0.hasSequences = false
        $0.hasFlows = true
      },
    ] {
      let profile = try TrainingTrace.profile(TrainingTrace.build(change: change))
      #expect(TrainingTrace.peak(profile) == TrainingTrace.peak(plain))
      #expect(profile.operators.map(\.reads) == plain.operators.map(\.reads))
    }
    let one = try TrainingTrace.profile(TrainingTrace.build(), step: 2)
    #expect(abs(TrainingTrace.microseconds(one) - 1000) < 0.01)
  }

  @Test("a total in use tells what else stays")
  func totals() throws {
    let profile = try TrainingTrace.profile(TrainingTrace.build { $0.hasTotals = true })
    let resident = try #require(profile.tensors.first { $0.id == "resident" })
    #expect(resident.bytes == 1 << 20 - 2 * TrainingTrace.weight && !resident.isMovable)
    #expect(TrainingTrace.peak(profile) == 1 << 20 + TrainingTrace.peakAboveStart)
  }

  @Test("a step that the trace doesn't have is named")
  func unknownStep() throws {
    #expect(
      throws: CollectorError.option(
        name: "step", problem: "the trace has no step 9", remedy: "choose one of 0, 1, 2")
    ) { try TrainingTrace.profile(TrainingTrace.build(), step: 9) }
  }

  @Test("without ProfilerStep the optimizer tells the steps apart")
  func stepsByOptimizer() throws {
    var trace = TrainingTrace.build()
    trace.events.removeAll { $0.contains("ProfilerStep") }
    let profile = try TrainingTrace.profile(trace)
    #expect(abs(TrainingTrace.microseconds(profile) - 1000) < 0.01)
    #expect(profile.source?.notes.contains { $0.contains("Optimizer.step") } == true)
  }

  @Test("steps with other operators don't count")
  func otherSteps() throws {
    var trace = TrainingTrace.build(steps: 4)
    trace.add("aten::log", at: 3960, for: 20)
    trace.kernel(queued: 3965, at: 3970, for: 500)
    let profile = try TrainingTrace.profile(trace)
    #expect(abs(TrainingTrace.microseconds(profile) - 1000) < 0.01)
    #expect(profile.source?.notes.contains { $0.contains("step 3 run other operators") } == true)
  }

  @Test("communication is an operator of its own and costs what isn't hidden")
  func communication() throws {
    var trace = TrainingTrace.build()
    for step in 0..<3 {
      // 60 µs on another stream, of which 20 µs lie beside a kernel of the main one.
      trace.kernel(
        "ncclKernel_AllReduce", queued: Double(1000 * step) + 720,
        at: Double(1000 * step) + 770, for: 60, thread: 2, stream: 20,
        more: ", \"Collective name\": \"allreduce\", \"In msg nelems\": 65536, \"dtype\": \"Float\""
      )
    }
    let profile = try TrainingTrace.profile(trace)
    #expect(abs(TrainingTrace.microseconds(profile) - 1000) < 0.01)
    let collective = try #require(profile.operators.first { $0.phase == .communication })
    #expect(abs(collective.durationMicroseconds - 40) < 0.01)
    #expect(collective.bytesAccessed == 262_144)
    #expect(profile.validate().isEmpty)
  }

  @Test("a trace without a device takes the CPU's times and memory")
  func hostOnly() throws {
    var trace = TrainingTrace.build(hasMemory: true, hasKernels: false)
    trace.events = trace.events.map {
      $0.replacing("\"Device Type\": 1", with: "\"Device Type\": 0")
    }
    let profile = try TrainingTrace.profile(trace)
    #expect(abs(TrainingTrace.microseconds(profile) - 1000) < 0.01)
    #expect(profile.source?.notes.contains { $0.contains("those of the CPU") } == true)
    #expect(profile.validate().isEmpty)
  }

  @Test("shapes without memory events give tensors by the stated rules")
  func shapesOnly() throws {
    let profile = try TrainingTrace.profile(TrainingTrace.build(hasMemory: false))
    #expect(profile.validate().isEmpty)
    #expect(profile.source?.notes.contains { $0.hasPrefix("missing: memory events") } == true)
    let relu = try #require(profile.operators.first { $0.id == "aten::relu#1" })
    #expect(relu.writes.count == 1)
    let backward = try #require(profile.operators.first { $0.id == "ReluBackward0#1" })
    #expect(backward.reads.contains(relu.writes[0]))
  }

  @Test("memory events without shapes give the same peak above the start")
  func memoryOnly() throws {
    let profile = try TrainingTrace.profile(TrainingTrace.build { $0.hasShapes = false })
    #expect(profile.validate().isEmpty)
    #expect(TrainingTrace.peak(profile) == TrainingTrace.peakAboveStart)
    #expect(profile.source?.notes.contains { $0.hasPrefix("missing: shapes") } == true)
  }

  @Test("times alone are refused, with what to record")
  func timesOnly() throws {
    let trace = TrainingTrace.build(hasMemory: false) { $0.hasShapes = false }
    #expect(throws: CollectorError.self) { try TrainingTrace.profile(trace) }
    do {
      _ = try TrainingTrace.profile(trace)
    } catch {
      #expect("\(error)".contains("record_shapes=True and profile_memory=True"))
    }
  }

  @Test("of several ranks the first one is used")
  func ranks() throws {
    let file = TrainingTrace.build().file("rank0.json")
    let other = TrainingTrace.build(steps: 2).file("rank1.json")
    let profile = try KinetoCollector(device: TrainingTrace.device()).collect([file, other])
    #expect(profile.source?.notes.contains { $0.contains("rank1.json isn't used") } == true)
  }

  @Test("blocks from before the step stay until it frees them, those that it leaves stay")
  func carriedOver() throws {
    var trace = TrainingTrace.build()
    for step in 0..<3 {
      trace.memory(8192, at: Double(1000 * step) + 305)
      trace.memory(-8192, at: Double(1000 * step) + 1295, thread: 1)
    }
    let profile = try TrainingTrace.profile(trace)
    #expect(profile.validate().isEmpty)
    let before = try #require(profile.tensors.first { $0.id.hasPrefix("before") })
    #expect(before.bytes == 8192 && before.kind == .input && !before.isPersistent)
    let left = try #require(
      profile.tensors.first { $0.bytes == 8192 && !$0.id.hasPrefix("before") })
    #expect(profile.operators.last?.reads.contains(left.id) == true)
  }

  @Test("the same trace gives the same profile, byte for byte")
  func repeatable() throws {
    let one = try TrainingTrace.profile(TrainingTrace.build()).encoded(compressed: false)
    let other = try TrainingTrace.profile(TrainingTrace.build()).encoded(compressed: false)
    #expect(one == other)
  }
}
