import Optimization
import Profiles

/// Finds the plan of the least memory, and a budget below which none works.
struct SmallestBudget {
  private let instance: StageInstance
  private let slots: Int
  private let prices: PricedStages
  private let limit: SearchLimit

  /// What was found.
  struct Answer {
    /// What binds, and what would do.
    var conflict: TwoStageConflict
    /// The plan of the least memory.
    var candidate: StageCandidate
  }

  init(_ instance: StageInstance, slots: Int, limit: SearchLimit = SearchLimit()) {
    self.instance = instance
    self.limit = limit
    self.slots = slots
    prices = PricedStages(instance, keeping: false)
  }

  /// Looks for the plan of the least memory.
  ///
  /// - Parameter choices: Choices to try; those of the least memory are added.
  func search(from choices: [[Int]]) -> Answer {
    var (proven, tried) = balanced()
    for stage in instance.graph.stages.indices {
      let (bytes, choice) = leastBytes(weighing: unit(stage))
      proven = max(proven, bytes)
      tried.append(choice)
    }
    tried += choices
    var best: StageCandidate?
    let order = tried.enumerated().map { (leastBytes(of: $1), $0) }.sorted { $0 < $1 }
    var seen: Set<[Int]> = []
    for (least, index) in order where seen.insert(tried[index]).inserted {
      if least >= best?.peakBytes ?? .max || best != nil && limit.isReached { break }
      let found = smallest(of: tried[index], from: least)
      if found.peakBytes < best?.peakBytes ?? .max { best = found }
    }
    let winner = descended(best ?? smallest(of: tried[0], from: leastBytes(of: tried[0])))
    let figures = instance.figures(of: winner.choice)
    let stage = figures.forward.indices.max {
      (figures.backwardBytes(of: $0), $1) < (figures.backwardBytes(of: $1), $0)
    }
    return Answer(
      conflict: TwoStageConflict(
        stage: instance.graph.stages[stage ?? 0], stateBytes: figures.stateBytes,
        provenBytes: min(proven, winner.peakBytes), smallestBudgetBytes: winner.peakBytes),
      candidate: winner)
  }

  // MARK: - Choices

  private static let weighings = 40
  private static let mostFlips = 1_000

  /// Choices that take little at all stages together: those with the most memory get more weight from step to
  /// step. Whatever the weights, the weighted mean of all stages is no more than the largest.
  private func balanced() -> (proven: Int, choices: [[Int]]) {
    var weights = instance.graph.stages.map { _ in 1 / Double(instance.graph.stages.count) }
    var (proven, choices) = (0, [[Int]]())
    for _ in 0..<Self.weighings {
      let (bytes, choice) = leastBytes(weighing: weights)
      proven = max(proven, bytes)
      choices.append(choice)
      let figures = instance.figures(of: choice)
      let all = figures.forward.indices.map { Double(figures.backwardBytes(of: $0)) }
      let most = all.max() ?? 1
      // Powers of a fixed base by squaring: the same on every machine.
      for (stage, own) in all.enumerated() {
        let share = max(0, own / max(1, most))
        weights[stage] *= 1 + share * share * share
      }
      let sum = weights.reduce(0, +)
      for stage in weights.indices { weights[stage] /= sum }
    }
    return (proven, choices)
  }

  private func unit(_ stage: Int) -> [Double] {
    instance.graph.stages.indices.map { $0 == stage ? 1 : 0 }
  }

  /// Takes other strategies of one node that need less, or of two where there are few, as long as there are any.
  private func descended(_ start: StageCandidate) -> StageCandidate {
    var (best, tried) = (start, 0)
    let flips = instance.domains.enumerated().flatMap { variable, count in
      (0..<count).map { (variable: variable, strategy: $0) }
    }
    func improve(_ changes: [(variable: Int, strategy: Int)]) -> Bool {
      var choice = best.choice
      for change in changes { choice[change.variable] = change.strategy }
      if choice == best.choice || tried >= Self.mostFlips || limit.isReached { return false }
      let least = leastBytes(of: choice)
      if least >= best.peakBytes { return false }
      tried += 1
      let found = smallest(of: choice, from: least)
      if found.peakBytes >= best.peakBytes { return false }
      best = found
      return true
    }
    var isBetter = true
    while isBetter {
      isBetter = false
      for flip in flips where improve([flip]) { isBetter = true }
      if isBetter || flips.count > Self.fewFlips { continue }
      for (index, first) in flips.enumerated() {
        for second in flips[(index + 1)...] where improve([first, second]) { isBetter = true }
      }
    }
    return best
  }

  /// So many strategies of all nodes together are tried in pairs.
  private static let fewFlips = 80

  // MARK: - Bytes

  /// What a choice takes at least: each stage's backward pass with nothing else stored.
  private func leastBytes(of choice: [Int]) -> Int {
    let figures = instance.figures(of: choice)
    let most = figures.forward.indices.map { figures.backwardBytes(of: $0) }.max() ?? 0
    return figures.stateBytes + most
  }

  /// The schedule of a choice with the least peak, to a thousandth.
  private func smallest(of choice: [Int], from least: Int) -> StageCandidate {
    let figures = instance.figures(of: choice)
    let chain = figures.chain
    func plan(_ budget: Int) -> StageCandidate? {
      chain.plan(within: budget - figures.stateBytes, slots: slots).map {
        StageCandidate(choice: choice, figures: figures, schedule: $0)
      }
    }
    if let found = plan(least) { return found }
    var best = StageCandidate(
      choice: choice, figures: figures,
      schedule: chain.plan(of: .saving(from: 0, to: chain.forward.count - 1)))
    var (low, high) = (least, best.peakBytes)
    while high - low > max(1, high / 1000), !limit.isReached {
      let middle = low + (high - low) / 2
      if let found = plan(middle) {
        if found.peakBytes < best.peakBytes { best = found }
        high = min(middle, found.peakBytes)
      } else {
        low = middle
      }
    }
    return best
  }

  /// The least memory that any choice takes when a stage's backward pass runs: states, and what that stage
  /// needs; of several stages the weighted mean.
  private func leastBytes(weighing weights: [Double]) -> (bytes: Int, choice: [Int]) {
    let least = prices.minimum { node, strategy in
      let place = instance.graph.nodes[node].stage
      let handed = Double(2 * instance.handedOn(node, strategy))
      let after = place + 1 < weights.count ? weights[place + 1] : 0
      return Double(strategy.stateBytes)
        + weights[place] * (Double(strategy.savedBytes) + handed) + after * handed
    }
    // Weights are rounded: a billionth less is below in any case.
    let isUnit = weights.allSatisfy { $0 == 0 || $0 == 1 }
    let bytes = isUnit ? least.value.rounded() : (least.value * (1 - 1e-9)).rounded(.down)
    return (Int(bytes), least.choice)
  }
}
