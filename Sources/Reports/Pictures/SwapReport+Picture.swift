import Plans
import Profiles
import Simulation

extension SwapReport {
  /// Returns the memory of the planned iteration over time, by kind of tensor, with the budget.
  ///
  /// - Parameter width: In pixels, 240 or more.
  public func picture(width: Int = 960) -> Picture {
    MemoryLayers(result, storages: storages).chart(
      title: "\(profile.name): device memory over the iteration",
      budgetBytes: plan.budget.deviceBytes, reach: 0
    ).picture(width: width)
  }

  /// Returns the memory over the iteration, before and after, as two lines of `columns` blocks each.
  func memoryLines(columns: Int) -> (before: String, after: String) {
    let (before, after) = (
      MemoryLayers(unconstrained, storages: storages), MemoryLayers(result, storages: storages)
    )
    let most = max(1, unconstrained.peakDeviceBytes, result.peakDeviceBytes)
    func line(_ layers: MemoryLayers) -> String {
      let sums = layers.sums
      let blocks = Array("▁▂▃▄▅▆▇█")
      return String(
        layers.fullest(columns: columns, of: sums).map { sample in
          let share = Double(sums[sample]) / Double(most)
          return blocks[min(blocks.count - 1, Int(share * Double(blocks.count)))]
        })
    }
    return (line(before), line(after))
  }
}
