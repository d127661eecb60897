import Foundation
import GLPK
import Optimization
import TestSupport
import Testing

/// What MathProg texts may hold: names, lines at fault, and statements that reach for files.
@Suite("MathProg texts", .enabled(if: !GLPKSolver().version.isEmpty))
struct MathProgTextTests {
  @Test(
    "statements that write files are found behind any spelling",
    arguments: [
      #"printf"x">"FILE";"#, #"printf/**/"x">"FILE";"#, #"printf{i in 1..2}"x">>"FILE";"#,
      "printf#\n\"x\">\"FILE\";", #"for {i in 1..2}printf"x">"FILE";"#,
      #"printf 'it''s'>'FILE';"#, #"printf "a""b">"FILE";"#, #"printf"%d",1>"FILE";"#,
      #"table/**/t{i in 1..2} OUT "CSV" "FILE": i;"#, "table#\nt{i in 1..2} OUT 'CSV' 'FILE': i;",
      #"check 1 = 1;printf"x">"FILE";"#,
    ])
  func fileAccess(statement: String) throws {
    let folder = try TemporaryFolder()
    let target = folder.path + "/written.csv"
    let text = statement.replacingOccurrences(of: "FILE", with: target)
    let error = #expect(throws: SolverError.self) {
      try MathProg.read(model: "var x >= 0;\nminimize f: x;\n\(text)\nend;")
    }
    #expect(error?.description.contains("is refused") == true)
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  @Test("harmless statements that look alike are read")
  func lookAlikes() throws {
    let model = try MathProg.read(
      model: #"""
        param printfs := 3; param timetable := 2; # printf "x" > "f";
        /* table t OUT "CSV" "f": i; */
        var x >= 0; minimize f: x; s.t. r{i in 1..2: i > 1}: x >= printfs + timetable;
        printf "printf > table; 'x'\n"; end;
        """#)
    #expect(model.rowLowerBounds == [5])
  }

  @Test("names that a model can't hold are written as percent codes")
  func illegalNames() throws {
    let long = String(repeating: "n", count: 99)
    let model = try MathProg.read(
      model: """
        set S := {"a b", "a_b", "é", "100%"}; set L := {"\(long)"};
        var x{S} >= 1; var y{L, L, L} >= 0;
        minimize f: sum{s in S} x[s] + sum{i in L} y[i,i,i];
        s.t. r{s in S}: x[s] >= 2;
        end;
        """)
    #expect(
      model.variableNames.prefix(4) == ["x['a%20b']", "x[a_b]", "x['%C3%A9']", "x['100%']"])
    #expect(model.rowNames.first == "r['a%20b']")
    #expect(Set(model.variableNames).count == model.variableCount)
    #expect(model.variableNames.allSatisfy { $0.utf8.count <= 255 })
    #expect(throws: Never.self) { try model.validate() }
  }

  @Test("names that GLPK cuts within a letter are no trouble", arguments: 79...83)
  func cutNames(letters: Int) throws {
    // Three indices of up to 166 bytes, of which a name has room for half.
    let text =
      String(repeating: "é", count: letters / 2) + String(repeating: "e", count: letters % 2)
    let model = try MathProg.read(
      model: """
        set L := {"\(text)"}; var y{L, L, L, L, L, L} >= 0; var last >= 7;
        minimize f: sum{i in L} y[i,i,i,i,i,i]; s.t. r{i in L}: y[i,i,i,i,i,i] + last >= 9; end;
        """)
    #expect(model.variableNames.count == 2)
    #expect(model.variableNames.first?.hasPrefix("y['") == true)
    #expect(model.variableNames.last == "last")
    #expect(model.rowNames.count == 1)
    #expect(throws: Never.self) { try model.validate() }
  }

  @Test("two hundred faulty texts leave no file open")
  func openFiles() async throws {
    await #expect(processExitsWith: .success) {
      func openFiles() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      }
      let before = try openFiles()
      for _ in 0..<100 {
        #expect(throws: SolverError.self) { try MathProg.read(model: "var x >= ;") }
        #expect(throws: SolverError.self) {
          try MathProg.read(model: "param p; end;", data: "data; param q := 1;")
        }
      }
      #expect(try openFiles() <= before + 4)
    }
  }

  @Test("faults in data are told with the line of the data")
  func faultyData() throws {
    let error = #expect(throws: SolverError.self) {
      try MathProg.read(
        model: "set S; param p{S}; var x{S} >= 0; minimize f: sum{s in S} p[s] * x[s]; end;",
        data: "data;\nset S := a b;\nparam p := a one;\nend;")
    }
    guard case .invalidModel(let words) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(words.contains("line 3"), "\(words)")
  }

  @Test("the swap program is read whole, with a data section that was solved by hand")
  func swapProgram() throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let file = package.appending(path: "Models/Formulations/swap.mod").standardized
    let text = try String(contentsOf: file, encoding: .utf8)
    let model = try MathProg.read(model: text, data: Self.swapData)
    #expect(model.sense == .minimize)
    #expect(model.objective.constant == 30)
    #expect(model.integerCount == 1)
    let solution = try GLPKSolver().solve(model, options: SolveOptions())
    // Half of the tensor leaves before operator 1 starts and half comes back after it ended, at
    // 2 MiB per millisecond: 2 ms each on top of 30.
    #expect(abs((solution.objective ?? 0) - 34) < 1e-6)
    let swap = try #require(model.variableNames.firstIndex(of: "swap[0]"))
    #expect(solution.point?[swap] == 1)
  }

  /// Three operators of 10 ms; a tensor of 8 MiB idles over the second, which lacks 4 MiB.
  private static let swapData = """
    data;
    param n := 3;
    param time := 0 10 1 10 2 10;
    param live := 0 5 1 10 2 5;
    param carried := 0 0 1 0 2 0;
    param budget := 6;
    set GAPS := 0;
    param after := 0 0; param before := 0 2; param size := 0 8; param movable := 0 1;
    param copy_out := 0 4; param copy_back := 0 4; param counts_whole := 0 0;
    set CHAINS := ; param chain_time := ; param chain_extra := ; set ANCHORS := ;
    param rate_out := 2; param rate_back := 2; param duplex_out := 1; param duplex_back := 1;
    end;
    """
}
