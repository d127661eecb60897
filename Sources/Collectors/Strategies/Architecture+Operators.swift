import Profiles

extension Architecture {
  /// The operators of one layer in execution order, with the position of the one whose roles each takes.
  ///
  /// The residual stream passes through the normalisations, so that it changes its layout once.
  func operators(ofLayer layer: Int) -> [LayerOperator] {
    let own = self.weights(ofLayer: layer).map { weight in
      var short = weight
      short.name = weight.name.split(separator: ".").dropFirst(2).joined(separator: ".")
      return short
    }
    func weights(_ names: String...) -> [Weight] {
      own.filter { weight in names.contains { weight.name.hasPrefix("\($0).") } }
    }
    func item(
      _ name: String, _ kind: ShardedOperator.Kind, _ weights: [Weight], _ inputs: Int,
      _ outputs: Int, _ sources: [String], follows: String? = nil, ends: Bool = false
    ) -> LayerOperator {
      LayerOperator(
        operation: ShardedOperator(
          name: name, kind: kind, weights: weights, inputWidth: inputs, outputWidth: outputs,
          endsStage: ends), sources: sources, leader: follows)
    }
    var list = [item("attention_norm", .norm, weights("attention_norm"), hidden, hidden, [])]
    let heads: Int
    switch attention {
    case .grouped(let attention):
      heads = attention.heads * attention.headWidth
      let all = (attention.heads + 2 * attention.keyHeads) * attention.headWidth
      list += [
        item(
          "qkv", .columns, weights("qkv", "query_norm", "key_norm"), hidden, all,
          ["attention_norm"]),
        item("attention", .attention(attention), [], all, heads, ["qkv"], follows: "qkv"),
      ]
    case .latent(let attention):
      heads = attention.heads * attention.valueWidth
      let (latent, made) = (attention.latentWidth, attention.madeWidth)
      list += [
        item(
          "latent", .compression, weights("query_down", "query_norm", "key_down", "key_norm"),
          hidden,
          latent, ["attention_norm"], follows: "attention_norm"),
        item(
          "heads", .expansion(attention), weights("query_up", "key_up"), latent, made, ["latent"]),
      ]
      if attention.queryRank == nil {
        list.append(
          item(
            "query", .columns, weights("query"), hidden, attention.heads * attention.headWidth,
            ["attention_norm"], follows: "heads"))
      }
      list.append(
        item(
          "attention", .latentAttention(attention), [], attention.readWidth, heads,
          attention.queryRank == nil ? ["query", "heads"] : ["heads"], follows: "heads"))
    }
    list += [
      item("out", .rows, weights("out"), heads, hidden, ["attention"]),
      item(
        "attention_add", .add, [], hidden, hidden, ["out", "attention_norm"],
        follows: "attention_norm"),
      item(
        "feed_forward_norm", .norm, weights("feed_forward_norm"), hidden, hidden,
        ["attention_add"], follows: "attention_norm"),
    ]
    var last: [String]
    switch feedForward[layer] {
    case .dense(let intermediate):
      let wide = width(intermediate)
      list += [
        item("up", .columns, weights("up"), hidden, wide, ["feed_forward_norm"]),
        item("activation", .activation, [], wide, intermediate, ["up"], follows: "up"),
        item("down", .rows, weights("down"), intermediate, hidden, ["activation"]),
      ]
      last = ["down"]
    case .experts(let experts):
      list.append(
        item(
          "experts", .experts(experts), weights("router", "experts"), hidden, hidden,
          ["feed_forward_norm"]))
      last = ["experts"]
      if experts.sharedIntermediate > 0 {
        let inner = experts.sharedIntermediate
        let wide = width(inner)
        list += [
          item(
            "shared_up", .columns, weights("shared.up", "shared.gate"), hidden, wide,
            ["feed_forward_norm"]),
          item(
            "shared_activation", .activation, [], wide, inner, ["shared_up"], follows: "shared_up"),
          item(
            "shared_down", .rows, weights("shared.down"), inner, hidden, ["shared_activation"]),
        ]
        last.append("shared_down")
      }
    }
    list.append(
      item(
        "feed_forward_add", .add, [], hidden, hidden, last + ["feed_forward_norm"],
        follows: "attention_norm", ends: true))
    return list
  }
}

extension LatentAttention {
  /// The values of a token that pass through the latent vectors, with the keys' shared part with positions.
  fileprivate var latentWidth: Int { (queryRank ?? 0) + keyRank + rotaryWidth }

  /// The values of a token in keys, values and, if they are compressed, queries of all heads.
  fileprivate var madeWidth: Int {
    heads * ((queryRank == nil ? 1 : 2) * headWidth + valueWidth)
  }

  /// The values of a token in queries, keys and values of all heads.
  fileprivate var readWidth: Int { heads * (2 * headWidth + valueWidth) }
}
