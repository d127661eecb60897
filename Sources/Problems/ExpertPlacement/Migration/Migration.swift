import Plans
import Profiles

/// What has to be copied to come from the current placement to another one.
enum Migration {
  /// Returns every replica that comes to a device which lacks it, with the device that sends it: one of
  /// the same node if there is any, and of these the one that has sent least so far.
  static func moves(
    to layers: [Assignment], _ instance: PlacementInstance
  ) -> [ExpertPlacementPlan.Move] {
    let moe = instance.moe
    guard !moe.placement.isEmpty else { return [] }
    var sent = [Int](repeating: 0, count: instance.devices)
    let nodes = moe.nodeOfDevice
    var moves: [ExpertPlacementPlan.Move] = []
    for (layer, assignment) in layers.enumerated() {
      var holders = [[Int]](repeating: [], count: moe.experts)
      for (device, list) in moe.placement[layer].enumerated() {
        for expert in list where holders[expert].last != device { holders[expert].append(device) }
      }
      for (device, list) in assignment.devices.enumerated() {
        for expert in list where !holders[expert].contains(device) {
          let source = holders[expert].min { first, second in
            let one = (nodes[first] == nodes[device] ? 0 : 1, sent[first], first)
            let other = (nodes[second] == nodes[device] ? 0 : 1, sent[second], second)
            return one < other
          }
          guard let source else { continue }
          sent[source] += 1
          moves.append(
            ExpertPlacementPlan.Move(
              layer: moe.layerNumbers[layer], expert: expert, from: source, to: device))
        }
      }
    }
    return moves
  }
}
