import Optimization
import Profiles

/// Finds the smallest budget that works, and one below which none does.
struct SmallestBudget {
  private let instance: StageInstance
  private let slots: Int
  private let prices: PricedStages

  init(_ instance: StageInstance, slots: Int) {
    self.instance = instance
    self.slots = slots
    prices = PricedStages(instance, keeping: false)
  }

  /// Tells what binds, and what would do.
  ///
  /// - Parameter choices: Choices to try; those of the least memory are added.
  func conflict(of choices: [[Int]]) -> TwoStageConflict {
    var proven = 0
    var tried = choices
    for stage in instance.graph.stages.indices {
      let (bytes, choice) = leastBytes(at: stage)
      proven = max(proven, bytes)
      tried.append(choice)
    }
    var best = Int.max
    var winner = tried[0]
    let order = tried.enumerated().map { (leastBytes(of: $1), $0) }.sorted { $0 < $1 }
    var seen: Set<[Int]> = []
    for (least, index) in order where seen.insert(tried[index]).inserted {
      if least >= best { break }
      let found = smallest(of: tried[index], from: least)
      if found < best { (best, winner) = (found, tried[index]) }
    }
    let figures = instance.figures(of: winner)
    let stage = figures.forward.indices.max {
      (figures.backwardBytes(of: $0), $1) < (figures.backwardBytes(of: $1), $0)
    }
    return TwoStageConflict(
      stage: instance.graph.stages[stage ?? 0], stateBytes: figures.stateBytes,
      provenBytes: proven, smallestBudgetBytes: best)
  }

  /// What a choice takes at least: each stage's backward pass with nothing else stored.
  private func leastBytes(of choice: [Int]) -> Int {
    let figures = instance.figures(of: choice)
    let most = figures.forward.indices.map { figures.backwardBytes(of: $0) }.max() ?? 0
    return figures.stateBytes + most
  }

  /// The smallest budget of a choice that has a schedule, to a thousandth.
  private func smallest(of choice: [Int], from least: Int) -> Int {
    let figures = instance.figures(of: choice)
    let chain = figures.chain
    func peak(_ budget: Int) -> Int? {
      chain.plan(within: budget - figures.stateBytes, slots: slots).map {
        $0.peak + figures.stateBytes
      }
    }
    if let found = peak(least) { return found }
    let saving = chain.plan(of: .saving(from: 0, to: chain.forward.count - 1)).peak
    var (low, high) = (least, saving + figures.stateBytes)
    while high - low > max(1, high / 1000) {
      let middle = low + (high - low) / 2
      if let found = peak(middle) { high = found } else { low = middle }
    }
    return high
  }

  /// The least memory that any choice takes when a stage's backward pass runs: states, and what that stage
  /// needs.
  private func leastBytes(at stage: Int) -> (bytes: Int, choice: [Int]) {
    let least = prices.minimum { node, strategy in
      let place = instance.graph.nodes[node].stage
      var bytes = strategy.stateBytes
      let handed = instance.handedOn(node, strategy)
      if place == stage { bytes += strategy.savedBytes + 2 * handed }
      if place == stage - 1 { bytes += 2 * handed }
      return bytes
    }
    return (Int(least.value.rounded()), least.choice)
  }
}
