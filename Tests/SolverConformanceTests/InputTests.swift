import Optimization
import Testing

@Suite("malformed input")
struct InputTests {
  private static let badNames = [
    String(repeating: "x", count: 256), "größe", "a b", "", "tab\t", "line\n",
  ]
  private static let badNumbers: [Double] = [.nan, .infinity, -.infinity]

  /// A sound model with room for one fault.
  private func model(
    name: String = "x", cost: Double = 1, coefficient: Double = 1, lower: Double = 0,
    upper: Double = 4, rowLower: Double = 1, offset: Double = 0
  ) -> Model {
    var model = Model(name: "input")
    let x = model.addVariable(name, lower: lower, upper: upper, kind: .integer)
    model.addRow("row", LinearExpression((coefficient, x)), atLeast: rowLower)
    model.setObjective(LinearExpression((cost, x), plus: offset))
    return model
  }

  private func expectRefused(_ model: Model, by backend: Backend) throws {
    let solver = try backend.solver()
    for attempt in [
      { _ = try solver.solve(model, options: SolveOptions()) },
      { _ = try solver.relax(model, options: SolveOptions()) },
    ] {
      let error = #expect(throws: SolverError.self) { try attempt() }
      guard case .invalidModel = error else {
        Issue.record("\(String(describing: error)) instead of a malformed model")
        return
      }
    }
  }

  @Test("names that an engine can't take are refused", arguments: Backend.all, badNames)
  func names(backend: Backend, name: String) throws {
    try expectRefused(model(name: name), by: backend)
  }

  @Test("numbers that are none are refused", arguments: Backend.all, badNumbers)
  func numbers(backend: Backend, number: Double) throws {
    try expectRefused(model(cost: number), by: backend)
    try expectRefused(model(coefficient: number), by: backend)
    try expectRefused(model(offset: number), by: backend)
    if number != -.infinity {
      try expectRefused(model(lower: number), by: backend)
      try expectRefused(model(rowLower: number), by: backend)
    }
    if number != .infinity { try expectRefused(model(upper: number), by: backend) }
  }

  @Test("two columns and two rows of one name are two", arguments: Backend.all)
  func duplicateNames(backend: Backend) throws {
    var model = Model(name: "twins")
    let first = model.addVariable("x", in: 0...9, kind: .integer)
    let second = model.addVariable("x", in: 0...9, kind: .integer)
    model.addRow("row", LinearExpression((1, first)), atLeast: 2)
    model.addRow("row", LinearExpression((1, second)), atLeast: 3)
    model.setObjective(LinearExpression((1, first), (1, second)))
    let solution = try backend.solver().solve(model, options: SolveOptions(warmStart: [2, 3]))
    #expect(solution.point == [2, 3])
  }

  @Test("a name of 255 bytes is taken", arguments: Backend.all)
  func longestName(backend: Backend) throws {
    let long = model(name: String(repeating: "x", count: 255))
    #expect(try backend.solver().solve(long, options: SolveOptions()).objective == 1)
  }

  @Test("malformed options are refused", arguments: Backend.all)
  func options(backend: Backend) throws {
    let solver = try backend.solver()
    for options in [
      SolveOptions(timeLimit: -1), SolveOptions(timeLimit: .nan), SolveOptions(nodeLimit: -1),
      SolveOptions(absoluteGap: -1), SolveOptions(relativeGap: .nan),
      SolveOptions(warmStart: [1, 1]), SolveOptions(warmStart: [.infinity]),
    ] {
      #expect(throws: SolverError.self) { try solver.solve(model(), options: options) }
    }
  }

  @Test("limits without end are as good as none", arguments: Backend.all)
  func endlessLimits(backend: Backend) throws {
    let options = SolveOptions(timeLimit: .infinity, nodeLimit: .max, relativeGap: 0)
    let solution = try backend.solver().solve(Model.random(seed: 3), options: options)
    #expect(solution.termination == .optimal)
    let large = SolveOptions(timeLimit: 1e300)
    #expect(
      try backend.solver().solve(Model.random(seed: 3), options: large).termination == .optimal)
  }
}
