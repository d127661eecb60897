import Collectors
import Profiles
import Testing

/// One node between an input and an output, with the shape worked out by hand.
struct ShapeCase: Sendable, CustomTestStringConvertible {
  var type: String
  var input: [Int]
  var weights: [[Int]] = []
  var settings: [[Int]] = []
  var attributes: [ONNXAttribute] = []
  var version = 17
  var expected: [[Int]]

  var testDescription: String { "\(type) of \(input) gives \(expected)" }

  func profile() throws -> Profile {
    var graph = GraphBuilder(version: version)
    graph.input("x", input)
    for (index, shape) in weights.enumerated() { graph.weight("w\(index)", shape) }
    for (index, values) in settings.enumerated() { graph.integers("s\(index)", values) }
    graph.node(
      type,
      ["x"] + weights.indices.map { "w\($0)" } + settings.indices.map { "s\($0)" },
      expected.indices.map { "y\($0)" }, name: "subject", attributes)
    for index in expected.indices { graph.output("y\(index)") }
    graph.trainSomething()
    return try graph.profile(batch: input.first ?? 1)
  }
}

@Suite("Shapes by operator")
struct ShapeRuleTests {
  static func ints(_ name: String, _ values: [Int]) -> ONNXAttribute { .init(name, values) }
  static func int(_ name: String, _ value: Int) -> ONNXAttribute { .init(name, value) }
  static func text(_ name: String, _ value: String) -> ONNXAttribute {
    .init(name, string: value)
  }

  static let windows: [ShapeCase] = [
    // (7 + 2·3 − 7) / 2 + 1 = 112 for 224
    ShapeCase(
      type: "Conv", input: [1, 3, 224, 224], weights: [[64, 3, 7, 7]],
      attributes: [ints("pads", [3, 3, 3, 3]), ints("strides", [2, 2])],
      expected: [[1, 64, 112, 112]]),
    // Reach of a dilated window: (3 − 1)·2 + 1 = 5; 10 − 5 + 1 = 6.
    ShapeCase(
      type: "Conv", input: [1, 4, 10], weights: [[6, 2, 3]],
      attributes: [int("group", 2), ints("dilations", [2])], expected: [[1, 6, 6]]),
    ShapeCase(
      type: "Conv", input: [1, 3, 7, 8], weights: [[5, 3, 3, 3], [5]],
      attributes: [text("auto_pad", "SAME_UPPER"), ints("strides", [2, 2])],
      expected: [[1, 5, 4, 4]]),
    ShapeCase(
      type: "Conv", input: [1, 3, 7, 8], weights: [[5, 3, 3, 3]],
      attributes: [text("auto_pad", "VALID"), ints("pads", [1, 1, 1, 1])],
      expected: [[1, 5, 5, 6]]),
    // 2·(4 − 1) + 1 + 3 − 2·1 = 8
    ShapeCase(
      type: "ConvTranspose", input: [1, 6, 4, 4], weights: [[6, 2, 3, 3]],
      attributes: [
        ints("strides", [2, 2]), ints("pads", [1, 1, 1, 1]), ints("output_padding", [1, 1]),
        int("group", 3),
      ], expected: [[1, 6, 8, 8]]),
    ShapeCase(
      type: "ConvTranspose", input: [1, 6, 4], weights: [[6, 2, 3]],
      attributes: [ints("output_shape", [9])], expected: [[1, 2, 9]]),
    // Floor: (6 − 3) / 2 + 1 = 2; ceiling: 3.
    ShapeCase(
      type: "MaxPool", input: [1, 2, 6, 6],
      attributes: [ints("kernel_shape", [3, 3]), ints("strides", [2, 2])],
      expected: [[1, 2, 2, 2], [1, 2, 2, 2]]),
    ShapeCase(
      type: "MaxPool", input: [1, 2, 6, 6],
      attributes: [
        ints("kernel_shape", [3, 3]), ints("strides", [2, 2]), int("ceil_mode", 1),
      ], expected: [[1, 2, 3, 3]]),
    // The third window would begin at 4, in the padding behind the four elements and one before.
    ShapeCase(
      type: "AveragePool", input: [1, 2, 3],
      attributes: [
        ints("kernel_shape", [1]), ints("strides", [2]), int("ceil_mode", 1),
        ints("pads", [1, 1]),
      ], expected: [[1, 2, 2]]),
    ShapeCase(type: "GlobalAveragePool", input: [1, 7, 5, 6], expected: [[1, 7, 1, 1]]),
    ShapeCase(type: "GlobalMaxPool", input: [1, 7, 5], expected: [[1, 7, 1]]),
  ]

