import Collectors
import Profiles
import TestSupport
import Testing

@Suite("Damaged and hostile files")
struct DamagedFileTests {
  private func outcome(_ bytes: [UInt8], batch: Int = 4) throws -> Result<Profile, CollectorError> {
    let collector = try GraphBuilder.collector(batch: batch, allowUnknown: true)
    return Result { () throws(CollectorError) in try collector.collect(bytes, file: "bad.onnx") }
  }

  @Test("a file cut at any place is an error, or a graph that ends there")
  func truncated() throws {
    let bytes = try Graphs.residual().bytes()
    for end in stride(from: 0, to: bytes.count, by: 7) {
      guard case .success(let profile) = try outcome(Array(bytes.prefix(end))) else { continue }
      Issue.record("the first \(end) bytes gave a profile of \(profile.operators.count) operators")
    }
  }

  @Test("flipped bytes never crash", arguments: UInt64(0)..<300)
  func flipped(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let graph = seed % 2 == 0 ? Graphs.residual() : Graphs.transformer()
    var bytes = try graph.bytes()
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let position = Int.random(in: bytes.indices, using: &random)
      bytes[position] = UInt8.random(in: 0...255, using: &random)
    }
    if case .success(let profile) = try outcome(bytes) {
      ProfileChecks.expectConsistent(profile)
    }
  }

  @Test("random numbers in every shape, axis and attribute never crash", arguments: UInt64(0)..<300)
  func randomNumbers(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let extremes = [
      -1, 0, 1, 2, 3, 7, 64, 1 << 20, 1 << 31, 1 << 40, 1 << 52, 1 << 62, Int.max, Int.min,
    ]
    var graph = [Graphs.small(), Graphs.residual(), Graphs.transformer()][Int(seed % 3)].graph
    func disturb(_ values: inout [Int64]) {
      guard !values.isEmpty, Int.random(in: 0..<6, using: &random) == 0 else { return }
      let position = Int.random(in: values.indices, using: &random)
      values[position] = Int64(extremes.randomElement(using: &random) ?? 0)
    }
    for index in graph.initializers.indices {
      disturb(&graph.initializers[index].dimensions)
      disturb(&graph.initializers[index].integers)
    }
    for node in graph.nodes.indices {
      for index in graph.nodes[node].attributes.indices {
        disturb(&graph.nodes[node].attributes[index].integers)
        if graph.nodes[node].attributes[index].integer != nil {
          var single = [graph.nodes[node].attributes[index].integer ?? 0]
          disturb(&single)
          graph.nodes[node].attributes[index].integer = single[0]
        }
      }
    }
    var builder = GraphBuilder()
    builder.graph = graph
    let collector = try GraphBuilder.collector(
      batch: 3, dimensions: ["sequence": extremes.randomElement(using: &random) ?? 1])
    do {
      let profile = try collector.collect(try builder.bytes(), file: "bad.onnx")
      ProfileChecks.expectConsistent(profile)
    } catch is CollectorError {}
  }

  @Test(
    "operators and operands exchanged at random never crash", arguments: UInt64(0)..<300)
  func exchanged(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var builder = [Graphs.small(), Graphs.residual(), Graphs.transformer()][Int(seed % 3)]
    let types = ShapeRuleTests.types
    for index in builder.graph.nodes.indices where Int.random(in: 0..<5, using: &random) == 0 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        builder.graph.nodes[index].type = types.randomElement(using: &random) ?? "Add"
      case 1:
        builder.graph.nodes[index].inputs.shuffle(using: &random)
      case 2:
        let extra = builder.graph.nodes[index].inputs.randomElement(using: &random) ?? ""
        builder.graph.nodes[index].inputs.append(extra)
      default:
        if !builder.graph.nodes[index].inputs.isEmpty {
          builder.graph.nodes[index].inputs.removeLast()
        }
      }
    }
    let collector = try GraphBuilder.collector(batch: 3, dimensions: ["sequence": 4])
    do {
      let profile = try collector.collect(try builder.bytes(), file: "bad.onnx")
      ProfileChecks.expectConsistent(profile)
    } catch is CollectorError {}
  }

  @Test("shapes of more elements than can be counted are refused")
  func hugeShapes() throws {
    for shape in [[1 << 40, 1 << 40], [Int.max], [1, -3], [1 << 62, 4]] {
      var graph = GraphBuilder()
      graph.input("x", [1, 4])
      graph.weight("w", shape)
      graph.node("MatMul", ["x", "w"], ["y"])
      graph.output("y")
      #expect(throws: CollectorError.self) { try graph.profile() }
    }
  }

  @Test("tensors that are possible one by one may be too many together")
  func hugeTotal() throws {
    var graph = GraphBuilder()
    graph.input("x", [1 << 20, 1 << 30])
    graph.weight("w", [1 << 30])
    graph.node("Mul", ["x", "w"], ["y0"])
    for index in 0..<4000 { graph.node("Exp", ["y\(index)"], ["y\(index + 1)"]) }
    graph.output("y4000")
    let bytes = try graph.bytes()
    let collector = try GraphBuilder.collector(batch: 1 << 20)
    #expect {
      try collector.collect(bytes, file: "huge.onnx")
    } throws: { error in
      guard case .tooLarge(_, _, let problem) = error as? CollectorError else { return false }
      return problem.contains("more bytes than can be counted")
    }
  }

  @Test("dimensions that double with every node are refused, not followed")
  func growingRank() throws {
    var graph = GraphBuilder()
    graph.input("x0", [1, 1, 1], elementType: 7)
    for index in 0..<60 {
      graph.node("Gather", ["x\(index)", "x\(index)"], ["x\(index + 1)"])
    }
    graph.trainSomething()
    #expect(throws: CollectorError.self) { try graph.profile() }
  }

  @Test("an extent of nothing beside one of billions folds to nothing")
  func emptyShapes() throws {
    var graph = GraphBuilder()
    graph.integers("shape", [1 << 50, 0])
    graph.integers("other", [1 << 50, 1])
    graph.node(
      "ConstantOfShape", ["shape"], ["a"],
      [
        ONNXAttribute("value", ONNXTensor("", shape: [1], integers: [0]))
      ])
    graph.node("Expand", ["a", "other"], ["b"])
    graph.node("Add", ["b", "b"], ["c"])
    graph.trainSomething()
    #expect(try graph.profile().operators.count > 0)
  }

  @Test("a long chain of views takes no more than linear time")
  func longChain() throws {
    var graph = GraphBuilder()
    graph.input("x", [1, 4])
    graph.weight("w", [4, 4])
    graph.node("MatMul", ["x", "w"], ["y0"])
    for index in 0..<10_000 { graph.node("Identity", ["y\(index)"], ["y\(index + 1)"]) }
    graph.output("y10000")
    let profile = try graph.profile()
    #expect(profile.tensor("y10000")?.aliasOf == "y0")
    #expect(ProfileChecks.peakBytes(profile) > 0)
  }

  @Test("the contents of large tensors are skipped, those of small ones read")
  func weights() throws {
    var graph = GraphBuilder()
    for count in [4096, 4097] {
      graph.graph.initializers.append(
        ONNXTensor("t", shape: [count], reals: [Float](repeating: 1, count: count)))
    }
    let read = try ONNXModel(decoding: try graph.bytes(), file: "t.onnx").graph
    #expect(read?.initializers.map(\.reals.count) == [4096, 0])
    #expect(read?.initializers.map(\.dimensions) == [[4096], [4097]])
  }

  @Test("what isn't ONNX at all is malformed")
  func foreign() throws {
    for bytes in [[], Array("%PDF-1.7".utf8), [UInt8](repeating: 0xFF, count: 100)] {
      guard case .failure(.malformed) = try outcome(bytes) else {
        Issue.record("\(bytes.prefix(8)) was taken for a model")
        continue
      }
    }
  }
}
