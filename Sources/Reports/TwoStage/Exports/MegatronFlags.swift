import Profiles

/// Flags of Megatron-LM, as `megatron/training/arguments.py` names them.
///
/// Ranks are numbered tensor parallelism first, then context, expert and data parallelism: the last axes of the
/// mesh have to be those of the products.
struct MegatronFlags {
  private(set) var losses: [String]
  private var flags: [[String]] = []
  private let use: MeshUse

  /// One flag with its value a line, for `$(cat FILE)`.
  var text: String {
    flags.map { $0.joined(separator: " ") }.joined(separator: "\n") + "\n"
  }

  init(_ use: MeshUse, _ repeated: RepeatedStages) {
    self.use = use
    losses = use.losses
    let (tensor, context) = (use.axes(.values), use.axes(.tokens))
    let (data, copies) = (use.axes(.samples), use.axes(.copies))
    add("--tensor-model-parallel-size", use.degree(tensor))
    add("--pipeline-model-parallel-size", 1)
    checkOrder(tensor, context, data)
    if !copies.isEmpty {
      losses.append(
        "axis \(copies[0]) replicates all work: Megatron-LM would share the batch along it")
    }
    if !context.isEmpty {
      add("--context-parallel-size", use.degree(context))
      // Keys and values of all tokens are gathered.
      flags.append(["--cp-comm-type", "allgather"])
      if use.sequence % (2 * use.degree(context)) != 0 {
        losses.append(
          "\(use.sequence) tokens are no multiple of 2 × \(use.degree(context)), as context "
            + "parallelism wants")
      }
    }
    let isSequenceParallel = addSequenceParallelism(tensor)
    addExperts(tensor, isSequenceParallel)
    addStates(data + context)
    addRecomputation(repeated)
    add("--micro-batch-size", max(1, use.batch / use.degree(data)))
    add("--global-batch-size", use.batch)
    add("--seq-length", use.sequence)
    if use.isUntied { flags.append(["--untie-embeddings-and-output-weights"]) }
    switch use.dtype {
    case "bfloat16": flags.append(["--bf16"])
    case "float16": flags.append(["--fp16"])
    default: break
    }
  }

  private mutating func add(_ flag: String, _ value: Int) { flags.append([flag, "\(value)"]) }

  private mutating func checkOrder(_ tensor: [Int], _ context: [Int], _ data: [Int]) {
    let wanted = data + use.axes(.copies) + context + tensor
    guard wanted != wanted.sorted() else { return }
    losses.append(
      "ranks: Megatron-LM gives tensor, then context, then data parallelism to neighbours, the plan has "
        + MeshUse.words(for: use.common))
  }

  /// Normalisations and sums that share tokens along the axes of products.
  private mutating func addSequenceParallelism(_ tensor: [Int]) -> Bool {
    guard !tensor.isEmpty else { return false }
    let others = use.nodes.filter { !$0.isProduct }
    let kinds = others.flatMap { node in tensor.map { node.uses[$0] } }
    let (shared, replicated) = (kinds.count { $0 == .tokens }, kinds.count { $0 == .copies })
    if shared > 0, replicated > 0 {
      losses.append(
        "\(replicated) of \(shared + replicated) normalisations and sums replicate tokens that the others "
          + "share: sequence parallelism is for all or none")
    }
    if shared > replicated { flags.append(["--sequence-parallel"]) }
    return shared > replicated
  }

  private mutating func addExperts(_ tensor: [Int], _ isSequenceParallel: Bool) {
    guard let uses = use.expertUses else { return }
    let experts = uses.indices.filter { uses[$0] == .experts }
    add("--expert-model-parallel-size", use.degree(experts))
    add("--expert-tensor-parallel-size", use.degree(uses.indices.filter { uses[$0] == .values }))
    let values = uses.indices.filter { uses[$0] == .values }
    let order = uses.indices.filter { !experts.contains($0) && !values.contains($0) }
    if order + experts + values != Array(uses.indices) {
      losses.append(
        "ranks: Megatron-LM gives tensor, then expert, then data parallelism of experts to neighbours, the "
          + "plan has \(MeshUse.words(for: uses))")
    }
    if !tensor.isEmpty, use.degree(experts) > 1, !isSequenceParallel {
      losses.append(
        "Megatron-LM has experts beside tensor parallelism with --sequence-parallel only")
    }
  }

  /// ZeRO's stages: those of Megatron-FSDP.
  private mutating func addStates(_ copies: [Int]) {
    guard use.zeroStage > 0, use.degree(copies) > 1 else { return }
    flags.append(["--use-distributed-optimizer"])
    let strategies = ["", "optim", "optim_grads", "optim_grads_params"]
    flags.append(["--use-megatron-fsdp"])
    flags.append(["--data-parallel-sharding-strategy", strategies[use.zeroStage]])
    flags.append(["--ckpt-format", "fsdp_dtensor"])
  }

  /// Whole layers from their inputs: the first of a pipeline stage, or all in units of one size.
  private mutating func addRecomputation(_ repeated: RepeatedStages) {
    let layers = repeated.repeatedLayers
    if let loss = repeated.lossOfParts("Megatron-LM") { losses.append(loss) }
    if !repeated.others.isEmpty {
      losses.append(
        "\(repeated.others.joined(separator: ", ")): Megatron-LM runs layers again, and nothing else"
      )
    }
    guard !layers.isEmpty else { return }
    flags.append(["--recompute-granularity", "full"])
    let units = repeated.segments.map { segment in
      repeated.layers.indices.filter { segment.contains(repeated.layers[$0]) }
    }.filter { !$0.isEmpty }
    let isPrefix = layers == Array(0..<layers.count)
    let size = units[0].count
    let isUniform =
      layers.count == repeated.layers.count && units.dropLast().allSatisfy { $0.count == size }
      && (units.last?.count ?? size) <= size
    if isPrefix, units.allSatisfy({ $0.count == 1 }), !repeated.isNested {
      flags.append(["--recompute-method", "block"])
      add("--recompute-num-layers", layers.count)
    } else if isUniform, !repeated.isNested {
      flags.append(["--recompute-method", "uniform"])
      add("--recompute-num-layers", size)
    } else {
      flags.append(["--recompute-method", "block"])
      add("--recompute-num-layers", layers.count)
      losses.append(
        "\(layers.count) of \(repeated.layers.count) layers run again from the inputs of "
          + "\(repeated.words)\(repeated.isNested ? ", some more than once" : ""): Megatron-LM takes the first "
          + "\(layers.count), each from its own")
    }
  }
}
