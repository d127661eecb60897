import Optimization
import Testing

/// A model whose answer is known by hand.
struct KnownModel: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let model: Model
  let termination: Termination
  let objective: Double?

  init(
    _ name: String, _ termination: Termination = .optimal, _ objective: Double? = nil,
    sense: Model.Sense = .minimize, _ build: (inout Model) -> Void
  ) {
    testDescription = name
    self.termination = termination
    self.objective = objective
    var model = Model(name: "known", sense: sense)
    build(&model)
    self.model = model
  }
}

extension LinearExpression {
  /// A sum of terms, for short models.
  init(_ terms: (Double, Variable)..., plus constant: Double = 0) {
    self.init(constant: constant)
    for (coefficient, variable) in terms { add(coefficient, variable) }
  }
}

// MARK: Linear programs

extension KnownModel {
  static let linear: [KnownModel] = [
    KnownModel("two rows bind", .optimal, 36, sense: .maximize) { model in
      let x = model.addVariable("x", in: 0...4)
      let y = model.addVariable("y", in: 0...6)
      model.addRow("mix", LinearExpression((3, x), (2, y)), atMost: 18)
      model.setObjective(LinearExpression((3, x), (5, y)))
    },
    KnownModel("three rows meet in one vertex", .optimal, -2) { model in
      let x = model.addVariable("x", in: 0...(.infinity))
      let y = model.addVariable("y", in: 0...(.infinity))
      model.addRow("a", LinearExpression((1, x), (1, y)), atMost: 2)
      model.addRow("b", LinearExpression((1, x), (2, y)), atMost: 3)
      model.addRow("c", LinearExpression((2, x), (1, y)), atMost: 3)
      model.setObjective(LinearExpression((-1, x), (-1, y)))
    },
    KnownModel("a free variable goes below zero", .optimal, -7) { model in
      let x = model.addVariable("x", in: -Double.infinity...(.infinity))
      let y = model.addVariable("y", in: 0...5)
      model.addRow("low", LinearExpression((1, x), (1, y)), atLeast: -2)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("a fixed variable keeps its value", .optimal, 7.5) { model in
      let x = model.addVariable("x", in: 2.5...2.5)
      let y = model.addVariable("y", in: 0...10)
      model.addRow("sum", LinearExpression((1, x), (1, y)), atLeast: 5)
      model.setObjective(LinearExpression((1, x), (2, y)))
    },
    KnownModel("a range row binds on both sides", .optimal, 11) { model in
      let x = model.addVariable("x", in: 0...10)
      let y = model.addVariable("y", in: -1...10)
      model.addRow("range", LinearExpression((1, x), (1, y)), atLeast: 3, atMost: 8)
      model.addRow("other", LinearExpression((1, x), (-1, y)), atLeast: 1, atMost: 5)
      model.setObjective(LinearExpression((-1, x), (3, y), plus: 20 - 2))
    },
    KnownModel("terms of one variable add up", .optimal, 2) { model in
      let x = model.addVariable("x", in: 0...10)
      model.addRow("twice", LinearExpression((1, x), (1, x)), atLeast: 4)
      model.setObjective(LinearExpression((0.5, x), (0.5, x)))
    },
    KnownModel("a coefficient of zero means nothing", .optimal, 3) { model in
      let x = model.addVariable("x", in: 0...10)
      let y = model.addVariable("y", in: 0...10)
      model.addRow("row", LinearExpression((1, x), (0, y)), atLeast: 3)
      model.addRow("nothing", LinearExpression((0, x), (0, y)), atMost: 1)
      model.setObjective(LinearExpression((1, x), (0, y)))
    },
    KnownModel("an unused column is free to choose", .optimal, 1) { model in
      let x = model.addVariable("x", in: 0...10)
      model.addVariable("unused", in: -3 ... -2)
      model.addRow("row", LinearExpression((1, x)), atLeast: 1)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("an offset is added once", .optimal, 1005) { model in
      let x = model.addVariable("x", in: 0...10)
      model.addRow("row", LinearExpression((1, x), plus: 1), atLeast: 6)
      model.setObjective(LinearExpression((1, x), plus: 1000))
    },
    KnownModel("an offset is kept when maximising", .optimal, -990, sense: .maximize) { model in
      let x = model.addVariable("x", in: 0...10)
      let y = model.addVariable("y", in: 0...10)
      model.addRow("row", LinearExpression((1, x), (1, y)), atMost: 10)
      model.setObjective(LinearExpression((1, x), (0.5, y), plus: -1000))
    },
    KnownModel("a row without terms that holds", .optimal, 2) { model in
      let x = model.addVariable("x", in: 2...10)
      model.addRow("empty", LinearExpression(), atLeast: -1, atMost: 1)
      model.addRow("row", LinearExpression((1, x)), atMost: 9)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("an objective in tiny units", .optimal, 3.5e-9) { model in
      let x = model.addVariable("x", in: 0...10)
      let y = model.addVariable("y", in: 0...10)
      model.addRow("row", LinearExpression((1, x), (1, y)), atLeast: 3)
      model.addRow("other", LinearExpression((1, x), (-1, y)), atMost: 2)
      model.setObjective(LinearExpression((1e-9, x), (2e-9, y)))
    },
    KnownModel("a model without objective", .optimal, 0) { model in
      let x = model.addVariable("x", in: 0...10)
      model.addRow("row", LinearExpression((1, x)), atLeast: 4)
    },
    KnownModel("the empty model", .optimal, 12) { model in
      model.setObjective(LinearExpression(constant: 12))
    },
    KnownModel("no variables, rows that hold", .optimal, 0) { model in
      model.addRow("empty", LinearExpression(), atMost: 0)
    },
    KnownModel("no rows", .optimal, -11, sense: .maximize) { model in
      let x = model.addVariable("x", in: -3...4)
      let y = model.addVariable("y", lower: -5, upper: .infinity)
      model.addVariable("any", lower: -.infinity, upper: .infinity)
      model.setObjective(LinearExpression((-2, x), (3, x), (-3, y), plus: -30))
    },
  ]
}

// MARK: Integer programs

extension KnownModel {
  static let integer: [KnownModel] = [
    KnownModel("a knapsack", .optimal, 113.5, sense: .maximize) { model in
      var weight = LinearExpression()
      var value = LinearExpression(constant: 100)
      for (index, item) in [(3.0, 4.0), (4, 5), (5, 6), (6, 8.5)].enumerated() {
        let x = model.addBinary("x\(index)")
        weight.add(item.0, x)
        value.add(item.1, x)
      }
      model.addRow("weight", weight, atMost: 10)
      model.setObjective(value)
    },
    KnownModel("an assignment", .optimal, 5) { model in
      let costs: [[Double]] = [[4, 1, 3], [2, 0, 5], [3, 2, 2]]
      var total = LinearExpression()
      var columns = Array(repeating: LinearExpression(), count: 3)
      for (row, line) in costs.enumerated() {
        var once = LinearExpression()
        for (column, cost) in line.enumerated() {
          let x = model.addBinary("x[\(row),\(column)]")
          total.add(cost, x)
          once.add(1, x)
          columns[column].add(1, x)
        }
        model.addRow("row[\(row)]", once, equals: 1)
      }
      for (index, column) in columns.enumerated() {
        model.addRow("column[\(index)]", column, equals: 1)
      }
      model.setObjective(total)
    },
    KnownModel("integers between fractional bounds", .optimal, 3) { model in
      let x = model.addVariable("x", in: 0.5...2.5, kind: .integer)
      let y = model.addVariable("y", in: 1.2...9.9, kind: .integer)
      model.addRow("row", LinearExpression((1, x), (1, y)), atLeast: 2.5)
      model.setObjective(LinearExpression((1, x), (1, y)))
    },
    KnownModel("no integer between the bounds", .infeasible) { model in
      let x = model.addVariable("x", in: 0.2...0.8, kind: .integer)
      let y = model.addVariable("y", in: 0...1)
      model.addRow("row", LinearExpression((1, x), (1, y)), atMost: 5)
      model.setObjective(LinearExpression((1, y)))
    },
    KnownModel("no integer between the bounds, and no rows", .infeasible) { model in
      let x = model.addVariable("x", in: 0.2...0.8, kind: .integer)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("general integers", .optimal, 21, sense: .maximize) { model in
      let x = model.addVariable("x", lower: 0, upper: .infinity, kind: .integer)
      let y = model.addVariable("y", lower: 0, upper: .infinity, kind: .integer)
      model.addRow("a", LinearExpression((6, x), (4, y)), atMost: 24)
      model.addRow("b", LinearExpression((1, x), (2, y)), atMost: 6)
      model.setObjective(LinearExpression((5, x), (4, y), plus: 1))
    },
    KnownModel("a switch with a large coefficient", .optimal, 13) { model in
      let amount = model.addVariable("amount", in: 0...1000)
      let isOpen = model.addBinary("open")
      model.addRow("switch", LinearExpression((1, amount), (-1e6, isOpen)), atMost: 0)
      model.addRow("demand", LinearExpression((1, amount)), atLeast: 3)
      model.setObjective(LinearExpression((1, amount), (10, isOpen)))
    },
    KnownModel("a mixed program when maximising", .optimal, 7.5, sense: .maximize) { model in
      let x = model.addVariable("x", in: 0...10, kind: .integer)
      let y = model.addVariable("y", in: 0...0.75)
      model.addRow("a", LinearExpression((2, x), (1, y)), atMost: 7.5)
      model.setObjective(LinearExpression((2, x), (2, y)))
    },
    KnownModel("an integer objective in tiny units", .optimal, 8e-8, sense: .maximize) { model in
      let values = [3e-8, 4e-8, 5e-8, 1e-8]
      var weight = LinearExpression()
      var value = LinearExpression()
      for (index, worth) in values.enumerated() {
        let x = model.addBinary("x\(index)")
        weight.add([2, 3, 4, 2][index], x)
        value.add(worth, x)
      }
      model.addRow("weight", weight, atMost: 6)
      model.setObjective(value)
    },
    KnownModel("integers without rows", .optimal, -3) { model in
      let x = model.addVariable("x", in: -3.5...4, kind: .integer)
      model.setObjective(LinearExpression((1, x)))
    },
  ]
}

// MARK: Models without a point

extension KnownModel {
  static let pointless: [KnownModel] = [
    KnownModel("rows that contradict each other", .infeasible) { model in
      let x = model.addVariable("x", in: 0...10)
      let y = model.addVariable("y", in: 0...10)
      model.addRow("a", LinearExpression((1, x), (1, y)), atLeast: 5)
      model.addRow("b", LinearExpression((1, x), (1, y)), atMost: 4)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("a row beyond the bounds", .infeasible) { model in
      let x = model.addVariable("x", in: 0...1)
      let y = model.addVariable("y", in: 0...1)
      model.addRow("a", LinearExpression((1, x), (1, y)), atLeast: 2.5)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("inverted bounds of a variable", .infeasible) { model in
      let x = model.addVariable("x", lower: 2, upper: 1)
      model.addRow("a", LinearExpression((1, x)), atMost: 4)
    },
    KnownModel("inverted bounds of a row", .infeasible) { model in
      let x = model.addVariable("x", in: 0...10)
      model.addRow("a", LinearExpression((1, x)), atLeast: 4, atMost: 3)
    },
    KnownModel("a row without terms that fails", .infeasible) { model in
      let x = model.addVariable("x", in: 0...10)
      model.addRow("empty", LinearExpression(), atLeast: 1)
      model.addRow("a", LinearExpression((1, x)), atMost: 3)
    },
    KnownModel("no variables, a row that fails", .infeasible) { model in
      model.addRow("empty", LinearExpression(), atLeast: 1)
    },
    KnownModel("integers in no point of the relaxation", .infeasible) { model in
      let x = model.addVariable("x", in: 0...10, kind: .integer)
      let y = model.addVariable("y", in: 0...10, kind: .integer)
      model.addRow("even", LinearExpression((2, x), (-2, y)), equals: 1)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("an unbounded linear program", .unbounded) { model in
      let x = model.addVariable("x", lower: 0, upper: .infinity)
      let y = model.addVariable("y", lower: 0, upper: .infinity)
      model.addRow("a", LinearExpression((1, x), (-1, y)), atMost: 3)
      model.setObjective(LinearExpression((-1, x)))
    },
    KnownModel("an unbounded linear program to maximise", .unbounded, sense: .maximize) { model in
      let x = model.addVariable("x", lower: -.infinity, upper: .infinity)
      let y = model.addVariable("y", in: 0...1)
      model.addRow("a", LinearExpression((1, x), (1, y)), atLeast: 3)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("an unbounded variable without rows", .unbounded) { model in
      let x = model.addVariable("x", lower: -.infinity, upper: 3)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("an unbounded integer program", .unbounded, sense: .maximize) { model in
      let x = model.addVariable("x", lower: 0, upper: .infinity, kind: .integer)
      let y = model.addVariable("y", lower: 0, upper: .infinity)
      model.addRow("a", LinearExpression((1, x), (-1, y)), atMost: 3.5)
      model.setObjective(LinearExpression((1, x)))
    },
    KnownModel("neither bounded nor feasible", .infeasible) { model in
      let x = model.addVariable("x", lower: 0, upper: .infinity)
      let y = model.addVariable("y", lower: 0, upper: .infinity)
      let z = model.addVariable("z", lower: 0, upper: .infinity)
      model.addRow("a", LinearExpression((1, x), (-1, y)), atMost: -1)
      model.addRow("b", LinearExpression((-1, x), (1, y)), atMost: -1)
      model.addRow("c", LinearExpression((1, z)), atLeast: 0)
      model.setObjective(LinearExpression((-1, z)))
    },
    KnownModel("an unbounded relaxation without integer points", .infeasible) { model in
      let x = model.addVariable("x", in: 0...10, kind: .integer)
      let y = model.addVariable("y", in: 0...10, kind: .integer)
      let z = model.addVariable("z", lower: 0, upper: .infinity)
      model.addRow("even", LinearExpression((2, x), (-2, y)), equals: 1)
      model.addRow("c", LinearExpression((1, z)), atLeast: 0)
      model.setObjective(LinearExpression((-1, z)))
    },
  ]
}
