public import Plans
public import Profiles

/// A placement in the form that a serving program loads, and what that form can't express.
public struct PlacementExport: Sendable, Hashable {
  /// The forms that are known.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    /// SGLang's `--init-expert-location`: `physical_to_logical_map`.
    case sglang
    /// TensorRT-LLM's `moe_config.load_balancer` file: `initial_global_assignments`.
    case tensorRT = "tensorrt-llm"
    /// vLLM-Ascend's `expert_map_path`.
    case vllmAscend = "vllm-ascend"
  }

  /// The content of the file.
  public let text: String
  /// What is lost, in sentences.
  public let losses: [String]

  /// Why a placement has no such form.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason with its remedy.
    public let description: String
  }

  /// Converts a placement.
  public init(
    _ plan: ExpertPlacementPlan, as format: Format, profile: Profile
  ) throws(Failure) {
    guard let room = plan.slots.first, plan.slots.allSatisfy({ $0 == room }) else {
      throw Failure(
        description: "\(format.rawValue) has the same number of slots on each device; "
          + "plan with one number of --slots")
    }
    if let experts = profile.moe?.experts, room > experts {
      throw Failure(
        description:
          "\(format.rawValue) has an expert in each slot, and a device can't hold \(room) of \(experts); "
          + "plan with --slots \(experts) or fewer")
    }
    var losses: [String] = []
    var filled = 0
    let rows = plan.layers.enumerated().map { index, layer in
      layer.devices.map { list in
        let free = room - list.count
        filled += free
        return list + Self.lightest(free, notIn: list, layer: index, profile)
      }
    }
    if filled > 0 {
      losses.append(
        "\(filled) free slots are filled with the lightest experts that the devices lack")
    }
    if plan.split == .weighted {
      losses.append("shares of replicas: \(format.rawValue) shares tokens out evenly")
    }
    self.losses = losses
    switch format {
    case .sglang: text = Self.sglang(plan, rows, experts: profile.moe?.experts ?? 1)
    case .tensorRT: text = Self.tensorRT(plan, rows)
    case .vllmAscend: text = Self.vllmAscend(plan, rows)
    }
  }

  /// Returns the experts with the smallest load that a device lacks.
  private static func lightest(
    _ count: Int, notIn list: [Int], layer: Int, _ profile: Profile
  ) -> [Int] {
    guard count > 0, let moe = profile.moe else { return [] }
    var load = [Double](repeating: 0, count: moe.experts)
    for scenario in moe.scenarios {
      for (expert, tokens) in scenario.load[layer].enumerated() { load[expert] += tokens }
    }
    let order = (0..<moe.experts).filter { !list.contains($0) }.sorted {
      load[$0] != load[$1] ? load[$0] < load[$1] : $0 < $1
    }
    return Array(order.prefix(count))
  }

  /// One row for each layer of the model up to the last one with experts; rows of other layers are in
  /// the order of the experts.
  private static func sglang(
    _ plan: ExpertPlacementPlan, _ rows: [[[Int]]], experts: Int
  ) -> String {
    let width = plan.slots.reduce(0, +)
    let last = plan.layers.last?.number ?? 0
    var map = (0...last).map { _ in (0..<width).map { $0 % experts } }
    for (layer, row) in zip(plan.layers, rows) { map[layer.number] = Array(row.joined()) }
    let value = JSON.object([
      JSON.Member(key: "physical_to_logical_map", value: .array(map.map(JSON.integers)))
    ])
    return String(decoding: JSONWriter.encode(value, pretty: false), as: UTF8.self)
  }

  private static func tensorRT(_ plan: ExpertPlacementPlan, _ rows: [[[Int]]]) -> String {
    var lines = ["num_slots: \(plan.slots.reduce(0, +))", "initial_global_assignments:"]
    for (layer, row) in zip(plan.layers, rows) {
      let list = row.joined().map { "\($0)" }.joined(separator: ", ")
      lines.append("  \(layer.number): [\(list)]")
    }
    lines.append("layer_updates_per_iter: 0")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func vllmAscend(_ plan: ExpertPlacementPlan, _ rows: [[[Int]]]) -> String {
    let layers = zip(plan.layers, rows).map { layer, row in
      let devices = row.enumerated().map { device, list in
        JSON.object([
          JSON.Member(key: "device_id", value: .integer(device)),
          JSON.Member(key: "device_expert", value: JSON.integers(list)),
        ])
      }
      return JSON.object([
        JSON.Member(key: "layer_id", value: .integer(layer.number)),
        JSON.Member(key: "device_count", value: .integer(row.count)),
        JSON.Member(key: "device_list", value: .array(devices)),
      ])
    }
    let value = JSON.object([
      JSON.Member(key: "moe_layer_count", value: .integer(layers.count)),
      JSON.Member(key: "layer_list", value: .array(layers)),
    ])
    return String(decoding: JSONWriter.encode(value, pretty: false), as: UTF8.self)
  }
}
