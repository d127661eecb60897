/// How a transformer is trained: all that its `config.json` doesn't say.
public struct TransformerTraining: Sendable, Hashable {
  /// What is computed again in the backward pass.
  public enum Recompute: String, Sendable, Hashable, CaseIterable {
    /// Nothing: all activations are kept.
    case none
    /// The products, softmax and dropout of the attention (Korthikanti et al. 2022).
    case selective
    /// Each layer from its input.
    case full
  }

  /// How the attention is computed.
  public enum AttentionKernel: String, Sendable, Hashable, CaseIterable {
    /// In tiles, without a matrix of scores in memory (Dao et al. 2022).
    case flash
    /// Product, softmax, product.
    case eager
  }

  /// The tokens of a sample.
  public var sequence: Int
  /// The samples of one micro-batch on one device.
  public var batch: Int
  /// The type of weights, activations and gradients.
  public var dtype: RealType
  /// How weights change.
  public var optimizer: Optimizer
  /// Whether the optimizer keeps 32-bit copies of the weights, and its states in 32 bits; nil where
  /// the training type has 16 bits.
  public var masterWeights: Bool?
  /// What is computed again in the backward pass.
  public var recompute: Recompute
  /// How the attention is computed.
  public var attention: AttentionKernel
  /// How the job is shared out among devices.
  public var parallelism: Parallelism

  /// Creates a training.
  public init(
    sequence: Int, batch: Int = 1, dtype: RealType = .bfloat16, optimizer: Optimizer = .adam,
    masterWeights: Bool? = nil, recompute: Recompute = .none, attention: AttentionKernel = .flash,
    parallelism: Parallelism = Parallelism()
  ) {
    self.sequence = sequence
    self.batch = batch
    self.dtype = dtype
    self.optimizer = optimizer
    self.masterWeights = masterWeights
    self.recompute = recompute
    self.attention = attention
    self.parallelism = parallelism
  }

  /// Whether the optimizer keeps 32-bit copies.
  var hasMasterWeights: Bool { masterWeights ?? (dtype != .float32) }

  /// Checks the numbers against each other and against a model.
  func check(_ architecture: Architecture) throws(CollectorError) {
    guard (1...(1 << 24)).contains(sequence) else {
      throw .option(
        name: "seq", problem: "\(sequence) isn't between 1 and \(1 << 24)",
        remedy: "give the tokens of one sample")
    }
    guard (1...(1 << 24)).contains(batch) else {
      throw .option(
        name: "batch", problem: "\(batch) isn't between 1 and \(1 << 24)",
        remedy: "give the samples of one micro-batch")
    }
    guard batch * sequence <= 1 << 32 else {
      throw .option(
        name: "batch", problem: "\(batch) samples of \(sequence) tokens are more than 2^32 tokens",
        remedy: "give the samples of one micro-batch")
    }
    if let positions = architecture.learnedPositions, sequence > positions {
      throw .option(
        name: "seq", problem: "the model has \(positions) learned positions, not \(sequence)",
        remedy: "give at most \(positions)")
    }
    if recompute == .selective, attention == .flash {
      throw .option(
        name: "recompute", problem: "flash attention keeps no scores that could be recomputed",
        remedy: "choose none, full, or eager attention")
    }
    try parallelism.check(architecture, sequence: sequence)
    guard architecture.layers * parallelism.microBatches <= 1 << 15 else {
      throw .option(
        name: "micro-batches",
        problem: "\(parallelism.microBatches) passes of \(architecture.layers) layers are more than"
          + " 32768",
        remedy: "profile fewer micro-batches")
    }
  }
}
