import Collectors
import Layouts
import Plans
import Profiles
import Testing

/// Strategies of ONNX graphs on meshes, against figures worked out by hand.
@Suite struct NetworkStrategyTests {
  /// Four devices: 3 µs and 2 GB/s between them.
  static func collect(_ file: SourceFile, axes: [Int] = [4], batch: Int = 8) throws -> Profile {
    let catalogue = try DeviceCatalogue.builtIn()
    let mesh = try DeviceMesh(
      axes: axes.map { DeviceMesh.Axis(size: $0, latencyMicroseconds: 3, gbPerSecond: 2) })
    let device = try catalogue.device(named: "A100-SXM4-80GB")
    let collector = NetworkStrategyCollector(
      graph: ONNXCollector(batch: batch, device: device),
      efficiency: try catalogue.efficiency(of: device.name), mesh: mesh, linkSource: "made up")
    var planners = LayoutPlanners()
    return try collector.collect(file) { tensor, from, to in
      guard case .path(let path)? = try? planners.path(of: tensor, on: mesh, from: from, to: to)
      else { return nil }
      return (path.microseconds, path.stages.map(\.step))
    }
  }

  static func collect(
    _ builder: GraphBuilder, axes: [Int] = [4], batch: Int = 8
  ) throws -> Profile {
    try collect(
      SourceFile(name: "test.onnx", bytes: try builder.bytes()), axes: axes, batch: batch)
  }

  /// Images of 3 × 8 × 8, a convolution to eight channels, and a product with 16 × 8 weights.
  static var classifier: GraphBuilder {
    var builder = GraphBuilder()
    builder.input("image", [8, 3, 8, 8])
    builder.weight("filter", [8, 3, 3, 3])
    builder.weight("filter.bias", [8])
    builder.weight("matrix", [16, 8])
    builder.weight("matrix.bias", [16])
    builder.node(
      "Conv", ["image", "filter", "filter.bias"], ["a"], name: "conv",
      [ONNXAttribute("pads", [1, 1, 1, 1])])
    builder.node("Relu", ["a"], ["b"], name: "relu")
    builder.node("GlobalAveragePool", ["b"], ["c"], name: "pool")
    builder.node("Flatten", ["c"], ["d"], name: "flatten")
    builder.node(
      "Gemm", ["d", "matrix", "matrix.bias"], ["scores"], name: "product",
      [ONNXAttribute("transB", 1)])
    builder.output("scores")
    return builder
  }

  @Test("bytes of weights and outputs: samples, columns and rows shared")
  func bytes() throws {
    let named = try StrategyTests.Named(try Self.collect(Self.classifier))
    func parameters(_ node: String, _ strategy: String) throws -> Int {
      try named.strategy(node, strategy).parameterBytes
    }
    // 8 · 27 weights and eight of the bias, of four bytes each.
    #expect(try parameters("conv", "data_parallel") == 896)
    #expect(try parameters("conv", "megatron") == 224)
    #expect(try parameters("product", "data_parallel") == 576)
    #expect(try parameters("product", "megatron") == 144)
    // The bias goes with the columns, so that rows leave it whole: 512 / 4 + 64.
    #expect(try parameters("product", "I") == 192)
    #expect(try parameters("product", "R") == 576)
    #expect(try named.strategy("product", "zero3").stateBytes == 3 * 576 / 4)
    // Three channels can't be split by four: no rows for the convolution.
    let convolution = named.graph.nodes[try named.position("conv")]
    #expect(!convolution.strategies.contains { $0.id == "I" })

    func output(_ node: String, _ strategy: String) throws -> Int {
      try named.strategy(node, strategy).outputBytes
    }
    #expect(try output("conv", "data_parallel") == 16384 / 4)
    #expect(try output("conv", "megatron") == 16384 / 4)
    #expect(try output("conv", "R") == 16384)
    #expect(try output("product", "I") == 512)
    #expect(try output("product", "megatron") == 128)
  }

  /// An all-gather or reduce-scatter of 8 × 8 values of four bytes among four: 3 + 3/4 · 256 / 2000 = 3.096 µs.
  @Test("products by rows read the channels as they come, those by columns gather them")
  func edges() throws {
    let named = try StrategyTests.Named(try Self.collect(Self.classifier))
    let rows = try named.edge(("flatten", "megatron"), ("product", "I"))
    #expect(rows == (0, 0))
    let columns = try named.edge(("flatten", "megatron"), ("product", "megatron"))
    #expect(abs(columns.forward - 3.096) < 1e-9)
    // The gradient's summands are scattered, and the input is gathered once more.
    #expect(abs(columns.backward - 6.192) < 1e-9)
    let data = try named.edge(("flatten", "data_parallel"), ("product", "zero2"))
    #expect(data == (0, 0))
    let same = try named.edge(("conv", "megatron"), ("relu", "megatron"))
    #expect(same == (0, 0))
  }

  @Test("what the backward pass needs is kept once, at the operator that made the memory")
  func kept() throws {
    let named = try StrategyTests.Named(try Self.collect(Self.classifier))
    func saved(_ node: String) throws -> Int {
      try named.strategy(node, "R").savedBytes
    }
    // The convolution keeps the images for its weight's gradient; its own output nobody reads again.
    #expect(try saved("conv") == 8 * 3 * 64 * 4)
    // The output of the function ends its stage, and that of the pool is read by the product as a view.
    #expect(named.graph.stages == ["relu", "pool", "product"])
    #expect(try saved("relu") == 0)
    #expect(try saved("pool") == 0)
    #expect(try saved("flatten") == 0)
    #expect(try named.strategy("flatten", "R").forwardMicroseconds == 0)
  }

