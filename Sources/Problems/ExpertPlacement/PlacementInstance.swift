import Plans
public import Profiles

/// A profile's routed experts as numbers, with what the user chose.
public struct PlacementInstance: Sendable {
  /// The section of the profile.
  public let moe: MixtureOfExperts
  /// What the user chose.
  public let settings: PlacementSettings
  /// The room of each device, no more than its memory holds.
  public let slots: [Int]
  /// The scenarios to plan on.
  public let scenarios: [LoadScenario]
  /// The tokens of a batch for the objective of activated experts.
  public let batchTokens: Int?
  /// Whether the experts of a group must share a node.
  public let keepsGroups: Bool
  /// The loads to plan on, `[scenario][layer][expert]`.
  private let loads: [[[Double]]]

  /// The most places that an expert of a layer may be at: experts times devices.
  static let maximumPlaces = 1 << 24

  /// Prepares a valid profile.
  public init(
    of profile: Profile, settings: PlacementSettings
  ) throws(PlacementError) {
    guard let moe = profile.moe else {
      throw .missing(
        place: "moe",
        remedy: "collect the load of experts with planner collect moe-load, or add the section")
    }
    guard !moe.nodeSizes.isEmpty else {
      throw .missing(place: "moe.devices", remedy: "add it, or give --devices")
    }
    let scenarios = try Self.chosenScenarios(of: moe, settings)
    self.moe = moe
    self.settings = settings
    self.scenarios = scenarios
    let slots = try Self.room(of: moe, device: profile.device)
    self.slots = slots
    let room = slots.reduce(0) { $0 + min($1, moe.experts) }
    if room < moe.experts {
      throw .infeasible(
        problem: "the devices have room for \(room) of \(moe.experts) experts",
        remedy: "give more devices or slots, or more memory")
    }
    guard moe.experts * slots.count <= Self.maximumPlaces else {
      throw .invalid(
        option: "moe", problem: "\(moe.experts) experts on \(slots.count) devices are too many",
        remedy: "plan the nodes one by one")
    }
    if let redundancy = settings.redundancy, redundancy < 0 || moe.experts + redundancy > room {
      throw .invalid(
        option: "--redundancy",
        problem: "\(redundancy) redundant experts don't fit in \(room) slots",
        remedy: "give 0 to \(room - moe.experts)")
    }
    if settings.maximumMoves != nil, moe.placement.isEmpty {
      throw .missing(
        place: "moe.placement", remedy: "add the current placement, which --max-moves starts from")
    }
    try Self.checkSplit(settings)
    let isSplit = moe.groups > 1 && moe.nodeSizes.count > 1
    keepsGroups = settings.keepsGroups && isSplit && !settings.usesCoactivation
    if settings.usesCoactivation {
      if moe.nodeSizes.count < 2 {
        throw .missing(place: "moe.nodes", remedy: "add it, or give --nodes")
      }
      if moe.coactivation.isEmpty {
        throw .missing(
          place: "moe.coactivation",
          remedy: "add the experts that tokens visit, or plan without --coactivation")
      }
    }
    batchTokens = settings.batchTokens ?? moe.tokensPerDevice.map { $0 * slots.count }
    if settings.objective == .activated, batchTokens ?? 0 < 1 {
      throw .missing(
        place: "moe.tokens_per_device", remedy: "add it, or give --batch-tokens")
    }
    if settings.robustness == .average, scenarios.count > 1 {
      var sum = scenarios[0].load
      for scenario in scenarios.dropFirst() {
        for (layer, row) in scenario.load.enumerated() {
          for (expert, tokens) in row.enumerated() { sum[layer][expert] += tokens }
        }
      }
      loads = [sum]
    } else {
      loads = scenarios.map(\.load)
    }
  }

  private static func chosenScenarios(
    of moe: MixtureOfExperts, _ settings: PlacementSettings
  ) throws(PlacementError) -> [LoadScenario] {
    guard !moe.scenarios.isEmpty else {
      throw .missing(
        place: "moe.scenarios", remedy: "add the tokens that visited each expert")
    }
    if settings.scenarios.isEmpty { return moe.scenarios }
    var chosen: [LoadScenario] = []
    for name in settings.scenarios {
      guard let scenario = moe.scenarios.first(where: { $0.name == name }) else {
        throw .invalid(
          option: "--scenario", problem: "there is no scenario '\(name)'",
          remedy: "give some of \(moe.scenarios.map(\.name).joined(separator: ", "))")
      }
      if !chosen.contains(where: { $0.name == name }) { chosen.append(scenario) }
    }
    return chosen
  }

