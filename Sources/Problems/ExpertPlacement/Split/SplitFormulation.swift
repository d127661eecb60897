public import Optimization

/// Placement with a fractional split of tokens as an integer program: `Models/Formulations/expert-placement.mod`.
///
/// Sets: experts `e`, devices `g`, scenarios `k`. Loads are shares of the mean device.
/// - `placed[e,g]`, binary: a replica of `e` is on `g`.
/// - `flow[e,g,k] ≥ 0`: the tokens of `e` that `g` takes.
/// - `largest[k]`: the largest load; `worst` or the tail's mean of them is minimised.
public struct SplitFormulation: Sendable {
  /// The layer.
  public let problem: LayerProblem
  /// The program.
  public let model: Model
  private let placed: [Variable?]
  private let flow: [Variable?]
  private let largest: [Variable]
  /// The variables of the tail's mean: threshold, and excess of each scenario.
  private let tail: (threshold: Variable, excess: [Variable])?

  /// Creates the program of a layer whose objective is tokens.
  ///
  /// - Parameters:
  ///   - problem: The layer to place.
  ///   - bound: What no placement can beat, for each scenario.
  ///   - assignment: Where replicas are; nil to decide it.
  public init(
    _ problem: LayerProblem, bound: Double = 1, placedAs assignment: Assignment? = nil
  ) {
    self.problem = problem
    let (experts, devices, scenarios) = (problem.experts, problem.devices, problem.scenarios)
    var model = Model(name: "expert-placement")
    var isOpen = [Bool](repeating: assignment == nil, count: experts * devices)
    for (device, list) in (assignment?.devices ?? []).enumerated() {
      for expert in list { isOpen[expert * devices + device] = true }
    }
    var placed = [Variable?](repeating: nil, count: experts * devices)
    var flow = [Variable?](repeating: nil, count: experts * devices * scenarios)
    for expert in 0..<experts {
      for device in 0..<devices
      where isOpen[expert * devices + device] && problem.allows(expert, on: device)
        && problem.slots[device] > 0
      {
        let place = expert * devices + device
        if assignment == nil { placed[place] = model.addBinary("placed[\(expert),\(device)]") }
        for scenario in 0..<scenarios {
          flow[place * scenarios + scenario] = model.addVariable(
            "flow[\(expert),\(device),\(scenario)]",
            in: 0...problem.weight(expert, 1, scenario))
        }
      }
    }
    let isSingle = scenarios == 1 || problem.robustness == .worst
    var objective = LinearExpression()
    var largest: [Variable] = []
    if isSingle {
      largest = [model.addVariable("largest", lower: bound, upper: .infinity)]
      objective.add(1, largest[0])
      tail = nil
    } else {
      var level = 0.0
      if case .conditional(let value) = problem.robustness { level = value }
      largest = (0..<scenarios).map {
        model.addVariable("largest[\($0)]", lower: 0, upper: .infinity)
      }
      let threshold = model.addVariable("threshold", lower: 0, upper: .infinity)
      let excess = (0..<scenarios).map {
        model.addVariable("excess[\($0)]", lower: 0, upper: .infinity)
      }
      objective.add(1, threshold)
      for scenario in 0..<scenarios {
        objective.add(1 / ((1 - level) * Double(scenarios)), excess[scenario])
        var row = LinearExpression()
        row.add(1, largest[scenario])
        row.add(-1, threshold)
        row.add(-1, excess[scenario])
        model.addRow("tail[\(scenario)]", row, atMost: 0)
      }
      tail = (threshold, excess)
    }
    model.setObjective(objective)
    self.placed = placed
    self.flow = flow
    self.largest = largest
    for scenario in 0..<scenarios {
      for expert in 0..<experts {
        var all = LinearExpression()
        for device in 0..<devices {
          let place = expert * devices + device
          guard let variable = flow[place * scenarios + scenario] else { continue }
          all.add(1, variable)
          guard let isPlaced = placed[place] else { continue }
          var row = LinearExpression()
          row.add(1, variable)
          row.add(-problem.weight(expert, 1, scenario), isPlaced)
          model.addRow("open[\(expert),\(device),\(scenario)]", row, atMost: 0)
        }
        model.addRow(
          "served[\(expert),\(scenario)]", all, equals: problem.weight(expert, 1, scenario))
      }
      for device in 0..<devices {
        var load = LinearExpression()
        for expert in 0..<experts {
          if let variable = flow[(expert * devices + device) * scenarios + scenario] {
            load.add(problem.slowness[device], variable)
          }
        }
        load.add(-1, largest[isSingle ? 0 : scenario])
        model.addRow("load[\(device),\(scenario)]", load, atMost: 0)
      }
    }
    if assignment == nil { Self.addPlaces(of: problem, placed, to: &model) }
    self.model = model
  }

