import ExpertPlacement
import Foundation
import Plans
import Profiles
import Reports
import Simulation
import TestSupport
import Testing

/// Moves, redundancy, groups, co-activation, robustness, and exports.
@Suite struct OptionTests {
  /// A profile whose current placement was made for another load.
  static func stale(seed: UInt64, experts: Int = 16, devices: Int = 4) throws -> Profile {
    var profile = Layers.profile(
      seed: seed, experts: experts, layers: 2, devices: devices, expertBytes: 1000)
    let old = Layers.profile(seed: seed + 1000, experts: experts, layers: 2, devices: devices)
    profile.moe?.placement = try PlacementTests.plan(old).layers.map(\.devices)
    return profile
  }

  @Test(
    "moves stay within their budget, are replayed, and more of them are never worse",
    arguments: UInt64(0)..<4)
  func moves(seed: UInt64) throws {
    let profile = try Self.stale(seed: seed)
    let plan = try PlacementTests.plan(profile) { $0.maximumMoves = 6 }
    let report = PlacementReport(plan, profile: profile)
    #expect(report.result.faults == [] && report.isPredictionExact)
    for layer in plan.layers {
      #expect(plan.moves.count { $0.layer == layer.number } <= 6)
    }
    #expect(report.result.bytesByLink.values.reduce(0, +) == 1000 * plan.moves.count)
    #expect(plan.curve.map(\.limit) == [0, 1, 2, 4, 6])
    for (first, second) in zip(plan.curve, plan.curve.dropFirst()) {
      #expect(second.value <= first.value + 1e-9)
    }
  }

  /// Three experts that have to drop replicas or to move.
  private static func crowded(slots: [Int], placement: [[Int]]) -> Profile {
    let moe = MixtureOfExperts(
      experts: 3, topK: 1, layerNumbers: [0], nodeSizes: [slots.count], slots: slots,
      scenarios: [LoadScenario(name: "all", load: [[0, 100, 0]])], placement: [placement])
    return Profile(name: "crowded", tensors: [], operators: [], moe: moe)
  }

  @Test("replicas that find no slot are dropped without a move")
  func droppedReplicas() throws {
    let profile = Self.crowded(slots: [0, 3, 2], placement: [[0, 1, 2], [1], [0, 2]])
    let plan = try PlacementTests.plan(profile) { $0.maximumMoves = 0 }
    #expect(plan.layers[0].devices == [[], [1], [0, 2]] && plan.moves.isEmpty)
    #expect(PlacementReport(plan, profile: profile).result.faults == [])
  }

