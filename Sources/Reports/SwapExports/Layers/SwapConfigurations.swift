import Plans
import Profiles

/// A plan of swaps as a DeepSpeed configuration: shares of states that live on the host, and checkpoints.
///
/// - `ratio` of the optimizer's states needs stage 3, as parameters on the host do.
/// - `activation_checkpointing` counts in programs that call `deepspeed.checkpointing` around the layers that run
///   again; `cpu_checkpointing` has their inputs on the host.
/// - `compile.offload_activation` lets DeepCompile copy results of 5 MB or more; it asks for stage 1 or 3.
///
/// Source: DeepSpeed 0.19, `deepspeed/runtime/zero/offload_config.py`, `deepspeed/compile/config.py`.
struct DeepSpeedSwaps {
  private(set) var losses: [String] = []
  let text: String

  init(_ report: SwapReport) throws(SwapExport.Failure) {
    let states = PlannedStates(report)
    let hasWork = report.decisions.contains { $0.action != .keep }
    let layers = hasWork ? try? PlannedLayers(report) : nil
    let isPartial = states.optimizer > 0 && states.optimizer < 1
    var stage = states.parameters > 0 || isPartial ? 3 : states.optimizer > 0 ? 2 : 0
    let again = layers?.positions(.runsAgain) ?? []
    let leaving = layers?.positions(.leaves) ?? []
    if !leaving.isEmpty { stage = stage == 0 ? 1 : 3 }
    var zero = JSONMembers()
    zero.add("stage", .integer(stage))
    if states.optimizer > 0 {
      zero.add(
        "offload_optimizer",
        ChunkConfiguration.offload(true, ratio: stage == 3 ? roundedUp(states.optimizer) : nil))
    }
    if stage == 3 {
      zero.add("offload_param", ChunkConfiguration.offload(states.parameters > 0, ratio: nil))
    }
    if states.parameters > 0 && states.parameters < 1 {
      losses.append(
        "DeepSpeed offloads all parameters or none; the plan moves "
          + Quantity.percent(states.parameters))
    }
    var members = JSONMembers()
    members.add("zero_optimization", zero.object)
    ChunkConfiguration.addPrecision(states.dtype, to: &members)
    if let layers, !again.isEmpty {
      var checkpointing = JSONMembers()
      checkpointing.add("partition_activations", .boolean(false))
      let copied = layers.copiedBetween.count
      let copiesMost = copied > 0 && 2 * copied >= again.count
      checkpointing.add("cpu_checkpointing", .boolean(copiesMost))
      if copiesMost ? copied < again.count : copied > 0 {
        losses.append(
          "DeepSpeed copies the inputs of all layers that run again, or of none; the plan copies \(copied) of "
            + "\(again.count)")
      }
      let made = layers.movedBetween.count - copied
      if made > 0 {
        losses.append(
          "\(Quantity.count(made, "result")) handed on between layers and made again in the plan: they are kept"
        )
      }
      checkpointing.add("number_checkpoints", .integer(again.count))
      members.add("activation_checkpointing", checkpointing.object)
      losses.append(
        "mostly run again in the plan: layers \(PlannedLayers.words(again)); the model's code calls "
          + "deepspeed.checkpointing, the file can't")
    }
    if !leaving.isEmpty {
      var compile = JSONMembers()
      compile.add("deepcompile", .boolean(true))
      compile.add("offload_activation", .boolean(true))
      members.add("compile", compile.object)
      losses.append(
        "mostly leave in the plan: layers \(PlannedLayers.words(leaving)); DeepSpeed's compiler "
          + "chooses the results that it copies itself, those of 5 MB or more and as many as its budget needs"
      )
    }
    losses += DeepSpeedSwaps.losses(of: report, layers, again, leaving)
    losses += states.losses(in: "DeepSpeed", others: leaving.isEmpty ? 0 : layers?.swaps ?? 0)
    text = String(decoding: JSONWriter.encode(members.object, pretty: true), as: UTF8.self)
  }

  /// What is lost of the results that wait for the backward pass.
  private static func losses(
    of report: SwapReport, _ layers: PlannedLayers?, _ again: [Int], _ leaving: [Int]
  ) -> [String] {
    guard let layers else {
      return WaitingResults.losses(of: report, in: "DeepSpeed")
    }
    var losses: [String] = []
    let mixed = layers.layers.indices.filter { layers.layers[$0].others > 0 }
    if !mixed.isEmpty {
      let bytes = mixed.reduce(0) { $0 + layers.layers[$1].others }
      losses.append(
        "\(Quantity.bytes(bytes)) that wait in layers \(PlannedLayers.words(mixed)): the plan treats them otherwise "
          + "than the rest of their layer")
    }
    if let first = layers.movedOutside.first {
      losses.append(
        "\(Quantity.count(layers.movedOutside.count, "result")) outside of layers, the first '\(first)': they stay on the "
          + "device")
    }
    return again.isEmpty ? losses + layers.lossBetween : losses
  }
}

/// A plan of swaps as arguments of ColossalAI's `GeminiPlugin`: shares of states that live on the host. What happens
/// to other tensors is lost.
struct GeminiSwaps {
  private(set) var losses: [String] = []
  let text: String

  init(_ report: SwapReport) {
    let states = PlannedStates(report)
    var members = ChunkConfiguration.geminiShares(
      sharded: 1, optimizer: states.optimizer, parameters: states.parameters, losses: &losses)
    ChunkConfiguration.addGeminiPrecision(states.dtype, to: &members, &losses)
    losses += states.losses(in: "Gemini") + WaitingResults.losses(of: report, in: "Gemini")
    text = String(decoding: JSONWriter.encode(members.object, pretty: true), as: UTF8.self)
  }
}

/// What programs lose that know only a model's states.
enum WaitingResults {
  /// Returns a sentence each on results that are copied and on those that are made again.
  static func losses(of report: SwapReport, in program: String) -> [String] {
    var swapped: [String] = []
    var again: [String] = []
    for decision in report.decisions {
      guard let index = report.storages.indexByTensor[decision.tensor] else { continue }
      let kind = report.storages.all[index].tensor.kind
      if [.parameter, .optimizerState, .gradient].contains(kind) { continue }
      switch decision.action {
      case .keep: break
      case .swap: swapped.append(decision.tensor)
      case .recompute: again.append(decision.tensor)
      }
    }
    return [(swapped, "copied to the host"), (again, "made again")].compactMap { names, verb in
      names.first.map {
        "\(verb): \(Quantity.count(names.count, "result")), the first '\($0)'; \(program)'s file knows only parameters and "
          + "optimizer states"
      }
    }
  }
}
