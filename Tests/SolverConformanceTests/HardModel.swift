import Optimization
import TestSupport

extension Model {
  /// A knapsack with several capacities, for which a proof takes hours from 100 items on.
  static func hardKnapsack(items: Int, capacities: Int, seed: UInt64 = 9) -> Model {
    var generator = SeededGenerator(seed: seed)
    var model = Model(name: "hard", sense: .maximize)
    var loads = Array(repeating: LinearExpression(), count: capacities)
    var totals = Array(repeating: 0.0, count: capacities)
    var value = LinearExpression(constant: 5)
    for item in 0..<items {
      let x = model.addBinary("take[\(item)]")
      var sum = 0.0
      for row in 0..<capacities {
        let weight = Double(Int.random(in: 1...999, using: &generator))
        loads[row].add(weight, x)
        totals[row] += weight
        sum += weight
      }
      value.add(sum / Double(capacities) + Double(Int.random(in: 0..<500, using: &generator)), x)
    }
    for row in 0..<capacities {
      model.addRow("capacity[\(row)]", loads[row], atMost: (totals[row] / 2).rounded(.down))
    }
    model.setObjective(value)
    return model
  }

  /// What to produce in which period under a shared capacity: integers and continuous variables
  /// that hang together, and a proof that takes long.
  static func hardLotSizing(items: Int, periods: Int, seed: UInt64 = 5) -> Model {
    var generator = SeededGenerator(seed: seed)
    var model = Model(name: "lots")
    var cost = LinearExpression()
    var loads = Array(repeating: LinearExpression(), count: periods)
    for item in 0..<items {
      let setup = Double.random(in: 100...300, using: &generator)
      var stock: Variable?
      for period in 0..<periods {
        let demand = Double(Int.random(in: 0...40, using: &generator))
        let lot = model.addVariable("lot[\(item),\(period)]", in: 0...1000)
        let isSet = model.addBinary("set[\(item),\(period)]")
        let left = model.addVariable("stock[\(item),\(period)]", in: 0...1000)
        var balance = LinearExpression((1, lot), (-1, left))
        if let stock { balance.add(1, stock) }
        model.addRow("balance[\(item),\(period)]", balance, equals: demand)
        model.addRow(
          "setup[\(item),\(period)]", LinearExpression((1, lot), (-200, isSet)), atMost: 0)
        loads[period].add(1, lot)
        loads[period].add(15, isSet)
        cost.add(setup, isSet)
        cost.add(1, left)
        stock = left
      }
    }
    for period in 0..<periods {
      let late = model.addVariable("late[\(period)]", in: 0...(.infinity))
      cost.add(500, late)
      loads[period].add(-1, late)
      model.addRow("capacity[\(period)]", loads[period], atMost: 22 * Double(items))
    }
    model.setObjective(cost)
    return model
  }

  /// Small random integer programs, feasible at a known point.
  static func random(seed: UInt64) -> Model {
    var generator = SeededGenerator(seed: seed)
    let isMaximized = Bool.random(using: &generator)
    var model = Model(name: "random", sense: isMaximized ? .maximize : .minimize)
    var inside: [Double] = []
    var objective = LinearExpression(constant: Double(Int.random(in: -50...50, using: &generator)))
    for column in 0..<Int.random(in: 1...6, using: &generator) {
      let lower = Double(Int.random(in: -2...1, using: &generator))
      let upper = lower + Double(Int.random(in: 0...3, using: &generator))
      let x = model.addVariable("x\(column)", in: lower...upper, kind: .integer)
      inside.append(Double(Int.random(in: Int(lower)...Int(upper), using: &generator)))
      objective.add(Double(Int.random(in: -9...9, using: &generator)), x)
    }
    for row in 0..<Int.random(in: 1...5, using: &generator) {
      var expression = LinearExpression()
      for column in 0..<model.variableCount where Bool.random(using: &generator) {
        let coefficient = Double(Int.random(in: -5...5, using: &generator))
        expression.add(coefficient, model.variable(column))
      }
      let value = expression.value(at: inside)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: model.addRow("r\(row)", expression, atMost: value + 1)
      case 1: model.addRow("r\(row)", expression, atLeast: value - 1)
      default: model.addRow("r\(row)", expression, atLeast: value - 2, atMost: value)
      }
    }
    model.setObjective(objective)
    return model
  }

  /// The variable of a column.
  func variable(_ column: Int) -> Variable { Variable(index: column) }

  /// The best objective over all integer points, by trying them all.
  var bestByEnumeration: Double? {
    var best: Double?
    var point = lowerBounds
    func visit(_ column: Int) {
      if column == variableCount {
        guard violations(of: point).isEmpty else { return }
        let value = objective.value(at: point)
        best = best.map { sense == .minimize ? min($0, value) : max($0, value) } ?? value
        return
      }
      var value = lowerBounds[column]
      while value <= upperBounds[column] {
        point[column] = value
        visit(column + 1)
        value += 1
      }
    }
    visit(0)
    return best
  }

  /// Which tensors to move away so that what is left fits: always feasible, by moving all of them.
  static func inventory(steps: Int, seed: UInt64) -> Model {
    var generator = SeededGenerator(seed: seed)
    var model = Model(name: "inventory")
    let sizes = (0..<steps / 2).map { _ in Double(Int.random(in: 1...64, using: &generator)) }
    let moved = sizes.indices.map { model.addBinary("moved[\($0)]") }
    var cost = LinearExpression()
    for (size, isMoved) in zip(sizes, moved) { cost.add(0.003 + 0.001 * size, isMoved) }
    let budget = sizes.reduce(0, +) * 0.6
    var before: Variable?
    for step in 0..<steps {
      // Tensor i is born in step i and last used in step `steps - 1 - i`.
      let live = sizes.indices.filter { $0 < step && step < steps - 1 - $0 }
      let excess = max(0, live.reduce(0) { $0 + sizes[$1] } - budget)
      let away = model.addVariable("away[\(step)]", in: excess...Double.infinity)
      var change = LinearExpression((1, away))
      if let before { change.add(-1, before) }
      if step > 0, step - 1 < sizes.count { change.add(-sizes[step - 1], moved[step - 1]) }
      let returned = steps - 1 - step
      if returned < sizes.count { change.add(sizes[returned], moved[returned]) }
      model.addRow("change[\(step)]", change, atMost: 0)
      before = away
      let wait = model.addVariable("wait[\(step)]", in: 0...Double.infinity)
      var window = LinearExpression((-1, wait))
      for tensor in sizes.indices where step - 6 < tensor && tensor <= step {
        window.add(0.1 * sizes[tensor], moved[tensor])
      }
      model.addRow("window[\(step)]", window, atMost: 9)
      cost.add(1, wait)
    }
    model.setObjective(cost)
    return model
  }
}
