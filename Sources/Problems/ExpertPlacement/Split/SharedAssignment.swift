/// An assignment with the share of its expert's tokens that each replica takes in each scenario.
struct SharedAssignment: Sendable {
  /// The experts on each device.
  var assignment: Assignment
  /// Shares, `[scenario][device][position]`; the shares of an expert sum to 1.
  var shares: [[[Double]]]

  /// Returns the largest load over the mean in each scenario.
  func scenarioValues(_ problem: LayerProblem) -> [Double] {
    (0..<problem.scenarios).map { scenario in
      let shares = shares[shares.count == 1 ? 0 : scenario]
      var largest = 0.0
      for (device, list) in assignment.devices.enumerated() {
        var load = 0.0
        for (position, expert) in list.enumerated() {
          load += shares[device][position] * problem.weight(expert, 1, scenario)
        }
        largest = max(largest, load * problem.slowness[device])
      }
      return problem.isEmpty(scenario) ? 1 : largest
    }
  }

  /// The same with experts ascending on each device.
  var sorted: SharedAssignment {
    var result = self
    for (device, list) in assignment.devices.enumerated() {
      let order = list.indices.sorted { list[$0] < list[$1] }
      result.assignment.devices[device] = order.map { list[$0] }
      for scenario in shares.indices {
        result.shares[scenario][device] = order.map { shares[scenario][device][$0] }
      }
    }
    return result
  }

  /// Creates an assignment with shares that sum to 1.
  init(assignment: Assignment, shares: [[[Double]]]) {
    self.assignment = assignment
    self.shares = shares
  }

  /// Makes shares of what each replica carries, `[scenario][device][position]`: the carried tokens of
  /// an expert are scaled to sum to one, and an expert without tokens is shared out evenly.
  init(_ assignment: Assignment, carried: [[[Double]]], experts: Int) {
    self.assignment = assignment
    let counts = assignment.replicaCounts(experts: experts)
    shares = carried.map { devices in
      var sums = [Double](repeating: 0, count: experts)
      for (device, list) in assignment.devices.enumerated() {
        for (position, expert) in list.enumerated() { sums[expert] += devices[device][position] }
      }
      return assignment.devices.enumerated().map { device, list in
        list.enumerated().map { position, expert in
          sums[expert] > 1e-12
            ? max(0, devices[device][position]) / sums[expert] : 1 / Double(counts[expert])
        }
      }
    }
  }
}
