extension StagePass {
  /// Queries, keys and values of one device's heads.
  private struct Heads {
    var queries: Reference
    var keys: Reference
    var values: Reference
    var count: Int
    /// The width of a query or key, and of a value.
    var width: Int
    var valueWidth: Int
  }

  /// Adds the attention of a layer to its normalised input; the result is not summed over devices.
  mutating func attention(_ layer: String, _ input: Reference) -> Reference {
    let heads =
      switch extents.architecture.attention {
      case .grouped(let attention): groupedHeads(layer, input, attention)
      case .latent(let attention): latentHeads(layer, input, attention)
      }
    let mixed = mix("\(layer).attention", heads)
    return product(
      "\(layer).out", mixed, rows: extents.tokens, inputs: heads.count * heads.valueWidth,
      outputs: extents.hidden)
  }

  // MARK: Heads

  private mutating func groupedHeads(
    _ layer: String, _ normed: Reference, _ attention: GroupedAttention
  ) -> Heads {
    let tokens = extents.tokens
    let width = attention.headWidth
    let count = attention.heads / extents.tensor
    let (queryWidth, keyWidth) = (count * width, attention.keyHeads / extents.tensor * width)
    let (input, part) = spread("\(layer).qkv", normed, width: extents.hidden)
    let parts = product(
      Product(
        name: "\(layer).qkv",
        outputs: [
          ("\(layer).queries", queryWidth), ("\(layer).keys", keyWidth),
          ("\(layer).values", keyWidth),
        ],
        inputs: extents.hidden, rows: tokens, weight: "\(layer).qkv", gatheredFrom: part), input)
    var (queries, keys) = (parts[0], parts[1])
    if attention.normalizesHeads {
      queries = norm("\(layer).query_norm", queries, rows: tokens * count, width: width)
      keys = norm(
        "\(layer).key_norm", keys, rows: tokens * (attention.keyHeads / extents.tensor),
        width: width)
    }
    if extents.architecture.learnedPositions == nil {
      (queries, keys) = rotate(
        layer, [queries, keys], shapes: [[tokens, queryWidth], [tokens, keyWidth]])
    }
    return Heads(
      queries: queries, keys: keys, values: parts[2], count: count, width: width,
      valueWidth: width)
  }

  /// Latent attention as it is trained: latent vectors are kept, heads made from them.
  private mutating func latentHeads(
    _ layer: String, _ normed: Reference, _ attention: LatentAttention
  ) -> Heads {
    let (own, tokens, hidden) = (extents.ownTokens, extents.tokens, extents.hidden)
    let count = attention.heads / extents.tensor
    let queryWidth = count * attention.headWidth
    let queries: Reference
    if let rank = attention.queryRank {
      let down = product(
        "\(layer).query_down", normed, rows: own, inputs: hidden, outputs: rank)
      let latent = norm("\(layer).query_norm", down, rows: own, width: rank)
      let (input, part) = spread("\(layer).query_up", latent, width: rank)
      queries = product(
        "\(layer).query_up", input, rows: tokens, inputs: rank, outputs: queryWidth,
        gatheredFrom: part)
    } else {
      let (input, part) = spread("\(layer).query", normed, width: hidden)
      queries = product(
        "\(layer).query", input, rows: tokens, inputs: hidden, outputs: queryWidth,
        gatheredFrom: part)
    }
    let parts = product(
      Product(
        name: "\(layer).key_down",
        outputs: [
          ("\(layer).latent", attention.keyRank), ("\(layer).position_key", attention.rotaryWidth),
        ], inputs: hidden, rows: own, weight: "\(layer).key_down"), normed)
    let latent = norm("\(layer).key_norm", parts[0], rows: own, width: attention.keyRank)
    let (input, part) = spread("\(layer).key_up", latent, width: attention.keyRank)
    let positions = spread(
      "\(layer).position_key", parts[1], width: attention.rotaryWidth
    ).input
    let plain = product(
      Product(
        name: "\(layer).key_up",
        outputs: [
          ("\(layer).plain_keys", count * attention.plainWidth),
          ("\(layer).values", count * attention.valueWidth),
        ],
        inputs: attention.keyRank, rows: tokens, weight: "\(layer).key_up", gatheredFrom: part),
      input)
    let shape = [tokens, queryWidth]
    let turned = rotate(
      layer, [queries, plain[0], positions], shapes: [shape, shape])
    return Heads(
      queries: turned.queries, keys: turned.keys, values: plain[1], count: count,
      width: attention.headWidth, valueWidth: attention.valueWidth)
  }

