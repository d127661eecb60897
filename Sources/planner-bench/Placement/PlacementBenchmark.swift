import ExpertPlacement
import Foundation
import Plans
import Profiles
import Simulation

/// Placing experts: the search against EPLB's published algorithm, on loads as skewed as those of
/// trained models (lognormal with a deviation of 0.8).
struct PlacementBenchmark: Benchmark {
  let title = "placement"
  var subjects: [String] { ["64 on 8x9", "64 on 16x5", "64 on 32x3", "256 on 32x9"] }

  func run(_ setting: Setting, print: (Line) -> Void) throws {
    let shapes = [(64, 12, 8, 9), (64, 12, 16, 5), (64, 12, 32, 3), (256, 58, 32, 9)]
    for (name, shape) in zip(subjects, shapes) where setting.includes(name, of: self) {
      let (experts, layers, devices, slots) = shape
      let profile = Self.profile(experts: experts, layers: layers, devices: devices, slots: slots)
      let own = try place(profile, [.eplb, .search], setting)
      let eplb = try place(profile, [.eplb], setting)
      print(
        Line(
          subject: "\(name), balance", first: "search", second: "EPLB", unit: .imbalance,
          firstValues: [own.value], secondValues: [eplb.value], note: "\(layers) layers"))
      print(
        Line(
          subject: "\(name), planning", first: "search", second: "EPLB", unit: .seconds,
          firstValues: own.seconds, secondValues: eplb.seconds))
    }
  }

  private func place(
    _ profile: Profile, _ strategies: [PlacementStrategy], _ setting: Setting
  ) throws -> (value: Double, seconds: [Double]) {
    var settings = PlacementSettings()
    settings.strategies = strategies
    let planner = try ExpertPlacementPlanner(profile: profile, settings: settings)
    var seconds: [Double] = []
    var value = Double.nan
    for _ in 0..<setting.longRounds {
      var answer: ExpertPlacementAnswer?
      seconds.append(try Contest.once { answer = try planner.plan() })
      guard case .plan(let plan)? = answer else { continue }
      value = PlacementReplay(plan, on: profile).run().value
    }
    return (value, seconds)
  }

  private static func profile(experts: Int, layers: Int, devices: Int, slots: Int) -> Profile {
    var state: UInt64 = 7
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 11) + 0.5) * 0x1p-53
    }
    let load = (0..<layers).map { _ in
      (0..<experts).map { _ -> Double in
        let normal = (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform())
        return (1000 * exp(0.8 * normal)).rounded()
      }
    }
    let moe = MixtureOfExperts(
      experts: experts, topK: 1, layerNumbers: Array(0..<layers), nodeSizes: [devices],
      slots: Array(repeating: slots, count: devices),
      scenarios: [LoadScenario(name: "drawn", load: load)])
    return Profile(name: "drawn", tensors: [], operators: [], moe: moe)
  }
}
