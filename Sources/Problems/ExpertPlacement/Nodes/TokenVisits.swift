import Profiles

/// Which experts tokens of one layer visit together, each set of experts with its weight.
struct TokenVisits {
  /// The experts of each set.
  let sets: [[Int]]
  /// How many tokens each set stands for.
  let weights: [Double]

  /// Collects what a profile knows of a layer under some scenarios.
  ///
  /// Where tokens are known one by one they are used; pairs count as tokens of two experts.
  init(of moe: MixtureOfExperts, layer: Int, scenarios: [String]) {
    let records = moe.coactivation.filter { record in
      record.layer == layer && record.scenario.map(scenarios.contains) ?? true
    }
    var sets: [[Int]] = []
    var weights: [Double] = []
    for record in records {
      sets += record.tokens
      weights += Array(repeating: 1, count: record.tokens.count)
      guard record.tokens.isEmpty else { continue }
      for pair in record.pairs where pair.tokens > 0 {
        sets.append([pair.first, pair.second])
        weights.append(pair.tokens)
      }
    }
    self.sets = sets
    self.weights = weights
  }

  /// The tokens of all sets.
  var tokens: Double { weights.reduce(0, +) }

  /// Returns the distinct nodes that a token visits on average, when each replica of an expert takes
  /// an equal share of its tokens.
  func nodesPerToken(_ assignment: Assignment, nodeOfDevice: [Int], experts: Int) -> Double? {
    let total = tokens
    guard total > 0 else { return nil }
    let nodes = (nodeOfDevice.max() ?? 0) + 1
    var shares = [Double](repeating: 0, count: experts * nodes)
    let counts = assignment.replicaCounts(experts: experts)
    for (device, list) in assignment.devices.enumerated() {
      for expert in list {
        shares[expert * nodes + nodeOfDevice[device]] += 1 / Double(counts[expert])
      }
    }
    var sum = 0.0
    for (set, weight) in zip(sets, weights) {
      for node in 0..<nodes {
        var missed = 1.0
        for expert in set { missed *= max(0, 1 - shares[expert * nodes + node]) }
        sum += weight * (1 - missed)
      }
    }
    return sum / total
  }
}
