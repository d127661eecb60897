/// A made-up Kineto trace: a chain of linear layers and activations on a GPU, trained for some steps,
/// in the spelling of a recent PyTorch.
struct GeneratedTrace {
  private static let activation = 65_536
  private static let weight = 262_144
  private var text = "{\"schemaVersion\": 1, \"traceEvents\": [\n"
  private var external = 0
  private var correlation = 0
  private var now = 0

  /// Returns a trace of about so many bytes, in three steps.
  static func bytes(about size: Int) -> [UInt8] {
    let one = bytes(layers: 1).count
    let each = (bytes(layers: 11).count - one) / 10
    return bytes(layers: max(1, (size - one) / each + 1))
  }

  private static func bytes(layers: Int) -> [UInt8] {
    var trace = GeneratedTrace()
    for step in 0..<3 { trace.addStep(step, layers: layers) }
    trace.text.removeLast(2)
    trace.text += "\n]}"
    return Array(trace.text.utf8)
  }

  private mutating func addStep(_ step: Int, layers: Int) {
    let begin = now
    let first = step * (2 * layers + 1)
    for layer in 0..<layers {
      call(
        "aten::linear", sequence: first + 2 * layer, shapes: "[[64, 256], [256, 256]]",
        memory: [Self.activation])
      call(
        "aten::relu", sequence: first + 2 * layer + 1, shapes: "[[64, 256]]",
        memory: [Self.activation])
    }
    call("aten::sum", sequence: first + 2 * layers, shapes: "[[64, 256]]", memory: [512])
    let engine = "autograd::engine::evaluate_function: "
    call(
      engine + "SumBackward0", thread: 2, sequence: first + 2 * layers, memory: [Self.activation])
    for layer in (0..<layers).reversed() {
      call(
        engine + "ReluBackward0", thread: 2, sequence: first + 2 * layer + 1,
        shapes: "[[64, 256]]", memory: [Self.activation, -Self.activation, -Self.activation])
      call(
        engine + "AddmmBackward0", thread: 2, sequence: first + 2 * layer, shapes: "[[64, 256]]",
        memory: [Self.activation, Self.weight, -Self.activation, -Self.activation])
      call(
        engine + "torch::autograd::AccumulateGrad", thread: 2, shapes: "[[256, 256]]",
        memory: [-Self.weight])
    }
    let optimizer = now
    for _ in 0..<layers { call("aten::add_", shapes: "[[256, 256], [256, 256]]", memory: []) }
    memory(-512, at: now)
    now += 20
    annotation("Optimizer.step#SGD.step", from: optimizer)
    annotation("ProfilerStep#\(step)", from: begin)
    now += 100
  }

  /// Adds an operator with its kernel and its memory events.
  private mutating func call(
    _ name: String, thread: Int = 1, sequence: Int? = nil, shapes: String? = nil, memory: [Int]
  ) {
    external += 1
    var arguments = "\"External id\": \(external), \"Record function id\": \(external)"
    if let sequence { arguments += ", \"Sequence number\": \(sequence), \"Fwd thread id\": 0" }
    if let shapes { arguments += ", \"Input Dims\": \(shapes)" }
    span("cpu_op", name, process: 9, thread: thread, at: now, for: 80, arguments)
    correlation += 1
    span(
      "cuda_runtime", "cudaLaunchKernel", process: 9, thread: thread, at: now + 10, for: 2,
      "\"correlation\": \(correlation)")
    span(
      "kernel", "sgemm_128x64_tn", process: 0, thread: 7, at: now + 50, for: 40,
      "\"stream\": 7, \"correlation\": \(correlation), \"grid\": [8, 2, 1], \"block\": [128, 1, 1]")
    for (index, bytes) in memory.enumerated() {
      self.memory(bytes, at: now + (bytes > 0 ? 5 : 70) + index, thread: thread)
    }
    now += 100
  }

  private mutating func memory(_ bytes: Int, at time: Int, thread: Int = 1) {
    text += "{\"ph\": \"i\", \"s\": \"t\", \"name\": \"[memory]\", \"pid\": 9, \"tid\": \(thread), "
    text += "\"ts\": \(stamp(time)), \"args\": {\"Device Type\": 1, \"Device Id\": 0, "
    text += "\"Bytes\": \(bytes)}},\n"
  }

  private mutating func annotation(_ name: String, from begin: Int) {
    external += 1
    span(
      "user_annotation", name, process: 9, thread: 1, at: begin, for: now - begin,
      "\"External id\": \(external)")
  }

  private mutating func span(
    _ category: String, _ name: String, process: Int, thread: Int, at time: Int, for duration: Int,
    _ arguments: String
  ) {
    text += "{\"ph\": \"X\", \"cat\": \"\(category)\", \"name\": \"\(name)\", \"pid\": \(process), "
    text += "\"tid\": \(thread), \"ts\": \(stamp(time)), \"dur\": \(duration), "
    text += "\"args\": {\(arguments)}},\n"
  }

  private func stamp(_ time: Int) -> String { "\(1_712_195_495_500_000 + time).125" }
}
