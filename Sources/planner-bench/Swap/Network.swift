import Profiles
import Simulation
import Swap

/// One of the networks with a budget.
struct Network {
  let name: String
  /// The share of the unconstrained peak.
  let percent: Int

  static let all = [
    Network(name: "squeezenet", percent: 50), Network(name: "resnet50", percent: 50),
    Network(name: "vgg19", percent: 70), Network(name: "densenet121", percent: 70),
  ]

  /// What is measured in a run.
  static func chosen(_ setting: Setting) -> [Network] {
    setting.isQuick ? [all[0], all[2]] : all
  }

  /// What tables call it.
  var title: String { "\(name) at \(percent) %" }

  func path(_ setting: Setting) -> String {
    "\(setting.networks)/\(name).profile.json.gz"
  }

  func profile(_ setting: Setting) throws -> Profile {
    try ProfileFile.load(path(setting)).profile
  }

  func problem(_ setting: Setting) throws -> SwapProblem {
    let profile = try profile(setting)
    let demand = MemoryDemand(of: profile, storages: Storages(of: profile))
    let budget = demand.unconstrainedPeak.bytes * percent / 100
    return try SwapProblem(profile: profile, budgetBytes: budget)
  }
}
