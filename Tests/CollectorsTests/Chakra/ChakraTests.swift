import Collectors
import Profiles
import Testing

@Suite("Chakra traces")
struct ChakraTests {
  static func collect(_ bytes: [UInt8]) throws(CollectorError) -> Profile {
    try ChakraCollector().collect(SourceFile(name: "rank.0.et", bytes: bytes))
  }

  static func node(
    _ id: UInt64, _ name: String, type: Int32 = 4, host: Bool? = false, time: UInt64 = 10,
    after: [UInt64] = [], inputs: String = "", outputs: String = ""
  ) -> ChakraNode {
    var node = ChakraNode()
    node.id = id
    node.name = name
    node.type = type
    node.durationMicroseconds = time
    node.dataDependencies = after
    node.inputs = ChakraValues(inputs)
    node.outputs = ChakraValues(outputs)
    if let host { node.attributes = [ChakraAttribute("is_cpu_op", host ? 1 : 0)] }
    return node
  }

  static func file(_ nodes: [ChakraNode]) throws -> [UInt8] {
    try nodes.reduce(into: [3, 10, 1, 49]) { bytes, node in
      let message = try node.encoded()
      precondition(message.count < 1 << 14)
      bytes += [UInt8(message.count & 0x7F | 0x80), UInt8(message.count >> 7)] + message
    }
  }

  /// A weight, an activation whose storage is used again, a gradient that is reduced and applied.
  static let small = [
    node(1, "aten::mm(0)", host: true),
    node(
      2, "gemm<float>(x)", after: [1],
      inputs: "[[1, 1, 0, 4, 4, 'cuda:0'], [2, 2, 0, 8, 4, 'cuda:0']]",
      outputs: "[[3, 3, 0, 16, 4, 'cuda:0'], [9, 9, 0, 4, 4, 'cpu']]"),
    node(3, "aten::mm_backward(0)", host: true),
    node(
      4, "gemm<float>(x)", time: 20, after: [3, 77],
      inputs: "[(3, 3, 0, 16, 4, 'cuda:0'), 1.5, None, \"it's\"]",
      outputs: "[[4, 4, 2, 2, 4, 'cuda:0']]"),
    node(5, "aten::relu_backward", host: true),
    node(
      6, "relu", after: [5], inputs: "[[4, 4, 0, 4, 4, 'cuda:0']]",
      outputs: "[[5, 3, 0, 1, 4, 'cuda:0']]"),
    node(7, "ncclKernel", type: 7, time: 40, inputs: "[[4, 4, 0, 4, 4, 'cuda:0']]", outputs: "[]"),
    node(8, "add", inputs: "[[1, 1, 0, 4, 4, 'cuda:0'], [4, 4, 0, 4, 4, 'cuda:0']]", outputs: "[]"),
  ]

