import Collectors
import Profiles
import Testing

@Suite("Batch sizes")
struct RebatchingTests {
  /// A graph that pools, reshapes to a written shape, and classifies.
  static func classifier(_ shape: [Int], input: [ONNXDimension]) -> GraphBuilder {
    var graph = GraphBuilder()
    graph.input("x", input)
    graph.weight("w", [6, 5])
    graph.integers("target", shape)
    graph.node("GlobalAveragePool", ["x"], ["p"])
    graph.node("Reshape", ["p", "target"], ["f"], name: "flatten")
    graph.node("MatMul", ["f", "w"], ["y"])
    graph.output("y")
    return graph
  }

  static let fixed = [1, 6, 4, 4].map { ONNXDimension($0) }

  @Test(
    "a shape that is written for the file's batch follows the new one",
    arguments: [[1, -1], [1, 6], [-1, 6], [0, -1], [0, 6]])
  func writtenShapes(shape: [Int]) throws {
    let profile = try Self.classifier(shape, input: Self.fixed).profile(batch: 16)
    #expect(profile.shape("f") == [16, 6])
    #expect(profile.shape("y") == [16, 5])
    ProfileChecks.expectConsistent(profile)
  }

  @Test("a file for a batch of 8 serves a batch of 2", arguments: [[8, -1], [8, 6], [-1, 6]])
  func otherFileBatch(shape: [Int]) throws {
    let input = [8, 6, 4, 4].map { ONNXDimension($0) }
    let profile = try Self.classifier(shape, input: input).profile(batch: 2)
    #expect(profile.shape("f") == [2, 6])
  }

  @Test("an open batch takes any size", arguments: [1, 2, 3, 64])
  func dynamic(batch: Int) throws {
    for open in [ONNXDimension(), ONNXDimension(symbol: "N"), ONNXDimension(0)] {
      let graph = Self.classifier([-1, 6], input: [open] + Self.fixed.dropFirst())
      #expect(try graph.profile(batch: batch).shape("y") == [batch, 5])
    }
  }

  @Test("weights that are reshaped to a shape that begins with 1 stay as they are")
  func weights() throws {
    var graph = GraphBuilder()
    graph.input("x", [1, 6])
    graph.weight("w", [2, 3])
    graph.integers("row", [1, -1])
    graph.node("Reshape", ["w", "row"], ["r"])
    graph.node("Mul", ["x", "r"], ["y"])
    graph.output("y")
    let profile = try graph.profile(batch: 4)
    #expect(profile.shape("r") == [1, 6])
    #expect(profile.shape("y") == [4, 6])
  }

  @Test("a class token that was written for one sample is taken as repeated")
  func classToken() throws {
    var graph = GraphBuilder()
    graph.input("x", [1, 4, 8])
    graph.weight("token", [1, 1, 8])
    graph.node("Concat", ["token", "x"], ["y"], [ONNXAttribute("axis", 1)])
    graph.output("y")
    let profile = try graph.profile(batch: 3)
    #expect(profile.shape("y") == [3, 5, 8])
    // Its gradient is a sum over the batch, not a slice.
    #expect(profile.step("Concat_0.grad")?.writes == ["grad.token"])
  }

  @Test("a batch that gets lost is an error with the node and the remedy")
  func lost() throws {
    var graph = GraphBuilder()
    graph.input("x", [2, 6])
    graph.weight("w", [6, 6])
    graph.integers("first", [1])
    graph.integers("last", [2])
    graph.node("MatMul", ["x", "w"], ["z"])
    graph.node("Slice", ["z", "first", "last"], ["y"], name: "pick")
    graph.output("y")
    let bytes = try graph.bytes()
    let collector = try GraphBuilder.collector(batch: 1)
    #expect(
      throws: CollectorError.unsupported(
        file: "net.onnx", place: "node pick (Slice)",
        problem: "its output has shape [1, 6] at batch 2, [0, 6] at batch 1",
        remedy: "export with a dynamic batch dimension, or keep the batch 2")
    ) { try collector.collect(bytes, file: "net.onnx") }
    #expect(try graph.profile(batch: 2).shape("y") == [1, 6])
  }

  @Test("a written shape that can't hold the batch is an error")
  func impossible() throws {
    let bytes = try Self.classifier([3, 2], input: Self.fixed).bytes()
    let collector = try GraphBuilder.collector(batch: 7)
    #expect {
      try collector.collect(bytes, file: "net.onnx")
    } throws: { error in
      "\(error)".contains("node flatten (Reshape)")
    }
  }

  @Test("an open dimension that isn't the batch has to be given")
  func openDimension() throws {
    let bytes = try Graphs.transformer().bytes()
    let collector = try GraphBuilder.collector(batch: 2)
    #expect(
      throws: CollectorError.invalid(
        file: "t.onnx", place: "input 'x'",
        problem: "the extent of dimension 1 'sequence' isn't known",
        remedy: "give it one, such as sequence=128")
    ) { try collector.collect(bytes, file: "t.onnx") }
  }

  @Test("a batch of none or of billions is refused", arguments: [0, -1, 1 << 40])
  func impossibleBatch(batch: Int) throws {
    #expect(throws: CollectorError.self) { try Graphs.small().profile(batch: batch) }
  }
}
