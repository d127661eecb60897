import Profiles

/// A transformer of some blocks on one node of 8 devices, with data parallel, ZeRO and tensor parallel strategies
/// of each of its products, as a profile with the section `two_stage`.
struct GeneratedStages {
  let blocks: Int
  let hidden: Double
  let feedForward: Double
  /// Tokens of all devices.
  let tokens: Double

  private static let devices = 8.0
  /// Half of an H100's peak, in operations per microsecond.
  private static let rate = 989e6 / 2
  /// Bytes per microsecond along the one axis.
  private static let link = 450e3

  /// One operator: parameters, operations, and bytes of what it saves and makes on all devices.
  private struct Product {
    let id: String
    let parameters: Double
    let operations: Double
    let saved: Double
    let output: Double
    /// Whether tensor parallelism adds up its output, or its input's gradient.
    let isReduced: Bool
  }

  func profile() -> Profile {
    var nodes: [StageGraph.Node] = []
    var stages = ["embedding"]
    let width = 2 * tokens * hidden
    let vocabulary = 128_256.0
    func add(_ product: Product, group: String? = nil) {
      nodes.append(
        StageGraph.Node(
          id: product.id, stage: stages.count - 1, repeatGroup: group,
          strategies: strategies(of: product)))
    }
    add(
      Product(
        id: "embedding", parameters: vocabulary * hidden, operations: 2 * tokens * hidden, saved: 0,
        output: width, isReduced: true))
    for block in 0..<blocks {
      stages.append("block\(block)")
      let squares = hidden * hidden
      let products: [(String, Double, Double, Double, Bool)] = [
        ("qkv", 1.5 * squares, 2.5 * width, 1.5 * width, false),
        ("projection", squares, 1.1 * width, width, true),
        ("up", 2 * hidden * feedForward, 2 * width, 4 * tokens * feedForward, false),
        ("down", hidden * feedForward, 6 * tokens * feedForward, width, true),
      ]
      for (name, parameters, saved, output, isReduced) in products {
        add(
          Product(
            id: "block\(block).\(name)", parameters: parameters,
            operations: 2 * tokens * parameters, saved: saved, output: output,
            isReduced: isReduced), group: name)
      }
    }
    stages.append("head")
    add(
      Product(
        id: "head", parameters: vocabulary * hidden, operations: 2 * tokens * hidden * vocabulary,
        saved: 2 * tokens * vocabulary, output: 2 * tokens * vocabulary, isReduced: false))
    let graph = StageGraph(
      mesh: StageGraph.Mesh(shape: [8], latencyMicroseconds: [5], gbPerSecond: [450]),
      memoryLimitBytes: 80 << 30, stages: stages, nodes: nodes, edges: edges(between: nodes))
    return Profile(
      name: "transformer of \(blocks) blocks", tensors: [], operators: [], stageGraph: graph)
  }

  private func transfer(_ bytes: Double) -> Double {
    5 + (Self.devices - 1) / Self.devices * bytes / Self.link
  }

  private func strategies(of product: Product) -> [StageStrategy] {
    let count = Self.devices
    let work = product.operations / count / Self.rate
    let parameters = 2 * product.parameters
    var strategies = (0...3).map { stage in
      let gather = stage == 3 ? transfer(parameters) : 0
      return StageStrategy(
        id: stage == 0 ? "data_parallel" : "zero\(stage)", forwardMicroseconds: work + gather,
        backwardMicroseconds: 2 * work + gather,
        synchronizationMicroseconds: 2 * transfer(parameters),
        parameterBytes: Int(stage >= 3 ? parameters / count : parameters),
        gradientBytes: Int(stage >= 2 ? parameters / count : parameters),
        optimizerStateBytes: Int(6 * (stage >= 1 ? parameters / count : parameters)),
        savedBytes: Int(product.saved / count), outputBytes: Int(product.output / count),
        forwardWorkspaceBytes: Int(stage == 3 ? parameters : 0),
        backwardWorkspaceBytes: Int(stage == 3 ? 2 * parameters : 0))
    }
    let reduction = 2 * transfer(product.output)
    strategies.append(
      StageStrategy(
        id: "megatron", forwardMicroseconds: work + (product.isReduced ? reduction : 0),
        backwardMicroseconds: 2 * work + (product.isReduced ? 0 : reduction),
        parameterBytes: Int(parameters / count), gradientBytes: Int(parameters / count),
        optimizerStateBytes: Int(6 * parameters / count), savedBytes: Int(product.saved / count),
        outputBytes: Int(product.isReduced ? product.output : product.output / count)))
    return strategies
  }

  /// A tensor that changes between data and tensor parallel layouts is gathered.
  private func edges(between nodes: [StageGraph.Node]) -> [StageGraph.Edge] {
    let gather = transfer(2 * tokens * hidden)
    return nodes.indices.dropFirst().map { target in
      let matrix = nodes[target - 1].strategies.map { own in
        nodes[target].strategies.map { other in
          (own.id == "megatron") == (other.id == "megatron") ? 0 : gather
        }
      }
      return StageGraph.Edge(
        source: target - 1, target: target, forwardMicroseconds: matrix,
        backwardMicroseconds: matrix)
    }
  }
}
