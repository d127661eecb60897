import Foundation
import Glibc
import Plans
import TestSupport
import Testing

/// `sweep`, `fit` and the options of `solve` that came with them.
@Suite("planner: budgets and strategies") struct SweepCommandTests {
  @Test("a sweep is monotone as text, JSON and CSV, and its plans hold")
  func sweep() throws {
    let folder = try Folder()
    let profile = try folder.profile()
    let arguments = ["sweep", profile, "--budget", "60%...100%", "--points", "4"]
    let text = try Command.run(arguments)
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.text.contains("of peak"))
    let plans = folder.path("plans")
    let json = try Command.run(arguments + ["--json", "--plans", plans])
    let object = try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any]
    let points = try #require(object?["points"] as? [[String: Any]])
    #expect(points.count == 4)
    let times = points.compactMap { $0["iteration_us"] as? Double }
    #expect(times == times.sorted(by: >))
    for file in try FileManager.default.contentsOfDirectory(atPath: plans) {
      #expect(try Command.run(["check", profile, "\(plans)/\(file)"]).status == 0)
    }
    let csv = try Command.run(arguments + ["--format", "csv"])
    #expect(csv.text.split(separator: "\n").count == 5)
  }

  @Test("fit finds a budget and a batch")
  func fit() throws {
    let folder = try Folder()
    let (profile, plan) = (try folder.profile(), folder.path("plan.json"))
    let budget = try Command.run(["fit", profile, "--time", "+10%", "-o", plan])
    #expect(budget.status == 0, "\(budget.errors)")
    #expect(budget.text.contains("will do for"))
    #expect(try Command.run(["check", profile, plan]).status == 0)
    let batch = try Command.run(["fit", profile, "--batch", "4", "--budget", "1GiB", "--json"])
    #expect(batch.status == 0, "\(batch.errors)")
    #expect(batch.text.contains("\"batch\":"))
    #expect(try Command.run(["fit", profile, "--time", "1ms"]).status == 4)
    #expect(try Command.run(["fit", profile]).status == 64)
    #expect(try Command.run(["sweep", profile, "--budget", "60%..100%"]).status == 64)
    #expect(try Command.run(["sweep", profile, "--budget", "1KiB...2KiB"]).status == 4)
  }

  @Test("all strategies stand in one table, and one can be taken alone")
  func strategies() throws {
    let folder = try Folder()
    let profile = try folder.profile()
    let all = try Command.run(["solve", profile, "--budget", "70%", "--strategy", "all"])
    #expect(all.status == 0, "\(all.errors)")
    for name in ["keep-all", "swap-all", "sqrt-checkpoints", "capuchin", "zero-offload", "greedy"] {
      #expect(all.text.contains(name))
    }
    let one = try Command.run(["solve", profile, "--budget", "70%", "--strategy", "swap-all"])
    #expect(one.status == 0, "\(one.errors)")
    let keep = try Command.run(["solve", profile, "--budget", "70%", "--strategy", "keep-all"])
    #expect(keep.status == 5)
    #expect(try Command.run(["solve", profile, "--strategy", "none"]).status == 64)
  }

  @Test("planned buffers get addresses within the budget")
  func addresses() throws {
    let folder = try Folder()
    let (profile, file) = (try folder.profile(), folder.path("addresses.csv"))
    let run = try Command.run(
      ["solve", profile, "--budget", "70%", "-q", "--addresses", file, "--jitter", "5%"])
    #expect(run.status == 0, "\(run.errors)")
    let check = try Command.run(["allocate", "--check", file])
    #expect(check.status == 0, "\(check.errors)")
  }

  @Test("a grid is planned as a batch, goes on where it stood, and tells the same in all forms")
  func grid() throws {
    let folder = try Folder()
    _ = try folder.profile("p.json")
    let grid = try folder.file(
      "g.json",
      Array(
        """
        {"schema": "planner.grid/1", "source": "p.json", "measured_batch": 4, "batches": [2, 4],
         "link_gb_per_s": [4, 16], "budgets": ["70%", "100%", "1KiB"],
         "options": {"strategy": "greedy"}}
        """.utf8))
    let (kept, csv, svg) = (folder.path("kept"), folder.path("r.csv"), folder.path("r.svg"))
    let arguments = ["sweep", "--grid", grid, "--folder", kept, "--no-cache"]
    let run = try Command.run(arguments + ["-o", csv, "--svg", svg, "--jobs", "2"])
    #expect(run.status == 0, "\(run.errors)")
    let text = try String(contentsOfFile: csv, encoding: .utf8)
    let rows = text.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(rows.count == 12)
    #expect(rows.map { $0[6] }.filter { $0 == "infeasible" }.count == 4)
    // A faster link is never slower with the same rule, where nothing is short.
    for row in rows where row[4] == "100%" { #expect(row[6] == "planned") }
    #expect(try String(contentsOfFile: svg, encoding: .utf8).contains("b2-16GBps"))
    let again = try Command.run(arguments + ["--json"])
    #expect(again.errors.contains("12 done before"), "\(again.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(again.output)) as? [String: Any]
    let points = try #require(object?["points"] as? [[String: Any]])
    #expect(points.map { $0["status"] as? String } == rows.map { $0[6] })
    let wrong = try folder.file(
      "w.json",
      Array(
        #"{"schema": "planner.grid/1", "source": "p.json", "devices": ["H100-SXM5-80GB"]}"#.utf8))
    let refused = try Command.run(["sweep", "--grid", wrong, "--no-cache"])
    #expect(refused.status == 3 && refused.errors.contains("w.json: devices"), "\(refused.errors)")
    #expect(try Command.run(["sweep", "--grid", grid, "--points", "3"]).status == 64)
  }

  @Test("a signal ends a command that has found nothing at once", arguments: [SIGINT, SIGTERM])
  func signals(number: Int32) throws {
    // It waits for a profile that never comes.
    for arguments in [["solve", "-"], ["chunks", "-"], ["dispatch", "-"], ["sweep", "-"]] {
      let process = Process()
      process.executableURL = Command.program
      process.arguments = arguments
      let (input, errors) = (Pipe(), Pipe())
      (process.standardInput, process.standardError) = (input, errors)
      try process.run()
      // Once it catches the signal, the command listens.
      let status = "/proc/\(process.processIdentifier)/status"
      while Self.isAlive(status), !Self.catches(number, status) { sched_yield() }
      // One that comes in that very moment may be lost.
      while Self.isAlive(status) {
        kill(process.processIdentifier, number)
        sched_yield()
      }
      process.waitUntilExit()
      #expect(process.terminationReason == .exit, "\(arguments)")
      #expect(process.terminationStatus == 130, "\(arguments)")
    }
  }

  /// Whether a process runs; one that has ended may still wait for its parent.
  private static func isAlive(_ status: String) -> Bool {
    let text = (try? String(contentsOfFile: status, encoding: .utf8)) ?? ""
    return !text.isEmpty && !text.contains("State:\tZ")
  }

  private static func catches(_ number: Int32, _ status: String) -> Bool {
    let lines = (try? String(contentsOfFile: status, encoding: .utf8))?.split(separator: "\n")
    let line = lines?.first { $0.hasPrefix("SigCgt:") }
    let mask = line.flatMap {
      UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16)
    }
    return (mask ?? 0) >> (number - 1) & 1 == 1
  }
}
