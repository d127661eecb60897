import Profiles

/// A DeepSpeed configuration: the stage of ZeRO, tensor parallelism of products (AutoTP), and the batch.
///
/// Keys are those of `deepspeed/runtime/zero/config.py` and `deepspeed/runtime/tensor_parallel/config.py`.
struct DeepSpeedStages {
  private(set) var losses: [String]
  private(set) var text = ""

  init(_ use: MeshUse, _ repeated: RepeatedStages) {
    losses = use.losses
    let (tensor, data) = (use.axes(.values), use.axes(.samples))
    for (own, words) in [
      (MeshUse.Use.tokens, "it is set up in the model's code, not in the file"),
      (.copies, "DeepSpeed would share the batch along it"),
    ] {
      for axis in use.axes(own) {
        losses.append("\(own.rawValue) parallelism along axis \(axis): \(words)")
      }
    }
    if let uses = use.expertUses {
      let experts = uses.indices.filter { uses[$0] == .experts }
      losses.append(
        "experts on \(use.degree(experts)) devices each: ep_size is set in the model's MoE layers, not in "
          + "the file")
    }
    if !tensor.isEmpty, tensor.contains(where: { axis in data.contains { $0 > axis } }) {
      losses.append(
        "ranks: DeepSpeed gives tensor parallelism to neighbours, the plan has "
          + MeshUse.words(for: use.common))
    }
    if !tensor.isEmpty, use.zeroStage == 3 {
      losses.append("ZeRO stage 3 beside tensor parallelism: AutoTP trains with stages 0 to 2")
    }
    let sharing = use.nodes.filter { node in
      !node.isProduct && tensor.contains { node.uses[$0] == .tokens }
    }
    if !tensor.isEmpty, !sharing.isEmpty {
      losses.append(
        "\(sharing.count) normalisations and sums share tokens: AutoTP replicates them along the axes of "
          + "products")
    }
    if repeated.runs.contains(where: { $0 > 1 }) {
      losses.append(
        "\(repeated.runs.count { $0 > 1 }) of \(repeated.stages.count) stages run again, from the inputs of "
          + "\(repeated.words): the model's code calls deepspeed.checkpointing, the file can't")
    }
    if let loss = repeated.lossOfParts("the file") { losses.append(loss) }
    text = String(
      decoding: JSONWriter.encode(Self.json(use, repeated), pretty: true), as: UTF8.self)
  }

  private static func json(_ use: MeshUse, _ repeated: RepeatedStages) -> JSON {
    let tensor = use.degree(use.axes(.values))
    let data = use.degree(use.axes(.samples))
    var members = JSONMembers()
    members.add("train_batch_size", .integer(use.batch))
    members.add("train_micro_batch_size_per_gpu", .integer(max(1, use.batch / data)))
    members.add("gradient_accumulation_steps", .integer(1))
    if use.dtype == "bfloat16" { members.add("bf16", enabled) }
    if use.dtype == "float16" { members.add("fp16", enabled) }
    var zero = JSONMembers()
    zero.add("stage", .integer(use.zeroStage))
    let kept = use.nodes.filter { $0.hasCopies && $0.zeroStage < use.zeroStage }.map(\.elements)
    let shared = use.nodes.filter { $0.hasCopies && $0.zeroStage == use.zeroStage }.map(\.elements)
    if use.zeroStage == 3, let most = kept.max(), let least = shared.filter({ $0 > 0 }).min(),
      most < least
    {
      // What the plan keeps whole on each device stays so.
      zero.add("stage3_param_persistence_threshold", .integer(most + 1))
    }
    members.add("zero_optimization", zero.object)
    if tensor > 1 {
      var parallel = JSONMembers()
      parallel.add("autotp_size", .integer(tensor))
      members.add("tensor_parallel", parallel.object)
    }
    if !repeated.segments.isEmpty {
      var checkpointing = JSONMembers()
      checkpointing.add("partition_activations", .boolean(false))
      checkpointing.add("cpu_checkpointing", .boolean(false))
      checkpointing.add("number_checkpoints", .integer(repeated.segments.count))
      members.add("activation_checkpointing", checkpointing.object)
    }
    return members.object
  }

  private static var enabled: JSON {
    var members = JSONMembers()
    members.add("enabled", .boolean(true))
    return members.object
  }
}
