import Plans
import Profiles
import Reports
import Simulation
import Testing

@Suite("The report of a plan")
struct SwapReportTests {
  @Test("a summary tells memory, time, decisions, reasons, search and verdict")
  func summary() throws {
    #expect(
      try Sample.report().text() == """
        seven-steps on Example 128 (128.00 MiB), budget 70.00 MiB
        The simulator finds the plan valid.

        Memory
          before       110.00 MiB  ██████████████████████████████  at loss
          after         70.00 MiB  ███████████████████░░░░░░░░░░░  at loss
          at least      60.00 MiB  ████████████████░░░░░░░░░░░░░░  at loss
          on the host   20.00 MiB

        Iteration
          before                  70.000 ms
          after                  112.000 ms  +42.000 ms (+60.0 %)
            waiting for tensors   21.000 ms
            waiting for memory    11.000 ms
            recomputing           10.000 ms
          lower bound            101.000 ms  gap 9.8 % of the iteration, 26.2 % of what is added
          Bound: the linear relaxation of the swap model.
          Planner and simulator agree on 112.000 ms.

        Decisions
          swap       1 gap  20.00 MiB  20.00 MiB to the host, 20.00 MiB back
          recompute  1 gap  20.00 MiB
          keep       1 gap  10.00 MiB

        Why
          a  swap       20.00 MiB  f2 … b2  costs 42.000 ms if not hidden
              It is the largest tensor that is idle while 'loss' needs 50 MiB for its output and its
              workspace, and the copy back has until 'b2'.
          b  recompute  20.00 MiB  f3 … b3  costs 10.000 ms if not hidden
              Running 'f2' again takes 10 ms; two copies would take 42 ms.

        Search
          strategy              value       bound    gap  nodes  engine      seconds  ended
          greedy           120.000 ms           –      –     12  planner        0.00  finished
          integer program  112.000 ms  101.000 ms  9.8 %   1234  CBC 2.10.8     1.50  node limit
          integer program           –           –      –      0  GLPK 5.0       2.00  no solution

        """)
  }

  @Test("a plan that fails is told with its reason and without numbers of a run")
  func failure() throws {
    let report = try Sample.report(
      [Sample.gap("a", .keep), Sample.gap("b", .keep), Sample.gap("x", .keep)], budget: 70)
    #expect(
      report.text() == """
        seven-steps on Example 128 (128.00 MiB), budget 70.00 MiB
        The plan fails. The run stops at operator 'loss': it needs 50.00 MiB (52428800 bytes), but 60.00 MiB
        (62914560 bytes) of the budget of 70.00 MiB (73400320 bytes) are taken, and nothing under way frees
        any. Swap or recompute more before it, prefetch later, or raise the budget: here 110.00 MiB
        (115343360 bytes) would have done.

        Memory
          before    110.00 MiB  ██████████████████████████████  at loss
          at least   60.00 MiB  ████████████████░░░░░░░░░░░░░░  at loss

        Iteration
          before  70.000 ms
          The plan carries no prediction.

        Decisions
          swap       0 gaps    0 bytes
          recompute  0 gaps    0 bytes
          keep       3 gaps  50.00 MiB

        """)
  }

  @Test("a prediction that is off is told")
  func prediction() throws {
    var plan = Sample.plan
    plan.prediction?.iterationMicroseconds = 100_000
    let report = SwapReport(plan, simulator: try Sample.simulator())
    #expect(report.isPredictionExact == false)
    #expect(
      report.text().contains(
        "The plan predicts 100.000 ms, the simulator finds +12.000 ms (+12.0 %)."))
    plan.prediction?.iterationMicroseconds = 112_000.0000001
    #expect(SwapReport(plan, simulator: try Sample.simulator()).isPredictionExact == true)
  }

  @Test("a plan of another profile and a plan cut off by time are marked")
  func marks() throws {
    var plan = Sample.plan
    plan.profile.name = "other"
    plan.isRepeatable = false
    let text = SwapReport(plan, simulator: try Sample.simulator()).text()
    #expect(text.contains("The plan was made for profile 'other'."))
    #expect(text.contains("A time limit cut the search off"))
  }

  @Test("only the largest decisions are told, and how many there are")
  func limit() throws {
    let text = try Sample.report().text(decisionLimit: 1)
    #expect(text.contains("Why (the largest 1 of 2)"))
    #expect(!text.contains("Running 'f2' again"))
  }

  @Test("colour changes nothing but colour, and is off unless asked for")
  func colour() throws {
    let plain = try Sample.report().text()
    let coloured = try Sample.report().text(isColored: true)
    #expect(!plain.contains("\u{1B}"))
    #expect(coloured.contains("\u{1B}[32mThe simulator finds the plan valid.\u{1B}[0m"))
    var stripped = coloured
    for code in ["[0m", "[1m", "[31m", "[32m"] {
      stripped = stripped.split(separator: "\u{1B}\(code)", omittingEmptySubsequences: false)
        .joined()
    }
    #expect(stripped == plain)
  }

  @Test("no line is wider than 100 columns, and no name reaches the terminal with control codes")
  func width() throws {
    let long = String(repeating: "layer.", count: 40)
    var profile = Sample.profile
    for index in profile.operators.indices {
      profile.operators[index].reads = profile.operators[index].reads.map { long + $0 }
      profile.operators[index].writes = profile.operators[index].writes.map { long + $0 }
      profile.operators[index].id = long + "\u{1B}[31m" + profile.operators[index].id
    }
    for index in profile.tensors.indices {
      profile.tensors[index].id = long + profile.tensors[index].id
      profile.tensors[index].aliasOf = profile.tensors[index].aliasOf.map { long + $0 }
    }
    let simulator = try Simulator(profile: profile)
    let gaps = simulator.storages.gaps.map { gap in
      GapDecision(
        tensor: simulator.storages.all[gap.storage].tensor.id,
        after: profile.operators[gap.after].id, before: profile.operators[gap.before].id,
        action: .swap(prefetchAt: profile.operators[gap.before - 1].id))
    }
    var plan = Sample.plan
    plan.decisions = .swap(SwapDecisions(gaps: gaps))
    plan.reasons = gaps.map {
      Reason(
        tensor: $0.tensor, after: $0.after, before: $0.before, freedBytes: 1, costMicroseconds: 1,
        neededAt: "loss", text: long + " " + String(repeating: "word ", count: 60))
    }
    let report = SwapReport(plan, simulator: simulator)
    #expect(report.result.isValid)
    let comparison = Comparison([
      .init(name: long, report: report), .init(name: "short", report: report),
    ])
    let infeasible = InfeasibleReport(profile: profile, budgetBytes: 1, detail: long)
    let texts = [
      report.text(), report.explanation(), try report.explanation(of: long + "a.view"),
      comparison.text(), infeasible.text(),
    ]
    for line in texts.joined().split(separator: "\n") {
      #expect(line.count <= 100)
      #expect(!line.contains("\u{1B}"))
    }
  }

  @Test("an empty profile has a report")
  func empty() throws {
    let profile = Profile(name: "nothing", tensors: [], operators: [])
    let plan = Plan(
      version: "1", profile: .init(name: "nothing"), budget: .init(deviceBytes: 0),
      decisions: .swap(SwapDecisions(gaps: [])))
    let report = SwapReport(plan, simulator: try Simulator(profile: profile))
    #expect(report.text().contains("nothing, budget 0 bytes"))
    #expect(report.addedShare == nil)
    #expect(report.explanation().contains("The peak: 0 bytes of 0 bytes"))
    #expect(try report.json().contains("\"valid\":true"))
  }
}
