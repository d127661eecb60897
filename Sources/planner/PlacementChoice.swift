public import ArgumentParser
import ExpertPlacement
import Foundation
public import Plans
import Profiles

/// The devices that experts are placed on, where they differ from the profile's.
struct PlacementCluster: ParsableArguments {
  @Option(help: "The devices. Default: the profile's.")
  var devices: Int?

  @Option(help: "The nodes: a number, or the devices of each as 8,4,4. Default: the profile's.")
  var nodes: ListArgument?

  @Option(
    help: "Experts that a device has room for in each layer: one number, or one for each as 9,9,8.")
  var slots: ListArgument?

  func validate() throws {
    let most = 1 << 14
    if let devices, !(1...most).contains(devices) {
      throw ValidationError("--devices takes 1 to \(most)")
    }
    for (name, list) in [("--nodes", nodes), ("--slots", slots)] {
      if let list, list.numbers.contains(where: { !(1...most).contains($0) }) {
        throw ValidationError("\(name) takes numbers from 1 to \(most)")
      }
    }
  }

  /// Returns the profile with the devices that were asked for.
  func applied(to loaded: Inputs.LoadedProfile) throws -> Profile {
    var profile = loaded.profile
    guard var moe = profile.moe, devices != nil || nodes != nil || slots != nil else {
      return profile
    }
    var count = devices ?? moe.devices
    if let nodes, nodes.numbers.count > 1 {
      moe.nodeSizes = nodes.numbers
      count = nodes.numbers.reduce(0, +)
    } else if let slots, slots.numbers.count > 1, devices == nil, nodes == nil {
      count = slots.numbers.count
      if moe.devices != count { moe.nodeSizes = [slots.numbers.count] }
    }
    guard let count else {
      throw CommandFailure(.badInput, "\(loaded.path): moe.devices: absent; give --devices")
    }
    if let nodes, nodes.numbers.count == 1 {
      let number = nodes.numbers[0]
      guard count % number == 0 else {
        throw CommandFailure(
          .badInput,
          "--nodes: \(number) nodes don't divide \(count) devices; list the devices of each as 8,4,4"
        )
      }
      moe.nodeSizes = Array(repeating: count / number, count: number)
    } else if nodes == nil, moe.devices != count {
      moe.nodeSizes = [count]
    }
    if let slots {
      moe.slots =
        slots.numbers.count == 1
        ? Array(repeating: slots.numbers[0], count: count) : slots.numbers
    } else if moe.slots.count != count {
      moe.slots = []
    }
    // Speeds and the current placement are those of the profile's own devices.
    if moe.deviceSpeeds.count != count { moe.deviceSpeeds = [] }
    if moe.placement.first?.count != count { moe.placement = [] }
    profile.moe = moe
    let faults = profile.validate()
    guard faults.isEmpty else {
      throw CommandFailure(
        .badInput,
        faults.map { "\(loaded.path): with these options: \($0)" }.joined(separator: "\n"))
    }
    return profile
  }
}

/// What is balanced, and how.
struct PlacementChoice: ParsableArguments {
  @Option(help: "The scenarios to plan on or to replay, as chat,code. Default: all.")
  var scenario: String = ""

  @Option(help: "tokens (prefill), or activated: the experts that a batch wakes (decode).")
  var objective: ExpertPlacementPlan.Objective = .tokens

  @Option(help: "How replicas share tokens out: equal, or weighted by shares in the plan.")
  var split: ExpertPlacementPlan.Split = .equal

  @Option(
    help:
      "Several scenarios: worst, or cvar:0.5 for the mean of the worse half. Default: their sum.")
  var robust: RobustArgument?

  @Option(help: "Copy at most this many replicas of each layer from the current placement.")
  var maxMoves: Int?

  @Option(help: "Use at most this many replicas beyond one for each expert.")
  var redundancy: Int?

  @Option(
    help: "Find the fewest redundant experts whose mean imbalance is at most this, as 1.01.",
    transform: DecimalArgument.value)
  var targetImbalance: Double?

  @Flag(help: "Put experts that tokens visit together on one node.")
  var coactivation = false

