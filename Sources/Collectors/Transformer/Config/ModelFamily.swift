import Profiles

/// The families of models whose rules the collector knows, as `model_type` spells them.
enum ModelFamily: String, CaseIterable {
  case llama
  case mistral
  case mixtral
  case qwen2
  case qwen2Experts = "qwen2_moe"
  case qwen3
  case qwen3Experts = "qwen3_moe"
  case deepSeek2 = "deepseek_v2"
  case deepSeek3 = "deepseek_v3"
  case kimi2 = "kimi_k2"
  case gpt2

  /// Reads the family's rules out of a file.
  ///
  /// - Throws: `unsupported` with the key for a family or a key that no rule knows: it might change
  ///   shapes.
  static func architecture(
    _ config: inout ConfigReader, _ findings: inout Findings
  ) throws(CollectorError) -> Architecture {
    let known = allCases.map(\.rawValue).joined(separator: ", ")
    if config.has("text_config") {
      throw config.unsupported(
        "text_config", "the model has parts besides text",
        remedy: "give a file with the text model's own configuration (\(known))")
    }
    guard let type = try config.text("model_type") else {
      throw .invalid(
        file: config.file, place: "model_type", problem: "the key is missing",
        remedy: "write the model's family: \(known)")
    }
    guard let family = ModelFamily(rawValue: type) else {
      throw config.unsupported(
        "model_type", "the rules of '\(type.prefix(60))' aren't known",
        remedy: "known are \(known)")
    }
    config.skip(ConfigKeys.irrelevant)
    try refuseOtherStructures(&config)
    let architecture =
      switch family {
      case .gpt2: try family.generativePretrained(&config)
      case .deepSeek2, .deepSeek3, .kimi2: try family.latent(&config, &findings)
      default: try family.grouped(&config)
      }
    config.skip(["max_position_embeddings", "quantization_config"])
    if config.has("quantization_config") {
      findings.assumed("quantization_config: the weights are trained unquantized")
    }
    if let key = config.unread.first {
      throw config.unsupported(
        key, "the rules of \(type) don't know this key, which may change shapes",
        remedy: "remove it if it doesn't, or call it x_\(key)")
    }
    return architecture
  }

  private static func refuseOtherStructures(
    _ config: inout ConfigReader
  ) throws(CollectorError) {
    for key in ["is_encoder_decoder", "add_cross_attention"] {
      if try config.flag(key, default: false) {
        throw config.unsupported(
          key, "only decoders without cross attention are known", remedy: "set it to false")
      }
    }
  }

  // MARK: Families

  /// GPT-2: learned positions, biases, one product per layer before the activation.
  private func generativePretrained(
    _ config: inout ConfigReader
  ) throws(CollectorError) -> Architecture {
    let hidden = try config.count("n_embd")
    let heads = try config.count("n_head")
    try Self.checkHeads(heads, "n_head", hidden, config)
    try Self.checkActivation("activation_function", &config)
    let intermediate = try config.count("n_inner", default: 4 * hidden)
    let layers = try Self.layers("n_layer", &config)
    return Architecture(
      family: rawValue, hidden: hidden, vocabulary: try config.count("vocab_size"),
      attention: .grouped(
        GroupedAttention(
          heads: heads, keyHeads: heads, headWidth: hidden / heads, hasInputBias: true,
          hasOutputBias: true)),
      feedForward: Array(repeating: .dense(intermediate: intermediate), count: layers),
      normalization: .layer, isGated: false, hasFeedForwardBias: true,
      isTied: try config.flag("tie_word_embeddings", default: true),
      learnedPositions: try config.count("n_positions", default: 1024),
      attentionDropout: try config.share("attn_pdrop"),
      hiddenDropout: max(try config.share("resid_pdrop"), try config.share("embd_pdrop")))
  }

