import Optimization
import Testing

@Suite("Writing LP and MPS files")
struct FileTests {
  /// One of everything: kinds of bounds, kinds of rows, names, an offset.
  private static func example(_ sense: Model.Sense = .maximize) -> Model {
    var model = Model(name: "an example", sense: sense)
    let x = model.addVariable("x[1]", in: 0...4, kind: .integer)
    let e = model.addVariable("e12", in: 0...(.infinity))
    let free = model.addVariable("free", in: -.infinity...(.infinity))
    let below = model.addVariable("below", in: -.infinity...(-1))
    let fixed = model.addVariable("fixed", in: 2.5...2.5)
    model.addVariable("unused", in: -3...7)
    var sum = LinearExpression()
    sum.add(0.1, x)
    sum.add(-1, e)
    model.addRow("range", sum, atLeast: -2, atMost: 1e16)
    sum.add(1e-7, free)
    model.addRow("equal", sum, equals: 3)
    sum.add(2, below)
    sum.add(1, fixed)
    model.addRow("least", sum, atLeast: 0)
    model.addRow("loose", sum)
    model.addRow("empty", LinearExpression(), atMost: 1)
    var objective = LinearExpression(constant: -1.5)
    objective.add(3, x)
    objective.add(-1.0 / 3, e)
    model.setObjective(objective)
    return model
  }

