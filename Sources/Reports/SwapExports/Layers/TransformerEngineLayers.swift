import Profiles

/// The arguments of Transformer Engine's `get_cpu_offload_context`, as JSON: how many layers' results are copied to
/// the host, the first ones, and how many layers there are.
///
/// Source: Transformer Engine 2.20, `transformer_engine/pytorch/cpu_offload.py`: it wants `num_layers` below
/// `model_layers`, and leaves alone tensors of less than 256 · 1024 elements.
struct TransformerEngineLayers {
  private(set) var losses: [String] = []
  let text: String

  init(_ report: SwapReport) throws(SwapExport.Failure) {
    let layers = try PlannedLayers(report)
    let states = PlannedStates(report)
    let leaving = layers.positions(.leaves)
    let count = min(leaving.count, layers.layers.count - 1)
    losses = layers.losses(first: count, .leaves, in: "Transformer Engine") + layers.lossBetween
    if layers.swaps > 0, count > 0 {
      losses.append(
        "the schedule: when each of \(Quantity.count(layers.swaps, "tensor")) leaves and comes back; Transformer "
          + "Engine decides itself")
    }
    if states.swaps > 0 {
      losses.append(
        "\(Quantity.count(states.swaps, "gap")) in which parameters, gradients or optimizer states leave: they stay on the "
          + "device")
    }
    var members = JSONMembers()
    members.add("enabled", .boolean(count > 0))
    members.add("num_layers", .integer(max(1, count)))
    members.add("model_layers", .integer(layers.layers.count))
    text = String(decoding: JSONWriter.encode(members.object, pretty: true), as: UTF8.self)
  }
}
