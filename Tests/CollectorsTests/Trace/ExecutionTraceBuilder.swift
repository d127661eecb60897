import Collectors

/// Writes small Execution Traces in the flat and in the nested schema.
struct ExecutionTraceBuilder: Sendable {
  /// A tensor of 4-byte elements on the device.
  struct Tensor: Sendable {
    var storage: Int
    var elements: Int
    var shape: [Int]
    var offset = 0
  }

  var schema: String
  var nodes: [String] = []
  private var lastID = 10

  init(schema: String = "1.1.1-chakra.0.0.4") { self.schema = schema }

  private var isFlat: Bool { schema == "1.0.1" }

  /// Adds a call and returns its id.
  @discardableResult
  mutating func add(
    _ name: String, in parent: Int = 2, inputs: [Tensor] = [], outputs: [Tensor] = [],
    number: Int = 0, sequence: Int = -1, thread: Int = 1, schema signature: String = ""
  ) -> Int {
    lastID += 1
    func values(_ tensors: [Tensor]) -> String {
      let list = tensors.map {
        "[\($0.storage + 1000), \($0.storage), \($0.offset), \($0.elements), 4, \"cuda:0\"]"
      }
      return "[\(list.joined(separator: ", "))]"
    }
    func shapes(_ tensors: [Tensor]) -> String { "\(tensors.map(\.shape))" }
    func types(_ tensors: [Tensor]) -> String { "\(tensors.map { _ in "Tensor(float)" })" }
    if isFlat {
      nodes.append(
        "{\"name\": \"\(name)\", \"id\": \(lastID), \"rf_id\": \(number), \"parent\": \(parent), "
          + "\"seq_id\": \(sequence), \"tid\": \(thread), \"op_schema\": \"\(signature)\", "
          + "\"inputs\": \(values(inputs)), \"input_shapes\": \(shapes(inputs)), "
          + "\"input_types\": \(types(inputs)), \"outputs\": \(values(outputs)), "
          + "\"output_shapes\": \(shapes(outputs)), \"output_types\": \(types(outputs))}")
    } else {
      func part(_ tensors: [Tensor]) -> String {
        "{\"values\": \(values(tensors)), \"shapes\": \(shapes(tensors)), "
          + "\"types\": \(types(tensors))}"
      }
      func attribute(_ name: String, _ value: String) -> String {
        "{\"name\": \"\(name)\", \"type\": \"x\", \"value\": \(value)}"
      }
      let attributes = [
        attribute("rf_id", "\(number)"), attribute("seq_id", "\(sequence)"),
        attribute("tid", "\(thread)"), attribute("op_schema", "\"\(signature)\""),
      ]
      nodes.append(
        "{\"id\": \(lastID), \"name\": \"\(name)\", \"ctrl_deps\": \(parent), "
          + "\"inputs\": \(part(inputs)), \"outputs\": \(part(outputs)), "
          + "\"attrs\": [\(attributes.joined(separator: ", "))]}")
    }
    return lastID
  }

  var text: String {
    "{\"schema\": \"\(schema)\", \"pid\": 7, \"nodes\": [\n\(nodes.joined(separator: ",\n"))\n]}"
  }

  func file(_ name: String = "execution.json") -> SourceFile {
    SourceFile(name: name, bytes: Array(text.utf8))
  }

  /// The steps of `TrainingTrace`, with the numbers that its calls have there.
  static func training(
    schema: String = "1.1.1-chakra.0.0.4", steps: Int = 3
  ) -> ExecutionTraceBuilder {
    var trace = ExecutionTraceBuilder(schema: schema)
    for step in 0..<steps { trace.addTrainingStep(step) }
    return trace
  }

  /// The gradient of the ReLU reuses the storage of the layer's output, which is gone by then.
  private mutating func addTrainingStep(_ step: Int) {
    let weight = Tensor(storage: 1, elements: 65_536, shape: [256, 256])
    let gradient = Tensor(storage: 2, elements: 65_536, shape: [256, 256])
    let batch = Tensor(storage: 50 + step, elements: 16_384, shape: [64, 256])
    func activation(_ storage: Int) -> Tensor {
      Tensor(storage: storage, elements: 16_384, shape: [64, 256])
    }
    let loss = Tensor(storage: 6, elements: 1, shape: [])
    let number = 100 * step
    let root = add("ProfilerStep#\(step)", number: number)
    let linear = add(
      "aten::linear", in: root, inputs: [batch, weight], outputs: [activation(3)],
      number: number + 10, sequence: 0)
    var transposed = weight
    transposed.shape = [256, 256]
    add(
      "aten::t", in: linear, inputs: [weight], outputs: [transposed],
      schema: "t(Tensor(a) self) -> Tensor(a)")
    add("aten::mm", in: linear, inputs: [batch, weight], outputs: [activation(3)])
    add(
      "aten::relu", in: root, inputs: [activation(3)], outputs: [activation(4)],
      number: number + 20, sequence: 1)
    add(
      "aten::sum", in: root, inputs: [activation(4)], outputs: [loss], number: number + 30,
      sequence: 2)
    let engine = "autograd::engine::evaluate_function: "
    let sum = add(engine + "SumBackward0", number: number + 40, thread: 2)
    add("aten::expand_copy", in: sum, inputs: [loss], outputs: [activation(5)], thread: 2)
    let relu = add(engine + "ReluBackward0", number: number + 50, thread: 2)
    add(
      "aten::threshold_backward", in: relu, inputs: [activation(5), activation(4)],
      outputs: [activation(3)], thread: 2)
    let addmm = add(engine + "AddmmBackward0", number: number + 60, thread: 2)
    let made = Tensor(storage: 7, elements: 65_536, shape: [256, 256])
    add("aten::mm", in: addmm, inputs: [activation(3), batch], outputs: [made], thread: 2)
    let accumulate = add(
      engine + "torch::autograd::AccumulateGrad", number: number + 70, thread: 2)
    add(
      "aten::add_", in: accumulate, inputs: [gradient, made], outputs: [gradient], thread: 2,
      schema: "aten::add_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)")
    let optimizer = add("Optimizer.step#SGD.step", in: root, number: number + 80)
    add(
      "aten::add_", in: optimizer, inputs: [weight, gradient], outputs: [weight],
      number: number + 81, schema: "aten::add_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)")
  }
}