  @Test("an LP file holds everything")
  func writesLP() throws {
    let expected = #"""
      \ Problem: an~20example
      Maximize
       ~objective: + 3 x(1) - 0.3333333333333333 ~6512 + 0 unused
         - 1.5 offset_constant
      Subject To
       range: + 0.1 x(1) - 1 ~6512 >= -2
       range~U: + 0.1 x(1) - 1 ~6512 <= 1e+16
       equal: + 0.1 x(1) - 1 ~6512 + 1e-07 ~66ree = 3
       least: + 0.1 x(1) - 1 ~6512 + 1e-07 ~66ree + 2 below + 1 fixed >= 0
      \ Row without bounds: loose
       empty: + 0 x(1) <= 1
      Bounds
       0 <= x(1) <= 4
       ~66ree free
       -inf <= below <= -1
       fixed = 2.5
       -3 <= unused <= 7
       offset_constant = 1
      Generals
       x(1)
      End

      """#
    #expect(try Self.example().lpText() == expected)
  }

  @Test("an MPS file holds everything")
  func writesMPS() throws {
    let expected = """
      * To be maximised: the objective is negated.
      NAME an~20example FREE
      ROWS
       N ~objective
       G range
       E equal
       G least
       N loose
       L empty
      COLUMNS
       MARKER 'MARKER' 'INTORG'
       x[1] ~objective -3
       x[1] range 0.1
       x[1] equal 0.1
       x[1] least 0.1
       x[1] loose 0.1
       MARKER 'MARKER' 'INTEND'
       e12 ~objective 0.3333333333333333
       e12 range -1
       e12 equal -1
       e12 least -1
       e12 loose -1
       free equal 1e-07
       free least 1e-07
       free loose 1e-07
       below least 2
       below loose 2
       fixed least 1
       fixed loose 1
       unused ~objective 0
       offset_constant ~objective 1.5
      RHS
       RHS range -2
       RHS equal 3
       RHS empty 1
      RANGES
       RANGE range 1.0000000000000002e+16
      BOUNDS
       LO BOUND x[1] 0
       UP BOUND x[1] 4
       FR BOUND free
       MI BOUND below
       UP BOUND below -1
       FX BOUND fixed 2.5
       LO BOUND unused -3
       UP BOUND unused 7
       FX BOUND offset_constant 1
      ENDATA

      """
    #expect(try Self.example().mpsText() == expected)
  }

  @Test("minimising needs no note in an MPS file")
  func writesMinimisation() throws {
    let text = try Self.example(.minimize).mpsText()
    #expect(text.hasPrefix("NAME"))
    #expect(text.contains(" x[1] ~objective 3\n"))
    #expect(text.contains(" offset_constant ~objective -1.5\n"))
    #expect(try Self.example(.minimize).lpText().contains("\nMinimize\n"))
  }

  @Test("a range that no width gives exactly becomes two rows in an MPS file")
  func splitsInexactRanges() throws {
    var model = Model(name: "m")
    let x = model.addVariable("x", in: 0...1)
    var sum = LinearExpression()
    sum.add(1, x)
    model.addRow("exact", sum, atLeast: 0.1, atMost: 0.3)
    model.addRow("inexact", sum, atLeast: 1e-20, atMost: 1)
    model.addRow("crossed", sum, atLeast: 2, atMost: 1)
    let text = try model.mpsText()
    #expect(text.contains(" G crossed\n L crossed~U\n"))
    #expect(text.contains("RHS\n RHS exact 0.1\n"))
    let exact = try #require(text.split(separator: "\n").first { $0.hasPrefix(" RANGE exact ") })
    #expect(Double(exact.dropFirst(13)).map { 0.1 + $0 } == 0.3)
    #expect(!text.contains("RANGE crossed"))
  }

  @Test("integer variables get whole bounds, because GLPK takes no others")
  func roundsIntegerBounds() throws {
    var model = Model(name: "m")
    model.addVariable("n", in: -1.5...2.5, kind: .integer)
    model.addVariable("none", in: 0.25...0.75, kind: .integer)
    model.addVariable("c", in: -1.5...2.5)
    let lp = try model.lpText()
    #expect(lp.contains("\n -1 <= n <= 2\n 1 <= none <= 0\n -1.5 <= c <= 2.5\n"))
    let mps = try model.mpsText()
    #expect(
      mps.contains("BOUNDS\n LO BOUND n -1\n UP BOUND n 2\n LO BOUND none 1\n UP BOUND none 0"))
  }

  @Test("long sums are broken into lines")
  func wrapsLines() throws {
    var model = Model(name: "m")
    var sum = LinearExpression()
    for index in 0..<200 {
      sum.add(1, model.addBinary("resident[conv\(index).output,\(index)]"))
    }
    model.addRow("memory[0]", sum, atMost: 100)
    let longest = try model.lpText().split(separator: "\n").map(\.utf8.count).max()
    #expect(try #require(longest) <= 100)
  }

  @Test("no line reaches 255 bytes, whatever the names", arguments: ModelFileFormat.allCases)
  func boundsLines(format: ModelFileFormat) throws {
    let long = String(repeating: "~", count: 254)
    var model = Model(name: long + long)
    var sum = LinearExpression()
    for end in ["a", "b"] {
      sum.add(-1.234_567_890_123_456_7e-101, model.addBinary(long + end))
      model.addRow(long + end, sum, atLeast: -1.234_567_890_123_456_7e-101, atMost: 1)
    }
    model.setObjective(sum)
    let text = format == .lp ? try model.lpText() : try model.mpsText()
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count < 255 })
    #expect(text.split(separator: "\n").count { $0.contains("Name: ") } == 4)
  }

  @Test("there is an offset's variable only where there is an offset")
  func omitsOffset() throws {
    var model = Model(name: "m")
    let b = model.addBinary("b")
    model.addVariable("n", in: 0...2, kind: .integer)
    var objective = LinearExpression()
    objective.add(1, b)
    model.setObjective(objective)
    let expected = """
      \\ Problem: m
      Minimize
       ~objective: + 1 b + 0 n
      Subject To
       ~none: 0 b <= 1
      Bounds
       0 <= n <= 2
      Generals
       n
      Binaries
       b
      End

      """
    #expect(try model.lpText() == expected)
    #expect(try !model.mpsText().contains("offset_constant"))
  }

  @Test("a model that an engine could misread is not written")
  func refusesMalformedModels() {
    var model = Model(name: "m")
    model.addVariable("x", in: 0...1)
    model.setObjective(LinearExpression(constant: .nan))
    #expect(throws: SolverError.invalidModel("objective: the offset is nan")) {
      try model.lpText()
    }
    #expect(throws: SolverError.self) { try model.mpsText() }
  }

  @Test("a model's name can't break out of its line")
  func confinesModelName() throws {
    let model = Model(name: "a\nEnd\n*é")
    #expect(try model.lpText().hasPrefix("\\ Problem: a~0AEnd~0A~2A~C3~A9\n"))
    #expect(try model.mpsText().hasPrefix("NAME a~0AEnd~0A*~C3~A9 FREE\n"))
  }
}

@Suite("Names in files")
struct FileNamesTests {
  private static func written(_ name: String, _ format: ModelFileFormat) -> String {
    var model = Model(name: "m")
    model.addBinary(name)
    return FileNames(of: model, in: format).variables[0]
  }

  @Test(
    "names are kept where the format allows it",
    arguments: [
      ("resident[conv1.out,17]", "resident(conv1.out,17)", "resident[conv1.out,17]"),
      ("e12", "~6512", "e12"), ("E", "~45", "E"), ("e.5", "~65.5", "e.5"),
      ("energy", "energy", "energy"), ("e[1]", "e(1)", "e[1]"), ("Free", "~46ree", "Free"),
      ("2nd", "~32nd", "~32nd"), ("-", "~2D", "~2D"), ("a-b", "a~2Db", "a-b"),
      ("$", "~24", "~24"), ("a~b", "a~7Eb", "a~7Eb"), ("f(x)", "f~28x~29", "f(x)"),
      ("[1]", "~5B1)", "~5B1]"), ("a:b", "a~3Ab", "a:b"), ("_", "_", "_"),
    ])
  func keepsNames(name: String, lp: String, mps: String) {
    #expect(Self.written(name, .lp) == lp)
    #expect(Self.written(name, .mps) == mps)
  }

  @Test("every name of printable characters can be had back", arguments: ModelFileFormat.allCases)
  func isReversible(format: ModelFileFormat) {
    let characters = (0x21..<0x7F).map { Character(Unicode.Scalar($0)) }
    let names =
      characters.map { String($0) } + characters.flatMap { ["x\($0)", "e\($0)1", "\($0)~"] }
    var model = Model(name: "m")
    for name in Set(names).sorted() { model.addBinary(name) }
    let written = FileNames(of: model, in: format).variables
    #expect(Set(written).count == written.count)
    #expect(written.map { FileNames.original(of: $0, in: format) } == model.variableNames)
  }

  @Test("names that are too long or taken end in their index, and a comment has the original")
  func numbersNames() throws {
    let long = String(repeating: "long", count: 40)
    var model = Model(name: "m")
    let x = model.addBinary("x")
    model.addBinary("x")
    model.addBinary(long)
    var sum = LinearExpression()
    sum.add(1, x)
    model.addRow("x", sum, atMost: 1)
    model.addRow("x", sum, atMost: 2)
    let names = FileNames(of: model, in: .lp)
    #expect(names.variables == ["x", "x~~1", "\(long.prefix(80))~~2"])
    #expect(names.rows == ["x", "x~~1"])
    #expect(FileNames.original(of: "x~~1", in: .lp) == nil)
    let comment = "Name: variable \(long.prefix(80))~~2 is\n"
    #expect(try model.lpText().contains("\\ \(comment)\\   \(long)\n"))
    #expect(try model.mpsText().contains("* \(comment)*   \(long)\n"))
  }

  @Test("the writer's own names belong to nothing in the model")
  func ownNamesHaveNoOriginal() {
    #expect(FileNames.original(of: "offset_constant", in: .lp) == nil)
    #expect(FileNames.original(of: "~objective", in: .lp) == nil)
    #expect(FileNames.original(of: "memory(3)~U", in: .lp) == "memory[3]")
    #expect(FileNames.original(of: "x~4", in: .mps) == nil)
  }
}