  static let layers: [ShapeCase] = [
    ShapeCase(
      type: "BatchNormalization", input: [1, 3, 4, 4], weights: [[3], [3], [3], [3]],
      expected: [[1, 3, 4, 4]]),
    ShapeCase(
      type: "LayerNormalization", input: [1, 4, 8], weights: [[8], [8]],
      expected: [[1, 4, 8], [1, 4, 1], [1, 4, 1]]),
    ShapeCase(
      type: "InstanceNormalization", input: [1, 3, 4, 4], weights: [[3], [3]],
      expected: [[1, 3, 4, 4]]),
    ShapeCase(
      type: "GroupNormalization", input: [1, 6, 4], weights: [[6], [6]],
      attributes: [int("num_groups", 3)], expected: [[1, 6, 4]]),
    ShapeCase(
      type: "LRN", input: [1, 6, 4, 4], attributes: [int("size", 5)], expected: [[1, 6, 4, 4]]),
    ShapeCase(type: "Softmax", input: [1, 10], expected: [[1, 10]]),
    ShapeCase(
      type: "LogSoftmax", input: [1, 10], attributes: [int("axis", 1)], expected: [[1, 10]]),
    ShapeCase(
      type: "Gemm", input: [1, 4], weights: [[4, 6], [6]], expected: [[1, 6]]),
    ShapeCase(
      type: "Gemm", input: [1, 4], weights: [[6, 1]],
      attributes: [int("transA", 1), int("transB", 1)], expected: [[4, 6]]),
    ShapeCase(
      type: "MatMul", input: [1, 2, 3, 4], weights: [[5, 1, 4, 6]], expected: [[5, 2, 3, 6]]),
    ShapeCase(type: "MatMul", input: [4], weights: [[4, 6]], expected: [[6]]),
    ShapeCase(type: "MatMul", input: [3, 4], weights: [[4]], expected: [[3]]),
  ]

  static let elementwise: [ShapeCase] =
    [
      "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Erf", "Gelu", "HardSwish", "Sqrt", "Exp", "Neg",
      "Clip", "Elu", "Softplus", "Log", "Abs", "Floor", "Not",
    ].map { ShapeCase(type: $0, input: [1, 3, 5], expected: [[1, 3, 5]]) }
    + ["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "PRelu", "Equal", "Less"].map {
      ShapeCase(type: $0, input: [1, 3, 1], weights: [[2, 1, 4]], expected: [[2, 3, 4]])
    }
    + [
      ShapeCase(
        type: "Sum", input: [1, 3], weights: [[3], [2, 1], [1, 1]], expected: [[2, 3]]),
      ShapeCase(type: "Where", input: [1, 3], weights: [[2, 1], [3]], expected: [[2, 3]]),
    ]

