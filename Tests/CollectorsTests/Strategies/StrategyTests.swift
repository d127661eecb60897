import Collectors
import Layouts
import Plans
import Profiles
import Testing

/// Strategies of transformers on meshes, against figures worked out by hand.
@Suite struct StrategyTests {
  /// Two layers of 64 values, eight heads of eight with four groups, 256 words: 106816 parameters.
  static let dense = """
    {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8,
     "num_key_value_heads": 4, "intermediate_size": 128, "vocab_size": 256,
     "tie_word_embeddings": false}
    """
  /// The same with eight experts of 32 inner values, of which a token visits two.
  static let experts = """
    {"model_type": "mixtral", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8,
     "num_key_value_heads": 4, "intermediate_size": 32, "vocab_size": 256,
     "num_local_experts": 8, "num_experts_per_tok": 2, "tie_word_embeddings": false}
    """

  /// Two groups of four devices: 7 µs and 1 GB/s between them, 3 µs and 2 GB/s within.
  static let links = [(size: 2, latency: 7.0, rate: 1.0), (size: 4, latency: 3.0, rate: 2.0)]

  static func collect(
    _ text: String, _ axes: [(size: Int, latency: Double, rate: Double)] = links, batch: Int = 8,
    sequence: Int = 16
  ) throws -> Profile {
    try collect(
      SourceFile(name: "config.json", bytes: Array(text.utf8)), axes, batch: batch,
      sequence: sequence)
  }

  static func collect(
    _ file: SourceFile, _ axes: [(size: Int, latency: Double, rate: Double)], batch: Int,
    sequence: Int
  ) throws -> Profile {
    let catalogue = try DeviceCatalogue.builtIn()
    let mesh = try DeviceMesh(
      axes: axes.map {
        DeviceMesh.Axis(size: $0.size, latencyMicroseconds: $0.latency, gbPerSecond: $0.rate)
      })
    let collector = StrategyCollector(
      training: TransformerTraining(sequence: sequence, batch: batch),
      device: try catalogue.device(named: "H100-SXM5-80GB"),
      efficiency: try catalogue.efficiency(of: "H100-SXM5-80GB"), mesh: mesh,
      linkSource: "made up")
    var planners = LayoutPlanners()
    return try collector.collect(file) { tensor, from, to in
      guard case .path(let path)? = try? planners.path(of: tensor, on: mesh, from: from, to: to)
      else { return nil }
      return (path.microseconds, path.stages.map(\.step))
    }
  }

  /// The section with its nodes and edges by name.
  struct Named {
    let graph: StageGraph

    init(_ profile: Profile) throws {
      graph = try #require(profile.stageGraph)
    }

    func position(_ node: String) throws -> Int {
      try #require(graph.nodes.firstIndex { $0.id == node }, "\(node)")
    }

    func index(_ node: Int, _ strategy: String) throws -> Int {
      try #require(
        graph.nodes[node].strategies.firstIndex { $0.id == strategy },
        "\(graph.nodes[node].id) \(strategy)")
    }

    func strategy(_ node: String, _ name: String) throws -> StageStrategy {
      let position = try position(node)
      return graph.nodes[position].strategies[try index(position, name)]
    }

    func edge(
      _ source: (String, String), _ target: (String, String)
    ) throws -> (forward: Double, backward: Double) {
      let (from, to) = (try position(source.0), try position(target.0))
      let edge = try #require(graph.edges.first { $0.source == from && $0.target == to })
      let (row, column) = (try index(from, source.1), try index(to, target.1))
      return (edge.forwardMicroseconds[row][column], edge.backwardMicroseconds[row][column])
    }

    /// One kind of figure of all nodes with the same strategy.
    func sum(_ strategy: String, _ figure: (StageStrategy) -> Int) throws -> Int {
      try graph.nodes.reduce(0) { try $0 + figure(self.strategy($1.id, strategy)) }
    }