  /// Llama, Mistral, Mixtral and Qwen.
  private func grouped(_ config: inout ConfigReader) throws(CollectorError) -> Architecture {
    let hidden = try config.count("hidden_size")
    let heads = try config.count("num_attention_heads")
    let keyHeads = try config.count("num_key_value_heads", default: heads)
    guard keyHeads <= heads, heads % keyHeads == 0 else {
      throw .invalid(
        file: config.file, place: "num_key_value_heads",
        problem: "\(heads) heads can't share \(keyHeads) key and value heads evenly",
        remedy: "write a divisor of num_attention_heads")
    }
    var width = try config.optionalCount("head_dim")
    if width == nil {
      try Self.checkHeads(heads, "num_attention_heads", hidden, config)
      width = hidden / heads
    }
    let always = self == .qwen2 || self == .qwen2Experts
    let hasBias = try config.flag("attention_bias", default: false)
    var attention = GroupedAttention(
      heads: heads, keyHeads: keyHeads, headWidth: width ?? 1,
      hasInputBias: try always ? config.flag("qkv_bias", default: true) : hasBias,
      hasOutputBias: !always && hasBias)
    attention.normalizesHeads = self == .qwen3 || self == .qwen3Experts
    try Self.checkActivation("hidden_act", &config)
    return Architecture(
      family: rawValue, hidden: hidden, vocabulary: try config.count("vocab_size"),
      attention: .grouped(attention), feedForward: try feedForward(&config),
      hasFeedForwardBias: try config.flag("mlp_bias", default: false),
      isTied: try config.flag("tie_word_embeddings", default: false),
      window: try slidingWindow(&config),
      attentionDropout: try config.share("attention_dropout"))
  }

  /// DeepSeek and Kimi: latent attention, a few dense layers, then experts.
  private func latent(
    _ config: inout ConfigReader, _ findings: inout Findings
  ) throws(CollectorError) -> Architecture {
    let heads = try config.count("num_attention_heads")
    _ = try config.optionalCount("num_key_value_heads")
    let attention = LatentAttention(
      heads: heads, queryRank: try config.optionalCount("q_lora_rank"),
      keyRank: try config.count("kv_lora_rank"), plainWidth: try config.count("qk_nope_head_dim"),
      rotaryWidth: try config.count("qk_rope_head_dim"), valueWidth: try config.count("v_head_dim"),
      hasBias: try config.flag("attention_bias", default: false))
    try Self.checkActivation("hidden_act", &config)
    config.skip(["head_dim", "qk_head_dim"])
    if let extra = try config.optionalCount("num_nextn_predict_layers", atLeast: 0), extra > 0 {
      findings.assumed(
        "num_nextn_predict_layers: the \(extra) extra prediction layers aren't part of the model")
    }
    return Architecture(
      family: rawValue, hidden: try config.count("hidden_size"),
      vocabulary: try config.count("vocab_size"), attention: .latent(attention),
      feedForward: try feedForward(&config),
      isTied: try config.flag("tie_word_embeddings", default: false),
      attentionDropout: try config.share("attention_dropout"))
  }

  // MARK: Checks

  static func layers(_ key: String, _ config: inout ConfigReader) throws(CollectorError) -> Int {
    let layers = try config.count(key)
    guard layers <= 4096 else {
      throw .tooLarge(
        file: config.file, place: key, problem: "\(layers) layers are more than 4096")
    }
    return layers
  }

  private static func checkHeads(
    _ heads: Int, _ key: String, _ hidden: Int, _ config: ConfigReader
  ) throws(CollectorError) {
    guard hidden % heads == 0 else {
      throw .invalid(
        file: config.file, place: key,
        problem: "a hidden size of \(hidden) can't be shared by \(heads) heads",
        remedy: "write a divisor of the hidden size, or give head_dim")
    }
  }

  private static func checkActivation(
    _ key: String, _ config: inout ConfigReader
  ) throws(CollectorError) {
    guard let name = try config.text(key) else { return }
    guard ConfigKeys.activations.contains(name) else {
      throw config.unsupported(
        key, "the function '\(name.prefix(60))' isn't known",
        remedy: "known are \(ConfigKeys.activations.sorted().joined(separator: ", "))")
    }
  }

  /// The window of an attention that looks back a limited way in every layer.
  private func slidingWindow(_ config: inout ConfigReader) throws(CollectorError) -> Int? {
    for element in try config.elements("layer_types") where element != .string("full_attention") {
      throw config.unsupported(
        "layer_types", "\(element.shown) isn't known", remedy: "only full_attention is")
    }
    _ = try config.optionalCount("max_window_layers", atLeast: 0)
    let window = try config.optionalCount("sliding_window")
    switch self {
    case .mistral, .mixtral: return window
    case .llama: return nil
    default:
      guard try config.flag("use_sliding_window", default: false) else { return nil }
      throw config.unsupported(
        "use_sliding_window", "windows in a part of the layers aren't known",
        remedy: "set it to false")
    }
  }
}