  static let layouts: [ShapeCase] = [
    ShapeCase(type: "Identity", input: [1, 3], expected: [[1, 3]]),
    ShapeCase(type: "Reshape", input: [2, 3, 4], settings: [[0, -1]], expected: [[2, 12]]),
    ShapeCase(
      type: "Reshape", input: [2, 3, 4], attributes: [ints("shape", [4, 6])], version: 1,
      expected: [[4, 6]]),
    ShapeCase(type: "Flatten", input: [2, 3, 4], expected: [[2, 12]]),
    ShapeCase(
      type: "Flatten", input: [2, 3, 4], attributes: [int("axis", -1)], expected: [[6, 4]]),
    ShapeCase(
      type: "Flatten", input: [2, 3, 4], attributes: [int("axis", 0)], expected: [[1, 24]]),
    ShapeCase(type: "Squeeze", input: [2, 1, 4, 1], expected: [[2, 4]]),
    ShapeCase(
      type: "Squeeze", input: [2, 1, 4, 1], attributes: [ints("axes", [1])], version: 11,
      expected: [[2, 4, 1]]),
    ShapeCase(type: "Squeeze", input: [2, 1, 4, 1], settings: [[-1]], expected: [[2, 1, 4]]),
    ShapeCase(
      type: "Unsqueeze", input: [2, 4], attributes: [ints("axes", [0, 3])], version: 11,
      expected: [[1, 2, 4, 1]]),
    ShapeCase(type: "Unsqueeze", input: [2, 4], settings: [[-1, 1]], expected: [[2, 1, 4, 1]]),
    ShapeCase(type: "Transpose", input: [2, 3, 4], expected: [[4, 3, 2]]),
    ShapeCase(
      type: "Transpose", input: [2, 3, 4], attributes: [ints("perm", [0, 2, 1])],
      expected: [[2, 4, 3]]),
    ShapeCase(
      type: "Concat", input: [2, 3], weights: [[2, 5], [2, 1]], attributes: [int("axis", -1)],
      expected: [[2, 9]]),
    ShapeCase(
      type: "Split", input: [2, 7], attributes: [int("axis", 1), ints("split", [3, 4])],
      version: 11, expected: [[2, 3], [2, 4]]),
    ShapeCase(
      type: "Split", input: [2, 7], settings: [[1, 6]], attributes: [int("axis", 1)],
      expected: [[2, 1], [2, 6]]),
    ShapeCase(
      type: "Split", input: [2, 7], attributes: [int("axis", 1)], version: 18,
      expected: [[2, 3], [2, 3], [2, 1]]),
    ShapeCase(
      type: "Slice", input: [8, 10], settings: [[1, -3], [100, -1], [0, 1]],
      expected: [[7, 2]]),
    ShapeCase(
      type: "Slice", input: [8, 10], settings: [[9], [Int.min], [1], [-3]], expected: [[8, 4]]),
    ShapeCase(
      type: "Slice", input: [8, 10],
      attributes: [ints("starts", [2]), ints("ends", [Int.max]), ints("axes", [0])], version: 9,
      expected: [[6, 10]]),
    ShapeCase(type: "Expand", input: [3, 1], settings: [[2, 1, 4]], expected: [[2, 3, 4]]),
    ShapeCase(type: "Tile", input: [3, 1], settings: [[2, 4]], expected: [[6, 4]]),
    ShapeCase(type: "Pad", input: [2, 3], settings: [[0, 1, 0, 2]], expected: [[2, 6]]),
    ShapeCase(
      type: "Pad", input: [2, 3], attributes: [ints("pads", [1, 0, 1, -1])], version: 2,
      expected: [[4, 2]]),
    ShapeCase(
      type: "DepthToSpace", input: [1, 8, 2, 3], attributes: [int("blocksize", 2)],
      expected: [[1, 2, 4, 6]]),
    ShapeCase(
      type: "SpaceToDepth", input: [1, 2, 4, 6], attributes: [int("blocksize", 2)],
      expected: [[1, 8, 2, 3]]),
    ShapeCase(type: "Gather", input: [5, 6], settings: [[0, 2, 4]], expected: [[3, 6]]),
    ShapeCase(
      type: "Gather", input: [5, 6], settings: [[0, 2]], attributes: [int("axis", 1)],
      expected: [[5, 2]]),
    ShapeCase(
      type: "Upsample", input: [1, 2, 3, 4],
      attributes: [ONNXAttribute("scales", reals: [1, 1, 2, 2])], version: 7,
      expected: [[1, 2, 6, 8]]),
    ShapeCase(
      type: "ReduceMean", input: [2, 3, 4], attributes: [ints("axes", [-1])], expected: [[2, 3, 1]]),
    ShapeCase(
      type: "ReduceMean", input: [2, 3, 4],
      attributes: [ints("axes", [1, 2]), int("keepdims", 0)], expected: [[2]]),
    ShapeCase(type: "ReduceSum", input: [2, 3, 4], settings: [[0]], expected: [[1, 3, 4]]),
    ShapeCase(type: "ReduceMax", input: [2, 3, 4], expected: [[1, 1, 1]]),
    ShapeCase(
      type: "ArgMax", input: [2, 3, 4], attributes: [int("axis", 1), int("keepdims", 0)],
      expected: [[2, 4]]),
    ShapeCase(type: "Dropout", input: [2, 3], expected: [[2, 3], [2, 3]]),
    ShapeCase(type: "Cast", input: [2, 3], attributes: [int("to", 7)], expected: [[2, 3]]),
  ]

