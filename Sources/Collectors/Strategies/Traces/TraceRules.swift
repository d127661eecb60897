/// What calls of PyTorch are in ONNX, by their names in `aten`.
///
/// Arguments are those of PyTorch's `native_functions.yaml`.
enum TraceRules {
  typealias Rule = @Sendable (TraceCall) throws(CollectorError) -> TraceMeaning

  /// The rule of a call; nil if it isn't known.
  static func rule(_ name: String) -> Rule? { all[name] }

  /// Whether the data of the call may be what enters the network.
  static func opens(_ name: String) -> Bool { openers.contains(name) }

  private static let openers: Set<String> = [
    "conv1d", "conv2d", "conv3d", "convolution", "linear", "addmm", "embedding",
  ]

  private static let all: [String: Rule] = [
    products, normalizations, poolings, views, elementwise, losses,
  ].reduce(into: [:]) { all, rules in
    all.merge(rules) { first, _ in first }
  }

  // MARK: Products

  private static let products: [String: Rule] = [
    "conv1d": { (call) in convolution(call, stride: 3) },
    "conv2d": { (call) in convolution(call, stride: 3) },
    "conv3d": { (call) in convolution(call, stride: 3) },
    "convolution": { (call) throws(CollectorError) in
      guard !call.flag(6) else {
        return .nodes([
          convolution(call, type: "ConvTranspose", groups: 8, outputPadding: 7)
        ])
      }
      return .nodes([convolution(call, type: "Conv", groups: 8, outputPadding: nil)])
    },
    "linear": { (call) in
      if call.rank(0) == 2 {
        return .nodes([
          TraceNode(
            "Gemm", [.data(0), .weight(1)] + (call.tensor(2) == nil ? [] : [.weight(2)]),
            [ONNXAttribute("transB", 1)])
        ])
      }
      let product = TraceNode("MatMul", [.data(0), .transposed(1)])
      return .nodes(
        call.tensor(2) == nil
          ? [product] : [product, TraceNode("Add", [.part(0), .weight(2)])])
    },
    "addmm": { (_) in .nodes([TraceNode("Gemm", [.data(1), .weight(2), .weight(0)])]) },
    "mm": { (_) in .nodes([TraceNode("MatMul", [.data(0), .weight(1)])]) },
    "matmul": { (_) in .nodes([TraceNode("MatMul", [.data(0), .weight(1)])]) },
    "bmm": { (_) in .nodes([TraceNode("MatMul", [.data(0), .data(1)])]) },
    "embedding": { (_) in .nodes([TraceNode("Gather", [.weight(0), .data(1)])]) },
    "scaled_dot_product_attention": { (call) in
      let rank = call.rank(1)
      var order = Array(0..<rank)
      if rank > 1 { order.swapAt(rank - 1, rank - 2) }
      return .nodes([
        TraceNode("Transpose", [.data(1)], [ONNXAttribute("perm", order)]),
        TraceNode("MatMul", [.data(0), .part(0)]),
        TraceNode("Softmax", [.part(1)], [ONNXAttribute("axis", -1)]),
        TraceNode("MatMul", [.part(2), .data(2)]),
      ])
    },
  ]

  /// The composite calls have no output padding, and the groups at 6.
  private static func convolution(_ call: TraceCall, stride: Int) -> TraceMeaning {
    .nodes([convolution(call, type: "Conv", groups: 6, outputPadding: nil)])
  }

  private static func convolution(
    _ call: TraceCall, type: String, groups: Int, outputPadding: Int?
  ) -> TraceNode {
    let rank = max(call.rank(0) - 2, 1)
    var attributes: [ONNXAttribute] = []
    if let strides = call.extents(3, rank: rank) {
      attributes.append(ONNXAttribute("strides", strides))
    }
    if case .text(let padding)? = call.argument(4) {
      attributes.append(
        ONNXAttribute("auto_pad", string: padding == "same" ? "SAME_UPPER" : "VALID"))
    } else if let pads = call.extents(4, rank: rank) {
      attributes.append(ONNXAttribute("pads", pads + pads))
    }
    if let dilations = call.extents(5, rank: rank) {
      attributes.append(ONNXAttribute("dilations", dilations))
    }
    if let count = call.integer(groups) { attributes.append(ONNXAttribute("group", count)) }
    if let outputPadding, let extra = call.extents(outputPadding, rank: rank) {
      attributes.append(ONNXAttribute("output_padding", extra))
    }
    return TraceNode(
      type, [.data(0), .weight(1)] + (call.tensor(2) == nil ? [] : [.weight(2)]), attributes)
  }

  // MARK: Normalisations

  private static let normalizations: [String: Rule] = [
    "batch_norm": batchNormalization,
    "native_batch_norm": batchNormalization,
    "cudnn_batch_norm": batchNormalization,
    "layer_norm": layerNormalization,
    "native_layer_norm": layerNormalization,
    "group_norm": { (call) in
      .nodes([
        TraceNode(
          "GroupNormalization", [.data(0), .weight(2), .weight(3)],
          [ONNXAttribute("num_groups", call.integer(1) ?? 1)])
      ])
    },
    "softmax": softmax("Softmax"),
    "_softmax": softmax("Softmax"),
    "dropout": dropout,
    "native_dropout": dropout,
    "feature_dropout": dropout,
  ]

