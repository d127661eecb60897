import Profiles

extension ExpertPlacementPlan {
  /// The most devices, and the most experts, that a plan may have.
  private static let most = 1 << 14

  /// Checks names and ranges; what the profile says is the replay's business.
  func check(into faults: inout FaultList) {
    let root = JSONPath.root
    let decisions = root["decisions"]
    faults.checkName(version, at: root["version"])
    faults.checkName(profile.name, at: root["profile"]["name"])
    faults.checkDigest(profile.sha256, at: root["profile"]["sha256"])
    faults.checkCount(batchTokens, at: decisions["batch_tokens"])
    for (index, name) in scenarios.enumerated() {
      faults.checkName(name, at: decisions["scenarios"][index])
    }
    let devices = nodeSizes.reduce(0) { $0 &+ min(max(0, $1), Self.most) }
    if nodeSizes.contains(where: { $0 < 1 }) || !(1...Self.most).contains(devices) {
      faults.add(
        root["budget"]["nodes"], "the devices of all nodes are not 1 to \(Self.most)",
        "write how many devices each node has")
      return
    }
    if slots.count != devices || slots.contains(where: { !(0...Self.most).contains($0) }) {
      faults.add(
        root["budget"]["slots_per_device"],
        "there is not one number for each of \(devices) devices",
        "write the room of each device, up to \(Self.most) experts")
      return
    }
    if Self.level(ofRobustness: robustness) == nil {
      faults.add(
        decisions["robustness"], "\(JSON.quoted(robustness)) is none that is known",
        "write average, worst, or cvar: with a level from 0 to less than 1")
    }
    for (index, layer) in layers.enumerated() {
      check(layer, devices: devices, at: decisions["layers"][index], into: &faults)
    }
    for (index, move) in moves.enumerated() {
      for (key, device) in [("from", move.from), ("to", move.to)]
      where !(0..<devices).contains(device) {
        faults.add(
          decisions["moves"][index][key], "there is no device \(device)",
          "write a number from 0 to \(devices - 1)")
      }
    }
  }

  private func check(
    _ layer: Layer, devices: Int, at path: JSONPath, into faults: inout FaultList
  ) {
    if layer.devices.count != devices {
      faults.add(
        path["devices"], "\(layer.devices.count) lists are not one for each of \(devices) devices",
        "write one list of experts for each")
    }
    for (device, list) in layer.devices.enumerated() {
      for (position, expert) in list.enumerated() where !(0..<Self.most).contains(expert) {
        faults.add(
          path["devices"][device][position], "there is no expert \(expert)",
          "write a number from 0 to \(Self.most - 1)")
      }
    }
    for (index, shares) in layer.shares.enumerated() {
      let place = path["shares"][index]["devices"]
      if shares.devices.map(\.count) != layer.devices.map(\.count) {
        faults.add(place, "there is not one share for each replica", "write one for each")
      }
      for (device, list) in shares.devices.enumerated() {
        for (position, share) in list.enumerated() {
          faults.checkNumber(share, in: 0...1.000001, at: place[device][position])
        }
      }
    }
  }

  /// Returns the level of a way to make one value of several: 0 for the average of values, nil for an
  /// unknown way. `worst` is infinitely strict: 1.
  public static func level(ofRobustness name: String) -> Double? {
    switch name {
    case "average": return 0
    case "worst": return 1
    default:
      guard name.hasPrefix("cvar:"), let level = Double(name.dropFirst(5)), 0 <= level, level < 1
      else { return nil }
      return level
    }
  }
}