  @Test("points of the curve with too few moves are left out, and too few are proven so")
  func neededMoves() throws {
    // Device 0 has one slot for the only replicas of three experts: two must move.
    let profile = Self.crowded(slots: [1, 2], placement: [[0, 1, 2], []])
    let plan = try PlacementTests.plan(profile) { $0.maximumMoves = 3 }
    #expect(plan.curve.map(\.limit) == [2, 3])
    #expect(throws: ExpertPlacementFailure.self) {
      try PlacementTests.plan(profile) { $0.maximumMoves = 1 }
    }
    do {
      _ = try PlacementTests.plan(profile) { $0.maximumMoves = 1 }
    } catch ExpertPlacementFailure.placement(let error) {
      guard case .infeasible(_, "allow 2 moves or more") = error else { throw error }
    }
  }

  @Test("the fewest moves are those that trying every placement finds", arguments: UInt64(0)..<40)
  func fewestMoves(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let slots = (0..<3).map { _ in Int.random(in: 0...3, using: &random) }
    guard slots.reduce(0, +) >= 4 else { return }
    var profile = Layers.profile(seed: seed, experts: 4, devices: 3, slots: slots)
    let current = (0..<3).map { _ in (0..<4).filter { _ in Bool.random(using: &random) } }
    profile.moe?.placement = [current]
    var fewest = Int.max
    PlacementEnumeration.all(experts: 4, slots: slots) { devices in
      let moves = zip(devices, current).map { list, old in list.count { !old.contains($0) } }
      fewest = min(fewest, moves.reduce(0, +))
    }
    let plan = try PlacementTests.plan(profile) { $0.maximumMoves = fewest }
    #expect(PlacementReport(plan, profile: profile).result.faults == [])
    guard fewest > 0 else { return }
    #expect(throws: ExpertPlacementFailure.self) {
      try PlacementTests.plan(profile) { $0.maximumMoves = fewest - 1 }
    }
  }

  @Test("a move that nothing needs, or whose sender lacks the expert, is found by the replay")
  func wrongMoves() throws {
    let profile = try Self.stale(seed: 3)
    var plan = try PlacementTests.plan(profile) { $0.maximumMoves = 4 }
    try #require(!plan.moves.isEmpty)
    let move = plan.moves[0]
    plan.moves[0].from = move.to
    #expect(!PlacementReplay(plan, on: profile).run().isValid)
    plan.moves[0] = move
    plan.moves.append(move)
    #expect(!PlacementReplay(plan, on: profile).run().isValid)
    plan.moves = []
    #expect(!PlacementReplay(plan, on: profile).run().isValid)
  }

  @Test(
    "the fewest redundant experts reach the target, and one less doesn't",
    arguments: UInt64(0)..<6)
  func redundancy(seed: UInt64) throws {
    let profile = Layers.profile(
      seed: seed, experts: 12, devices: 4, slots: Array(repeating: 5, count: 4))
    let plan = try PlacementTests.plan(profile) { $0.targetImbalance = 1.1 }
    let reached = try #require(plan.prediction?.value)
    #expect(reached <= 1.1)
    let used = plan.redundancy(experts: 12)
    let points = Dictionary(uniqueKeysWithValues: plan.curve.map { ($0.limit, $0.value) })
    let chosen = try #require(points.filter { $0.value <= 1.1 }.keys.min())
    #expect(used <= chosen)
    if chosen > 0 { #expect(try #require(points[chosen - 1]) > 1.1) }
  }

  @Test("a target that waterfilling rules out is proven out of reach")
  func unreachable() throws {
    var profile = Layers.profile(seed: 1, experts: 4, devices: 4, slots: [1, 1, 1, 1])
    profile.moe?.scenarios = [LoadScenario(name: "s0", load: [[90, 1, 1, 1]])]
    var settings = PlacementSettings()
    settings.targetImbalance = 1.5
    let answer = try ExpertPlacementPlanner(profile: profile, settings: settings).plan()
    guard case .targetMissed(_, let value, let bound) = answer else {
      Issue.record("a plan was found")
      return
    }
    #expect(bound > 1.5 && value >= bound)
  }

  @Test("groups stay on one node, and the bound tells what that costs", arguments: UInt64(0)..<10)
  func groups(seed: UInt64) throws {
    let profile = Layers.profile(
      seed: seed, experts: 16, layers: 2, devices: 4, slots: Array(repeating: 5, count: 4),
      nodes: 2, groups: 4)
    let kept = try PlacementTests.plan(profile)
    let report = PlacementReport(kept, profile: profile)
    #expect(kept.keepsGroups && report.result.faults == [])
    let free = try PlacementTests.plan(profile) { $0.keepsGroups = false }
    let (one, other) = (try #require(kept.prediction?.value), try #require(free.prediction?.value))
    #expect(other <= one + 2e-3)
    // Moving one expert to the other node breaks the group.
    var broken = kept
    let expert = broken.layers[0].devices[0][0]
    broken.layers[0].devices[0].removeFirst()
    broken.layers[0].devices[3].removeLast()
    broken.layers[0].devices[3].append(expert)
    #expect(!PlacementReplay(broken, on: profile).run().isValid)
  }

  @Test("experts that tokens visit together come to one node, within the limit of load")
  func coactivation() throws {
    var random = SeededGenerator(seed: 5)
    // Experts 0, 2, 4 … are visited together, and 1, 3, 5 …: contiguous blocks are the worst.
    let tokens = (0..<400).map { _ -> [Int] in
      let half = Int.random(in: 0..<2, using: &random)
      return [0, 2, 4, 6, 8, 10, 12, 14].map { $0 + half }.shuffled(using: &random).prefix(3)
        .sorted()
    }
    var load = [Double](repeating: 0, count: 16)
    for expert in tokens.joined() { load[expert] += 1 }
    var profile = Layers.profile(
      seed: 0, experts: 16, devices: 4, slots: Array(repeating: 4, count: 4), nodes: 2)
    profile.moe?.topK = 3
    profile.moe?.scenarios = [LoadScenario(name: "s0", load: [load])]
    profile.moe?.coactivation = [Coactivation(layer: 0, scenario: "s0", tokens: tokens)]
    let plan = try PlacementTests.plan(profile) { $0.usesCoactivation = true }
    let report = PlacementReport(plan, profile: profile)
    #expect(report.result.faults == [] && report.isPredictionExact)
    #expect(abs(try #require(report.result.nodesPerToken) - 1) < 1e-9)
    #expect(try #require(report.result.contiguousNodesPerToken) > 1.5)
    #expect(plan.prediction?.nodesPerToken == report.result.nodesPerToken)
    // The same from pairs alone.
    var pairs: [Coactivation.Pair] = []
    for first in 0..<16 {
      for second in (first + 1)..<16 {
        let count = tokens.count { $0.contains(first) && $0.contains(second) }
        if count > 0 {
          pairs.append(Coactivation.Pair(first: first, second: second, tokens: Double(count)))
        }
      }
    }
    profile.moe?.coactivation = [Coactivation(layer: 0, pairs: pairs)]
    let other = try PlacementTests.plan(profile) { $0.usesCoactivation = true }
    #expect(try #require(other.prediction?.nodesPerToken) == 1)
  }

  @Test("the worst scenario is no worse than with the plan for the sum", arguments: UInt64(0)..<10)
  func robust(seed: UInt64) throws {
    let profile = Layers.profile(seed: seed, experts: 16, devices: 4, scenarios: 3)
    let robust = try PlacementTests.plan(profile) { $0.robustness = .worst }
    let average = try PlacementTests.plan(profile)
    let worst = try #require(robust.prediction?.scenarioValues.max())
    #expect(worst <= (average.prediction?.scenarioValues.max() ?? 0) + 1e-9)
    let tail = try PlacementTests.plan(profile) { $0.robustness = .conditional(0.5) }
    let value = try #require(tail.prediction?.value)
    #expect(value <= (tail.prediction?.scenarioValues.max() ?? 0) + 1e-9)
  }

  @Test("a plan on one load is replayed on another")
  func heldOut() throws {
    let profile = Layers.profile(seed: 8, experts: 16, devices: 4, scenarios: 2)
    let plan = try PlacementTests.plan(profile) { $0.scenarios = ["s0"] }
    let report = PlacementReport(plan, profile: profile, scenarios: ["s1"])
    #expect(report.isHeldOut && report.result.isValid)
    #expect(report.result.scenarios.map(\.name) == ["s1"])
    #expect(report.result.value > (plan.prediction?.value ?? 0))
    let band = try #require(report.result.scenarios[0].band)
    #expect(band.lowerBound <= band.upperBound)
  }

  @Test("exports hold every expert in as many slots as there are")
  func exports() throws {
    let profile = Layers.profile(
      seed: 2, experts: 8, layers: 2, devices: 2, slots: [5, 5])
    let plan = try PlacementTests.plan(profile)
    let sglang = try PlacementExport(plan, as: .sglang, profile: profile)
    let tree = try JSONSerialization.jsonObject(with: Data(sglang.text.utf8)) as? [String: Any]
    let map = try #require(tree?["physical_to_logical_map"] as? [[Int]])
    #expect(map.count == 2)
    for row in map { #expect(row.count == 10 && Set(row) == Set(0..<8)) }
    let ascend = try PlacementExport(plan, as: .vllmAscend, profile: profile)
    let layers =
      (try JSONSerialization.jsonObject(with: Data(ascend.text.utf8)) as? [String: Any])?[
        "layer_list"] as? [[String: Any]]
    #expect(layers?.count == 2 && layers?[1]["layer_id"] as? Int == 1)
    let tensorRT = try PlacementExport(plan, as: .tensorRT, profile: profile)
    #expect(tensorRT.text.hasPrefix("num_slots: 10\ninitial_global_assignments:\n  0: ["))
    let uneven = Layers.profile(seed: 2, experts: 8, devices: 2, slots: [5, 4])
    let other = try PlacementTests.plan(uneven)
    #expect(throws: PlacementExport.Failure.self) {
      try PlacementExport(other, as: .sglang, profile: uneven)
    }
  }

  @Test("what is missing is told with its place and its remedy")
  func errors() throws {
    var settings = PlacementSettings()
    func expect(_ words: String, _ change: (inout Profile) -> Void) {
      var profile = Layers.profile(seed: 0)
      change(&profile)
      do {
        _ = try PlacementInstance(of: profile, settings: settings)
        Issue.record("no error tells: \(words)")
      } catch {
        #expect(error.description.contains(words))
      }
    }
    expect("moe: absent; ") { $0.moe = nil }
    expect("moe.devices: absent; ") { $0.moe?.nodeSizes = [] }
    expect("moe.slots_per_device: absent; ") { $0.moe?.slots = [] }
    expect("moe.scenarios: absent; ") { $0.moe?.scenarios = [] }
    expect("room for 3 of 6 experts") { $0.moe?.slots = [1, 1, 1] }
    settings.scenarios = ["night"]
    expect("there is no scenario 'night'") { _ in }
    settings.scenarios = []
    settings.maximumMoves = 2
    expect("moe.placement: absent; ") { _ in }
    settings.maximumMoves = nil
    settings.redundancy = 99
    expect("99 redundant experts don't fit") { _ in }
    settings.redundancy = nil
    settings.usesCoactivation = true
    expect("moe.nodes: absent; ") { _ in }
  }

  @Test("memory limits the slots, and slots follow from memory")
  func memory() throws {
    var profile = Layers.profile(seed: 0, experts: 6, layers: 2, devices: 3, expertBytes: 100)
    profile.device = Device(name: "toy", memoryBytes: 400)
    let instance = try PlacementInstance(of: profile, settings: PlacementSettings())
    #expect(instance.slots == [2, 2, 2])
    profile.moe?.slots = []
    #expect(
      try PlacementInstance(of: profile, settings: PlacementSettings()).slots == [2, 2, 2])
    profile.device?.memoryBytes = 399
    #expect(throws: PlacementError.self) {
      try PlacementInstance(of: profile, settings: PlacementSettings())
    }
  }

  @Test(
    "plans with faults are refused with the place",
    arguments: [
      ("\"cvar:2\"", "decisions.robustness"), ("[[9999999]", "decisions.layers[0]"),
    ])
  func brokenPlan(text: String, place: String) throws {
    let profile = Layers.profile(seed: 0, devices: 3)
    var plan = try PlacementTests.plan(profile)
    if text.hasPrefix("\"") {
      plan.robustness = "cvar:2"
    } else {
      plan.layers[0].devices = [[9_999_999]]
    }
    let bytes = plan.encoded()
    let error = #expect(throws: PlanError.self) {
      try ExpertPlacementPlan.read(bytes, name: "plan.json")
    }
    #expect(error?.description.contains(place) == true)
  }
}
