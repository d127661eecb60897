import Profiles

/// Builds the operators and tensors of one training iteration from a layer graph.
struct LayerIteration {
  /// One output of a layer.
  struct Value {
    var name: String
    var bytes: Int
    /// Whether a layer with parameters lies before it.
    var needsGradient: Bool
    /// The layer that makes it.
    var layer: Int
    /// The operator that makes it and its tensor; nil before that, and once a layer has changed it.
    var stored: (step: Int, tensor: Int)?
    /// How many layers take it.
    var consumers = 0
  }

  let graph: LayerGraph
  let rules: [LayerRule]
  let roofline: Roofline
  let optimizer: Optimizer
  /// Everything that layers make.
  var values: [Value] = []
  /// The positions in `values` that each layer takes and gives.
  var takes: [[Int]]
  var gives: [[Int]]
  /// What the forward pass of each layer saved besides.
  var saved: [String?]
  var tensors: [Tensor] = []
  var operators: [Profiles.Operator] = []
  /// Time that the file doesn't state, in microseconds, and the operators that it belongs to.
  var derived = (microseconds: 0.0, operators: 0)

  init(graph: LayerGraph, roofline: Roofline, optimizer: Optimizer) {
    self.graph = graph
    self.roofline = roofline
    self.optimizer = optimizer
    rules = graph.layers.map(LayerRule.init)
    takes = Array(repeating: [], count: graph.layers.count)
    gives = Array(repeating: [], count: graph.layers.count)
    saved = Array(repeating: nil, count: graph.layers.count)
  }

  // MARK: Parts

  /// Adds a tensor and returns its name.
  mutating func addTensor(
    _ name: String, _ bytes: Int, _ kind: Tensor.Kind, aliasOf owner: String? = nil
  ) -> String {
    tensors.append(
      Tensor(id: name, bytes: bytes, dtype: "float32", kind: kind, aliasOf: owner))
    return name
  }

  /// Adds an operator; one without a measured time gets that of its memory traffic.
  mutating func addOperator(
    _ name: String, _ phase: Profiles.Operator.Phase, milliseconds: Double, traffic: Double,
    reads: [String], writes: [String], isRecomputable: Bool = false
  ) {
    operators.append(
      Profiles.Operator(
        id: name, phase: phase, durationMicroseconds: time(milliseconds, traffic: traffic),
        reads: reads, writes: writes, isRecomputable: isRecomputable))
  }

  /// The measured time in microseconds, else that of the memory traffic.
  mutating func time(_ milliseconds: Double, traffic: Double) -> Double {
    guard milliseconds == 0 else { return milliseconds * 1e3 }
    let time = roofline.microseconds(flops: 0, bytes: traffic, usesMatrixUnits: false)
    derived.microseconds += time
    derived.operators += 1
    return time
  }

  /// The bytes of several values, which may be more than an `Int` holds.
  func bytes(_ list: [Int]) -> Double { list.reduce(0) { $0 + Double(values[$1].bytes) } }

  /// The parameters' tensor of a layer.
  func parameters(of layer: Int) -> String? {
    graph.layers[layer].parameterBytes > 0 ? "\(graph.layers[layer].name).parameters" : nil
  }
}
