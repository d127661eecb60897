import Collectors
import Profiles
import Testing

@Suite("Faults of graphs")
struct OperatorFaultTests {
  private func unknown(shape: [ONNXDimension]?) -> GraphBuilder {
    var graph = GraphBuilder()
    graph.input("x", [1, 4, 8])
    graph.weight("w", [8, 8])
    graph.node("MatMul", ["x", "w"], ["z"])
    graph.node("Rotary", ["z"], ["y"], name: "rope", domain: "com.example")
    graph.output("y")
    if let shape { graph.graph.outputs = [ONNXValueInfo("y", shape)] }
    if shape == nil { graph.graph.outputs[0].type = nil }
    return graph
  }

  @Test("an unknown operator is an error with its type, node and remedy")
  func unknownOperator() throws {
    let bytes = try unknown(shape: nil).bytes()
    let collector = try GraphBuilder.collector()
    #expect(
      throws: CollectorError.unsupported(
        file: "n.onnx", place: "node rope (Rotary)",
        problem: "the operator Rotary of the domain com.example isn't known",
        remedy: "--allow-unknown takes its time from the bytes it moves")
    ) { try collector.collect(bytes, file: "n.onnx") }
  }

  @Test("allowed, it costs its bytes and keeps its inputs")
  func allowed() throws {
    let graph = unknown(shape: [ONNXDimension(1), ONNXDimension(4), ONNXDimension(8)])
    let profile = try graph.profile(batch: 2, allowUnknown: true)
    ProfileChecks.expectConsistent(profile)
    let forward = try #require(profile.step("rope"))
    #expect(forward.bytesAccessed == 2 * 4 * Double(2 * 4 * 8))
    #expect(!forward.isRecomputable)
    #expect(profile.step("rope.grad")?.reads == ["grad.y", "z"])
    #expect(profile.source?.notes.contains { $0.contains("operator Rotary isn't known") } == true)
  }

  @Test("allowed, but without a shape, it stays an error")
  func withoutShape() throws {
    let graph = unknown(shape: nil)
    #expect {
      try graph.profile(allowUnknown: true)
    } throws: { error in
      "\(error)".contains("nor the shape of its output 'y'")
    }
  }

  @Test("operands that don't fit are named with both shapes")
  func mismatch() throws {
    var graph = GraphBuilder()
    graph.input("x", [1, 5])
    graph.weight("w", [4, 3])
    graph.node("MatMul", ["x", "w"], ["y"], name: "head")
    graph.output("y")
    #expect {
      try graph.profile()
    } throws: { error in
      "\(error)".hasPrefix(
        "test.onnx: node head (MatMul): its factors [1, 5] and [4, 3] don't fit; ")
    }
  }

  @Test(
    "operands in excess or missing are an error",
    arguments: ["Mul", "Div", "Pow", "PRelu"], [["x"], ["x", "w", "w"]])
  func operandCount(type: String, operands: [String]) throws {
    var graph = GraphBuilder()
    graph.input("x", [1, 4])
    graph.weight("w", [4])
    graph.node(type, operands, ["y"], name: "odd")
    graph.output("y")
    #expect {
      try graph.profile()
    } throws: { error in
      "\(error)".contains("it has \(operands.count) inputs instead of 2")
    }
  }

  @Test("a value that comes from nowhere, or twice, is an error")
  func names() throws {
    var nowhere = GraphBuilder()
    nowhere.input("x", [1, 5])
    nowhere.node("Relu", ["z"], ["y"])
    #expect(throws: CollectorError.self) { try nowhere.profile() }
    var twice = Graphs.small()
    twice.node("Relu", ["x"], ["r"])
    #expect(throws: CollectorError.self) { try twice.profile() }
  }

  @Test("names become printable, short and unique")
  func printableNames() throws {
    var graph = GraphBuilder()
    graph.input("bild 1", [1, 4])
    graph.weight("gewicht/ä", [4, 4])
    graph.weight("gewicht/ö", [4, 4])
    graph.node("MatMul", ["bild 1", "gewicht/ä"], ["a"], name: "layer")
    graph.node("MatMul", ["a", "gewicht/ö"], [String(repeating: "b", count: 500)], name: "layer")
    graph.output(String(repeating: "b", count: 500))
    let profile = try graph.profile()
    ProfileChecks.expectConsistent(profile)
    #expect(profile.operators.prefix(2).map(\.id) == ["layer", "layer.2"])
    #expect(profile.tensor("bild_1") != nil)
    #expect(profile.tensor("gewicht/_") != nil && profile.tensor("gewicht/_.2") != nil)
    #expect(profile.tensors.allSatisfy { $0.id.utf8.count <= 255 })
  }

  @Test("a device without the element type is refused")
  func elementType() throws {
    let device = try DeviceCatalogue.builtIn().device(named: "V100-SXM2-16GB")
    let collector = ONNXCollector(batch: 1, dtype: .bfloat16, device: device)
    let bytes = try Graphs.small().bytes()
    #expect(
      throws: CollectorError.option(
        name: "element type bfloat16",
        problem: "the device V100-SXM2-16GB has no peak rate for it",
        remedy: "choose one of float16, float32")
    ) { try collector.collect(bytes, file: "n.onnx") }
  }
}
