public import Plans
import Profiles
public import Simulation

extension ChunkConfiguration {
  /// Returns the arguments of ColossalAI's `GeminiPlugin` that come closest to a plan.
  ///
  /// Gemini's static placement knows three shares. Its search of the chunk size is led to the plan's
  /// size: `min_chunk_size_m` is that size, `search_range_m` 0, and `hidden_dim` a divisor of it.
  ///
  /// Source: ColossalAI, `colossalai/booster/plugin/gemini_plugin.py` and
  /// `colossalai/zero/gemini/placement_policy.py` (`StaticPlacementPolicy`).
  public static func gemini(_ plan: ChunkPlan, result: ChunkReplayResult) -> ChunkConfiguration {
    let fractions = ChunkFractions(of: plan, result: result)
    var losses: [String] = []
    var optimizer = fractions.hostOptimizer
    if fractions.swappedOptimizer > 0 {
      optimizer = min(1, optimizer + fractions.swappedOptimizer)
      losses.append(
        "Gemini can't copy optimizer states back for an update on the device; the "
          + "\(Quantity.percent(fractions.swappedOptimizer)) that the plan copies are updated on the "
          + "host instead")
    }
    let evicted = plan.gaps.count { !$0.isKept }
    if evicted > 0 {
      losses.append(
        "the schedule: which chunk leaves in which of \(plan.gaps.count) gaps (\(evicted) here); Gemini "
          + "evicts after each operator, whatever is used next")
    }
    if plan.chunks.contains(where: { $0.parameters.count > 1 }) {
      losses.append("the map of parameters: Gemini fills chunks in order")
    }
    var members = geminiShares(
      sharded: fractions.shardedParameters, optimizer: optimizer,
      parameters: fractions.offloadedParameters, losses: &losses)
    members.add("min_chunk_size_m", .number(Double(plan.chunkElements) / 1_048_576))
    members.add("search_range_m", .integer(0))
    members.add("hidden_dim", .integer(interval(of: plan.chunkElements)))
    members.add("pin_memory", .boolean(true))
    addGeminiPrecision(plan.chunks.first?.dtype, to: &members, &losses)
    let used = plan.chunks.reduce(0) { $0 + $1.usedElements }
    let states = plan.chunks.reduce(0) { $0 + $1.optimizerBytes }
    members.add("master_weights", .boolean(states >= 12 * used))
    return ChunkConfiguration(
      text: String(decoding: JSONWriter.encode(members.object, pretty: true), as: UTF8.self),
      losses: losses)
  }

  /// The shares of Gemini's static placement, and where its chunks begin.
  ///
  /// - Parameters:
  ///   - sharded: The share of parameters that isn't kept gathered.
  ///   - optimizer: The share of optimizer states on the host.
  ///   - parameters: The share of parameters that leaves the device.
  ///   - losses: Takes what the arguments don't say.
  static func geminiShares(
    sharded: Double, optimizer: Double, parameters: Double, losses: inout [String]
  ) -> JSONMembers {
    var optimizer = optimizer
    if parameters > 0 && optimizer < 1 {
      losses.append(
        "Gemini ignores offload_param_frac unless offload_optim_frac is 1, so that is raised from "
          + "\(Quantity.percent(optimizer)): the host updates more than the plan needs")
      optimizer = 1
    }
    var members = JSONMembers()
    members.add("placement_policy", .string("static"))
    members.add("shard_param_frac", .number(roundedUp(sharded)))
    members.add("offload_optim_frac", .number(roundedUp(optimizer)))
    members.add("offload_param_frac", .number(roundedUp(parameters)))
    members.add("chunk_init_device", .string(parameters > 0 || optimizer > 0 ? "cpu" : "cuda"))
    losses.append("chunk_init_device is a text here; pass torch.device(…) of it")
    return members
  }

  /// Adds the type that a model trains in; Gemini knows two.
  static func addGeminiPrecision(
    _ dtype: String?, to members: inout JSONMembers, _ losses: inout [String]
  ) {
    switch dtype {
    case "bfloat16": members.add("precision", .string("bf16"))
    case "float16": members.add("precision", .string("fp16"))
    default: losses.append("the type of the parameters: Gemini trains in fp16 or bf16")
    }
  }

  /// The largest power of two up to 4096 that divides a size.
  private static func interval(of elements: Int) -> Int {
    var interval = 1
    while interval < 4096, elements % (interval * 2) == 0 { interval *= 2 }
    return interval
  }
}
