import Profiles

/// Flags of Megatron-LM for what runs again and what leaves the device.
///
/// Layers run again with `--recompute-granularity full --recompute-method block`, or are copied with
/// `--cpu-offloading-num-layers`: it has one or the other, and takes the first layers. The optimizer's states are
/// shared with the host by `--optimizer-cpu-offload --optimizer-offload-fraction`.
///
/// Source: Megatron-LM, `megatron/training/arguments.py`; Megatron Core 0.16, `transformer_config.py`.
struct MegatronOffload {
  private(set) var losses: [String] = []
  private var flags: [String] = []

  /// One flag with its value a line, for `$(cat FILE)`.
  var text: String { flags.map { $0 + "\n" }.joined() }

  init(_ report: SwapReport) throws(SwapExport.Failure) {
    let layers = try PlannedLayers(report)
    let states = PlannedStates(report)
    let again = layers.positions(.runsAgain)
    let leaving = layers.positions(.leaves)
    let fate: PlannedLayers.Fate = again.count >= leaving.count ? .runsAgain : .leaves
    var copies = 0
    if fate == .runsAgain {
      losses += layers.losses(first: again.count, .runsAgain, in: "Megatron-LM")
      if !again.isEmpty {
        flags += ["--recompute-granularity full", "--recompute-method block"]
        flags.append("--recompute-num-layers \(again.count)")
      }
    } else {
      // One layer has to stay.
      let count = min(leaving.count, layers.layers.count - 1)
      losses += layers.losses(first: count, .leaves, in: "Megatron-LM")
      if count > 0 {
        flags.append("--cpu-offloading-num-layers \(count)")
        copies = layers.swaps
      }
    }
    losses += layers.lossBetween
    if states.optimizer > 0 {
      let fraction = JSONWriter.text(of: roundedUp(states.optimizer))
      flags += ["--optimizer-cpu-offload", "--optimizer-offload-fraction \(fraction)"]
    }
    if states.parameters > 0 {
      losses.append(
        "the \(Quantity.percent(states.parameters)) of the parameters that leave: Megatron-LM keeps all on the device"
      )
    }
    losses += states.losses(in: "Megatron-LM", others: copies)
  }
}