  /// The operators that have an example, each once.
  static let types = Set((windows + layers + elementwise + layouts).map(\.type)).sorted()

  @Test(
    "a node's outputs have the shapes worked out by hand",
    arguments: windows + layers + elementwise + layouts)
  func shape(example: ShapeCase) throws {
    let profile = try example.profile()
    ProfileChecks.expectConsistent(profile)
    for (index, shape) in example.expected.enumerated() {
      #expect(profile.shape("y\(index)") == shape)
    }
  }

  @Test("operations of products are two per multiplication with addition")
  func flops() throws {
    let convolution = try Self.windows[0].profile()
    // 64·112·112 outputs of 3·7·7 products each.
    #expect(convolution.step("subject")?.flops == Double(2 * 802_816 * 147))
    let grouped = try Self.windows[1].profile()
    #expect(grouped.step("subject")?.flops == Double(2 * 36 * 6))
    let transposed = try Self.windows[4].profile()
    #expect(transposed.step("subject")?.flops == Double(2 * 96 * 2 * 9))
    let linear = try Self.layers[7].profile()
    #expect(linear.step("subject")?.flops == Double(2 * 24 + 6))
    #expect(linear.step("subject")?.bytesAccessed == Double(4 * (4 + 24 + 6 + 6)))
    let batched = try Self.layers[9].profile()
    #expect(batched.step("subject")?.flops == Double(2 * 5 * 2 * 3 * 6 * 4))
  }

  @Test("Resize takes sizes, scales, and neither region nor scales")
  func resize() throws {
    var graph = GraphBuilder()
    graph.input("x", [1, 2, 3, 4])
    graph.graph.initializers.append(ONNXTensor("scales", shape: [4], reals: [1, 1, 2.5, 0.5]))
    graph.integers("sizes", [1, 2, 9, 9])
    graph.node("Resize", ["x", "", "scales"], ["y"])
    graph.node("Resize", ["x", "", "", "sizes"], ["z"])
    graph.output("y")
    graph.output("z")
    graph.trainSomething()
    let profile = try graph.profile()
    #expect(profile.shape("y") == [1, 2, 7, 2])
    #expect(profile.shape("z") == [1, 2, 9, 9])
  }

  @Test("shape arithmetic is folded: Shape, Slice, Mul, Cast, Range, Where, ConstantOfShape")
  func folding() throws {
    var graph = GraphBuilder()
    graph.input("x", [6, 4])
    graph.integers("zero", [0])
    graph.integers("one", [1])
    graph.integers("two", [2])
    graph.integers("none", [0], scalar: true)
    graph.integers("step", [1], scalar: true)
    graph.node("Shape", ["x"], ["shape"])
    graph.node("Slice", ["shape", "zero", "one"], ["rows"])
    graph.node("Mul", ["rows", "two"], ["twice"])
    graph.node("Div", ["shape", "two"], ["halves"])
    graph.node("ReduceProd", ["halves"], ["product"], [ONNXAttribute("keepdims", 0)])
    graph.node("Range", ["none", "product", "step"], ["count"])
    graph.node("Shape", ["count"], ["counted"])
    graph.node("Equal", ["counted", "two"], ["isTwo"])
    graph.node("Where", ["isTwo", "two", "twice"], ["chosen"])
    graph.node("Cast", ["chosen"], ["real"], [ONNXAttribute("to", 1)])
    graph.node("Cast", ["real"], ["whole"], [ONNXAttribute("to", 7)])
    graph.node("Concat", ["whole", "two"], ["target"], [ONNXAttribute("axis", 0)])
    graph.node("Reshape", ["x", "target"], ["y"])
    graph.output("y")
    graph.trainSomething()
    let profile = try graph.profile(batch: 6)
    #expect(profile.shape("y") == [12, 2])
    #expect(profile.operators.filter { $0.phase == .forward }.count == 2)
  }
}
