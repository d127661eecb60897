public import Plans
public import Profiles
public import Simulation

extension ChunkConfiguration {
  /// Returns the part of DeepSpeed's JSON that comes closest to a plan.
  ///
  /// - `stage`: 3 where parameters leave the device, are shared out, or the host updates a part only
  ///   (`ratio` needs stage 3); 2 where the host updates everything; else 0.
  /// - `stage3_max_reuse_distance`: the most elements in use between two uses of a parameter that stays;
  ///   chosen just below the least distance over which the plan evicts.
  ///
  /// Source: DeepSpeed, `deepspeed/runtime/zero/config.py` and `offload_config.py`.
  public static func deepSpeed(
    _ plan: ChunkPlan, profile: Profile, result: ChunkReplayResult
  ) -> ChunkConfiguration {
    let fractions = ChunkFractions(of: plan, result: result)
    var losses: [String] = []
    var ratio = fractions.hostOptimizer
    if fractions.swappedOptimizer > 0 {
      ratio = min(1, ratio + fractions.swappedOptimizer)
      losses.append(
        "DeepSpeed can't copy optimizer states back for an update on the device; the "
          + "\(Quantity.percent(fractions.swappedOptimizer)) that the plan copies are updated on the "
          + "host instead")
    }
    let offloadsParameters = fractions.offloadedParameters > 0
    let isPartial = ratio > 0 && ratio < 1
    let stage =
      offloadsParameters || plan.worldSize > 1 || isPartial ? 3 : ratio > 0 ? 2 : 0
    var zero = JSONMembers()
    zero.add("stage", .integer(stage))
    zero.add("offload_optimizer", offload(ratio > 0, ratio: stage == 3 ? roundedUp(ratio) : nil))
    zero.add("overlap_comm", .boolean(true))
    zero.add("contiguous_gradients", .boolean(true))
    if stage == 3 {
      zero.add("offload_param", offload(offloadsParameters, ratio: nil))
      addStage3(to: &zero, plan, profile, result, &losses)
      if offloadsParameters && fractions.offloadedParameters < 1 {
        losses.append(
          "DeepSpeed offloads all parameters or none; the plan moves "
            + Quantity.percent(fractions.offloadedParameters))
      }
    }
    let evicted = plan.gaps.count { !$0.isKept }
    if evicted > 0 {
      losses.append(
        "the schedule: which chunk leaves in which of \(plan.gaps.count) gaps (\(evicted) here)")
    }
    var members = JSONMembers()
    members.add("zero_optimization", zero.object)
    addPrecision(plan.chunks.first?.dtype, to: &members)
    return ChunkConfiguration(
      text: String(decoding: JSONWriter.encode(members.object, pretty: true), as: UTF8.self),
      losses: losses)
  }

  /// Adds the type that a model trains in, where it has 16 bits.
  static func addPrecision(_ dtype: String?, to members: inout JSONMembers) {
    for (name, key) in [("bfloat16", "bf16"), ("float16", "fp16")] where dtype == name {
      members.add(key, .object([JSON.Member(key: "enabled", value: .boolean(true))]))
    }
  }

  /// A part that tells where states live: on the host, or on no other place than the device.
  ///
  /// - Parameters:
  ///   - isOffloaded: Whether they live on the host.
  ///   - ratio: The share that does; nil for all.
  static func offload(_ isOffloaded: Bool, ratio: Double?) -> JSON {
    var members = JSONMembers()
    members.add("device", .string(isOffloaded ? "cpu" : "none"))
    guard isOffloaded else { return members.object }
    members.add("ratio", ratio.map(JSON.number))
    members.add("pin_memory", .boolean(true))
    return members.object
  }

  private static func addStage3(
    to zero: inout JSONMembers, _ plan: ChunkPlan, _ profile: Profile,
    _ result: ChunkReplayResult, _ losses: inout [String]
  ) {
    let reuse = ReuseDistances(of: plan, on: profile)
    zero.add("sub_group_size", .integer(plan.chunkElements))
    zero.add("stage3_prefetch_bucket_size", .integer(plan.chunkElements))
    zero.add("stage3_max_live_parameters", .integer(result.peakLiveElements))
    zero.add("stage3_max_reuse_distance", .integer(reuse.threshold))
    zero.add("stage3_param_persistence_threshold", .integer(reuse.persistence))
    if reuse.lost > 0 {
      losses.append(
        "\(Quantity.count(reuse.lost, "gap")) that the plan keeps lie beyond "
          + "stage3_max_reuse_distance: DeepSpeed releases those parameters")
    }
  }
}

/// How many elements other parameters bring between two uses of a chunk of parameters.
private struct ReuseDistances {
  /// The largest distance that is shorter than every one over which the plan evicts.
  let threshold: Int
  /// How many gaps the plan keeps beyond the threshold.
  let lost: Int
  /// The elements up to which parameters are in chunks that never leave; DeepSpeed's own 10⁵ at most.
  let persistence: Int

  init(of plan: ChunkPlan, on profile: Profile) {
    let storages = Storages(of: profile)
    var elements: [Int: Int] = [:]
    for chunk in plan.chunks {
      let bytes = chunk.elements > 0 ? max(1, chunk.parameterBytes / chunk.elements) : 1
      for name in chunk.parameters {
        guard let storage = storages.indexByTensor[name] else { continue }
        elements[storage] = storages.all[storage].bytes / bytes
      }
    }
    var used = [0]
    for step in profile.operators.indices {
      let touched = Set(storages.reads[step]).union(storages.writes[step])
      let isOptimizer = profile.operators[step].phase == .optimizer
      used.append(
        used[step] + (isOptimizer ? 0 : touched.reduce(0) { $0 + (elements[$1] ?? 0) }))
    }
    var kept: [Int] = []
    var evicted: [Int] = []
    for gap in plan.gaps where gap.part == .parameter {
      guard let after = storages.operatorIndex[gap.after],
        let before = storages.operatorIndex[gap.before], after < before
      else { continue }
      let distance = used[before] - used[after + 1]
      if gap.isKept { kept.append(distance) } else { evicted.append(distance) }
    }
    let limit = evicted.min().map { max(0, $0 - 1) } ?? max(used[used.count - 1], 1_000_000_000)
    threshold = limit
    lost = kept.count { $0 > limit }
    let leaving = Set(plan.gaps.filter { !$0.isKept && $0.part == .parameter }.map(\.chunk))
    let smallest = plan.chunks.filter { leaving.contains($0.id) }.flatMap(\.parameters)
      .compactMap { storages.indexByTensor[$0].flatMap { elements[$0] } }.min()
    persistence = min(100_000, smallest.map { max(0, $0 - 1) } ?? 100_000)
  }
}
