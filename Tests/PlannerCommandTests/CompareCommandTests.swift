import Foundation
import Profiles
import Testing

/// `planner compare BASE NEW --profile P`, as users start it.
@Suite struct CompareCommandTests {
  static func example(_ name: String) -> String {
    CodeBlock.root.appending(path: "Models/Examples/\(name)").path
  }

  @Test("a plan that is worse ends with 6 and both values; a better one with 0")
  func verdicts() throws {
    let (base, new) = (Self.example("swap.plan.json"), Self.example("swap-only.plan.json"))
    let profile = ["--profile", Self.example("swap.profile.json")]
    let worse = try Command.run(["compare", base, new] + profile)
    #expect(worse.status == 6)
    #expect(worse.errors.contains("0.130 ms instead of 0.100 ms"), "\(worse.errors)")
    #expect(worse.text.contains("Decisions: 1 of 3 differ"))
    #expect(try Command.run(["compare", new, base] + profile).status == 0)
    #expect(try Command.run(["compare", base, base] + profile).status == 0)
    #expect(try Command.run(["compare", base, new, "--tolerance", "31%"] + profile).status == 0)
    #expect(try Command.run(["compare", base, new, "--tolerance", "29%"] + profile).status == 6)
  }

  @Test(
    "plans of every kind are compared, in text and as JSON",
    arguments: [
      ("swap", "iteration_us"), ("sharding", "cost"), ("two-stage", "iteration_us"),
      ("chunks", "added_us"), ("dispatch", "time_us"), ("gradients", "end_us"),
      ("experts", "imbalance"),
    ])
  func kinds(name: String, key: String) throws {
    let plan = Self.example("\(name).plan.json")
    let command = ["compare", plan, plan, "--profile", Self.example("\(name).profile.json")]
    let text = try Command.run(command)
    #expect(text.status == 0 && text.text.contains("the same"), "\(text.errors)")
    let json = try Command.run(command + ["--json"])
    #expect(json.text.hasSuffix("}\n") && !json.text.hasSuffix("\n\n"))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any])
    #expect(object["schema"] as? String == "planner.plan-comparison/1")
    #expect(object["is_no_worse"] as? Bool == true)
    #expect((object["change"] as? [String: Double])?[key] == 0)
    #expect((object["base"] as? [String: Any])?["value"] as? String == key)
  }

  @Test("a plan that doesn't hold, two kinds, a foreign profile and bad input have their codes")
  func refusals() throws {
    let folder = try Folder()
    let plan = Self.example("swap.plan.json")
    let profile = Self.example("swap.profile.json")
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let small = try folder.file(
      "small.json",
      Array(text.replacing("\"device_bytes\": 45000", with: "\"device_bytes\": 30000").utf8))
    let broken = try Command.run(["compare", plan, small, "--profile", profile])
    #expect(broken.status == 6 && broken.errors.contains("'f3'"), "\(broken.errors)")
    let kinds = try Command.run(
      ["compare", plan, Self.example("chunks.plan.json"), "--profile", profile])
    #expect(kinds.status == 3 && kinds.errors.contains("plans of one kind"), "\(kinds.errors)")
    let foreign = try Command.run(
      ["compare", plan, plan, "--profile", Self.example("codec.profile.json")])
    #expect(foreign.status == 6 && foreign.errors.contains("another profile"), "\(foreign.errors)")
    let absent = try Command.run(
      ["compare", plan, folder.path("absent.json"), "--profile", profile])
    #expect(absent.status == 3)
    #expect(try Command.run(["compare", profile, plan]).status == 64)
    #expect(try Command.run(["compare", plan, "--profile", profile]).status == 64)
    #expect(try Command.run(["compare", plan, plan, plan, "--profile", profile]).status == 64)
  }
}
