import Collectors
import Profiles
import Testing

@Suite("Iterations of transformers")
struct TransformerMemoryTests {
  /// A model that is large enough for activations to outweigh rounding.
  static let medium = """
    {"model_type": "llama", "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 8,
     "num_key_value_heads": 4, "intermediate_size": 512, "vocab_size": 1024}
    """

  static func profile(
    batch: Int = 2, recompute: TransformerTraining.Recompute = .none,
    attention: TransformerTraining.AttentionKernel = .flash,
    parallelism: Parallelism = Parallelism(), text: String = medium
  ) throws -> Profile {
    let profile = try Configs.profile(
      text,
      TransformerTraining(
        sequence: 128, batch: batch, recompute: recompute, attention: attention,
        parallelism: parallelism))
    #expect(profile.validate().isEmpty)
    ProfileChecks.expectConsistent(profile)
    return profile
  }

  /// The bytes of what the forward pass leaves to the backward pass.
  static func kept(_ profile: Profile) -> Int {
    let turn = profile.operators.firstIndex { $0.phase == .backward } ?? 0
    return Storages(of: profile).all.filter { storage in
      storage.tensor.kind == .activation && (storage.producer ?? turn) < turn
        && (storage.lastAccess ?? 0) >= turn
    }.reduce(0) { $0 + $1.bytes }
  }

  static func bytes(_ profile: Profile, _ kind: Tensor.Kind) -> Int {
    profile.tensors.filter { $0.kind == kind }.reduce(0) { $0 + $1.bytes }
  }

