import Optimization
import Testing

@Suite("Checking models and points")
struct ModelCheckTests {
  /// `x + 2 y` between 2 and 4, x whole.
  private static func example() -> (model: Model, x: Variable, y: Variable) {
    var model = Model(name: "example")
    let x = model.addVariable("x", in: 0...3, kind: .integer)
    let y = model.addVariable("y", in: -1...1)
    var sum = LinearExpression()
    sum.add(1, x)
    sum.add(2, y)
    model.addRow("sum", sum, atLeast: 2, atMost: 4)
    return (model, x, y)
  }

  private static func fault(of model: Model) -> String? {
    do throws(SolverError) {
      try model.validate()
      return nil
    } catch {
      guard case .invalidModel(let words) = error else { return "another error" }
      return words
    }
  }

  @Test("a sound model passes, also with contradicting bounds")
  func acceptsSoundModels() {
    var (model, x, _) = Self.example()
    #expect(Self.fault(of: model) == nil)
    model.setBounds(of: x, lower: 3, upper: 2)
    #expect(Self.fault(of: model) == nil)
    #expect(Self.fault(of: Model(name: "")) == nil)
  }

  @Test(
    "bounds that no engine understands are refused by name",
    arguments: [
      (Double.nan, 1.0, "variable x: a bound is NaN"),
      (0, .nan, "variable x: a bound is NaN"),
      (.infinity, .infinity, "variable x: bounds inf...inf leave no number"),
      (-.infinity, -.infinity, "variable x: bounds -inf...-inf leave no number"),
    ])
  func refusesBounds(lower: Double, upper: Double, words: String) {
    var (model, x, _) = Self.example()
    model.setBounds(of: x, lower: lower, upper: upper)
    #expect(Self.fault(of: model) == words)
  }

  @Test(
    "row bounds that no engine understands are refused by name",
    arguments: [
      (Double.nan, 1.0, "row sum: a bound is NaN"),
      (.infinity, .infinity, "row sum: bounds inf...inf leave no number"),
    ])
  func refusesRowBounds(lower: Double, upper: Double, words: String) {
    var (model, _, _) = Self.example()
    model.setRowBounds(0, lower: lower, upper: upper)
    #expect(Self.fault(of: model) == words)
  }

  @Test("coefficients that are not finite are refused", arguments: [Double.nan, .infinity])
  func refusesCoefficients(value: Double) {
    let (sound, x, _) = Self.example()
    var sum = LinearExpression()
    sum.add(value, x)
    var model = sound
    model.addRow("bad", sum, atMost: 1)
    #expect(Self.fault(of: model) == "row bad: the coefficient of x is \(value)")
    model = sound
    model.setObjective(sum)
    #expect(Self.fault(of: model) == "objective: the coefficient of x is \(value)")
    model.setObjective(LinearExpression(constant: value))
    #expect(Self.fault(of: model) == "objective: the offset is \(value)")
  }

  @Test(
    "names that a file can't hold are refused",
    arguments: [
      ("", "variable 0: the name is empty"),
      ("a b", "variable 0: the name contains the byte 32; use printable ASCII only"),
      ("é", "variable 0: the name contains the byte 195; use printable ASCII only"),
      (
        String(repeating: "n", count: 256),
        "variable 0: the name has 256 bytes; at most 255 are allowed"
      ),
    ])
  func refusesNames(name: String, words: String) {
    var model = Model(name: "m")
    model.addBinary(name)
    #expect(Self.fault(of: model) == words)
    model = Model(name: "m")
    model.addRow(name, LinearExpression(), atMost: 1)
    #expect(Self.fault(of: model) == words.replacing("variable", with: "row"))
  }

  @Test("a feasible point violates nothing, also at the edge of the tolerances")
  func acceptsFeasiblePoints() {
    let (model, _, _) = Self.example()
    #expect(model.violations(of: [2, 1]).isEmpty)
    #expect(model.violations(of: [1.999_991, 1]).isEmpty)
    #expect(model.violations(of: [3, 0.500_000_4]).isEmpty)
  }

  @Test("violations are named, worst first")
  func namesViolations() {
    let (model, _, _) = Self.example()
    let found = model.violations(of: [3.5, 2])
    #expect(found.map(\.place) == ["sum", "y", "x", "x"])
    #expect(found.map(\.amount) == [3.5, 1, 0.5, 0.5])
    #expect(found.first?.description == "sum: 7.5 not in 2.0...4.0")
    #expect(found.map(\.description).contains("x = 3.5 is not whole"))
  }

  @Test("a point of the wrong length or with NaN is a violation")
  func refusesBrokenPoints() {
    let (model, _, _) = Self.example()
    #expect(model.violations(of: [1]).map(\.description) == ["1 values for 2 variables"])
    #expect(!model.violations(of: [1, .nan]).isEmpty)
    #expect(!model.violations(of: [.infinity, 0]).isEmpty)
  }

  @Test("a row is measured against its largest term")
  func scalesRows() {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...10)
    let y = model.addVariable("y", in: 0...10)
    var sum = LinearExpression()
    sum.add(1e6, x)
    sum.add(-1e6, y)
    model.addRow("balance", sum, equals: 0)
    #expect(model.violations(of: [5, 5.000_000_5]).isEmpty)
    #expect(model.violations(of: [5, 5.000_02]).map(\.place) == ["balance"])
  }
}
