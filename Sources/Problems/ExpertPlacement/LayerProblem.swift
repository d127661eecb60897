/// The experts of one layer, what each replica weighs, and the devices with their slots.
///
/// Weights are shares of the mean load of a device, for each scenario on its own: a value of 1 is
/// perfect balance. A device's load is divided by its speed, where 1 is the mean speed.
public struct LayerProblem: Sendable {
  /// The experts.
  public let experts: Int
  /// The room of each device.
  public let slots: [Int]
  /// One over the speed of each device; the mean speed is 1.
  public let slowness: [Double]
  /// The node of each device.
  public let nodeOfDevice: [Int]
  /// The scenarios.
  public let scenarios: Int
  /// The most replicas that one expert may have.
  public let maximumReplicas: Int
  /// The most replicas of all experts together.
  public let replicaLimit: Int
  /// What one of `r` replicas of expert `e` weighs in scenario `k`, at
  /// `(e * (maximumReplicas + 1) + r) * scenarios + k`; one entry more, all 0, stands for no expert.
  public let weights: [Double]
  /// Whether there are tokens in each scenario.
  private let hasTokens: [Bool]
  /// How scenarios become one value.
  public let robustness: Robustness
  /// The node that each expert must stay on; empty or -1 for any.
  public var home: [Int] = []
  /// Which experts each device holds today, at `expert * devices + device`; nil if nobody asks.
  public var current: [Bool]?
  /// The most replicas that may come to a device which lacks them; nil for no limit.
  public var moveLimit: Int?

  /// The devices.
  public var devices: Int { slots.count }

  /// Creates a problem.
  ///
  /// - Parameters:
  ///   - speeds: The relative speed of each device.
  ///   - nodeOfDevice: The node of each device.
  ///   - replicaLimit: The most replicas of one expert.
  ///   - scenarios: How many loads there are.
  ///   - robustness: How the loads become one value.
  ///   - experts: How many experts there are.
  ///   - slots: The room of each device.
  ///   - weight: What one of `r` replicas of an expert weighs in a scenario, called as
  ///     `weight(expert, r, scenario)`. It falls as `r` grows, and `r` times it doesn't.
  public init(
    experts: Int, slots: [Int], speeds: [Double] = [], nodeOfDevice: [Int] = [], scenarios: Int = 1,
    replicaLimit: Int? = nil, robustness: Robustness = .worst,
    weight: (_ expert: Int, _ replicas: Int, _ scenario: Int) -> Double
  ) {
    let devices = slots.count
    self.experts = experts
    self.slots = slots.map { min($0, experts) }
    let mean = speeds.isEmpty ? 1 : speeds.reduce(0, +) / Double(devices)
    slowness = (0..<devices).map { speeds.isEmpty ? 1 : mean / speeds[$0] }
    self.nodeOfDevice =
      nodeOfDevice.isEmpty ? Array(repeating: 0, count: devices) : nodeOfDevice
    self.scenarios = scenarios
    self.robustness = robustness
    let room = self.slots.reduce(0, +)
    let limit = max(experts, min(room, replicaLimit ?? room))
    self.replicaLimit = limit
    let replicas = max(1, min(devices, limit - experts + 1))
    maximumReplicas = replicas
    // Of several scenarios each is compared with its own mean.
    var means = [Double](repeating: 0, count: scenarios)
    for scenario in 0..<scenarios {
      for expert in 0..<experts { means[scenario] += weight(expert, 1, scenario) }
      means[scenario] /= Double(devices)
    }
    var weights = [Double](repeating: 0, count: (experts + 1) * (replicas + 1) * scenarios)
    for expert in 0..<experts {
      for count in 1...replicas {
        for scenario in 0..<scenarios where means[scenario] > 0 {
          weights[(expert * (replicas + 1) + count) * scenarios + scenario] =
            weight(expert, count, scenario) / means[scenario]
        }
      }
    }
    self.weights = weights
    hasTokens = means.map { $0 > 0 }
  }

