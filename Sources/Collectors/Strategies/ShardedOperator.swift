import Profiles

/// An operator of a transformer that strategies shard: its kind, its weights and the width of what it reads
/// and makes.
struct ShardedOperator: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case embedding
    case norm
    /// A product whose weight is split by columns.
    case columns
    /// Heads, from queries, keys and values.
    case attention(GroupedAttention)
    /// The latent vectors of queries and keys, normalised; their weights are never split.
    case compression
    /// Heads of queries, keys and values from latent vectors.
    case expansion(LatentAttention)
    /// Heads, from what the expansion made.
    case latentAttention(LatentAttention)
    /// A product whose weight is split by rows; devices then hold partial sums.
    case rows
    /// A sum with the residual stream.
    case add
    /// A function of each element; with a gate it halves the width.
    case activation
    case experts(Experts)
    case loss
  }

  var name: String
  var kind: Kind
  var weights: [Weight] = []
  /// Weights of an earlier operator that it uses, too.
  var borrowed: [Weight] = []
  /// Whether a later operator uses its first weight, too.
  var lendsFirst = false
  /// The values of a token that come in; 0 for token numbers.
  var inputWidth: Int
  /// The values of a token that go out; 0 for a loss.
  var outputWidth: Int
  /// Whether the output goes to the next stage.
  var endsStage = false

  /// What an axis may do for it.
  var roles: [AxisRole] {
    switch kind {
    case .norm, .add, .compression: [.data, .sequence, .replicate]
    case .experts: [.data, .expert, .tensor, .sequence]
    default: [.data, .tensor, .sequence]
    }
  }

  /// The number that tensor parallelism must divide.
  var parts: [Int] {
    switch kind {
    case .embedding: [weights.first?.shape.first ?? 1]
    case .norm, .add, .compression: []
    case .columns: [outputWidth]
    case .attention(let attention): [attention.heads, attention.keyHeads]
    case .expansion(let attention), .latentAttention(let attention): [attention.heads]
    case .rows: [inputWidth]
    case .activation: [outputWidth]
    case .experts(let experts): [experts.intermediate]
    case .loss: [inputWidth]
    }
  }

  /// Whether the backward pass reads the input again.
  var needsInput: Bool {
    switch kind {
    case .embedding, .add, .loss: false
    default: true
    }
  }

  // MARK: Layouts of samples × tokens × values

  /// The layout of what is read.
  func input(_ assignment: RoleAssignment) -> TensorLayout {
    layout(assignment, tensor: readsParts ? .values : .whole)
  }

  /// The layout in which the gradient of what is read comes out: devices that read the same and made
  /// different things hold partial sums.
  func inputGradient(_ assignment: RoleAssignment) -> TensorLayout {
    layout(assignment, tensor: readsParts ? .values : .partial)
  }

  /// The layout of what is made.
  func output(_ assignment: RoleAssignment) -> TensorLayout {
    layout(assignment, tensor: makesParts ? .values : .partial)
  }

  /// The layout in which the gradient of what is made is needed.
  func outputGradient(_ assignment: RoleAssignment) -> TensorLayout {
    layout(assignment, tensor: makesParts ? .values : .whole)
  }

  private var readsParts: Bool {
    switch kind {
    case .rows, .attention, .latentAttention, .activation, .loss: true
    default: false
    }
  }

  private var makesParts: Bool {
    switch kind {
    case .columns, .attention, .expansion, .latentAttention, .activation: true
    default: false
    }
  }

  /// What an axis with tensor parallelism does to a tensor.
  private enum TensorUse { case values, whole, partial }

  private func layout(_ assignment: RoleAssignment, tensor: TensorUse) -> TensorLayout {
    let shared = assignment.axes(.tensor)
    return TensorLayout(
      dimensions: [
        assignment.axes(.data, .expert), assignment.axes(.sequence),
        tensor == .values ? shared : [],
      ], partialAxes: tensor == .partial ? shared : [])
  }
}
