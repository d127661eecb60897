/// A decoder-only transformer: what its `config.json` says of shapes and work.
struct Architecture: Hashable, Sendable {
  /// How tokens look at each other.
  enum Attention: Hashable, Sendable {
    /// Query heads that share key and value heads in groups (Ainslie et al. 2023); one group per head
    /// is the attention of Vaswani et al. 2017.
    case grouped(GroupedAttention)
    /// Keys and values from a common latent vector (DeepSeek-V2, 2024).
    case latent(LatentAttention)
  }

  /// What a layer does to each token after the attention.
  enum FeedForward: Hashable, Sendable {
    case dense(intermediate: Int)
    case experts(Experts)
  }

  /// How activations are normalised.
  enum Normalization: Hashable, Sendable {
    /// A scale.
    case rootMeanSquare
    /// A scale and a shift.
    case layer
  }

  /// The name of the family, as `model_type` spells it.
  var family: String
  var hidden: Int
  var vocabulary: Int
  var attention: Attention
  /// One entry per layer.
  var feedForward: [FeedForward]
  var normalization = Normalization.rootMeanSquare
  /// Whether the activation function is multiplied with a second product (SwiGLU).
  var isGated = true
  /// Whether the products of dense layers add a bias.
  var hasFeedForwardBias = false
  /// Whether the output's weight is that of the embedding.
  var isTied = false
  /// The rows of a learned table of positions; nil for rotary positions.
  var learnedPositions: Int?
  /// The tokens that a token looks back at; nil for all.
  var window: Int?
  var attentionDropout = 0.0
  var hiddenDropout = 0.0

  var layers: Int { feedForward.count }
}

/// Attention with groups of query heads.
struct GroupedAttention: Hashable, Sendable {
  var heads: Int
  var keyHeads: Int
  var headWidth: Int
  /// Whether the products for queries, keys and values add a bias.
  var hasInputBias = false
  /// Whether the product behind the attention adds a bias.
  var hasOutputBias = false
  /// Whether each head's queries and keys are normalised.
  var normalizesHeads = false
}

/// Attention over a compressed latent vector.
struct LatentAttention: Hashable, Sendable {
  var heads: Int
  /// The width of the latent queries; nil where queries are not compressed.
  var queryRank: Int?
  var keyRank: Int
  /// The width per head of queries and keys without positions.
  var plainWidth: Int
  /// The width of queries and keys with rotary positions; keys share one over all heads.
  var rotaryWidth: Int
  var valueWidth: Int
  var hasBias = false
}

/// A layer of experts, of which each token visits a few.
struct Experts: Hashable, Sendable {
  var count: Int
  /// The experts that a token visits.
  var active: Int
  var intermediate: Int
  /// The width of the expert that all tokens visit; 0 for none.
  var sharedIntermediate = 0
  /// Whether a gate weighs the shared expert.
  var hasSharedGate = false
  /// Whether a bias per expert corrects the choice (DeepSeek-V3).
  var hasCorrectionBias = false
}

extension Architecture.Attention {
  var heads: Int {
    switch self {
    case .grouped(let attention): attention.heads
    case .latent(let attention): attention.heads
    }
  }
}
