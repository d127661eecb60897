import Collectors
import Foundation
import Profiles
import Testing

/// Strategies of the forward pass of Execution Traces: what ONNX graphs of the same networks give.
@Suite struct TraceStrategyTests {
  /// Writes calls as PyTorch's observer does.
  struct Calls {
    private var nodes: [String] = []
    private var lastID = 100

    /// Adds a call; arguments are in JSON's notation.
    mutating func add(
      _ name: String, in parent: Int = 1, _ arguments: [(value: String, shape: [Int])],
      gives results: [(value: String, shape: [Int])] = [], thread: Int = 1
    ) -> Int {
      lastID += 1
      func part(_ list: [(value: String, shape: [Int])]) -> String {
        let values = list.map(\.value).joined(separator: ", ")
        let types = list.map { $0.value.hasSuffix("\"cuda:0\"]") ? "\"Tensor(float)\"" : "\"Int\"" }
        return "{\"values\": [\(values)], \"shapes\": \(list.map(\.shape)), "
          + "\"types\": [\(types.joined(separator: ", "))]}"
      }
      nodes.append(
        """
        {"id": \(lastID), "name": "\(name)", "ctrl_deps": \(parent), \
        "inputs": \(part(arguments)), "outputs": \(part(results)), "attrs": \
        [{"name": "tid", "type": "uint64", "value": \(thread)}, \
        {"name": "seq_id", "type": "int64", "value": \(thread == 1 ? lastID : -1)}]}
        """)
      return lastID
    }

    func file(_ name: String = "network.json") -> SourceFile {
      let text =
        "{\"schema\": \"1.1.1-chakra.0.0.4\", \"nodes\": [\(nodes.joined(separator: ",\n"))]}"
      return SourceFile(name: name, bytes: Array(text.utf8))
    }
  }

  /// A tensor with a number, its storage, and a shape.
  static func tensor(_ id: Int, _ shape: [Int], storage: Int? = nil) -> (
    value: String, shape: [Int]
  ) {
    let elements = shape.reduce(1, *)
    return ("[\(id), \(storage ?? id + 500), 0, \(elements), 4, \"cuda:0\"]", shape)
  }

  static func value(_ text: String) -> (value: String, shape: [Int]) { (text, []) }

  /// The network of `NetworkStrategyTests.classifier`, with a ReLU in place, the number of its input given anew to
  /// the pool's result, and a loss.
  static func classifier(pool: String = "aten::adaptive_avg_pool2d") -> Calls {
    let (filter, filterBias) = (tensor(1, [8, 3, 3, 3]), tensor(2, [8]))
    let (matrix, matrixBias) = (tensor(3, [16, 8]), tensor(4, [16]))
    let a = tensor(6, [8, 8, 8, 8])
    let b = tensor(5, [8, 8, 1, 1], storage: 900)
    let c = tensor(7, [8, 8], storage: 900)
    let scores = tensor(8, [8, 16])
    var calls = Calls()
    let root = calls.add("ProfilerStep#3", [])
    // Upkeep of a buffer, which the network never reads.
    _ = calls.add("aten::add_", in: root, [tensor(40, [1]), value("1")], gives: [tensor(40, [1])])
    _ = calls.add(
      "aten::conv2d", in: root,
      [
        tensor(5, [8, 3, 8, 8]), filter, filterBias, value("[1, 1]"), value("[1, 1]"),
        value("[1, 1]"), value("1"),
      ], gives: [a])
    _ = calls.add("aten::relu_", in: root, [a], gives: [a])
    _ = calls.add(pool, in: root, [a, value("[1, 1]")], gives: [b])
    _ = calls.add("aten::flatten", in: root, [b, value("1"), value("-1")], gives: [c])
    _ = calls.add("aten::linear", in: root, [c, matrix, matrixBias], gives: [scores])
    _ = calls.add(
      "aten::cross_entropy_loss", in: root, [scores, tensor(9, [8])], gives: [tensor(10, [])])
    let engine = "autograd::engine::evaluate_function: "
    _ = calls.add(engine + "AddmmBackward0", in: root, [], thread: 2)
    let optimizer = calls.add("Optimizer.step#SGD.step", in: root, [])
    for weight in [filter, filterBias, matrix, matrixBias] {
      _ = calls.add("aten::add_", in: optimizer, [weight], gives: [weight])
    }
    return calls
  }

  @Test("a trace and the ONNX graph of the same network give the same strategies")
  func sameAsGraph() throws {
    let traced = try NetworkStrategyTests.collect(Self.classifier().file())
    let exported = try NetworkStrategyTests.collect(NetworkStrategyTests.classifier)
    let (one, other) = (try #require(traced.stageGraph), try #require(exported.stageGraph))
    #expect(one.nodes.map(\.id) == ["conv2d", "relu", "adaptive_avg_pool2d", "flatten", "linear"])
    #expect(one.nodes.map(\.strategies) == other.nodes.map(\.strategies))
    #expect(one.edges.map(\.forwardMicroseconds) == other.edges.map(\.forwardMicroseconds))
    #expect(traced.name == "network")
  }

  @Test("a batch other than the trace's scales the activations")
  func batch() throws {
    let named = try StrategyTests.Named(
      try NetworkStrategyTests.collect(Self.classifier().file(), batch: 16))
    #expect(try named.strategy("conv2d", "data_parallel").outputBytes == 2 * 16384 / 4)
    #expect(try named.strategy("flatten", "data_parallel").outputBytes == 2 * 64)
  }

  @Test("what can't be read is told with the call")
  func faults() throws {
    func message(_ file: SourceFile) -> String {
      do {
        _ = try NetworkStrategyTests.collect(file)
        return "none"
      } catch { return "\(error)" }
    }
    let unknown = message(Self.classifier(pool: "aten::strange_pool").file())
    #expect(unknown.contains("strange_pool of the domain aten isn't known; --allow-unknown"))
    var empty = Calls()
    _ = empty.add("aten::relu", [Self.tensor(1, [4, 4])], gives: [Self.tensor(2, [4, 4])])
    #expect(message(empty.file()).contains("no product or embedding in the forward pass"))
    let kineto = SourceFile(name: "k.json", bytes: Array("{\"traceEvents\": []}".utf8))
    #expect(message(kineto).contains("give the Execution Trace of the same run"))
  }

  @Test(
    "a ResNet-50 recorded by PyTorch is the one exported to ONNX",
    .enabled(if: Samples.folder != nil, Samples.remedy))
  func resnet() throws {
    let path = "execution-trace/resnet50_1gpu_1.1.0.json.gz"
    let traced = try NetworkStrategyTests.collect(try Samples.file(path), batch: 32)
    let exported = try NetworkStrategyTests.collect(
      SourceFile(
        name: "resnet50.onnx",
        bytes: Array(
          try Data(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
              .appending(path: "../../../Models/Networks/resnet50.onnx")))),
      batch: 32)
    let (one, other) = (try #require(traced.stageGraph), try #require(exported.stageGraph))
    #expect(one.nodes.count == 175)
    #expect(one.stages.count == other.stages.count)
    func parameters(_ graph: StageGraph) -> Int {
      graph.nodes.compactMap { $0.strategies.first { $0.id == "data_parallel" } }
        .reduce(0) { $0 + $1.parameterBytes }
    }
    #expect(parameters(one) == parameters(other))
    #expect(parameters(one) == 4 * 25_557_032)
  }
}