    /// The ways between all nodes with the same strategy.
    func exchanges(_ strategy: String) throws -> (forward: Double, backward: Double) {
      try graph.edges.reduce((0, 0)) { sum, edge in
        let (row, column) = (try index(edge.source, strategy), try index(edge.target, strategy))
        return (
          sum.0 + edge.forwardMicroseconds[row][column],
          sum.1 + edge.backwardMicroseconds[row][column]
        )
      }
    }
  }

  private func isNear(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) < 1e-6
  }

  /// All weights but the norms' 5 · 64 are split by four. Each layer adds up the hidden values of its samples
  /// twice in each pass, and the ends once: 4 · 16 tokens of 64 values are 8192 bytes, and an all-reduce among
  /// four 3 + 2 · 3/4 · 8192 / 2000 = 9.144 µs.
  @Test("Megatron's strategy: a quarter of the parameters, five all-reduces in each pass")
  func megatron() throws {
    let named = try Named(Self.collect(Self.dense))
    #expect(try named.sum("megatron", \.parameterBytes) == 2 * ((106816 - 320) / 4 + 320))
    #expect(try named.sum("megatron", \.gradientBytes) == 2 * ((106816 - 320) / 4 + 320))
    #expect(try named.sum("megatron", \.optimizerStateBytes) == 12 * ((106816 - 320) / 4 + 320))
    let (forward, backward) = try named.exchanges("megatron")
    #expect(isNear(forward, 5 * 9.144))
    #expect(isNear(backward, 5 * 9.144))
    let data = try named.exchanges("data_parallel")
    #expect(data == (0, 0))
  }

  /// (2 + 2 + 12) Ψ / N bytes. Gathering the 32768 bytes of `up`: among four 3 + 3/4 · 32768 / 2000 = 15.288 µs,
  /// of the rest among two 7 + 1/2 · 8192 / 1000 = 11.096 µs. An all-reduce: twice the first, and between them
  /// 7 + 2 · 1/2 · 8192 / 1000 = 15.192 µs.
  @Test("ZeRO's bytes and exchanges")
  func zero() throws {
    let named = try Named(Self.collect(Self.dense))
    #expect(try named.sum("data_parallel", \.stateBytes) == 16 * 106816)
    #expect(try named.sum("zero3", \.stateBytes) == 16 * 106816 / 8)
    #expect(try named.sum("zero2", \.stateBytes) == 2 * 106816 + 14 * 106816 / 8)
    #expect(try named.sum("zero1", \.stateBytes) == 4 * 106816 + 12 * 106816 / 8)
    let up = "layers.0.up"
    let plain = try named.strategy(up, "data_parallel")
    let (one, two, three) = (
      try named.strategy(up, "zero1"), try named.strategy(up, "zero2"),
      try named.strategy(up, "zero3")
    )
    #expect(isNear(three.forwardMicroseconds - plain.forwardMicroseconds, 26.384))
    #expect(isNear(three.backwardMicroseconds - plain.backwardMicroseconds, 26.384))
    #expect(
      isNear(two.synchronizationMicroseconds - three.synchronizationMicroseconds, 26.384))
    #expect(
      isNear(one.synchronizationMicroseconds - three.synchronizationMicroseconds, 45.768))
    #expect(three.forwardWorkspaceBytes - plain.forwardWorkspaceBytes == 32768)
  }

  /// A reduce-scatter or all-gather of 8192 bytes among four takes 3 + 3/4 · 8192 / 2000 = 6.072 µs.
  @Test("sharing the sequence between products: gathers and scatters in place of sums")
  func sequence() throws {
    let named = try Named(Self.collect(Self.dense))
    let into = try named.edge(("layers.1.attention_norm", "DS"), ("layers.1.qkv", "megatron"))
    #expect(isNear(into.forward, 6.072))
    // The gradient is scattered, and the input gathered again.
    #expect(isNear(into.backward, 2 * 6.072))
    let out = try named.edge(("layers.1.out", "megatron"), ("layers.1.attention_add", "DS"))
    #expect(isNear(out.forward, 6.072) && isNear(out.backward, 6.072))
    let whole = try named.strategy("layers.1.attention_norm", "megatron")
    let parts = try named.strategy("layers.1.attention_norm", "DS")
    #expect(whole.savedBytes == 8192 + 64 * 4 && parts.savedBytes == whole.savedBytes / 4)
    // Where the attention itself shares it, keys and values of all tokens are gathered: 8192 bytes too.
    let free = try Named(Self.collect(Self.dense, [(2, 0, 1e9), (4, 0, 1e9)]))
    let attention = try named.strategy("layers.0.attention", "DS")
    let same = try free.strategy("layers.0.attention", "DS")
    #expect(abs(attention.forwardMicroseconds - same.forwardMicroseconds - 6.072) < 1e-4)
    #expect(abs(attention.backwardMicroseconds - same.backwardMicroseconds - 2 * 6.072) < 1e-4)
  }

  /// Eight experts of 3 · 64 · 32 parameters are split by four, the router of 512 isn't. A device's 16 tokens
  /// visit two experts: 4096 bytes go there and back, 3 + 3/4 · 4096 / 2000 = 4.536 µs each.
  @Test("experts on an axis: a quarter of their parameters, two exchanges in each pass")
  func expertParallel() throws {
    let named = try Named(Self.collect(Self.experts))
    let free = try Named(Self.collect(Self.experts, [(2, 0, 1e9), (4, 0, 1e9)]))
    let node = "layers.0.experts"
    let strategy = try named.strategy(node, "DE")
    #expect(strategy.parameterBytes == 2 * (8 * 6144 / 4 + 512))
    #expect(try named.strategy(node, "data_parallel").parameterBytes == 2 * (8 * 6144 + 512))
    #expect(try named.strategy(node, "megatron").parameterBytes == 2 * (8 * 6144 / 4 + 512))
    // The router has copies on all eight devices, each expert two.
    #expect(try named.strategy(node, "DE.zero3").parameterBytes == 2 * (8 * 6144 / 8 + 512 / 8))
    let same = try free.strategy(node, "DE")
    #expect(abs(strategy.forwardMicroseconds - same.forwardMicroseconds - 2 * 4.536) < 1e-4)
    #expect(abs(strategy.backwardMicroseconds - same.backwardMicroseconds - 2 * 4.536) < 1e-4)
    // Samples stay where they are: the neighbours with data parallelism have the same layout.
    #expect(
      try named.edge(("layers.0.feed_forward_norm", "data_parallel"), (node, "DE")) == (0, 0))
  }

  @Test(
    "the section is valid, the same each time, and read as it was written",
    arguments: [[(8, 1.0, 9.0)], [(2, 5, 1), (4, 1, 9)], [(2, 5, 1), (2, 1, 9), (2, 1, 90)]])
  func validity(axes: [(Int, Double, Double)]) throws {
    for text in [Self.dense, Self.experts] {
      let profile = try Self.collect(text, axes.map { (size: $0.0, latency: $0.1, rate: $0.2) })
      #expect(profile.validate() == [])
      let again = try Self.collect(text, axes.map { (size: $0.0, latency: $0.1, rate: $0.2) })
      #expect(profile.encoded() == again.encoded())
      let read = try Profile.read(profile.encoded(), name: "p.json")
      #expect(read.stageGraph == profile.stageGraph)
      let graph = try #require(profile.stageGraph)
      #expect(graph.stages == ["embedding", "layers.0", "layers.1", "scores"])
      for node in graph.nodes {
        #expect(Set(node.strategies.map(\.id)).count == node.strategies.count)
        let plain = try #require(node.strategies.first { $0.id == "data_parallel" })
        for strategy in node.strategies {
          // No device holds less than its share, or more than all.
          #expect(strategy.parameterBytes * 8 >= plain.parameterBytes)
          #expect(strategy.parameterBytes <= plain.parameterBytes)
          #expect(strategy.optimizerStateBytes <= plain.optimizerStateBytes)
        }
      }
      // Followers have the layouts of their leaders, so that what lies between costs nothing.
      for edge in graph.edges where graph.nodes[edge.target].leader == edge.source {
        for index in edge.forwardMicroseconds.indices {
          #expect(edge.forwardMicroseconds[index][index] == 0)
          #expect(edge.backwardMicroseconds[index][index] == 0)
        }
      }
    }
  }

  @Test(
    "other families: no gates, biases, learned positions, layers of two kinds",
    arguments: [
      (Configs.llama, Configs.llamaParameters), (Configs.gpt2, Configs.gpt2Parameters),
      (Configs.qwen3Experts, Configs.qwen3ExpertsParameters),
    ])
  func families(text: String, parameters: Int) throws {
    let profile = try Self.collect(text, [(2, 1, 1)])
    #expect(profile.validate() == [])
    #expect(try Named(profile).sum("data_parallel", \.parameterBytes) == 2 * parameters)
  }

  @Test("tied scores follow the embedding, and count their weight once")
  func tied() throws {
    let text = Self.dense.replacing("false", with: "true")
    let named = try Named(Self.collect(text))
    #expect(named.graph.nodes[try named.position("scores.head")].leader == 0)
    #expect(try named.sum("data_parallel", \.parameterBytes) == 2 * (106816 - 256 * 64))
  }

  @Test("a batch that data parallelism can't split leaves the other roles")
  func smallBatch() throws {
    let named = try Named(Self.collect(Self.dense, batch: 2))
    let up = try named.position("layers.0.up")
    #expect(
      named.graph.nodes[up].strategies.map(\.id).filter { !$0.contains(".") } == [
        "megatron", "DS", "TT", "TS", "ST",
      ])
  }

  /// Two heads, latent vectors of 6 and 4 values, keys with positions of 2. The weights to and of the latent
  /// vectors are whole everywhere: 48 + 6 + 48 + 4; those of the heads, 72 + 64 and 64, are split.
  @Test("latent attention splits heads, and shared experts are products of their own")
  func latentAttention() throws {
    let named = try Named(Self.collect(Configs.deepSeek, [(2, 3, 1)]))
    #expect(
      try named.sum("data_parallel", \.parameterBytes) == 2 * Configs.deepSeekParameters)
    #expect(try named.strategy("layers.0.latent", "megatron").parameterBytes == 2 * 106)
    #expect(try named.strategy("layers.0.heads", "megatron").parameterBytes == 136)
    #expect(try named.strategy("layers.0.out", "megatron").parameterBytes == 64)
    // 8 · 16 tokens, half of the heads: queries and keys of 6, values of 4.
    #expect(try named.strategy("layers.0.heads", "megatron").outputBytes == 128 * 16 * 2)
    #expect(try named.strategy("layers.0.attention", "data_parallel").outputBytes == 64 * 8 * 2)
    let joined = try named.edge(
      ("layers.0.heads", "megatron"), ("layers.0.attention", "megatron"))
    #expect(joined == (0, 0))
    #expect(try named.strategy("layers.1.shared_up", "megatron").parameterBytes == 64)
    let sum = try named.position("layers.1.feed_forward_add")
    #expect(named.graph.edges.count { $0.target == sum } == 3)
  }

  @Test("models and meshes that strategies can't express are told")
  func failures() throws {
    func message(_ body: () throws -> Profile) -> String {
      do {
        _ = try body()
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(message { try Self.collect(Self.dense, [(1, 1, 1)]) }.contains("two devices or more"))
    #expect(
      message {
        try Self.collect(Self.dense, [(2, 1, 1), (2, 1, 1), (2, 1, 1), (2, 1, 1)])
      }.contains("one to three axes"))
    #expect(
      message { try Self.collect(Self.dense, [(7, 1, 1)], batch: 2) }
        .contains("no roles of the axes split embedding evenly"))
    #expect(message { try Self.collect(Self.dense, batch: 0) }.contains("batch: 0"))
    #expect(message { try Self.collect("{") }.contains("config.json"))
  }

  @Test(
    "real models on 8 and 16 devices have all their parameters",
    .enabled(if: Samples.folder != nil, Samples.remedy),
    arguments: [
      "Meta-Llama-3.1-8B", "Mixtral-8x7B-v0.1", "Meta-Llama-3.1-70B", "Qwen3-30B-A3B",
      "DeepSeek-V3",
    ])
  func real(model: String) throws {
    let file = try Samples.file("hf-config/\(model).json")
    let parameters = try TransformerCollector.parameters(of: file)
    for axes in [[(2, 20.0, 50.0), (4, 15.6, 445.0)], [(2, 20, 50), (8, 15.6, 445)]] {
      let profile = try Self.collect(
        file, axes.map { (size: $0.0, latency: $0.1, rate: $0.2) }, batch: 16, sequence: 4096)
      #expect(profile.validate() == [])
      let named = try Named(profile)
      #expect(try named.sum("data_parallel", \.parameterBytes) == 2 * parameters)
      // Norms and routers are whole on each device.
      let split = try named.sum("zero3", \.stateBytes)
      let devices = axes.reduce(1) { $0 * $1.0 }
      #expect(split >= 16 * parameters / devices && split < 16 * parameters / devices + 1 << 16)
    }
  }
}
