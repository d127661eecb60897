/// One trained tensor of a model, or several that one product uses together.
struct Weight: Hashable, Sendable {
  /// How a weight is shared out among the devices of a tensor-parallel group.
  enum Split: Hashable, Sendable {
    /// Each device has all of it.
    case none
    /// Each device has a part of this dimension.
    case dimension(Int)
  }

  var name: String
  /// The extents of the whole weight.
  var shape: [Int]
  var split = Split.none
  /// Whether the first dimension counts experts, which expert parallelism shares out.
  var isOfExperts = false

  /// The elements of the whole weight; nil beyond what can be counted.
  var count: Int? { Value.count(of: shape) }

  /// Returns the extents of one device's part, rounded up.
  func part(tensorParallel: Int, expertParallel: Int) -> [Int] {
    var part = shape
    if case .dimension(let dimension) = split {
      part[dimension] = (part[dimension] + tensorParallel - 1) / tensorParallel
    }
    if isOfExperts { part[0] /= expertParallel }
    return part
  }
}

extension Architecture {
  /// The table of token embeddings.
  var embedding: Weight {
    Weight(name: "embedding.weight", shape: [vocabulary, hidden], split: .dimension(0))
  }

  /// The learned table of positions, if there is one.
  var positions: Weight? {
    learnedPositions.map { Weight(name: "positions.weight", shape: [$0, hidden]) }
  }

  /// The scale, and the shift, of a normalisation.
  func norm(_ name: String, _ width: Int) -> [Weight] {
    let scale = Weight(name: "\(name).weight", shape: [width])
    guard normalization == .layer else { return [scale] }
    return [scale, Weight(name: "\(name).bias", shape: [width])]
  }

  /// The weight of the scores; that of the embedding where the two are tied.
  var head: Weight {
    isTied
      ? embedding
      : Weight(name: "head.weight", shape: [vocabulary, hidden], split: .dimension(0))
  }

  /// The weights of one layer, in the order of their use.
  func weights(ofLayer layer: Int) -> [Weight] {
    let parts =
      norm("attention_norm", hidden) + attention.weights(hidden: hidden)
      + norm("feed_forward_norm", hidden) + weights(of: feedForward[layer])
    return parts.map { weight in
      var named = weight
      named.name = "layers.\(layer).\(weight.name)"
      return named
    }
  }

  /// All weights, each once.
  var weights: [Weight] {
    [embedding] + (positions.map { [$0] } ?? []) + (0..<layers).flatMap { weights(ofLayer: $0) }
      + norm("final_norm", hidden) + (isTied ? [] : [head])
  }

  /// Returns the exact number of trained parameters.
  ///
  /// - Throws: `tooLarge` with the weight beyond which they can't be counted.
  func parameters(file: String) throws(CollectorError) -> Int {
    var sum = 0
    for weight in weights {
      let (total, overflow) = sum.addingReportingOverflow(weight.count ?? .max)
      guard !overflow, total <= Value.maximumCount else {
        throw .tooLarge(
          file: file, place: weight.name,
          problem: "with its shape \(weight.shape) there are more parameters than can be counted")
      }
      sum = total
    }
    return sum
  }

  private func weights(of feedForward: FeedForward) -> [Weight] {
    switch feedForward {
    case .dense(let intermediate):
      return product("up", hidden, width(intermediate), .dimension(0), bias: hasFeedForwardBias)
        + product("down", intermediate, hidden, .dimension(1), bias: hasFeedForwardBias)
    case .experts(let experts):
      var weights = [Weight(name: "router.weight", shape: [experts.count, hidden])]
      if experts.hasCorrectionBias {
        weights.append(Weight(name: "router.bias", shape: [experts.count]))
      }
      weights += [
        Weight(
          name: "experts.up.weight",
          shape: [experts.count, width(experts.intermediate), hidden],
          split: .dimension(1), isOfExperts: true),
        Weight(
          name: "experts.down.weight", shape: [experts.count, hidden, experts.intermediate],
          split: .dimension(2), isOfExperts: true),
      ]
      if experts.sharedIntermediate > 0 {
        weights +=
          product("shared.up", hidden, width(experts.sharedIntermediate), .dimension(0))
          + product("shared.down", experts.sharedIntermediate, hidden, .dimension(1))
        if experts.hasSharedGate {
          weights.append(Weight(name: "shared.gate.weight", shape: [1, hidden]))
        }
      }
      return weights
    }
  }

  /// The columns of the first product of a feed-forward part: with a gate, twice the inner width.
  func width(_ intermediate: Int) -> Int { isGated ? 2 * intermediate : intermediate }

  private func product(
    _ name: String, _ inputs: Int, _ outputs: Int, _ split: Weight.Split, bias: Bool = false
  ) -> [Weight] {
    Weight.product(name, inputs, outputs, split, bias: bias)
  }
}

extension Weight {
  /// The matrix of a product, and its bias. The bias of a product that is split by rows is whole on
  /// each device, because it is added to the sum of the parts.
  static func product(
    _ name: String, _ inputs: Int, _ outputs: Int, _ split: Split, bias: Bool
  ) -> [Weight] {
    let matrix = Weight(name: "\(name).weight", shape: [outputs, inputs], split: split)
    guard bias else { return [matrix] }
    let ofBias: Split = split == .dimension(0) ? .dimension(0) : .none
    return [matrix, Weight(name: "\(name).bias", shape: [outputs], split: ofBias)]
  }
}

extension Architecture.Attention {
  func weights(hidden: Int) -> [Weight] {
    switch self {
    case .grouped(let attention):
      let width = attention.headWidth
      let columns = (attention.heads + 2 * attention.keyHeads) * width
      let norms =
        attention.normalizesHeads
        ? ["query_norm", "key_norm"].map { Weight(name: "\($0).weight", shape: [width]) } : []
      return Weight.product(
        "qkv", hidden, columns, .dimension(0), bias: attention.hasInputBias)
        + norms
        + Weight.product(
          "out", attention.heads * width, hidden, .dimension(1), bias: attention.hasOutputBias)
    case .latent(let attention):
      return attention.weights(hidden: hidden)
    }
  }
}

extension LatentAttention {
  /// The width of one head's query or key.
  var headWidth: Int { plainWidth + rotaryWidth }

  fileprivate func weights(hidden: Int) -> [Weight] {
    var weights: [Weight] = []
    if let rank = queryRank {
      weights += Weight.product("query_down", hidden, rank, .none, bias: hasBias)
      weights.append(Weight(name: "query_norm.weight", shape: [rank]))
      weights += Weight.product("query_up", rank, heads * headWidth, .dimension(0), bias: false)
    } else {
      weights += Weight.product("query", hidden, heads * headWidth, .dimension(0), bias: false)
    }
    weights += Weight.product("key_down", hidden, keyRank + rotaryWidth, .none, bias: hasBias)
    weights.append(Weight(name: "key_norm.weight", shape: [keyRank]))
    weights += Weight.product(
      "key_up", keyRank, heads * (plainWidth + valueWidth), .dimension(0), bias: false)
    weights += Weight.product(
      "out", heads * valueWidth, hidden, .dimension(1), bias: hasBias)
    return weights
  }
}
