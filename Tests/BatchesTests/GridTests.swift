import Batches
import Testing

/// Grids of what-ifs.
@Suite struct GridTests {
  private func grid(_ text: String) throws -> Grid { try Grid(Array(text.utf8), name: "g.json") }

  @Test("a grid is read, and its profiles are all combinations but the budgets")
  func reading() throws {
    let grid = try grid(
      """
      {"schema": "planner.grid/1", "source": "c.json", "collect": {"seq": 128, "zero": "1",
       "sequence_parallel": true}, "options": {"time_limit": "5s"}, "budgets": ["50%", 1000],
       "devices": ["A", "B/1"], "link_gb_per_s": [12, 2.5], "batches": [1, 2]}
      """)
    #expect(grid.budgets == ["50%", "1000"])
    #expect(grid.collect == ["seq": "128", "zero": "1", "sequence-parallel": "true"])
    #expect(grid.options == ["time-limit": "5s"])
    #expect(grid.variants.count == 8)
    #expect(grid.variants.map(\.name).first == "A-b1-12GBps")
    #expect(grid.variants.map(\.name).last == "B_1-b2-2.5GBps")
    #expect(Set(grid.variants.map(\.name)).count == 8)
  }

  @Test("without lists there is the source itself")
  func source() throws {
    let grid = try grid(#"{"schema": "planner.grid/1", "source": "p.json"}"#)
    #expect(grid.variants.count == 1 && grid.variants[0].device == nil)
    #expect(grid.variants[0].name == "source")
  }

  @Test(
    "faults name the file, the place and the remedy",
    arguments: [
      (#"{"schema": "planner.grid/2", "source": "p"}"#, "schema"),
      (#"{"schema": "planner.grid/1"}"#, "source"),
      (#"{"schema": "planner.grid/1", "source": "p", "budget": []}"#, "budget"),
      (#"{"schema": "planner.grid/1", "source": "p", "budgets": []}"#, "budgets"),
      (#"{"schema": "planner.grid/1", "source": "p", "budgets": ["1", "1"]}"#, "budgets[1]"),
      (#"{"schema": "planner.grid/1", "source": "p", "batches": [0]}"#, "batches[0]"),
      (#"{"schema": "planner.grid/1", "source": "p", "batches": [1.5]}"#, "batches[0]"),
      (#"{"schema": "planner.grid/1", "source": "p", "link_gb_per_s": [-1]}"#, "link_gb_per_s[0]"),
      (#"{"schema": "planner.grid/1", "source": "p", "options": []}"#, "options"),
      ("{", "line 1"),
    ])
  func faults(text: String, place: String) throws {
    let error = #expect(throws: BatchInputError.self) { try grid(text) }
    #expect(error?.description.contains("g.json") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(place) == true, "\(error?.description ?? "")")
  }

  @Test("too many combinations are refused before any is made")
  func size() throws {
    let numbers = (1...400).map { "\($0)" }.joined(separator: ",")
    let text =
      #"{"schema": "planner.grid/1", "source": "p", "batches": [\#(numbers)], "#
      + #""link_gb_per_s": [\#(numbers)]}"#
    let error = #expect(throws: BatchInputError.self) { try grid(text) }
    #expect(error?.description.contains("combinations") == true)
  }
}
