import Optimization
import TestSupport
import Testing

@Suite(
  "LP and MPS files in other programs",
  .enabled(
    if: ExternalSolver.missing == nil, Comment(rawValue: ExternalSolver.missing ?? "installed")))
struct FileRoundTripTests {
  /// Solves the file with both tools, and returns the point that each found in the model's order.
  private static func points(
    of model: Model, _ format: ModelFileFormat
  ) throws -> [ExternalSolver: [Double]] {
    let text = format == .lp ? try model.lpText() : try model.mpsText()
    let names = FileNames(of: model, in: format)
    var points: [ExternalSolver: [Double]] = [:]
    for tool in ExternalSolver.allCases {
      let answer = try tool.solve(text, isLP: format == .lp)
      // CBC complains in its log, drops all names, and goes on.
      #expect(!answer.log.contains("###"), "\(tool): \(answer.log)\n\(text)")
      #expect(!answer.log.contains("error\n"), "\(tool): \(answer.log)\n\(text)")
      guard let values = answer.values else { continue }
      let known = Set(names.variables + ["offset_constant"])
      #expect(values.keys.allSatisfy { known.contains($0) }, "\(tool): \(values)")
      points[tool] = names.variables.map { values[$0] ?? 0 }
    }
    return points
  }

  private static func expectOptimum(
    _ optimum: BruteForce.Optimum?, of model: Model, _ format: ModelFileFormat
  ) throws {
    let points = try points(of: model, format)
    guard let optimum else {
      #expect(points.isEmpty)
      return
    }
    for tool in ExternalSolver.allCases {
      let point = try #require(points[tool], "\(tool) found no optimum")
      #expect(model.violations(of: point).isEmpty, "\(tool)")
      #expect(abs(model.objective.value(at: point) - optimum.objective) < 1e-6, "\(tool)")
    }
  }

  @Test(
    "glpsol, cbc and brute force find the same optimum", arguments: UInt64(0)..<40,
    ModelFileFormat.allCases)
  func agreesWithBruteForce(seed: UInt64, format: ModelFileFormat) throws {
    let model = RandomModel.integer(seed: seed)
    try Self.expectOptimum(try BruteForce.optimum(of: model), of: model, format)
  }