  @Test("a residual block is one stage")
  func residual() throws {
    var builder = GraphBuilder()
    builder.input("x", [8, 4, 8, 8])
    for name in ["first", "second", "third"] { builder.weight(name, [4, 4, 1, 1]) }
    builder.node("Conv", ["x", "first"], ["a"], name: "stem")
    builder.node("Relu", ["a"], ["b"], name: "stem.relu")
    builder.node("Conv", ["b", "second"], ["c"], name: "one")
    builder.node("Relu", ["c"], ["d"], name: "one.relu")
    builder.node("Conv", ["d", "third"], ["e"], name: "two")
    builder.node("Add", ["e", "b"], ["f"], name: "sum")
    builder.node("Relu", ["f"], ["g"], name: "end")
    builder.output("g")
    let named = try StrategyTests.Named(try Self.collect(builder))
    #expect(named.graph.stages == ["stem.relu", "end"])
    let sum = try named.position("sum")
    let sources = named.graph.edges.filter { $0.target == sum }.map {
      named.graph.nodes[$0.source].id
    }
    #expect(Set(sources) == ["two", "stem.relu"])
    // A function of each element has the roles of the sum before it.
    let end = try named.position("end")
    #expect(named.graph.nodes[end].leader == sum)
    #expect(try named.strategy("end", "megatron").outputBytes == 8 * 4 * 64 * 4 / 4)
  }

  @Test("weights under another shape are shared out like the channels")
  func reshapedWeights() throws {
    var builder = GraphBuilder(version: 11)
    builder.input("x", [8, 4, 8, 8])
    builder.weight("filter", [4, 4, 1, 1])
    builder.weight("scale", [4])
    builder.node("Conv", ["x", "filter"], ["a"], name: "conv")
    builder.node(
      "Unsqueeze", ["scale"], ["tall"], name: "view", [ONNXAttribute("axes", [1, 2])])
    builder.node("Mul", ["a", "tall"], ["b"], name: "scaled")
    builder.output("b")
    let named = try StrategyTests.Named(try Self.collect(builder))
    #expect(named.graph.nodes.map(\.id) == ["conv", "scaled"])
    #expect(try named.strategy("scaled", "megatron").parameterBytes == 4)
    #expect(try named.strategy("scaled", "data_parallel").parameterBytes == 16)
    #expect(named.graph.nodes[1].weights == ["scale"])
  }

  @Test("grouped convolutions split their groups, others and the transposed axis nothing")
  func groups() throws {
    var builder = GraphBuilder()
    builder.input("x", [8, 4, 8, 8])
    builder.weight("filter", [8, 1, 1, 1])
    builder.node(
      "Conv", ["x", "filter"], ["a"], name: "depthwise", [ONNXAttribute("group", 4)])
    builder.node("Transpose", ["a"], ["b"], name: "turned", [ONNXAttribute("perm", [1, 0, 2, 3])])
    builder.output("b")
    let named = try StrategyTests.Named(try Self.collect(builder))
    #expect(try named.strategy("depthwise", "megatron").parameterBytes == 8)
    let turned = named.graph.nodes[try named.position("turned")]
    #expect(turned.strategies.map(\.id) == ["megatron"])
  }

  @Test("faults name node or option, and the remedy")
  func faults() throws {
    func words(_ body: () throws -> Profile) -> String {
      do { return "a profile of \(try body().name)" } catch { return "\(error)" }
    }
    #expect(words { try Self.collect(Self.classifier, batch: 0) }.contains("batch"))
    #expect(words { try Self.collect(Self.classifier, axes: [1]) }.contains("mesh"))
    #expect(words { try Self.collect(Self.classifier, axes: [2, 2, 2, 2]) }.contains("mesh"))
    var computed = Self.classifier
    computed.weight("other", [16, 8])
    computed.node("Neg", ["other"], ["minus"], name: "negated")
    #expect(
      words { try Self.collect(computed) }.contains("node negated (Neg)"))
    var ranks = GraphBuilder()
    ranks.input("x", [8, 8, 4])
    ranks.input("y", [8, 4])
    ranks.weight("w", [4, 4])
    ranks.node("MatMul", ["x", "w"], ["a"], name: "product")
    ranks.node("Add", ["a", "y"], ["b"], name: "sum")
    ranks.output("b")
    #expect(words { try Self.collect(ranks) }.contains("different ranks"))
    var untrained = GraphBuilder()
    untrained.input("x", [8, 4])
    untrained.node("Relu", ["x"], ["y"])
    untrained.output("y")
    #expect(words { try Self.collect(untrained) }.contains("nothing to train"))
  }

  @Test(
    "real networks", .enabled(if: Samples.folder != nil, Samples.remedy),
    arguments: ["light_resnet50", "light_vgg19", "light_densenet121", "light_squeezenet"])
  func realNetworks(name: String) throws {
    let file = try Samples.file("onnx/\(name).onnx")
    let profile = try Self.collect(file, batch: 64)
    #expect(profile.validate().isEmpty)
    let graph = try #require(profile.stageGraph)
    #expect(graph.stages.count > 10)
    // Both collectors count the same parameters.
    let whole = try ONNXCollector(
      batch: 64, device: try DeviceCatalogue.builtIn().device(named: "A100-SXM4-80GB")
    ).collect(file.bytes, file: file.name)
    let trained = Set(whole.operators.filter { $0.phase == .optimizer }.flatMap(\.writes))
    let parameters = whole.tensors.filter { trained.contains($0.id) && $0.kind == .parameter }
    let named = try StrategyTests.Named(profile)
    #expect(
      try named.sum("data_parallel", \.parameterBytes)
        == parameters.reduce(0) { $0 + $1.bytes })
  }
}
