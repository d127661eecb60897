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
  /// The values of a token that come in; 0 for token numbers.
  var inputWidth: Int
  /// The values of a token that go out; 0 for a loss.
  var outputWidth: Int
  /// Whether the output goes to the next stage.
  var endsStage = false

  /// What an axis may do for it.
  var roles: [AxisRole] {
    switch kind {
    case .norm, .add: [.data, .sequence, .replicate]
    case .experts: [.data, .expert, .tensor, .sequence]
    default: [.data, .tensor, .sequence]
    }
  }

  /// The number that tensor parallelism must divide.
  var parts: [Int] {
    switch kind {
    case .embedding: [weights.first?.shape.first ?? 1]
    case .norm, .add: []
    case .columns: [outputWidth]
    case .attention(let attention): [attention.heads, attention.keyHeads]
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
    case .rows, .attention, .activation, .loss: true
    default: false
    }
  }

  private var makesParts: Bool {
    switch kind {
    case .columns, .attention, .activation: true
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

extension Architecture {
  /// The operators of one layer in execution order, with the position of the one whose roles each takes.
  ///
  /// The residual stream passes through the normalisations, so that it changes its layout once.
  func operators(ofLayer layer: Int, _ attention: GroupedAttention) -> [LayerOperator] {
    let own = self.weights(ofLayer: layer).map { weight in
      var short = weight
      short.name = weight.name.split(separator: ".").dropFirst(2).joined(separator: ".")
      return short
    }
    func weights(_ names: String...) -> [Weight] {
      own.filter { weight in names.contains { weight.name.hasPrefix("\($0).") } }
    }
    let heads = attention.heads * attention.headWidth
    let all = (attention.heads + 2 * attention.keyHeads) * attention.headWidth
    func item(
      _ name: String, _ kind: ShardedOperator.Kind, _ weights: [Weight], _ inputs: Int,
      _ outputs: Int, _ sources: [String], follows: String? = nil, ends: Bool = false
    ) -> LayerOperator {
      LayerOperator(
        operation: ShardedOperator(
          name: name, kind: kind, weights: weights, inputWidth: inputs, outputWidth: outputs,
          endsStage: ends), sources: sources, leader: follows)
    }
    var list = [
      item("attention_norm", .norm, weights("attention_norm"), hidden, hidden, []),
      item(
        "qkv", .columns, weights("qkv", "query_norm", "key_norm"), hidden, all,
        ["attention_norm"]),
      item("attention", .attention(attention), [], all, heads, ["qkv"], follows: "qkv"),
      item("out", .rows, weights("out"), heads, hidden, ["attention"]),
      item(
        "attention_add", .add, [], hidden, hidden, ["out", "attention_norm"],
        follows: "attention_norm"),
      item(
        "feed_forward_norm", .norm, weights("feed_forward_norm"), hidden, hidden,
        ["attention_add"], follows: "attention_norm"),
    ]
    let last: String
    switch feedForward[layer] {
    case .dense(let intermediate):
      let wide = width(intermediate)
      list += [
        item("up", .columns, weights("up"), hidden, wide, ["feed_forward_norm"]),
        item("activation", .activation, [], wide, intermediate, ["up"], follows: "up"),
        item("down", .rows, weights("down"), intermediate, hidden, ["activation"]),
      ]
      last = "down"
    case .experts(let experts):
      list.append(
        item(
          "experts", .experts(experts), weights("router", "experts"), hidden, hidden,
          ["feed_forward_norm"]))
      last = "experts"
    }
    list.append(
      item(
        "feed_forward_add", .add, [], hidden, hidden, [last, "feed_forward_norm"],
        follows: "attention_norm", ends: true))
    return list
  }
}

/// An operator of a layer, and those of its layer that it reads from.
struct LayerOperator: Hashable, Sendable {
  var operation: ShardedOperator
  /// The names of operators in the layer; empty for what the stage before hands over.
  var sources: [String]
  /// The name of the operator whose strategy's position it takes.
  var leader: String?
}
