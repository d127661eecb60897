import Plans
import Profiles

/// Whether a placement puts every expert somewhere and breaks no rule.
struct PlacementCheck {
  private let plan: ExpertPlacementPlan
  private let profile: Profile

  /// Whether slots and nodes are the profile's, not only the plan's.
  private let isOnOwnDevices: Bool

  init(_ plan: ExpertPlacementPlan, on profile: Profile, isOnOwnDevices: Bool) {
    self.isOnOwnDevices = isOnOwnDevices
    self.plan = plan
    self.profile = profile
  }

  /// At most so many faults are told.
  private static let listed = 10

  /// Returns what is wrong, in sentences.
  func faults() -> [String] {
    guard let moe = profile.moe else { return ["the profile has no section moe"] }
    let devices = plan.nodeSizes.reduce(0, +)
    var faults: [String] = []
    if plan.layers.map(\.number) != moe.layerNumbers {
      return ["the plan's layers are not those of the profile"]
    }
    if !moe.deviceSpeeds.isEmpty, moe.deviceSpeeds.count != devices {
      return ["the profile gives the speeds of \(moe.deviceSpeeds.count) devices, not \(devices)"]
    }
    if plan.objective == .activated, plan.batchTokens ?? 0 < 1 {
      return ["the plan doesn't tell the tokens of a batch"]
    }
    if isOnOwnDevices, let fault = clusterFault(moe) { return [fault] }
    for (index, layer) in plan.layers.enumerated() where faults.count < Self.listed {
      guard layer.devices.count == devices,
        layer.devices.allSatisfy({ $0.allSatisfy { 0..<moe.experts ~= $0 } })
      else { return ["layer \(layer.number) names devices or experts that don't exist"] }
      check(layer, moe, into: &faults)
      checkShares(layer, moe, into: &faults)
      if !moe.placement.isEmpty { checkMoves(index, layer, moe, into: &faults) }
    }
    checkMemory(moe, into: &faults)
    return Array(faults.prefix(Self.listed))
  }

  /// The nodes of the plan are those of the profile, if it tells any.
  private func clusterFault(_ moe: MixtureOfExperts) -> String? {
    func list(_ numbers: [Int]) -> String {
      numbers.prefix(8).map(String.init).joined(separator: ",") + (numbers.count > 8 ? "…" : "")
    }
    if !moe.nodeSizes.isEmpty, moe.nodeSizes != plan.nodeSizes {
      return "budget.nodes: the plan has nodes of \(list(plan.nodeSizes)) devices, the profile of "
        + "\(list(moe.nodeSizes)); give the plan's --nodes, or make a new plan"
    }
    let devices = plan.nodeSizes.reduce(0, +)
    if !moe.slots.isEmpty, moe.slots.count != devices {
      return "budget.slots_per_device: the plan has \(devices) devices, the profile slots of "
        + "\(moe.slots.count); give the plan's --slots, or make a new plan"
    }
    return nil
  }

  private func check(
    _ layer: ExpertPlacementPlan.Layer, _ moe: MixtureOfExperts, into faults: inout [String]
  ) {
    var isPlaced = [Bool](repeating: false, count: moe.experts)
    var groupNodes = [Int?](repeating: nil, count: moe.groups)
    var device = 0
    for (node, size) in plan.nodeSizes.enumerated() {
      for _ in 0..<size {
        let list = layer.devices[device]
        let place = "layer \(layer.number), device \(device)"
        if list.count > plan.slots[device] {
          faults.append("\(place): \(list.count) experts in \(plan.slots[device]) slots")
        }
        if isOnOwnDevices, moe.slots.indices.contains(device), list.count > moe.slots[device] {
          faults.append(
            "\(place): \(list.count) experts, the profile has \(moe.slots[device]) slots; make a new "
              + "plan, or give the --slots that there are")
        }
        var seen: Set<Int> = []
        for expert in list {
          isPlaced[expert] = true
          if !seen.insert(expert).inserted {
            faults.append("\(place): expert \(expert) is there twice")
          }
          guard plan.keepsGroups else { continue }
          let group = moe.group(of: expert)
          if let other = groupNodes[group], other != node {
            faults.append("\(place): group \(group) is on nodes \(other) and \(node)")
          }
          groupNodes[group] = node
        }
        device += 1
      }
    }
    if let missing = isPlaced.firstIndex(of: false) {
      faults.append("layer \(layer.number): expert \(missing) is on no device")
    }
  }

  private func checkShares(
    _ layer: ExpertPlacementPlan.Layer, _ moe: MixtureOfExperts, into faults: inout [String]
  ) {
    if plan.split == .weighted, layer.shares.isEmpty {
      faults.append("layer \(layer.number): weighted split without shares")
    }
    for shares in layer.shares {
      guard shares.devices.map(\.count) == layer.devices.map(\.count) else {
        faults.append("layer \(layer.number): there is not one share for each replica")
        continue
      }
      var sums = [Double](repeating: 0, count: moe.experts)
      for (device, list) in layer.devices.enumerated() {
        for (position, expert) in list.enumerated() {
          sums[expert] += shares.devices[device][position]
        }
      }
      if let expert = sums.firstIndex(where: { abs($0 - 1) > 1e-6 }) {
        faults.append(
          "layer \(layer.number): the shares of expert \(expert) sum to \(sums[expert]), not 1")
      }
    }
  }

  /// The moves are exactly what the placement needs, each from a device that has the expert.
  private func checkMoves(
    _ index: Int, _ layer: ExpertPlacementPlan.Layer, _ moe: MixtureOfExperts,
    into faults: inout [String]
  ) {
    let current = moe.placement[index]
    guard current.count == layer.devices.count else {
      faults.append("layer \(layer.number): the current placement has other devices")
      return
    }
    var expected: Set<[Int]> = []
    for (device, list) in layer.devices.enumerated() {
      for expert in list where !current[device].contains(expert) {
        expected.insert([expert, device])
      }
    }
    for move in plan.moves where move.layer == layer.number {
      if expected.remove([move.expert, move.to]) == nil {
        faults.append(
          "layer \(layer.number): nothing needs expert \(move.expert) copied to \(move.to)")
      }
      if !current.indices.contains(move.from) || !current[move.from].contains(move.expert) {
        faults.append(
          "layer \(layer.number): device \(move.from) has no expert \(move.expert) to send")
      }
    }
    if let missing = expected.min(by: { $0.lexicographicallyPrecedes($1) }) {
      let isAnywhere = current.contains { $0.contains(missing[0]) }
      if isAnywhere {
        faults.append(
          "layer \(layer.number): no move brings expert \(missing[0]) to device \(missing[1])")
      }
    }
  }

  private func checkMemory(_ moe: MixtureOfExperts, into faults: inout [String]) {
    guard let bytes = moe.expertBytes, let device = profile.device else { return }
    for index in plan.slots.indices {
      let count = plan.layers.reduce(0) { $0 + $1.devices[index].count }
      let (size, overflow) = bytes.multipliedReportingOverflow(by: count)
      if overflow || size > device.defaultBudgetBytes {
        faults.append(
          "device \(index): \(count) experts of all layers take more than "
            + Quantity.bytes(device.defaultBudgetBytes))
      }
    }
  }
}
