public import Optimization

/// Small models to compare solvers, files and brute force on.
public enum RandomModel {
  /// Returns a pure integer model with at most five variables and a few hundred points.
  ///
  /// Signs, fixed variables, equalities, ranges, rows without bounds or terms, offsets and both
  /// senses all occur; about half of the models are infeasible. Coefficients are multiples of ½.
  public static func integer(seed: UInt64) -> Model {
    var generator = SeededGenerator(seed: seed)
    let sense: Model.Sense = Bool.random(using: &generator) ? .minimize : .maximize
    var model = Model(name: "random[\(seed)]", sense: sense)
    for index in 0..<Int.random(in: 1...5, using: &generator) {
      let lower = Int.random(in: -3...2, using: &generator)
      let upper = lower + Int.random(in: 0...3, using: &generator)
      model.addVariable(
        variableName(index, &generator), in: Double(lower)...Double(upper), kind: .integer)
    }
    for index in 0..<Int.random(in: 0...4, using: &generator) {
      let row = expression(over: model.variableCount, &generator)
      let lower = Double(Int.random(in: -12...12, using: &generator)) / 2
      let width = Double(Int.random(in: 0...6, using: &generator)) / 2
      let name = "row[\(index)]"
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: model.addRow(name, row, equals: lower)
      case 1: model.addRow(name, row, atLeast: lower, atMost: lower + width)
      case 2: model.addRow(name, row)
      case 3, 4: model.addRow(name, row, atLeast: lower)
      default: model.addRow(name, row, atMost: lower)
      }
    }
    var objective = expression(over: model.variableCount, &generator)
    objective.constant = Double(Int.random(in: -5...5, using: &generator))
    model.setObjective(objective)
    return model
  }

  /// Names as the project's models have them, and some that file formats stumble over.
  private static func variableName(_ index: Int, _ generator: inout SeededGenerator) -> String {
    let stems = ["x", "resident[conv1.out,17]", "e", "free", "2nd", "-", "$", "~", "a:b", "(a)"]
    return "\(stems[Int.random(in: 0..<stems.count, using: &generator)])\(index)"
  }

  private static func expression(
    over count: Int, _ generator: inout SeededGenerator
  ) -> LinearExpression {
    var expression = LinearExpression()
    for index in 0..<count where Int.random(in: 0..<4, using: &generator) > 0 {
      let coefficient = Double(Int.random(in: -8...8, using: &generator)) / 2
      expression.add(coefficient, Variable(index: index))
    }
    return expression
  }
}