  @Test("every printable character is read in names", arguments: ModelFileFormat.allCases)
  func readsNames(format: ModelFileFormat) throws {
    var model = Model(name: "names", sense: .maximize)
    var objective = LinearExpression()
    var variables: [Variable] = []
    let characters = (0x21..<0x7F).map { Character(Unicode.Scalar($0)) }
    let words = ["e12", "E", "inf", "st", "s.t.", "General", "End", "binary", "RHS", "MARKER"]
    let names = characters.flatMap { ["\($0)", "x\($0)", "\($0)9"] } + words
    for (index, name) in names.enumerated() {
      // A name that occurs twice gets its index.
      let most = Double(1 + index % 7)
      let variable = model.addVariable(name, in: 0...most, kind: .integer)
      objective.add(1, variable)
      variables.append(variable)
    }
    for (name, variable) in zip(names, variables) {
      var sum = LinearExpression()
      sum.add(1, variable)
      model.addRow(name, sum, atLeast: -1, atMost: 9)
    }
    model.setObjective(objective)
    let points = try Self.points(of: model, format)
    for tool in ExternalSolver.allCases { #expect(points[tool] == model.upperBounds, "\(tool)") }
  }

  @Test("names of 255 bytes are read", arguments: ModelFileFormat.allCases)
  func readsLongNames(format: ModelFileFormat) throws {
    var model = Model(name: String(repeating: "m", count: 255), sense: .maximize)
    var sum = LinearExpression()
    for index in 0..<4 {
      let name = String(repeating: "n", count: [255, 255, 98, 99][index])
      sum.add(1, model.addVariable(name, in: 0...Double(index + 1), kind: .integer))
    }
    for length in [255, 98, 99] {
      model.addRow(String(repeating: "r", count: length), sum, atLeast: 1, atMost: 100)
    }
    model.setObjective(sum)
    let points = try Self.points(of: model, format)
    for tool in ExternalSolver.allCases { #expect(points[tool] == [1, 2, 3, 4], "\(tool)") }
  }

  @Test("an offset and a variable of the same name are read", arguments: ModelFileFormat.allCases)
  func readsOffset(format: ModelFileFormat) throws {
    for offset in [-2.5, 0, 4] {
      var model = Model(name: "offset", sense: .maximize)
      let x = model.addVariable("offset_constant", in: -3...3, kind: .integer)
      var objective = LinearExpression(constant: offset)
      objective.add(1, x)
      model.setObjective(objective)
      var row = LinearExpression()
      row.add(2, x)
      model.addRow("offset_constant", row, atMost: 5)
      let text = format == .lp ? try model.lpText() : try model.mpsText()
      for tool in ExternalSolver.allCases {
        let values = try #require(try tool.solve(text, isLP: format == .lp).values)
        #expect(values["offset_constant~~0"] == 2, "\(tool): \(values)")
        #expect(values["offset_constant"] == (offset == 0 ? nil : 1), "\(tool): \(values)")
      }
    }
  }

  @Test("a model without objective is read", arguments: ModelFileFormat.allCases)
  func readsMissingObjective(format: ModelFileFormat) throws {
    var model = Model(name: "feasibility")
    let b = model.addBinary("b")
    let n = model.addVariable("n", in: 0...9, kind: .integer)
    var sum = LinearExpression()
    sum.add(1, b)
    sum.add(2, n)
    model.addRow("odd", sum, equals: 7)
    let points = try Self.points(of: model, format)
    for tool in ExternalSolver.allCases { #expect(points[tool] == [1, 3], "\(tool)") }
  }

  @Test("models without rows, objective or variables are read", arguments: ModelFileFormat.allCases)
  func readsEmptyModels(format: ModelFileFormat) throws {
    var model = Model(name: "empty")
    #expect(try Self.points(of: model, format) == [.glpsol: [], .cbc: []])
    model.addRow("nothing", LinearExpression(), atLeast: -1, atMost: 1)
    #expect(try Self.points(of: model, format) == [.glpsol: [], .cbc: []])
    model = Model(name: "no rows", sense: .maximize)
    let n = model.addVariable("n", in: -3...4.5, kind: .integer)
    var objective = LinearExpression(constant: 7)
    objective.add(2, n)
    model.setObjective(objective)
    #expect(try Self.points(of: model, format) == [.glpsol: [4], .cbc: [4]])
  }

  @Test("continuous variables of every kind are read", arguments: ModelFileFormat.allCases)
  func readsBounds(format: ModelFileFormat) throws {
    // Maximises and minimises through signs: each variable runs to the end of its range.
    var model = Model(name: "bounds")
    let free = model.addVariable("free", in: -.infinity...(.infinity))
    let below = model.addVariable("below", in: -.infinity...(-1.25))
    let zero = model.addVariable("zero", in: -.infinity...0)
    let above = model.addVariable("above", in: -7...(.infinity))
    let fixed = model.addVariable("fixed", in: -3...(-3))
    let negative = model.addVariable("negative", in: -5...(-2))
    let whole = model.addVariable("whole", in: 0...(.infinity), kind: .integer)
    var row = LinearExpression()
    for variable in [free, whole] { row.add(1, variable) }
    model.addRow("least", row, atLeast: -9.5)
    var limit = LinearExpression()
    limit.add(1, whole)
    model.addRow("limit", limit, atMost: 3.5)
    var objective = LinearExpression()
    for (coefficient, variable) in [
      (1.0, free), (-1, below), (-1, zero), (1, above), (1, fixed), (1, negative), (-2, whole),
    ] {
      objective.add(coefficient, variable)
    }
    model.setObjective(objective)
    let expected = [-12.5, -1.25, 0, -7, -3, -5, 3]
    let points = try Self.points(of: model, format)
    for tool in ExternalSolver.allCases { #expect(points[tool] == expected, "\(tool)") }
  }
}