  private static let batchNormalization: Rule = { (_) in
    .nodes([
      TraceNode(
        "BatchNormalization", [.data(0), .weight(1), .weight(2), .weight(3), .weight(4)])
    ])
  }

  private static let layerNormalization: Rule = { (call) in
    let rank = call.argument(1)?.integers?.count ?? 1
    return .nodes([
      TraceNode(
        "LayerNormalization", [.data(0), .weight(2), .weight(3)], [ONNXAttribute("axis", -rank)])
    ])
  }

  private static func softmax(_ type: String) -> Rule {
    { (call) in
      .nodes([TraceNode(type, [.data(0)], [ONNXAttribute("axis", call.integer(1) ?? -1)])])
    }
  }

  /// In evaluation, or with probability 0, it passes everything.
  private static let dropout: Rule = { (call) in
    call.argument(1)?.number == 0 || !call.flag(2)
      ? .alias : .nodes([TraceNode("Dropout", [.data(0)])])
  }

  // MARK: Pooling

  private static let poolings: [String: Rule] = [
    "max_pool1d": pooling("MaxPool", dilation: 4, ceiling: 5),
    "max_pool2d": pooling("MaxPool", dilation: 4, ceiling: 5),
    "max_pool3d": pooling("MaxPool", dilation: 4, ceiling: 5),
    "max_pool2d_with_indices": pooling("MaxPool", dilation: 4, ceiling: 5),
    "avg_pool1d": pooling("AveragePool", dilation: nil, ceiling: 4),
    "avg_pool2d": pooling("AveragePool", dilation: nil, ceiling: 4),
    "avg_pool3d": pooling("AveragePool", dilation: nil, ceiling: 4),
    "adaptive_avg_pool1d": adaptivePooling,
    "adaptive_avg_pool2d": adaptivePooling,
    "adaptive_avg_pool3d": adaptivePooling,
    "mean": { (call) throws(CollectorError) in
      guard let axes = call.argument(1)?.integers, !axes.isEmpty else { return .loss }
      return .nodes([
        TraceNode(
          "ReduceMean", [.data(0)],
          [ONNXAttribute("axes", axes), ONNXAttribute("keepdims", call.flag(2) ? 1 : 0)])
      ])
    },
    "sum": { (call) throws(CollectorError) in
      guard let axes = call.argument(1)?.integers, !axes.isEmpty else { return .loss }
      return .nodes([
        TraceNode(
          "ReduceSum", [.data(0), .integers(axes)],
          [ONNXAttribute("keepdims", call.flag(2) ? 1 : 0)])
      ])
    },
  ]

  private static func pooling(_ type: String, dilation: Int?, ceiling: Int) -> Rule {
    { (call) throws(CollectorError) in
      let rank = max(call.rank(0) - 2, 1)
      guard let kernel = call.extents(1, rank: rank) else {
        throw call.unsupported("it has no kernel size", "record the trace again")
      }
      let pads = call.extents(3, rank: rank) ?? kernel.map { _ in 0 }
      var attributes = [
        ONNXAttribute("kernel_shape", kernel),
        ONNXAttribute("strides", call.extents(2, rank: rank) ?? kernel),
        ONNXAttribute("pads", pads + pads),
        ONNXAttribute("ceil_mode", call.flag(ceiling) ? 1 : 0),
      ]
      if let dilation, let dilations = call.extents(dilation, rank: rank) {
        attributes.append(ONNXAttribute("dilations", dilations))
      }
      return .nodes([TraceNode(type, [.data(0)], attributes)])
    }
  }

  private static let adaptivePooling: Rule = { (call) throws(CollectorError) in
    let extents = Array((call.shape(0) ?? []).dropFirst(2))
    guard !extents.isEmpty, let wanted = call.extents(1, rank: extents.count),
      wanted.count == extents.count, wanted.allSatisfy({ $0 > 0 })
    else { throw call.unsupported("its sizes aren't known", "record the trace again") }
    if wanted.allSatisfy({ $0 == 1 }) {
      return .nodes([TraceNode("GlobalAveragePool", [.data(0)])])
    }
    guard zip(extents, wanted).allSatisfy({ $0 % $1 == 0 }) else {
      throw call.unsupported(
        "windows of unequal size, from \(extents) to \(wanted), aren't known",
        "choose a size that divides")
    }
    let kernel = zip(extents, wanted).map { $0 / $1 }
    return .nodes([
      TraceNode(
        "AveragePool", [.data(0)],
        [ONNXAttribute("kernel_shape", kernel), ONNXAttribute("strides", kernel)])
    ])
  }

  // MARK: Losses

  private static let losses: [String: Rule] = [
    "cross_entropy_loss", "nll_loss", "nll_loss_nd", "nll_loss2d", "nll_loss_forward", "mse_loss",
    "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "kl_div", "ctc_loss",
    "binary_cross_entropy_with_logits", "_ctc_loss", "cosine_embedding_loss",
    "triplet_margin_loss", "margin_ranking_loss", "log_softmax", "_log_softmax",
  ].reduce(into: [:]) { rules, name in rules[name] = { (_) in .loss } }
}