  @Option(
    help: "With --coactivation: how far a node's load may exceed the mean, as 1.02.",
    transform: DecimalArgument.value)
  var nodeLoadLimit = 1.02

  @Flag(help: "Let the experts of a group be on several nodes.")
  var freeGroups = false

  @Option(help: "With --objective activated: the tokens of a batch. Default: the profile's.")
  var batchTokens: Int?

  @Option(help: "The strategies to try, as eplb,search. Default: all.")
  var strategy: StrategyListArgument?

  @Option(help: "Where the random search begins.")
  var seed: UInt64 = 1

  func validate() throws {
    if let maxMoves, maxMoves < 0 { throw ValidationError("--max-moves takes 0 or more") }
    if let redundancy, redundancy < 0 { throw ValidationError("--redundancy takes 0 or more") }
    if let targetImbalance, !(1...1e6).contains(targetImbalance) {
      throw ValidationError("--target-imbalance takes a number from 1")
    }
    if !(1...1e6).contains(nodeLoadLimit) {
      throw ValidationError("--node-load-limit takes a number from 1")
    }
    if let batchTokens, !(1...1 << 40).contains(batchTokens) {
      throw ValidationError("--batch-tokens takes 1 or more")
    }
  }

  /// The scenarios by name.
  var scenarioNames: [String] {
    scenario.split(separator: ",").map { String($0).trimmingCharacters(in: .whitespaces) }
  }

  /// The options that only making a plan has a use for, and whether they differ from their defaults.
  var planningOptions: [(name: String, isGiven: Bool)] {
    [
      ("--objective", objective != .tokens), ("--split", split != .equal),
      ("--robust", robust != nil), ("--max-moves", maxMoves != nil),
      ("--redundancy", redundancy != nil), ("--target-imbalance", targetImbalance != nil),
      ("--coactivation", coactivation), ("--node-load-limit", nodeLoadLimit != 1.02),
      ("--free-groups", freeGroups), ("--batch-tokens", batchTokens != nil),
      ("--strategy", strategy != nil), ("--seed", seed != 1),
    ]
  }

  /// The choice as the planner takes it.
  func settings() throws -> PlacementSettings {
    var settings = PlacementSettings()
    settings.scenarios = scenarioNames
    settings.objective = objective
    settings.split = split
    settings.robustness = robust?.value ?? .average
    settings.maximumMoves = maxMoves
    settings.redundancy = redundancy
    settings.targetImbalance = targetImbalance
    settings.usesCoactivation = coactivation
    settings.coactivationLoadLimit = nodeLoadLimit
    settings.keepsGroups = !freeGroups
    settings.batchTokens = batchTokens
    settings.strategies = strategy?.strategies ?? []
    settings.seed = seed
    return settings
  }
}

extension ExpertPlacementPlan.Objective: ExpressibleByArgument {}
extension ExpertPlacementPlan.Split: ExpressibleByArgument {}

/// Whole numbers as users type them: `9` or `9,9,8`.
struct ListArgument: ExpressibleByArgument, Hashable, Sendable {
  let numbers: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, parts.count <= 1 << 14 else { return nil }
    self.numbers = numbers
  }
}

/// A way to make one value of several scenarios: `worst`, `average` or `cvar:0.5`.
struct RobustArgument: ExpressibleByArgument, Hashable, Sendable {
  let value: Robustness

  init?(argument: String) {
    guard let level = ExpertPlacementPlan.level(ofRobustness: argument) else { return nil }
    switch argument {
    case "average": value = .average
    case "worst": value = .worst
    default: value = .conditional(level)
    }
  }
}

/// Strategies as users type them: `eplb,search`.
struct StrategyListArgument: ExpressibleByArgument, Hashable, Sendable {
  let strategies: [PlacementStrategy]

  init?(argument: String) {
    let parts = argument.split(separator: ",").map(String.init)
    let strategies = parts.compactMap(PlacementStrategy.init)
    guard strategies.count == parts.count, !parts.isEmpty else { return nil }
    self.strategies = strategies
  }

  static var allValueStrings: [String] { PlacementStrategy.allCases.map(\.rawValue) }
}
