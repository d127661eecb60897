import Foundation
import Testing

/// The subcommand `two-stage`, as users start it.
@Suite struct TwoStageCommandTests {
  private static func strategy(_ id: String, _ time: Int, _ states: Int, _ saved: Int) -> String {
    """
    {"id": "\(id)", "forward_us": \(time), "backward_us": \(2 * time), "synchronization_us": 1, \
    "parameter_bytes": \(states), "saved_bytes": \(saved), "output_bytes": 2}
    """
  }

  static let text = """
    {"schema": "planner.profile/1", "name": "example", "two_stage": {"mesh": {"shape": [2], \
    "latency_us": [1], "gb_per_s": [1]}, "memory_limit_bytes": 38, "stages": ["A", "B"], "nodes": [
    {"id": "a", "stage": "A", "strategies": [\(strategy("data_parallel", 10, 12, 6)), \
    \(strategy("zero3", 13, 6, 6))]},
    {"id": "b", "stage": "B", "strategies": [\(strategy("data_parallel", 10, 12, 4)), \
    \(strategy("zero3", 13, 6, 4))]}],
    "edges": [{"source": "a", "target": "b", "forward_us": [[0, 1], [1, 0]], \
    "backward_us": [[0, 1], [1, 0]]}]}}
    """

  @Test("a profile becomes a plan, which is checked again; solve infers the problem")
  func workflow() throws {
    let folder = try Folder()
    let profile = try folder.file("p.json", Array(Self.text.utf8))
    let plan = folder.path("plan.json")
    let made = try Command.run(["two-stage", profile, "-o", plan])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.text.contains("The replay finds the plan valid."))
    #expect(made.text.contains("Planner and replay agree on time and bytes."))
    for name in ["data_parallel", "zero3", "full recomputing", "fused relaxation"] {
      #expect(made.text.contains(name))
    }
    let check = try Command.run(["two-stage", profile, "--check", plan, "--json"])
    #expect(check.status == 0, "\(check.errors)")
    #expect(check.text.contains("\"iteration_us\":62") && check.text.contains("\"peak_bytes\":38"))
    let inferred = try Command.run(["solve", profile, "-o", "-"])
    #expect(inferred.status == 0, "\(inferred.errors)")
    #expect(inferred.output == Array(try Data(contentsOf: URL(fileURLWithPath: plan))))
    #expect(try Command.run(["two-stage", profile, "-o", "-"]).output == inferred.output)
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let broken = try folder.file(
      "broken.json",
      Array(text.replacing("\"device_bytes\": 38", with: "\"device_bytes\": 37").utf8))
    let refused = try Command.run(["two-stage", profile, "--check", broken])
    #expect(refused.status == 6 && refused.errors.contains("1 more than the budget"))
    let other = try Command.run(["check", profile, plan])
    #expect(other.status == 3 && other.errors.contains("planner two-stage PROFILE --check PLAN"))
  }

  @Test("a front is told as a table and as JSON, and its plans are written")
  func front() throws {
    let folder = try Folder()
    let profile = try folder.file("p.json", Array(Self.text.utf8))
    let plans = folder.path("plans")
    let front = try Command.run(
      ["two-stage", profile, "--front", "20B...38B", "--points", "10", "--plans", plans])
    #expect(front.status == 0, "\(front.errors)")
    #expect(front.text.contains("nothing fits") && front.text.contains("0.062 ms"))
    let json = try Command.run(
      ["two-stage", profile, "--front", "20B...38B", "--points", "10", "--json"])
    #expect(json.status == 0 && json.text.contains("\"is_valid\":true"))
    let written = try FileManager.default.contentsOfDirectory(atPath: plans)
    #expect(written.count == 9)
    for name in written {
      #expect(
        try Command.run(["two-stage", profile, "--check", "\(plans)/\(name)"]).status == 0)
    }
  }

  @Test("too little memory and bad input end with their own codes")
  func codes() throws {
    let folder = try Folder()
    let profile = try folder.file("p.json", Array(Self.text.utf8))
    let none = try Command.run(["two-stage", profile, "--budget", "21B"])
    #expect(none.status == 4)
    #expect(none.errors.contains("smallest budget found that works is 22 bytes"))
    #expect(none.errors.contains("none below 22 bytes can"))
    let bare = try Command.run(["two-stage", try folder.profile("bare.json")])
    #expect(bare.status == 3 && bare.errors.contains("two_stage: the profile has no such section"))
    #expect(try Command.run(["two-stage", profile, "--points", "0"]).status == 64)
    #expect(
      try Command.run(["two-stage", profile, "--front", "20B...30B", "-o", "x"]).status == 64)
    let foreign = try Command.run(["solve", profile, "--jitter", "10%"])
    #expect(foreign.status == 3)
  }
}