  /// What one of `replicas` replicas of an expert weighs in a scenario.
  func weight(_ expert: Int, _ replicas: Int, _ scenario: Int) -> Double {
    weights[(expert * (maximumReplicas + 1) + replicas) * scenarios + scenario]
  }

  /// The largest weight over the scenarios.
  func largestWeight(_ expert: Int, _ replicas: Int) -> Double {
    var largest = 0.0
    for scenario in 0..<scenarios { largest = max(largest, weight(expert, replicas, scenario)) }
    return largest
  }

  /// Whether a scenario has no tokens at all; its value is 1 then.
  func isEmpty(_ scenario: Int) -> Bool { !hasTokens[scenario] }

  /// Whether an expert may be on a device.
  func allows(_ expert: Int, on device: Int) -> Bool {
    expert >= home.count || home[expert] < 0 || home[expert] == nodeOfDevice[device]
  }

  /// Returns the value of an assignment under equal split: the largest load of a device over the
  /// mean, for the scenarios as `robustness` says.
  func value(of assignment: Assignment) -> Double {
    robustness.value(of: scenarioValues(of: assignment))
  }

  /// Returns the value of an assignment that may have an expert twice on a device.
  func valueWithDuplicates(_ assignment: Assignment) -> Double {
    let counts = assignment.replicaCounts(experts: experts)
    let values = (0..<scenarios).map { scenario in
      assignment.devices.enumerated().reduce(0.0) { largest, item in
        let load = item.element.reduce(0.0) {
          $0 + weight($1, 1, scenario) / Double(counts[$1])
        }
        return max(largest, load * slowness[item.offset])
      }
    }
    return robustness.value(of: values)
  }

  /// Returns the largest load over the mean in each scenario.
  func scenarioValues(of assignment: Assignment) -> [Double] {
    let counts = assignment.replicaCounts(experts: experts)
    var values = [Double](repeating: 0, count: scenarios)
    for (device, list) in assignment.devices.enumerated() {
      for scenario in 0..<scenarios {
        let load = list.reduce(0.0) { $0 + weight($1, counts[$1], scenario) }
        values[scenario] = max(values[scenario], load * slowness[device])
      }
    }
    for scenario in 0..<scenarios where isEmpty(scenario) { values[scenario] = 1 }
    return values
  }

  /// Returns how many replicas come to a device that lacks them.
  func moves(of assignment: Assignment) -> Int {
    guard let current else { return 0 }
    var moves = 0
    for (device, list) in assignment.devices.enumerated() {
      moves += list.count { !current[$0 * devices + device] }
    }
    return moves
  }
}

/// The experts on each device, without order.
public struct Assignment: Sendable, Hashable {
  /// The experts of each device.
  public var devices: [[Int]]

  /// Creates an assignment.
  public init(devices: [[Int]]) {
    self.devices = devices
  }

  /// Returns how many replicas each expert has.
  func replicaCounts(experts: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: experts)
    for list in devices {
      for expert in list { counts[expert] += 1 }
    }
    return counts
  }

  /// The same with the experts of each device ascending, which is how plans list them.
  var sorted: Assignment { Assignment(devices: devices.map { $0.sorted() }) }
}

extension LayerProblem {
  /// Whether an assignment satisfies every constraint.
  func accepts(_ assignment: Assignment) -> Bool {
    guard assignment.devices.count == devices else { return false }
    var total = 0
    for (device, list) in assignment.devices.enumerated() {
      guard list.count <= slots[device], Set(list).count == list.count,
        list.allSatisfy({ allows($0, on: device) })
      else { return false }
      total += list.count
    }
    let counts = assignment.replicaCounts(experts: experts)
    guard total <= replicaLimit, counts.allSatisfy({ 1...maximumReplicas ~= $0 }) else {
      return false
    }
    return moveLimit.map { moves(of: assignment) <= $0 } ?? true
  }
}
