import Collectors
import Profiles

/// Writes small ONNX files for tests.
struct GraphBuilder {
  var graph = ONNXGraph()
  /// The version of the default operator set.
  var version = 17

  init(version: Int = 17) {
    self.version = version
  }

  mutating func input(_ name: String, _ shape: [Int], elementType: Int32 = 1) {
    graph.inputs.append(
      ONNXValueInfo(name, shape.map { ONNXDimension($0) }, elementType: elementType))
  }

  mutating func input(_ name: String, _ dimensions: [ONNXDimension], elementType: Int32 = 1) {
    graph.inputs.append(ONNXValueInfo(name, dimensions, elementType: elementType))
  }

  mutating func weight(_ name: String, _ shape: [Int]) {
    graph.initializers.append(ONNXTensor(name, shape: shape))
  }

  mutating func integers(_ name: String, _ values: [Int], scalar: Bool = false) {
    graph.initializers.append(
      ONNXTensor(name, shape: scalar ? [] : [values.count], integers: values))
  }

  mutating func scalar(_ name: String, _ value: Float) {
    graph.initializers.append(ONNXTensor(name, shape: [], reals: [value]))
  }

  mutating func node(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "",
    _ attributes: [ONNXAttribute] = [], domain: String = ""
  ) {
    graph.nodes.append(
      ONNXNode(type, inputs, outputs, name: name, domain: domain, attributes: attributes))
  }

  mutating func output(_ name: String) {
    graph.outputs.append(ONNXValueInfo(name, []))
  }

  /// Adds a trained value of its own, so that graphs without parameters have something to train.
  mutating func trainSomething() {
    weight("trained", [2])
    node("Neg", ["trained"], ["beside"])
    output("beside")
  }

  func bytes() throws -> [UInt8] {
    let sets = [ONNXOperatorSet(domain: "", version: Int64(version))]
    return try ONNXModel(version: 8, graph: graph, operatorSets: sets).encoded()
  }

  func profile(
    batch: Int = 1, dtype: RealType = .float32, optimizer: Optimizer = .sgdMomentum,
    allowUnknown: Bool = false, dimensions: [String: Int] = [:]
  ) throws -> Profile {
    try GraphBuilder.collector(
      batch: batch, dtype: dtype, optimizer: optimizer, allowUnknown: allowUnknown,
      dimensions: dimensions
    ).collect(try bytes(), file: "test.onnx")
  }

  static func collector(
    batch: Int = 1, dtype: RealType = .float32, optimizer: Optimizer = .sgdMomentum,
    allowUnknown: Bool = false, dimensions: [String: Int] = [:]
  ) throws -> ONNXCollector {
    ONNXCollector(
      batch: batch, dtype: dtype, optimizer: optimizer,
      device: try DeviceCatalogue.builtIn().device(named: "A100-SXM4-80GB"),
      allowUnknown: allowUnknown, dimensions: dimensions)
  }
}

extension Profile {
  func tensor(_ id: String) -> Tensor? { tensors.first { $0.id == id } }

  func shape(_ id: String) -> [Int]? { tensor(id)?.shape }

  func step(_ id: String) -> Profiles.Operator? { operators.first { $0.id == id } }
}
