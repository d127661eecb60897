public import Optimization
import Profiles

/// The linear program of an exchange with one variable for each class of pairs.
///
/// Units: tokens and microseconds.
///
/// Variables
/// - `more[k]`, `less[k]`: what a pair of class *k* has above or below its even share
/// - `time`: the exchange
///
/// Objective: `time`.
///
/// Constraints: each device sends and takes as much as in the even dispatch; at most the movable tokens
/// are above the even share; the time of each link and path lies above each line of the convex hull of its
/// times (`CostLine`).
public struct ClassFormulation: Sendable {
  /// The instance.
  public let instance: DispatchInstance
  /// The classes of pairs.
  public let classes: PairClasses
  /// The program.
  public let model: Model
  private let more: [Variable]
  private let less: [Variable]
  private let time: Variable
  private let movedRow: LinearExpression

  /// Formulates an instance.
  ///
  /// - Parameters:
  ///   - instance: The exchange.
  ///   - classes: `PairClasses(of:)` of it, or `PairClasses.single(_:)`.
  ///   - deviation: The share of all tokens that may go elsewhere than in an even dispatch.
  public init(_ instance: DispatchInstance, classes: PairClasses, deviation: Double) {
    self.instance = instance
    self.classes = classes
    var model = Model(name: "dispatch")
    let row = Double(instance.row)
    let even = classes.first.map { instance.even(to: $0.target) }
    let more = even.indices.map {
      model.addVariable("more[\($0)]", in: 0...max(0, row - even[$0]))
    }
    let less = even.indices.map { model.addVariable("less[\($0)]", in: 0...even[$0]) }
    let time = model.addVariable("time", in: 0...Double.infinity)
    let movable = instance.movableTokens(deviation: deviation)

    var moved = LinearExpression()
    for (index, size) in classes.sizes.enumerated() {
      moved.add(Double(size) / Double(instance.deviceCount), more[index])
    }
    model.addRow("moved", moved, atMost: movable / Double(instance.deviceCount))
    var seen: Set<Int> = []
    for device in 0..<instance.deviceCount
    where seen.insert(classes.deviceColors[device]).inserted {
      let count = instance.deviceCount
      let sent = (0..<count).map { classes.ofPair[device * count + $0] }
      let taken = (0..<count).map { classes.ofPair[$0 * count + device] }
      model.addRow("sent[\(device)]", Self.balance(sent, more, less), equals: 0)
      model.addRow("taken[\(device)]", Self.balance(taken, more, less), equals: 0)
    }
    for cost in CostRow.all(of: instance, classes) {
      let load = cost.evenLoad(instance, classes)
      let lines = cost.lines(even: load, movable: movable, tokenBytes: instance.tokenBytes)
      for (number, line) in lines.enumerated() {
        var expression = LinearExpression()
        for term in cost.terms {
          expression.add(-line.slope * term.count, more[Int(term.pairs)])
          expression.add(line.slope * term.count, less[Int(term.pairs)])
        }
        expression.add(1, time)
        model.addRow(
          "\(cost.name)#\(number)", expression, atLeast: line.intercept + line.slope * load)
      }
    }
    var objective = LinearExpression()
    objective.add(1, time)
    model.setObjective(objective)
    self.model = model
    self.more = more
    self.less = less
    self.time = time
    movedRow = moved
  }

  /// What pairs of some classes have above their even share, less what they have below it.
  private static func balance(
    _ pairs: [PairClasses.Index], _ more: [Variable], _ less: [Variable]
  ) -> LinearExpression {
    var counts: [PairClasses.Index: Int] = [:]
    for pair in pairs { counts[pair, default: 0] += 1 }
    var expression = LinearExpression()
    for (pair, count) in counts.sorted(by: { $0.key < $1.key }) {
      expression.add(Double(count), more[Int(pair)])
      expression.add(-Double(count), less[Int(pair)])
    }
    return expression
  }

  /// The program of the least deviation that takes no longer than a time, but for a millionth of it.
  func leastDeviation(within limit: Double) -> Model {
    var model = model
    model.setObjective(movedRow)
    model.setBounds(of: time, lower: 0, upper: limit * (1 + 1e-6))
    return model
  }

  /// Returns the tokens of each pair at a point, flat.
  public func tokens(at point: [Double]) -> [Double] {
    let share = classes.first.enumerated().map { index, pair in
      max(
        0, instance.even(to: pair.target) + point[more[index].index] - point[less[index].index])
    }
    return classes.ofPair.map { share[Int($0)] }
  }
}
