public import Plans
public import Profiles

/// Routes a load through a placement and counts what each device gets.
///
/// Independent of the planner: it knows the plan and the profile only. Each batch is routed by
/// itself; a replica takes the share that the plan gives it, else an equal one.
public struct PlacementReplay: Sendable {
  private let plan: ExpertPlacementPlan
  private let profile: Profile
  /// The scenarios to replay, by name.
  private let scenarios: [String]
  private let isOnOwnDevices: Bool
  private let nodes: [Int]
  private let strengths: [Double]

  /// Prepares a replay.
  ///
  /// - Parameters:
  ///   - plan: The placement.
  ///   - profile: The profile that it is for.
  ///   - scenarios: The scenarios to replay, which the plan need not know; nil for those of the plan.
  ///   - isOnOwnDevices: Whether the plan must keep to the profile's slots and nodes; a plan for other
  ///     devices is replayed on those that it names itself.
  public init(
    _ plan: ExpertPlacementPlan, on profile: Profile, scenarios: [String]? = nil,
    isOnOwnDevices: Bool = false
  ) {
    self.isOnOwnDevices = isOnOwnDevices
    self.plan = plan
    self.profile = profile
    self.scenarios = scenarios ?? plan.scenarios
    nodes = plan.nodeSizes.enumerated().flatMap {
      Array(repeating: $0.offset, count: $0.element)
    }
    let speeds = profile.moe?.deviceSpeeds ?? []
    let mean = speeds.isEmpty ? 1 : speeds.reduce(0, +) / Double(speeds.count)
    strengths =
      speeds.count == nodes.count
      ? speeds.map { $0 / mean } : Array(repeating: 1, count: nodes.count)
  }

  /// Returns what the replay finds.
  public func run() -> PlacementReplayResult {
    var result = PlacementReplayResult()
    guard let moe = profile.moe else {
      result.faults = ["the profile has no section moe"]
      return result
    }
    result.faults = PlacementCheck(plan, on: profile, isOnOwnDevices: isOnOwnDevices).faults()
    let known = scenarios.compactMap { name in moe.scenarios.first { $0.name == name } }
    for name in scenarios where !known.contains(where: { $0.name == name }) {
      result.faults.append("the profile has no scenario '\(name)'")
    }
    guard result.faults.isEmpty else { return result }
    for scenario in known { result.scenarios.append(replay(scenario, moe)) }
    result.value = value(of: known, moe)
    result.deviceLoads = deviceLoads(of: known, moe)
    result.redundantExperts = plan.redundancy(experts: moe.experts)
    addTraffic(to: &result, moe)
    return result
  }

  // MARK: Load

  /// Returns what each device has to do in one layer.
  private func loads(
    _ tokens: [Double], layer: Int, scenario: String?, _ moe: MixtureOfExperts
  ) -> [Double] {
    let placed = plan.layers[layer]
    var replicas = [Int](repeating: 0, count: moe.experts)
    for expert in placed.devices.joined() { replicas[expert] += 1 }
    let shares =
      placed.shares.first { $0.scenario == scenario } ?? placed.shares.first { $0.scenario == nil }
    let all = tokens.reduce(0, +)
    return placed.devices.enumerated().map { device, list in
      var sum = 0.0
      for (position, expert) in list.enumerated() {
        let share = shares?.devices[device][position] ?? 1 / Double(replicas[expert])
        switch plan.objective {
        case .tokens: sum += tokens[expert] * share
        case .activated:
          let chance = all > 0 ? min(1, tokens[expert] / all * Double(moe.topK) * share) : 0
          sum += Self.wakes(chance, batch: plan.batchTokens ?? 0)
        }
      }
      return sum / strengths[device]
    }
  }

  /// The chance that a batch wakes an expert which each token picks with some chance, by repeated
  /// squaring of the chance that it doesn't.
  private static func wakes(_ chance: Double, batch: Int) -> Double {
    var (sleeps, factor, left) = (1.0, 1 - chance, batch)
    while left > 0 {
      if left & 1 == 1 { sleeps *= factor }
      factor *= factor
      left >>= 1
    }
    return 1 - sleeps
  }

  /// Returns the largest load over the mean; 1 where there is nothing to do.
  ///
  /// The mean of the objective of activated experts is what each expert would cost with one replica.
  private func imbalance(
    _ tokens: [Double], layer: Int, scenario: String?, _ moe: MixtureOfExperts
  ) -> Double {
    let loads = loads(tokens, layer: layer, scenario: scenario, moe)
    var mean = 0.0
    switch plan.objective {
    case .tokens: mean = tokens.reduce(0, +)
    case .activated:
      let all = tokens.reduce(0, +)
      for count in tokens where all > 0 {
        mean += Self.wakes(min(1, count / all * Double(moe.topK)), batch: plan.batchTokens ?? 0)
      }
    }
    mean /= Double(loads.count)
    return mean > 0 ? (loads.max() ?? 0) / mean : 1
  }

  private func replay(
    _ scenario: LoadScenario, _ moe: MixtureOfExperts
  ) -> PlacementReplayResult.Scenario {
    let sum = scenario.load
    let layers = plan.layers.indices.map {
      imbalance(sum[$0], layer: $0, scenario: scenario.name, moe)
    }
    var samples: [Double] = []
    if scenario.batches.count > 1 {
      for batch in scenario.batches {
        let values = plan.layers.indices.map {
          imbalance(batch[$0], layer: $0, scenario: scenario.name, moe)
        }
        samples.append(values.reduce(0, +) / Double(max(1, values.count)))
      }
    } else {
      samples = resampled(sum, scenario: scenario.name, moe)
    }
    return PlacementReplayResult.Scenario(
      name: scenario.name, layers: layers, samples: samples.sorted(),
      isResampled: scenario.batches.count == 1)
  }

