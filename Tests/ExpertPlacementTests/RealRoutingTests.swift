import CBC
import Collectors
import ExpertPlacement
import Foundation
import Plans
import Profiles
import Reports
import Simulation
import Testing

/// Loads of published models, where the environment variable PLANNER_SAMPLES names a folder that holds
/// moe/deepseek_v2_lite_expert_load.json and moe/deepseek_v2_lite_tokens.csv.gz.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] != nil,
    "PLANNER_SAMPLES names no folder with moe/*"))
struct RealRoutingTests {
  static func file(_ name: String) throws -> SourceFile {
    let folder = ProcessInfo.processInfo.environment["PLANNER_SAMPLES"] ?? ""
    let bytes = Array(try Data(contentsOf: URL(filePath: "\(folder)/moe/\(name)")))
    return SourceFile(name: name, bytes: try InputFile.content(of: bytes))
  }

  static func profile(devices: Int, slots: Int, nodes: Int = 1, tokens: Bool = false) throws
    -> Profile
  {
    let name = tokens ? "deepseek_v2_lite_tokens.csv.gz" : "deepseek_v2_lite_expert_load.json"
    let collector = MoELoadCollector(topK: 6, splitsTokens: tokens)
    var profile = try collector.collect([file(name)])
    profile.moe?.nodeSizes = Array(repeating: devices / nodes, count: nodes)
    profile.moe?.slots = Array(repeating: slots, count: devices)
    #expect(profile.validate() == [])
    return profile
  }

  @Test(
    "twelve layers are balanced, and none worse than EPLB's",
    arguments: [(8, 9, 1.0005), (32, 3, 1.01)])
  func balance(devices: Int, slots: Int, limit: Double) throws {
    var (sum, count) = (0.0, 0.0)
    var profile = try Self.profile(devices: devices, slots: slots)
    // Three layers of each domain, and few proposals: this runs without optimisation.
    profile.moe?.layerNumbers = [0, 1, 2]
    for index in profile.moe?.scenarios.indices ?? 0..<0 {
      let load = profile.moe?.scenarios[index].load ?? []
      profile.moe?.scenarios[index].batches = [[load[1], load[5], load[9]]]
    }
    for domain in ["intent", "law", "summary", "translation"] {
      let plan = try PlacementTests.plan(profile) {
        $0.scenarios = [domain]
        $0.iterationLimit = 200_000
      }
      let loads = try #require(profile.moe?.scenarios.first { $0.name == domain }?.load)
      for (index, layer) in plan.layers.enumerated() {
        let value = try #require(layer.value)
        let eplb = try #require(
          EPLB(experts: 64, devices: devices, nodes: 1, groups: 1, replicas: devices * slots))
        let other = PlacementEnumeration.value(eplb.place(loads[index]), load: loads[index])
        #expect(value <= other + 1e-6)
        sum += value
        count += 1
      }
    }
    #expect(sum / count <= limit)
  }

  @Test(
    "a plan for the worst domain holds on tokens that it hasn't seen",
    arguments: [(8, 9, 1.09), (32, 3, 1.33)])
  func robust(devices: Int, slots: Int, limit: Double) throws {
    let profile = try Self.profile(devices: devices, slots: slots, tokens: true)
    let names = try #require(profile.moe?.scenarios.map(\.name))
    let plan = try PlacementTests.plan(profile) {
      $0.scenarios = names.filter { $0.hasSuffix("/even") }
      $0.robustness = .worst
      $0.iterationLimit = 100_000
    }
    let odd = names.filter { $0.hasSuffix("/odd") }
    let result = PlacementReplay(plan, on: profile, scenarios: odd).run()
    for layer in plan.layers.indices {
      #expect(result.scenarios.allSatisfy { $0.layers[layer] <= limit })
    }
  }

  @Test("few moves mend a placement made for another domain")
  func moves() throws {
    var profile = try Self.profile(devices: 8, slots: 9)
    profile.moe?.layerNumbers = [0, 1]
    for index in profile.moe?.scenarios.indices ?? 0..<0 {
      let load = profile.moe?.scenarios[index].load ?? []
      profile.moe?.scenarios[index].batches = [[load[3], load[8]]]
    }
    let old = try PlacementTests.plan(profile) {
      $0.scenarios = ["law"]
      $0.strategies = [.eplb]
    }
    profile.moe?.placement = old.layers.map(\.devices)
    let plan = try PlacementTests.plan(profile) {
      $0.scenarios = ["summary"]
      $0.maximumMoves = 16
      $0.iterationLimit = 100_000
    }
    let curve = Dictionary(uniqueKeysWithValues: plan.curve.map { ($0.limit, $0.value) })
    #expect(try #require(curve[8]) <= 1.035)
    #expect(try #require(curve[16]) <= 1.003)
  }

  @Test(
    "tokens visit fewer nodes than with contiguous experts, on rows that the plan hasn't seen",
    arguments: [4])
  func coactivation(nodes: Int) throws {
    let profile = try Self.profile(devices: nodes, slots: 64 / nodes, nodes: nodes, tokens: true)
    let plan = try PlacementTests.plan(profile) {
      $0.scenarios = ["intent/even"]
      $0.usesCoactivation = true
      $0.iterationLimit = 60_000
    }
    let result = PlacementReplay(plan, on: profile, scenarios: ["intent/odd"]).run()
    let own = try #require(result.nodesPerToken)
    #expect(own <= 0.85 * (try #require(result.contiguousNodesPerToken)))
  }

  @Test(
    "the integer program proves perfect balance",
    arguments: [(8, 9, false), (16, 5, false), (8, 10, true)])
  func integerProgram(devices: Int, slots: Int, isRobust: Bool) throws {
    var profile = try Self.profile(devices: devices, slots: slots)
    let loads = try #require(profile.moe?.scenarios)
    profile.moe?.layerNumbers = [5]
    profile.moe?.scenarios = (isRobust ? loads : [loads[0]]).map {
      LoadScenario(name: $0.name, load: [$0.load[5]])
    }
    let plan = try PlacementTests.plan(profile) {
      $0.split = .weighted
      $0.robustness = .worst
      $0.strategies = [.search, .integerProgram]
      $0.iterationLimit = PlacementSettings().iterationLimit
      $0.nodeLimit = 5_000
    }
    let entry = try #require(plan.search.first { $0.name == "integer-program" })
    #expect(entry.termination == "optimal")
    #expect(abs(try #require(plan.prediction?.value) - 1) < 1e-6)
    #expect(PlacementReport(plan, profile: profile).isPredictionExact)
  }
}