  /// Adds rotary positions to queries and keys, which makes both anew and keeps nothing.
  private mutating func rotate(
    _ layer: String, _ inputs: [Reference], shapes: [[Int]]
  ) -> (queries: Reference, keys: Reference) {
    let outputs = zip(["rotated_queries", "rotated_keys"], shapes).map {
      value("\(layer).\($0)", $1)
    }
    let flops = outputs.reduce(0) { $0 + 4 * builder.count($1) }
    compute("\(layer).rotary", reads: inputs, writes: outputs, work: Work(flops: flops))
    keep(
      Tape.Node(
        outputs: outputs,
        steps: [
          Tape.Step(
            name: "\(layer).rotary.grad", action: .compute(Work(flops: flops)), inputs: inputs)
        ]))
    return (outputs[0], outputs[1])
  }

  // MARK: Mixing

  private mutating func mix(_ name: String, _ heads: Heads) -> Reference {
    switch (extents.training.attention, extents.training.recompute) {
    case (.flash, _): return flash(name, heads)
    case (.eager, .selective):
      let outer = tape
      tape = Tape()
      let output = eager(name, heads)
      tape = outer
      tape.entries.append(
        .segment(
          Tape.Segment(
            output: output, again: { pass in pass.eager(name, heads) })))
      return output
    case (.eager, _): return eager(name, heads)
    }
  }

  /// One kernel over tiles: keeps queries, keys, values, output and the logarithm of each token's
  /// normaliser; the backward kernel computes five products for the forward kernel's two.
  private mutating func flash(_ name: String, _ heads: Heads) -> Reference {
    let output = value("\(name).out", [extents.tokens, heads.count * heads.valueWidth])
    let normalizer = value(
      "\(name).normalizer", [extents.batch, heads.count, extents.sequence], .float32)
    let flops =
      2 * Double(heads.count) * extents.pairs * Double(heads.width + heads.valueWidth)
    let inputs = [heads.queries, heads.keys, heads.values]
    compute(name, reads: inputs, writes: [output, normalizer], work: .product(flops))
    keep(
      Tape.Node(
        outputs: [output],
        steps: [
          Tape.Step(
            name: "\(name).grad", action: .compute(.product(2.5 * flops)),
            reads: inputs + [output, normalizer], inputs: inputs)
        ]))
    return output
  }

  /// Scores, softmax (with mask and dropout) and sum as kernels of their own; probabilities are kept.
  private mutating func eager(_ name: String, _ heads: Heads) -> Reference {
    let shape = [extents.batch, heads.count, extents.sequence, extents.sequence]
    let scores = value("\(name).scores", shape)
    let elements = builder.count(scores)
    let scoreFlops = 2 * elements * Double(heads.width)
    compute(
      "\(name).scores", reads: [heads.queries, heads.keys], writes: [scores],
      work: .product(scoreFlops))
    keep(
      Tape.Node(
        outputs: [scores],
        steps: [
          Tape.Step(
            name: "\(name).scores.grad", action: .compute(.product(2 * scoreFlops)),
            reads: [heads.queries, heads.keys], inputs: [heads.queries, heads.keys])
        ]))
    let softmax = value("\(name).probabilities", shape)
    compute(
      "\(name).softmax", reads: [scores], writes: [softmax], work: Work(flops: 6 * elements))
    keep(
      Tape.Node(
        outputs: [softmax],
        steps: [
          Tape.Step(
            name: "\(name).softmax.grad", action: .compute(Work(flops: 4 * elements)),
            reads: [softmax], inputs: [scores])
        ]))
    let probabilities = dropout(name, softmax, shape)
    let output = value("\(name).out", [extents.tokens, heads.count * heads.valueWidth])
    let sumFlops = 2 * elements * Double(heads.valueWidth)
    let factors = [probabilities, heads.values]
    compute("\(name).sum", reads: factors, writes: [output], work: .product(sumFlops))
    keep(
      Tape.Node(
        outputs: [output],
        steps: [
          Tape.Step(
            name: "\(name).sum.grad", action: .compute(.product(2 * sumFlops)), reads: factors,
            inputs: factors)
        ]))
    return output
  }

  private mutating func dropout(
    _ name: String, _ softmax: Reference, _ shape: [Int]
  ) -> Reference {
    guard extents.architecture.attentionDropout > 0 else { return softmax }
    let dropped = value("\(name).dropped", shape)
    let mask = value("\(name).mask", shape, .boolean)
    let elements = builder.count(softmax)
    compute(
      "\(name).dropout", reads: [softmax], writes: [dropped, mask], work: Work(flops: 2 * elements))
    keep(
      Tape.Node(
        outputs: [dropped],
        steps: [
          Tape.Step(
            name: "\(name).dropout.grad", action: .compute(Work(flops: elements)), reads: [mask],
            inputs: [softmax])
        ]))
    return dropped
  }
}
