public import Optimization
import Profiles

/// The exchange as a program of one variable for each pair of devices, as in
/// `Models/Formulations/dispatch.mod`; in whole tokens the integer program.
///
/// Variables
/// - `sent[i,j]`: tokens from device *i* to the experts of device *j*
/// - `extra[i,j]`: how far they are above the even share
/// - `used[l]`: whether a link with latency carries anything
/// - `time`: the exchange
///
/// Objective: `time`.
///
/// Constraints: rows and columns of `sent`; the sum of `extra` is at most the movable tokens; the time of
/// each link and path lies above each line of the convex hull of its times; in the integer program of a
/// link that may stay idle, above its latency, if it is used, and the lines of what is left.
public struct PairFormulation: Sendable {
  /// The instance.
  public let instance: DispatchInstance
  /// The program.
  public let model: Model
  private let sent: [Variable]

  /// Formulates an instance.
  public init(_ instance: DispatchInstance, deviation: Double, isInteger: Bool) {
    self.instance = instance
    let count = instance.deviceCount
    let row = Double(instance.row)
    let movable = instance.movableTokens(deviation: deviation)
    let classes = PairClasses.single(instance)
    var model = Model(name: "dispatch")
    var sent: [Variable] = []
    for (source, target) in classes.first {
      sent.append(
        model.addVariable(
          "sent[\(source),\(target)]", in: 0...min(row, Double(instance.columns[target])),
          kind: isInteger ? .integer : .continuous))
    }
    let extra = classes.first.map { source, target in
      model.addVariable("extra[\(source),\(target)]", in: 0...row)
    }
    let time = model.addVariable("time", in: 0...Double.infinity)
    for device in 0..<count {
      var all = LinearExpression()
      for target in 0..<count { all.add(1, sent[device * count + target]) }
      model.addRow("row[\(device)]", all, equals: row)
      var taken = LinearExpression()
      for source in 0..<count { taken.add(1, sent[source * count + device]) }
      model.addRow("column[\(device)]", taken, equals: Double(instance.columns[device]))
    }
    var moved = LinearExpression()
    for (index, pair) in classes.first.enumerated() {
      var above = LinearExpression()
      above.add(1, extra[index])
      above.add(-1, sent[index])
      model.addRow(
        "above[\(pair.source),\(pair.target)]", above, atLeast: -instance.even(to: pair.target))
      moved.add(1, extra[index])
    }
    model.addRow("moved", moved, atMost: movable)
    for cost in CostRow.all(of: instance, classes) {
      let even = cost.evenLoad(instance, classes)
      var lines = cost.lines(even: even, movable: movable, tokenBytes: instance.tokenBytes)
      var used: Variable?
      if isInteger, even - movable < 1, cost.path.latencyMicroseconds > 0 {
        var path = cost.path
        path.latencyMicroseconds = 0
        lines = CostLine.hull(of: path, tokenBytes: instance.tokenBytes, from: 0, to: cost.most)
        let binary = model.addBinary("used[\(cost.name)]")
        var load = LinearExpression()
        for term in cost.terms { load.add(term.count, sent[Int(term.pairs)]) }
        load.add(-cost.most, binary)
        model.addRow("uses[\(cost.name)]", load, atMost: 0)
        used = binary
      }
      for (number, line) in lines.enumerated() {
        var expression = LinearExpression()
        for term in cost.terms { expression.add(-line.slope * term.count, sent[Int(term.pairs)]) }
        expression.add(1, time)
        if let used { expression.add(-cost.path.latencyMicroseconds, used) }
        model.addRow("\(cost.name)#\(number)", expression, atLeast: line.intercept)
      }
    }
    var objective = LinearExpression()
    objective.add(1, time)
    model.setObjective(objective)
    self.model = model
    self.sent = sent
  }

  /// Returns the tokens of each pair at a point, flat.
  public func tokens(at point: [Double]) -> [Double] { sent.map { max(0, point[$0.index]) } }

  /// Whole tokens as a start for a solver.
  func start(from tokens: [Int]) -> [Double?] {
    var start = [Double?](repeating: nil, count: model.variableCount)
    for (variable, count) in zip(sent, tokens) { start[variable.index] = Double(count) }
    return start
  }
}
