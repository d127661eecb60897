import ExpertPlacement
import Foundation
import Profiles
import TestSupport

/// Small profiles of experts.
enum Layers {
  /// The folder of the files that tests compare with.
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/ExpertPlacement")

  /// Returns a profile with random loads, skewed as those of real models are.
  static func profile(
    seed: UInt64, experts: Int = 6, layers: Int = 1, devices: Int = 3, slots: [Int]? = nil,
    scenarios: Int = 1, nodes: Int = 1, groups: Int = 1, expertBytes: Int? = nil
  ) -> Profile {
    var random = SeededGenerator(seed: seed)
    let list = (0..<scenarios).map { scenario in
      LoadScenario(
        name: "s\(scenario)",
        load: (0..<layers).map { _ in
          (0..<experts).map { _ in
            let uniform = Double.random(in: 0..<1, using: &random)
            return (100 * uniform * uniform * uniform).rounded() + 1
          }
        })
    }
    let moe = MixtureOfExperts(
      experts: experts, topK: 2, layerNumbers: Array(0..<layers), groups: groups,
      nodeSizes: Array(repeating: devices / nodes, count: nodes),
      slots: slots ?? Array(repeating: (experts + devices) / devices, count: devices),
      tokensPerDevice: 16, expertBytes: expertBytes, scenarios: list)
    return Profile(name: "random", tensors: [], operators: [], moe: moe)
  }
}

/// All placements of a tiny layer, each as the experts on each device.
enum PlacementEnumeration {
  /// Calls a function with every placement in which each device holds any experts it has room for.
  static func all(
    experts: Int, slots: [Int], _ body: ([[Int]]) -> Void
  ) {
    let choices = slots.map { room in
      (0..<(1 << experts)).filter { $0.nonzeroBitCount <= room }
    }
    func descend(_ chosen: [Int]) {
      if chosen.count == slots.count {
        guard chosen.reduce(0, |) == (1 << experts) - 1 else { return }
        body(chosen.map { mask in (0..<experts).filter { mask >> $0 & 1 == 1 } })
        return
      }
      for mask in choices[chosen.count] { descend(chosen + [mask]) }
    }
    descend([])
  }

  /// The largest load over the mean under equal split.
  static func value(_ devices: [[Int]], load: [Double]) -> Double {
    var replicas = [Double](repeating: 0, count: load.count)
    for expert in devices.joined() { replicas[expert] += 1 }
    let loads = devices.map { $0.reduce(0.0) { $0 + load[$1] / replicas[$1] } }
    return (loads.max() ?? 0) / (load.reduce(0, +) / Double(devices.count))
  }
}