  /// Slots, at least one replica, the replicas of all, and what may be copied.
  private static func addPlaces(
    of problem: LayerProblem, _ placed: [Variable?], to model: inout Model
  ) {
    let devices = problem.devices
    var all = LinearExpression()
    var moved = LinearExpression()
    for expert in 0..<problem.experts {
      var replicas = LinearExpression()
      for device in 0..<devices {
        guard let variable = placed[expert * devices + device] else { continue }
        replicas.add(1, variable)
        all.add(1, variable)
        if problem.current?[expert * devices + device] == false { moved.add(1, variable) }
      }
      model.addRow("replicas[\(expert)]", replicas, atLeast: 1)
    }
    for device in 0..<devices {
      var used = LinearExpression()
      for expert in 0..<problem.experts {
        if let variable = placed[expert * devices + device] { used.add(1, variable) }
      }
      model.addRow("slots[\(device)]", used, atMost: Double(problem.slots[device]))
    }
    if problem.replicaLimit < problem.slots.reduce(0, +) {
      model.addRow("redundancy", all, atMost: Double(problem.replicaLimit))
    }
    if let limit = problem.moveLimit, problem.current != nil, !moved.isEmpty {
      model.addRow("moves", moved, atMost: Double(limit))
    }
  }

  /// Returns a point of the program for an assignment with shares.
  func start(from shared: SharedAssignment) -> [Double?] {
    var point = [Double](repeating: 0, count: model.variableCount)
    let (devices, scenarios) = (problem.devices, problem.scenarios)
    for (device, list) in shared.assignment.devices.enumerated() {
      for (position, expert) in list.enumerated() {
        let place = expert * devices + device
        if let variable = placed[place] { point[variable.index] = 1 }
        for scenario in 0..<scenarios {
          if let variable = flow[place * scenarios + scenario] {
            point[variable.index] =
              shared.shares[scenario][device][position] * problem.weight(expert, 1, scenario)
          }
        }
      }
    }
    let values = shared.scenarioValues(problem)
    if let tail {
      for scenario in 0..<scenarios { point[largest[scenario].index] = values[scenario] }
      // The threshold is the value at which the tail begins.
      let threshold = values.sorted(by: >)[min(scenarios - 1, tailCount)]
      point[tail.threshold.index] = threshold
      for scenario in 0..<scenarios {
        point[tail.excess[scenario].index] = max(0, values[scenario] - threshold)
      }
    } else {
      point[largest[0].index] = max(model.lowerBounds[largest[0].index], values.max() ?? 0)
    }
    return point
  }

  private var tailCount: Int {
    guard case .conditional(let level) = problem.robustness else { return 0 }
    return Int((1 - level) * Double(problem.scenarios))
  }

  /// Returns the assignment and its shares at a point.
  ///
  /// Replicas that take nothing in any scenario are left out, but one of each expert.
  func decode(_ point: [Double], placedAs fixed: Assignment? = nil) -> SharedAssignment {
    let (devices, scenarios) = (problem.devices, problem.scenarios)
    func carried(_ expert: Int, _ device: Int, _ scenario: Int) -> Double {
      flow[(expert * devices + device) * scenarios + scenario].map { point[$0.index] } ?? 0
    }
    var lists = fixed?.devices ?? Array(repeating: [], count: devices)
    if fixed == nil {
      for expert in 0..<problem.experts {
        let hosts = (0..<devices).filter { device in
          placed[expert * devices + device].map { point[$0.index] > 0.5 } ?? false
        }
        let busy = hosts.filter { device in
          (0..<scenarios).contains { carried(expert, device, $0) > 1e-7 }
        }
        for device in busy.isEmpty ? Array(hosts.prefix(1)) : busy { lists[device].append(expert) }
      }
    }
    let flows = (0..<scenarios).map { scenario in
      lists.enumerated().map { device, list in list.map { carried($0, device, scenario) } }
    }
    return SharedAssignment(
      Assignment(devices: lists), carried: flows, experts: problem.experts)
  }
}
