import Plans
import Profiles
import Reports
import Simulation
import Testing

@Suite("Comparisons and JSON")
struct ComparisonTests {
  static func comparison() throws -> Comparison {
    Comparison([
      .init(
        name: "keep",
        report: try Sample.report(
          [Sample.gap("a", .keep), Sample.gap("b", .keep), Sample.gap("x", .keep)], budget: 70)),
      .init(name: "planner", report: try Sample.report()),
      .init(
        name: "swap only",
        report: try Sample.report(
          [
            Sample.gap("a", .swap(prefetchAt: "b3")), Sample.gap("b", .swap(prefetchAt: "loss")),
            Sample.gap("x", .keep),
          ], budget: 70)),
    ])
  }

  @Test("the best plan is marked, and the others are told by their differences")
  func table() throws {
    #expect(
      try Self.comparison().text() == """
        3 plans for seven-steps: 70.000 ms and 110.00 MiB unconstrained
             plan        iteration    added     budget       peak       host    gap  valid  differs
             keep                –        –  70.00 MiB          –          –      –  no           2
          *  planner    112.000 ms  +60.0 %  70.00 MiB  70.00 MiB  20.00 MiB  9.8 %  yes          –
             swap only  134.000 ms  +91.4 %  70.00 MiB  70.00 MiB  40.00 MiB      –  yes          2
          * the best; 'differs' counts the gaps that are treated otherwise than by it

        keep fails
          The run stops at operator 'loss': it needs 50.00 MiB (52428800 bytes), but 60.00 MiB (62914560
          bytes) of the budget of 70.00 MiB (73400320 bytes) are taken, and nothing under way frees any.
          Swap or recompute more before it, prefetch later, or raise the budget: here 110.00 MiB (115343360
          bytes) would have done.

        keep instead of planner, in 2 gaps
          a  20.00 MiB  f2 … b2  keep, not swap (back from loss)
          b  20.00 MiB  f3 … b3  keep, not recompute (1 operator)

        swap only instead of planner, in 2 gaps
          a  20.00 MiB  f2 … b2  swap (back from b3), not swap (back from loss)
          b  20.00 MiB  f3 … b3  swap (back from loss), not recompute (1 operator)

        """)
  }

  @Test("of equally fast plans, the one with the lower peak is the best, then the first")
  func ties() throws {
    let kept = [Sample.gap("a", .keep), Sample.gap("b", .keep), Sample.gap("x", .keep)]
    let swapped = [
      Sample.gap("a", .keep), Sample.gap("b", .keep), Sample.gap("x", .swap(prefetchAt: "f2")),
    ]
    // x leaves from 10 ms to 21 ms and is back at 32 ms, before `loss` starts: the same peak.
    let same = Comparison([
      .init(name: "kept", report: try Sample.report(kept, budget: 200)),
      .init(name: "swapped", report: try Sample.report(swapped, budget: 200)),
    ])
    #expect(same.best == 0)
    let late = [
      Sample.gap("a", .keep), Sample.gap("b", .keep), Sample.gap("x", .swap(prefetchAt: "b3")),
    ]
    let lower = Comparison([
      .init(name: "kept", report: try Sample.report(kept, budget: 200)),
      .init(name: "late", report: try Sample.report(late, budget: 200)),
    ])
    #expect(lower.best == 1)
  }

  @Test("without a valid plan, none is the best")
  func noneValid() throws {
    let keep = try Self.comparison().entries[0]
    let comparison = Comparison([keep, keep])
    #expect(comparison.best == nil)
    #expect(comparison.text().contains("None of the plans is valid."))
    #expect(Comparison([]).text() == "There is nothing to compare.\n")
  }

  @Test("the JSON of a report is one line with sorted keys")
  func json() throws {
    #expect(
      try Sample.report().json() == """
        {"bound_method":"the linear relaxation of the swap model","budget_bytes":73400320,\
        "bytes_to_device":20971520,"bytes_to_host":20971520,"decisions":[{"action":"swap",\
        "after":"f2","before":"b2","bytes":20971520,"cost_us":42000,"prefetch_at":"loss",\
        "reason":"It is the largest tensor that is idle while 'loss' needs 50 MiB for its output\
         and its workspace, and the copy back has until 'b2'.","tensor":"a"},\
        {"action":"recompute","after":"f3","before":"b3","bytes":20971520,"cost_us":10000,\
        "operators":["f2"],"reason":"Running 'f2' again takes 10 ms; two copies would take 42 ms.",\
        "tensor":"b"}],"device":"Example 128","gap":{"of_added_time":0.2619047619047619,\
        "of_iteration":0.09821428571428571},"kept":1,"memory":{"host_peak_bytes":20971520,\
        "minimum_budget_bytes":62914560,"minimum_budget_operator":"loss","peak_bytes":73400320,\
        "peak_operator":"loss","unconstrained_peak_bytes":115343360,\
        "unconstrained_peak_operator":"loss"},"profile":"seven-steps","repeatable":true,\
        "schema":"planner.report/1","search":[{"engine":"planner","nodes":12,"seconds":0.002,\
        "strategy":"greedy","termination":"finished","value_us":120000},{"bound_us":101000,\
        "engine":"CBC 2.10.8","gap":0.09821428571428571,"nodes":1234,"seconds":1.5,\
        "strategy":"integer program","termination":"node limit","value_us":112000},\
        {"engine":"GLPK 5.0","nodes":0,"seconds":2,"strategy":"integer program",\
        "termination":"no solution"}],"time":{"added_us":42000,"compute_us":70000,\
        "iteration_us":112000,"lower_bound_us":101000,"memory_stall_us":11000,\
        "predicted_us":112000,"prediction_exact":true,"recompute_us":10000,\
        "swap_in_stall_us":21000,"unconstrained_us":70000},"valid":true}
        """)
  }

  @Test("the JSON of a failure names operator and bytes, and has no numbers of a run")
  func failureJSON() throws {
    let json = try Self.comparison().entries[0].report.json()
    #expect(
      json.contains(
        """
        "failure":{"budget_bytes":73400320,"bytes":52428800,"kind":"waits_for_memory",\
        "message":"The run stops at operator 'loss':
        """))
    #expect(json.contains("\"operator\":\"loss\",\"used_bytes\":62914560}"))
    #expect(json.contains("\"time\":{\"unconstrained_us\":70000}"))
    #expect(json.contains("\"valid\":false"))
    #expect(!json.contains("\n"))
  }

  @Test("the JSON of a comparison names the best and repeats each report")
  func comparisonJSON() throws {
    let comparison = try Self.comparison()
    let json = try comparison.json()
    #expect(
      json.hasPrefix("{\"best\":\"planner\",\"plans\":[{\"best\":false,\"gaps_unlike_best\":2,"))
    for entry in comparison.entries { #expect(json.contains(try entry.report.json())) }
    #expect(json.hasSuffix("],\"schema\":\"planner.comparison/1\"}"))
  }

  @Test("numbers that JSON can't hold are errors")
  func notFinite() throws {
    var plan = Sample.plan
    plan.prediction?.iterationMicroseconds = .nan
    let report = SwapReport(plan, simulator: try Sample.simulator())
    #expect(throws: EncodingError.self) { try report.json() }
  }
}
