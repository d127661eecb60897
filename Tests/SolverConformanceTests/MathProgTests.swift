import Foundation
import GLPK
import Optimization
import Testing

@Suite("MathProg")
struct MathProgTests {
  private static let transport = """
    # What each plant ships to each market.
    set PLANTS; set MARKETS;
    param supply{PLANTS}; param demand{MARKETS}; param distance{PLANTS, MARKETS};
    param freight := 2;
    var shipped{i in PLANTS, j in MARKETS} >= 0;
    var trucks{i in PLANTS} integer, >= 0, <= 7.5;
    minimize cost: sum{i in PLANTS, j in MARKETS} freight * distance[i,j] * shipped[i,j]
      + sum{i in PLANTS} 5 * trucks[i] + 100;
    s.t. limit{i in PLANTS}: sum{j in MARKETS} shipped[i,j] <= supply[i];
    s.t. met{j in MARKETS}: sum{i in PLANTS} shipped[i,j] >= demand[j];
    s.t. carried{i in PLANTS}: sum{j in MARKETS} shipped[i,j] <= 10 * trucks[i];
    s.t. shared: 1 <= trucks["east"] + trucks["west"] <= 9;
    s.t. even: trucks["east"] - trucks["west"] = 0;
    solve;
    printf "%s\\n", "the ; and > of a string # are no statement's";
    end;
    """
  private static let data = """
    data;
    set PLANTS := east west; set MARKETS := north south;
    param supply := east 30 west 40;
    param demand := north 25 south 20;
    param distance : north south := east 1 3 west 2 1;
    end;
    """

  @Test("a model and its data become a model that any solver solves", arguments: Backend.all)
  func transport(backend: Backend) throws {
    let model = try MathProg.read(model: Self.transport, data: Self.data)
    #expect(model.variableCount == 6)
    #expect(model.variableNames.first == "shipped[east,north]")
    #expect(
      model.rowNames == [
        "limit[east]", "limit[west]", "met[north]", "met[south]", "carried[east]",
        "carried[west]", "shared", "even",
      ])
    #expect(model.integerCount == 2)
    #expect(model.lowerBounds == [0, 0, 0, 0, 0, 0])
    #expect(model.upperBounds.suffix(2) == [7.5, 7.5])
    let solution = try backend.solver().solve(model, options: SolveOptions())
    // 25 from the east at 1, 20 from the west at 1, three trucks each.
    #expect(solution.objective == 220)
  }

  @Test("bounds of every kind and maximisation survive")
  func bounds() throws {
    let model = try MathProg.read(
      model: """
        var free; var up <= 3; var low >= -2; var both >= 1, <= 4; var fixed = 5; var one binary;
        maximize worth: up + 2 * one - free;
        s.t. row: free + low + both + fixed >= 0;
        s.t. range: -4 <= free <= 12;
        """)
    #expect(model.sense == .maximize)
    #expect(model.lowerBounds == [-.infinity, -.infinity, -2, 1, 5, 0])
    #expect(model.upperBounds == [.infinity, 3, .infinity, 4, 5, 1])
    #expect(model.kinds.map { $0 == .integer } == [false, false, false, false, false, true])
    #expect(model.rowLowerBounds == [0, -4])
    #expect(model.rowUpperBounds == [.infinity, 12])
  }

  @Test(
    "faults are told with their line and their words",
    arguments: [
      ("var x >= ;", "line 1"), ("var x;\nminimize f: y;", "line 2: y not defined"),
      ("param p; var x >= p; minimize f: x;", "no value for p"),
      ("param p, > 3, := 2; var x >= p; minimize f: x;", "not > 3"), ("\u{0}", "zero byte"),
      ("gibberish", "line 1"),
    ])
  func faults(text: String, words: String) throws {
    let error = #expect(throws: SolverError.self) { try MathProg.read(model: text) }
    guard case .invalidModel(let told) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(told.contains(words), "\(told)")
  }

  @Test("files are neither written nor read")
  func files() throws {
    let folder = try TemporaryFolder()
    let target = folder.path + "/written"
    for statement in [
      #"printf "x" > "\#(target)";"#, #"printf "x" >> "\#(target)";"#,
      #"printf{i in 1..2: i >= 1} "x" > "\#(target)";"#,
      #"for {i in 1..2} {printf "x" > "\#(target)";}"#,
      #"set S; table t IN "CSV" "\#(target)": S <- [a];"#,
      #"/* ' */ printf "x" > "\#(target)";"#,
      #"param q symbolic := "it''s"; printf q > "\#(target)";"#,
    ] {
      #expect(throws: SolverError.self) {
        try MathProg.read(model: "var x >= 0; minimize f: x;\n\(statement)\nend;")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  @Test("a hundred translations at once")
  func concurrent() async throws {
    let counts = await withTaskGroup(of: Int?.self) { group in
      for count in 1...100 {
        group.addTask {
          try? MathProg.read(
            model:
              "var x{1..\(count)} binary; minimize f: sum{i in 1..\(count)} x[i]; s.t. r: x[1] >= 1;"
          ).variableCount
        }
      }
      return await group.reduce(into: Set<Int?>()) { $0.insert($1) }
    }
    #expect(counts == Set((1...100).map(Optional.some)))
  }
}
