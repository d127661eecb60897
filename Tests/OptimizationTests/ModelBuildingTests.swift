import Optimization
import TestSupport
import Testing

@Suite("Building models")
struct ModelBuildingTests {
  @Test("terms of the same variable are merged and sorted by column")
  func mergesTerms() {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...1)
    let y = model.addVariable("y", in: 0...1)
    var sum = LinearExpression()
    sum.add(2, y)
    sum.add(3, x)
    sum.add(-0.5, y)
    let row = model.addRow("r", sum, atMost: 4)
    #expect(model.rowColumns == [0, 1])
    #expect(model.rowCoefficients == [3, 1.5])
    #expect(model.expression(ofRow: row).coefficients == [3, 1.5])
    #expect(model.rowStarts == [0, 2])
    model.setObjective(sum)
    #expect(model.objectiveCoefficients == [3, 1.5])
  }

  @Test("terms that cancel each other stay, with coefficient 0")
  func keepsZeros() {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...1)
    var sum = LinearExpression()
    sum.add(2, x)
    sum.add(-2, x)
    model.addRow("r", sum, atMost: 4)
    #expect(model.rowCoefficients == [0])
    #expect(model.termCount == 1)
  }

  @Test("a row's constant moves to its bounds")
  func movesConstant() {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...1)
    var sum = LinearExpression(constant: 5)
    sum.add(1, x)
    model.addRow("range", sum, atLeast: 6, atMost: 9)
    model.addRow("least", sum, atLeast: 6)
    model.addRow("equal", sum, equals: 5.5)
    #expect(model.rowLowerBounds == [1, 1, 0.5])
    #expect(model.rowUpperBounds == [4, .infinity, 0.5])
    #expect(model.expression(ofRow: 0).constant == 0)
  }

  @Test("the objective's constant is its offset")
  func keepsOffset() {
    var model = Model(name: "m", sense: .maximize)
    let x = model.addVariable("x", in: 0...1)
    var sum = LinearExpression(constant: -2)
    sum.add(4, x)
    model.setObjective(sum)
    #expect(model.objective.constant == -2)
    #expect(model.objective.value(at: [0.5]) == 0)
  }

  @Test("variables are counted and kinds can be relaxed")
  func countsVariables() {
    var model = Model(name: "m")
    model.addBinary("b")
    let n = model.addVariable("n", in: 0...9, kind: .integer)
    model.addVariable("c", lower: 3, upper: 2)
    #expect(model.variableCount == 3)
    #expect(model.integerCount == 2)
    #expect(model.lowerBounds == [0, 0, 3])
    #expect(model.upperBounds == [1, 9, 2])
    model.setBounds(of: n, lower: 2, upper: 2)
    #expect(model.lowerBounds[n.index] == 2)
    model.relaxIntegrality()
    #expect(model.integerCount == 0)
  }

  @Test("a row's bounds can be replaced")
  func replacesRowBounds() {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...1)
    var sum = LinearExpression()
    sum.add(1, x)
    let row = model.addRow("r", sum, atLeast: 1)
    model.setRowBounds(row, lower: -.infinity, upper: 3)
    #expect(model.rowLowerBounds == [-.infinity])
    #expect(model.rowUpperBounds == [3])
  }

  @Test("a variable of a larger model is a caller's mistake")
  func refusesForeignVariables() async {
    await #expect(processExitsWith: .failure) {
      var larger = Model(name: "larger")
      larger.addBinary("x")
      let y = larger.addBinary("y")
      var model = Model(name: "m")
      model.addBinary("x")
      var sum = LinearExpression()
      sum.add(1, y)
      model.addRow("r", sum, atMost: 1)
    }
  }

  @Test("an expression is added to another with a factor, constant included")
  func addsExpressions() {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...9)
    let y = model.addVariable("y", in: 0...9)
    var inner = LinearExpression(constant: 1)
    inner.add(2, x)
    var outer = LinearExpression(constant: 10)
    #expect(outer.isEmpty)
    outer.add(3, y)
    outer.add(inner, times: -2)
    #expect(outer.constant == 8)
    #expect(outer.columns == [1, 0])
    #expect(outer.coefficients == [3, -4])
    #expect(outer.value(at: [1, 2]) == 10)
  }

  @Test("merging does not change a row's value", arguments: UInt64(0)..<20)
  func mergingKeepsValues(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var model = Model(name: "m")
    let variables = (0..<6).map { model.addVariable("x[\($0)]", in: -9...9) }
    var sum = LinearExpression()
    for _ in 0..<30 {
      let variable = variables[Int.random(in: 0..<6, using: &generator)]
      sum.add(Double(Int.random(in: -9...9, using: &generator)), variable)
    }
    let point = variables.map { _ in Double(Int.random(in: -9...9, using: &generator)) }
    let row = model.addRow("r", sum, atLeast: 0)
    #expect(model.expression(ofRow: row).value(at: point) == sum.value(at: point))
    #expect(Set(model.rowColumns).count == model.termCount)
  }
}