  /// The slots that the profile gives, or the memory, whichever is less.
  private static func room(
    of moe: MixtureOfExperts, device: Device?
  ) throws(PlacementError) -> [Int] {
    var fitting: Int?
    if let device, let bytes = moe.expertBytes {
      let (whole, overflow) = bytes.multipliedReportingOverflow(by: moe.layers)
      fitting = overflow ? 0 : device.defaultBudgetBytes / whole
    }
    if moe.slots.isEmpty {
      guard let fitting else {
        throw .missing(
          place: "moe.slots_per_device",
          remedy: "add it, or give --slots, or add expert_bytes and a device with its memory")
      }
      return Array(repeating: min(fitting, moe.experts), count: moe.devices ?? 0)
    }
    return moe.slots.map { min($0, fitting ?? $0) }
  }

  private static func checkSplit(_ settings: PlacementSettings) throws(PlacementError) {
    guard settings.split == .weighted else {
      if settings.strategies == [.wrapAround] || settings.strategies == [.integerProgram] {
        throw .invalid(
          option: "--strategy",
          problem: "\(settings.strategies[0].rawValue) gives shares, which equal split has none of",
          remedy: "give --split weighted too")
      }
      return
    }
    if settings.objective == .activated {
      throw .invalid(
        option: "--split",
        problem: "shares don't tell how many experts a batch wakes",
        remedy: "give --split equal or --objective tokens")
    }
  }

  /// The devices.
  public var devices: Int { slots.count }

  /// The free slots beyond one for each expert.
  public var mostRedundancy: Int {
    slots.reduce(0) { $0 + min($1, moe.experts) } - moe.experts
  }

  /// Returns one layer as a problem.
  ///
  /// - Parameters:
  ///   - layer: The position of the layer.
  ///   - redundancy: The most replicas beyond one for each expert; nil for all slots.
  ///   - moveLimit: The most replicas that come to a device which lacks them.
  public func problem(layer: Int, redundancy: Int? = nil, moveLimit: Int? = nil) -> LayerProblem {
    var problem = problem(loads.map { $0[layer] }, robustness, redundancy: redundancy)
    if !moe.placement.isEmpty {
      var current = [Bool](repeating: false, count: moe.experts * devices)
      for (device, list) in moe.placement[layer].enumerated() {
        for expert in list { current[expert * devices + device] = true }
      }
      problem.current = current
      problem.moveLimit = moveLimit
    }
    return problem
  }

  /// Returns one layer with each scenario by itself.
  func separate(layer: Int) -> LayerProblem {
    problem(scenarios.map { $0.load[layer] }, .worst, redundancy: nil)
  }

  /// How the loads to plan on become one value; one load needs nothing.
  private var robustness: Robustness { loads.count == 1 ? .worst : settings.robustness }

  private func problem(
    _ loads: [[Double]], _ robustness: Robustness, redundancy: Int?
  ) -> LayerProblem {
    let speeds = moe.deviceSpeeds
    let limit = redundancy.map { moe.experts + $0 }
    guard settings.objective == .activated, let batchTokens else {
      return LayerProblem(
        experts: moe.experts, slots: slots, speeds: speeds, nodeOfDevice: moe.nodeOfDevice,
        scenarios: loads.count, replicaLimit: limit, robustness: robustness
      ) { loads[$2][$0] / Double($1) }
    }
    let totals = loads.map { $0.reduce(0, +) / Double(moe.topK) }
    return LayerProblem(
      experts: moe.experts, slots: slots, speeds: speeds, nodeOfDevice: moe.nodeOfDevice,
      scenarios: loads.count, replicaLimit: limit, robustness: robustness
    ) { expert, replicas, scenario in
      guard totals[scenario] > 0 else { return 0 }
      let share = min(1, loads[scenario][expert] / totals[scenario] / Double(replicas))
      return Activation.probability(share: share, tokens: batchTokens)
    }
  }

  /// The current placement of a layer without second replicas on one device; nil if there is none.
  func current(layer: Int) -> Assignment? {
    moe.placement.isEmpty ? nil : LayerProblem.withoutDuplicates(moe.placement[layer])
  }
}
