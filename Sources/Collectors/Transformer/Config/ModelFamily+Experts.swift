import Profiles

extension ModelFamily {
  /// Reads what each layer does after the attention.
  func feedForward(
    _ config: inout ConfigReader
  ) throws(CollectorError) -> [Architecture.FeedForward] {
    let layers = try Self.layers("num_hidden_layers", &config)
    let dense = Architecture.FeedForward.dense(intermediate: try config.count("intermediate_size"))
    guard let experts = try experts(&config) else {
      return Array(repeating: dense, count: layers)
    }
    let isSparse = try sparsity(&config)
    return (0..<layers).map { isSparse($0) ? .experts(experts) : dense }
  }

  /// Reads the experts of a layer; nil for a family, or a model, without any.
  private func experts(_ config: inout ConfigReader) throws(CollectorError) -> Experts? {
    switch self {
    case .mixtral:
      return try experts(
        &config, count: "num_local_experts", width: "intermediate_size")
    case .qwen2Experts, .qwen3Experts:
      var experts = try experts(&config, count: "num_experts", width: "moe_intermediate_size")
      if self == .qwen2Experts {
        experts.sharedIntermediate = try config.count("shared_expert_intermediate_size")
        experts.hasSharedGate = true
      }
      return experts
    case .deepSeek2, .deepSeek3, .kimi2:
      guard config.has("n_routed_experts") else { return nil }
      var experts = try experts(&config, count: "n_routed_experts", width: "moe_intermediate_size")
      let shared = try config.count("n_shared_experts", atLeast: 0, default: 0)
      experts.sharedIntermediate = shared * experts.intermediate
      experts.hasCorrectionBias = try config.text("topk_method") == "noaux_tc"
      return experts
    default:
      return nil
    }
  }

  private func experts(
    _ config: inout ConfigReader, count: String, width: String
  ) throws(CollectorError) -> Experts {
    let experts = Experts(
      count: try config.count(count), active: try config.count("num_experts_per_tok"),
      intermediate: try config.count(width))
    guard experts.active <= experts.count else {
      throw .invalid(
        file: config.file, place: "num_experts_per_tok",
        problem: "a token can't visit \(experts.active) of \(experts.count) experts",
        remedy: "write at most \(count)")
    }
    return experts
  }

  /// Returns which layers have experts.
  private func sparsity(
    _ config: inout ConfigReader
  ) throws(CollectorError) -> (Int) -> Bool {
    switch self {
    case .deepSeek2, .deepSeek3, .kimi2:
      let first = try config.count("first_k_dense_replace", atLeast: 0, default: 0)
      let every = try config.count("moe_layer_freq", default: 1)
      return { $0 >= first && $0 % every == 0 }
    case .qwen2Experts, .qwen3Experts:
      let every = try config.count("decoder_sparse_step", default: 1)
      var dense: Set<Int> = []
      for element in try config.elements("mlp_only_layers") {
        guard case .integer(let layer) = element else {
          throw config.invalid("mlp_only_layers", element, remedy: "write numbers of layers")
        }
        dense.insert(layer)
      }
      let chosen = dense
      return { !chosen.contains($0) && ($0 + 1) % every == 0 }
    default:
      return { _ in true }
    }
  }
}
