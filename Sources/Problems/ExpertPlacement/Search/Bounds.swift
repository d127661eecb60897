/// What no placement of a layer can beat, and why.
struct LayerBound {
  /// The least value.
  var value: Double
  /// What the bound follows from.
  var method: String
}

extension LayerProblem {
  /// Returns the replica counts whose largest replica is as small as can be: one for each expert,
  /// then always one more for the expert with the largest replica.
  ///
  /// Exact, because a replica's weight depends on its own expert's count alone and falls with it.
  func waterfill(scenario: Int? = nil, limit: Int? = nil) -> (counts: [Int], largest: Double) {
    var counts = [Int](repeating: 1, count: experts)
    func weight(_ expert: Int) -> Double {
      scenario.map { self.weight(expert, counts[expert], $0) }
        ?? largestWeight(expert, counts[expert])
    }
    // A binary heap of experts by weight, ties by index.
    var heap = (0..<experts).map { (weight: weight($0), expert: $0) }
    func isBefore(_ a: (weight: Double, expert: Int), _ b: (weight: Double, expert: Int)) -> Bool {
      a.weight != b.weight ? a.weight > b.weight : a.expert < b.expert
    }
    heap.sort(by: isBefore)
    var free = (limit ?? replicaLimit) - experts
    while free > 0, counts[heap[0].expert] < maximumReplicas {
      let expert = heap[0].expert
      counts[expert] += 1
      free -= 1
      heap[0].weight = weight(expert)
      var position = 0
      while true {
        var first = position
        for child in [2 * position + 1, 2 * position + 2]
        where child < heap.count && isBefore(heap[child], heap[first]) { first = child }
        if first == position { break }
        heap.swapAt(first, position)
        position = first
      }
    }
    return (counts, heap[0].weight)
  }

  /// Returns the largest of the bounds that need no search.
  ///
  /// - Parameter split: With weighted split the same bounds hold for tokens: some replica of an expert
  ///   takes at least the even share.
  func bound() -> LayerBound {
    let quickest = slowness.min() ?? 1
    var perScenario: [Double] = []
    var isMean = true
    for scenario in 0..<scenarios {
      if isEmpty(scenario) {
        perScenario.append(1)
        continue
      }
      let floor = waterfill(scenario: scenario).largest * quickest
      let lightest = lightestCompany(scenario: scenario) * quickest
      perScenario.append(max(1, floor, lightest))
      if max(floor, lightest) > 1 { isMean = false }
    }
    return LayerBound(
      value: robustness.value(of: perScenario),
      method: isMean ? "mean load" : "heaviest replica")
  }

  /// With one replica for each expert and no free slot, the heaviest expert shares its device with
  /// at least the lightest ones.
  private func lightestCompany(scenario: Int) -> Double {
    let room = slots.reduce(0, +)
    guard room == experts, let fewest = slots.filter({ $0 > 0 }).min() else { return 0 }
    let weights = (0..<experts).map { weight($0, 1, scenario) }.sorted()
    return (weights.last ?? 0) + weights.prefix(fewest - 1).reduce(0, +)
  }
}
