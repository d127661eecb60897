import Plans
import Profiles
import Reports
import Simulation

/// Four layers of two operators with their states: `hidden` waits for the backward pass, `out` is handed on.
enum LayerSample {
  static let layers = 4
  private static let mebibyte = 1 << 20

  static let profile: Profile = {
    let link = Link(latencyMicroseconds: 1, gbPerSecond: 100)
    var tensors = [Tensor(id: "x", bytes: mebibyte, kind: .input)]
    var operators: [Operator] = []
    func add(
      _ id: String, _ phase: Operator.Phase, _ reads: [String], _ writes: [String]
    ) {
      operators.append(
        Operator(
          id: id, phase: phase, durationMicroseconds: 1000, reads: reads, writes: writes,
          isRecomputable: phase == .forward))
    }
    for layer in 0..<layers {
      let name = "model.layers.\(layer)"
      tensors += [
        Tensor(id: "\(name).weight", bytes: mebibyte, dtype: "bfloat16", kind: .parameter),
        Tensor(id: "state.\(name)", bytes: 4 * mebibyte, kind: .optimizerState),
        Tensor(id: "\(name).hidden", bytes: 2 * mebibyte, kind: .activation),
        Tensor(id: "\(name).out", bytes: mebibyte, kind: .activation),
        Tensor(id: "grad.\(name).hidden", bytes: 2 * mebibyte, kind: .gradient),
        Tensor(id: "grad.\(name).out", bytes: mebibyte, kind: .gradient),
        Tensor(id: "grad.\(name).weight", bytes: mebibyte, kind: .gradient),
      ]
      let input = layer == 0 ? "x" : "model.layers.\(layer - 1).out"
      add("\(name).up", .forward, [input, "\(name).weight"], ["\(name).hidden"])
      add("\(name).down", .forward, ["\(name).hidden"], ["\(name).out"])
    }
    add("loss", .forward, ["model.layers.3.out"], ["grad.model.layers.3.out"])
    for layer in (0..<layers).reversed() {
      let name = "model.layers.\(layer)"
      let input = layer == 0 ? "x" : "model.layers.\(layer - 1).out"
      add(
        "grad.\(name).down", .backward, ["grad.\(name).out", "\(name).hidden"],
        ["grad.\(name).hidden"])
      add(
        "grad.\(name).up", .backward, ["grad.\(name).hidden", input, "\(name).weight"],
        ["grad.\(name).weight"] + (layer > 0 ? ["grad.model.layers.\(layer - 1).out"] : []))
    }
    for layer in 0..<layers {
      let name = "model.layers.\(layer)"
      add(
        "adam.\(name)", .optimizer, ["grad.\(name).weight", "state.\(name)", "\(name).weight"],
        ["state.\(name)", "\(name).weight"])
    }
    return Profile(
      name: "four-layers",
      device: Device(
        name: "d", memoryBytes: 1 << 30, hostToDevice: link, deviceToHost: link),
      tensors: tensors, operators: operators)
  }()

  /// A plan that makes the hidden values of some layers again, copies those of others, and copies other tensors.
  static func report(
    again: Set<Int> = [], swapped: Set<Int> = [], tensors: Set<String> = [],
    of profile: Profile = profile
  ) throws -> SwapReport {
    let simulator = try Simulator(profile: profile)
    let names = profile.operators.map(\.id)
    func hidden(_ layers: Set<Int>) -> Set<String> {
      Set(layers.map { "model.layers.\($0).hidden" })
    }
    var seen: Set<String> = []
    let gaps = simulator.storages.gaps.map { gap -> GapDecision in
      let tensor = simulator.storages.all[gap.storage].tensor.id
      // What is handed on is read by the layer's operators that run again, too.
      let early = tensor.hasSuffix(".out") ? 2 : 1
      let prefetch = names[(gap.before + names.count - early) % names.count]
      let isFirst = !gap.wraps && seen.insert(tensor).inserted
      var action = GapDecision.Action.keep
      if isFirst, hidden(again).contains(tensor) {
        action = .recompute(operators: [tensor.replacing(".hidden", with: ".up")])
      } else if isFirst, hidden(swapped).union(tensors).contains(tensor) {
        action = .swap(prefetchAt: prefetch)
      } else if gap.wraps, tensors.contains(tensor), tensor.hasPrefix("state.") {
        action = .swap(prefetchAt: prefetch)
      }
      return GapDecision(
        tensor: tensor, after: names[gap.after], before: names[gap.before], action: action)
    }
    let plan = Plan(
      version: "1.0", profile: .init(name: profile.name), budget: .init(deviceBytes: 1 << 30),
      decisions: .swap(SwapDecisions(gaps: gaps)))
    return SwapReport(plan, simulator: simulator)
  }
}