  /// How many loads are drawn where the profile has no batches.
  private static let draws = 21

  /// Draws loads like the given one: every count varies as those of independent tokens do.
  private func resampled(
    _ load: [[Double]], scenario: String, _ moe: MixtureOfExperts
  ) -> [Double] {
    (0..<Self.draws).map { draw in
      var random = CountSampler(seed: UInt64(draw) + 1)
      let values = plan.layers.indices.map { layer in
        imbalance(load[layer].map { random.next(mean: $0) }, layer: layer, scenario: scenario, moe)
      }
      return values.reduce(0, +) / Double(max(1, values.count))
    }
  }

  /// The value as the plan defines it: the mean over layers.
  private func value(of known: [LoadScenario], _ moe: MixtureOfExperts) -> Double {
    let loads = known.map(\.load)
    let values = plan.layers.indices.map { layer -> Double in
      if plan.robustness == "average" || known.count == 1 {
        var sum = [Double](repeating: 0, count: moe.experts)
        for load in loads {
          for (expert, tokens) in load[layer].enumerated() { sum[expert] += tokens }
        }
        let name = known.count == 1 ? known[0].name : nil
        return imbalance(sum, layer: layer, scenario: name, moe)
      }
      let each = known.enumerated().map { index, scenario in
        imbalance(loads[index][layer], layer: layer, scenario: scenario.name, moe)
      }
      let level = ExpertPlacementPlan.level(ofRobustness: plan.robustness) ?? 1
      return Self.tailMean(each, level: level)
    }
    return values.reduce(0, +) / Double(max(1, values.count))
  }

  /// The mean of the worst `1 − level` of all values; the largest for level 1.
  private static func tailMean(_ values: [Double], level: Double) -> Double {
    let descending = values.sorted(by: >)
    let size = (1 - level) * Double(values.count)
    guard size > 0 else { return descending.first ?? 0 }
    var sum = 0.0
    for (rank, value) in descending.enumerated() {
      sum += value * min(1, max(0, size - Double(rank)))
    }
    return sum / size
  }

  /// What each device does, over the mean, on average over layers.
  private func deviceLoads(of known: [LoadScenario], _ moe: MixtureOfExperts) -> [Double] {
    var total = [Double](repeating: 0, count: nodes.count)
    for scenario in known {
      let load = scenario.load
      for layer in plan.layers.indices {
        let loads = loads(load[layer], layer: layer, scenario: scenario.name, moe)
        let mean = loads.reduce(0, +) / Double(loads.count)
        guard mean > 0 else { continue }
        for (device, value) in loads.enumerated() { total[device] += value / mean }
      }
    }
    let count = Double(max(1, known.count * plan.layers.count))
    return total.map { $0 / count }
  }

  // MARK: Traffic

  private func addTraffic(to result: inout PlacementReplayResult, _ moe: MixtureOfExperts) {
    for move in plan.moves {
      result.bytesByLink[PlacementReplayResult.Link(from: move.from, to: move.to), default: 0] +=
        moe.expertBytes ?? 0
    }
    guard plan.nodeSizes.count > 1 else { return }
    let records = moe.coactivation.filter { record in
      record.scenario.map(scenarios.contains) ?? true
    }
    var (own, contiguous, tokens) = (0.0, 0.0, 0.0)
    let blocks = contiguousShares(moe)
    for record in records where record.layer < plan.layers.count {
      let shares = nodeShares(of: record.layer, moe)
      for (experts, weight) in record.weightedSets {
        own += weight * distinctNodes(experts, shares)
        contiguous += weight * distinctNodes(experts, blocks)
        tokens += weight
      }
    }
    if tokens > 0 {
      result.nodesPerToken = own / tokens
      result.contiguousNodesPerToken = contiguous / tokens
    }
  }

  /// The share of each expert's tokens that each node takes, `[expert][node]`.
  private func nodeShares(of layer: Int, _ moe: MixtureOfExperts) -> [[Double]] {
    let placed = plan.layers[layer]
    var shares = [[Double]](
      repeating: Array(repeating: 0, count: plan.nodeSizes.count), count: moe.experts)
    var replicas = [Int](repeating: 0, count: moe.experts)
    for expert in placed.devices.joined() { replicas[expert] += 1 }
    for (device, list) in placed.devices.enumerated() {
      for expert in list { shares[expert][nodes[device]] += 1 / Double(replicas[expert]) }
    }
    return shares
  }

  /// The same for one replica of each expert in blocks as large as the nodes.
  private func contiguousShares(_ moe: MixtureOfExperts) -> [[Double]] {
    let devices = nodes.count
    return (0..<moe.experts).map { expert in
      var row = [Double](repeating: 0, count: plan.nodeSizes.count)
      row[nodes[expert * devices / moe.experts]] = 1
      return row
    }
  }

  /// How many nodes the tokens of some experts reach on average.
  private func distinctNodes(_ experts: [Int], _ shares: [[Double]]) -> Double {
    (0..<plan.nodeSizes.count).reduce(0.0) { sum, node in
      sum + 1 - experts.reduce(1.0) { $0 * max(0, 1 - shares[$1][node]) }
    }
  }
}

extension Coactivation {
  /// The sets of experts with the tokens that visit them.
  fileprivate var weightedSets: [([Int], Double)] {
    tokens.isEmpty ? pairs.map { ([$0.first, $0.second], $0.tokens) } : tokens.map { ($0, 1) }
  }
}