  @Test("a layer runs these operators, and keeps these activations")
  func layer() throws {
    let profile = try Configs.profile(Configs.llama)
    ProfileChecks.expectConsistent(profile)
    let forward = profile.operators.filter {
      $0.phase == .forward && $0.id.hasPrefix("layers.0.")
    }.map { $0.id.dropFirst("layers.0.".count) }
    #expect(
      forward == [
        "attention_norm", "qkv", "rotary", "attention", "out", "attended_add",
        "feed_forward_norm", "up", "activation", "down", "out_add",
      ])
    // 16 tokens of width 8 in 16 bits are 256 bytes. Kept of a layer: its input (that of the first
    // norm), the norm's output, rotated queries 256 and keys 128, values 128, the attention's output
    // with a normaliser of 2·2·8·4, the stream and its norm, up 1,024, its activation 512, and two
    // statistics of 16·4.
    let ofLayer = 256 * 2 + 256 + 128 + 128 + 256 + 128 + 256 * 2 + 1024 + 512 + 2 * 64
    // And at the end: the stream, its norm, a statistic, and 16·10 logarithms in 32 bits.
    #expect(Self.kept(profile) == 2 * ofLayer + 256 * 2 + 64 + 640)
  }

  @Test("activations grow with the batch, weights don't")
  func batch() throws {
    let (one, two) = (try Self.profile(batch: 2), try Self.profile(batch: 4))
    #expect(2 * Self.kept(one) == Self.kept(two))
    #expect(Self.bytes(one, .parameter) == Self.bytes(two, .parameter))
    #expect(Self.bytes(one, .optimizerState) == Self.bytes(two, .optimizerState))
  }

  @Test("recomputing keeps less and takes longer")
  func recompute() throws {
    let all = try Self.profile(attention: .eager)
    let selective = try Self.profile(recompute: .selective, attention: .eager)
    let full = try Self.profile(recompute: .full, attention: .eager)
    #expect(Self.kept(all) > Self.kept(selective) && Self.kept(selective) > Self.kept(full))
    let peaks = [all, selective, full].map(ProfileChecks.peakBytes)
    #expect(peaks[0] > peaks[1] && peaks[0] > peaks[2])
    let times = [all, selective, full].map { profile in
      profile.operators.reduce(0) { $0 + $1.durationMicroseconds }
    }
    #expect(times[0] < times[1] && times[1] < times[2])
    // Each layer from its input: 4 · 2 · 128 · 256 · 2 bytes, and the ends.
    #expect(full.operators.contains { $0.id == "layers.3.qkv.again" })
  }

  @Test("tensor parallelism divides what it splits", arguments: [2, 4])
  func tensorParallel(degree: Int) throws {
    let whole = try Self.profile()
    let part = try Self.profile(parallelism: Parallelism(tensor: degree))
    let shared = try Self.profile(
      parallelism: Parallelism(tensor: degree, sharesSequence: true))
    let matrices = whole.tensors.filter { $0.kind == .parameter && !$0.id.contains("norm") }
    let parts = part.tensors.filter { $0.kind == .parameter && !$0.id.contains("norm") }
    #expect(
      matrices.reduce(0) { $0 + $1.bytes } == degree * parts.reduce(0) { $0 + $1.bytes })
    #expect(Self.kept(part) < Self.kept(whole))
    #expect(Self.kept(shared) < Self.kept(part))
    #expect(part.operators.contains { $0.phase == .communication })
    let flops = { (profile: Profile) in
      profile.operators.filter { $0.id.contains("up.") || $0.id.hasSuffix("up") }
        .compactMap(\.flops).reduce(0, +)
    }
    #expect(flops(whole) == Double(degree) * flops(part))
  }

  @Test("a pipeline's stages hold all layers once, earlier ones more activations")
  func pipeline() throws {
    let stages = try (0..<2).map {
      try Self.profile(parallelism: Parallelism(pipeline: 2, stage: $0, microBatches: 4))
    }
    let whole = try Self.profile()
    #expect(
      stages.reduce(0) { $0 + Self.bytes($1, .parameter) } == Self.bytes(whole, .parameter))
    let order = stages[0].operators.map(\.id).filter {
      $0.hasSuffix("embedding") || $0.hasSuffix("embedding.grad")
    }
    #expect(
      order == [
        "m0.embedding", "m1.embedding", "m0.embedding.grad", "m2.embedding", "m1.embedding.grad",
        "m3.embedding", "m2.embedding.grad", "m3.embedding.grad",
      ])
  }

  @Test("copies share optimizer states and gradients as they are told", arguments: [0, 1, 2])
  func sharedStates(stage: Int) throws {
    let alone = try Self.profile()
    let copy = try Self.profile(parallelism: Parallelism(data: 4, zeroStage: stage))
    let states = Self.bytes(alone, .optimizerState)
    #expect(Self.bytes(copy, .optimizerState) == (stage == 0 ? states : states / 4))
    #expect(copy.operators.contains { $0.id == "sum.layers.3" })
    #expect(copy.operators.contains { $0.id == "gather.layers.3" } == (stage > 0))
  }

  @Test("experts are shared out, and each token visits the active ones")
  func experts() throws {
    let alone = try Configs.profile(Configs.qwen3Experts)
    let shared = try Configs.profile(
      Configs.qwen3Experts,
      TransformerTraining(
        sequence: 8, batch: 2, parallelism: Parallelism(data: 2, expert: 2)))
    ProfileChecks.expectConsistent(shared)
    #expect(alone.tensor("layers.1.experts.up.weight")?.shape == [4, 8, 8])
    #expect(shared.tensor("layers.1.experts.up.weight")?.shape == [2, 8, 8])
    // 16 tokens visit 2 experts each: 2 · 32 · 8 · 8 operations.
    #expect(alone.step("layers.1.experts.up")?.flops == 4096)
    #expect(shared.step("layers.1.experts.dispatch")?.phase == .communication)
  }

  @Test("every family's iteration is consistent with each way to recompute")
  func families() throws {
    for text in [Configs.llama, Configs.qwen3Experts, Configs.deepSeek, Configs.gpt2] {
      for recompute in [TransformerTraining.Recompute.none, .selective, .full] {
        _ = try Self.profile8(text, recompute, Parallelism())
        if text != Configs.llama {
          _ = try Self.profile8(text, recompute, Parallelism(tensor: 2, sharesSequence: true))
          _ = try Self.profile8(text, recompute, Parallelism(tensor: 2, data: 2, zeroStage: 1))
        }
      }
    }
  }

  static func profile8(
    _ text: String, _ recompute: TransformerTraining.Recompute, _ parallelism: Parallelism
  ) throws -> Profile {
    let profile = try Configs.profile(
      text,
      TransformerTraining(
        sequence: 8, batch: 2, recompute: recompute, attention: .eager, parallelism: parallelism))
    #expect(profile.validate().isEmpty)
    ProfileChecks.expectConsistent(profile)
    return profile
  }

  @Test("an exchange takes a latency and its traffic over the bus")
  func exchange() throws {
    let catalogue = try DeviceCatalogue.builtIn()
    let link = try #require(catalogue.interconnect(of: "H100-SXM5-80GB"))
    let profile = try Self.profile(parallelism: Parallelism(tensor: 2))
    let step = try #require(profile.step("layers.0.attention.all_reduce"))
    let bytes = 2.0 * 128 * 256 * 2
    let expected = link.latencyMicroseconds + 2 * 0.5 * bytes / (link.busGBPerSecond * 1e3)
    #expect(abs(step.durationMicroseconds - expected) < 1e-9)
    #expect(catalogue.interconnect(of: "T4") == nil)
  }
}