  @Test("kernels become operators, and a storage used again becomes two tensors")
  func workedExample() throws {
    var nodes = Self.small
    nodes[6].attributes.append(ChakraAttribute("comm_size", 16))
    let profile = try Self.collect(Self.file(nodes))
    #expect(profile.validate().isEmpty)
    let lines = profile.operators.map {
      "\($0.id) \($0.phase): \($0.reads.joined(separator: " ")) > \($0.writes.joined(separator: " "))"
    }
    #expect(
      lines == [
        "0.aten::mm forward: s0 s1 > s2", "1.aten::mm_backward backward: s2 > s3",
        "2.aten::relu_backward backward: s3 > s4", "3.ncclKernel communication: s3 > s3",
        "4.add optimizer: s0 s3 > s0",
      ])
    #expect(profile.operators.map(\.durationMicroseconds) == [10, 20, 10, 40, 10])
    #expect(profile.tensors.map(\.bytes) == [16, 32, 64, 16, 4])
    #expect(
      profile.tensors.map(\.kind) == [.parameter, .input, .activation, .gradient, .gradient])
    let notes = profile.source?.notes ?? []
    #expect(notes.contains("found: 8 nodes, 5 of them on the device"))
    #expect(notes.contains("missing: 1 dependencies name nodes that the file lacks"))
    #expect(notes.contains("found: 1 collectives with a size: 0.0 MiB together"))
  }

  @Test("operators run in the order of their starts where the file states them")
  func starts() throws {
    var nodes = [Self.node(1, "b"), Self.node(2, "a")]
    nodes[0].startMicroseconds = 9
    nodes[1].startMicroseconds = 4
    #expect(try Self.collect(Self.file(nodes)).operators.map(\.id) == ["0.a", "1.b"])
  }

  @Test("traces without kernels give the host's operators; loads and stores are left out")
  func hostOnly() throws {
    let nodes = [Self.node(1, "x", host: true), Self.node(2, "load", type: 2, host: nil)]
    let profile = try Self.collect(Self.file(nodes))
    #expect(profile.operators.map(\.id) == ["0.x"])
    #expect(profile.source?.notes.contains("missing: 1 loads and stores were left out") == true)
  }

  // MARK: Broken files

  @Test("broken traces are told with their place")
  func broken() throws {
    let whole = try Self.file(Self.small)
    let faults: [([UInt8], String)] = [
      ([], "it holds no nodes"), ([3, 10, 1, 49], "it holds no nodes"),
      (Array(whole.dropLast()), "a message's length leads beyond the end"),
      ([UInt8](repeating: 0xFF, count: 100), "byte 0: a message's length"),
      ([0, 3, 0xFF, 0xFF, 0xFF], "byte 1: node 0 is damaged"),
      (try Self.file([Self.node(1, "x", time: 0)]), "none has a duration"),
      (try Self.file([Self.node(1, "x", inputs: "[1, 2")]), "node 1.inputs.values: byte 5"),
      (try Self.file([Self.node(1, "x", inputs: "['a]")]), "the end of a text should stand"),
      (try Self.file([Self.node(1, "x", outputs: "7")]), "node 1.outputs.values: it isn't a list"),
      (try Self.file([Self.node(1, "x", outputs: "[] 7")]), "the end should stand"),
      (try Self.file([Self.node(1, "x", outputs: "[,]")]), "an element should stand"),
      (
        try Self.file([Self.node(1, "x", outputs: String(repeating: "[", count: 5000))]),
        "too many levels of nesting"
      ),
      (
        try Self.file([
          Self.node(1, "x", outputs: "[[1, 2, 0, 4611686018427387904, 8, 'cuda:0']]")
        ]),
        "the size of tensor 1 isn't possible"
      ),
    ]
    for (bytes, expected) in faults {
      do {
        _ = try Self.collect(bytes)
        Issue.record("\(expected): taken")
      } catch {
        #expect(error.description.contains(expected), "\(error)")
      }
    }
  }

  @Test("damaged traces never crash", arguments: UInt64(0)..<500)
  func damaged(seed: UInt64) throws {
    let bytes = Mutation.of(try Self.file(Self.small), seed: seed)
    do throws(CollectorError) {
      _ = try Self.collect(bytes).validate()
    } catch {}
  }

  @Test(
    "a real trace keeps its kernels' time and its parameters' bytes",
    .enabled(if: Samples.folder != nil, Samples.remedy))
  func sample() throws {
    let profile = try ChakraCollector().collect(
      try Samples.file("chakra/chakra_resnet_dp.0.et"))
    #expect(profile.validate().isEmpty)
    #expect(profile.operators.count == 1216)
    let time = profile.operators.reduce(0) { $0 + $1.durationMicroseconds }
    #expect(time == 329_543)
    let notes = profile.source?.notes ?? []
    #expect(
      notes.contains(
        "found: computation: 1209 operators of 292.828 ms; "
          + "communication: 7 operators of 36.715 ms"))
    // Weights, momentum and the buckets of gradients: 25,557,032 numbers each; and the
    // normalisations' statistics, which are written in full copies too.
    let kept = profile.tensors.filter { $0.kind == .parameter }.reduce(0) { $0 + $1.bytes }
    #expect(abs(kept - 3 * 4 * 25_557_032) < 1 << 20, "\(kept)")
  }
}
