import Foundation
import Testing

/// The subcommands `collect iopddl` and `shard`, as users start them.
@Suite struct ShardCommandTests {
  static let text = """
    {"problem": {"name": "example", "nodes": {
      "intervals": [[30, 70], [40, 70], [50, 120], [110, 140], [110, 150]],
      "costs": [[15], [55, 65], [25, 45, 35], [85, 75], [95]],
      "usages": [[10], [25, 25], [15, 20, 15], [10, 10], [15]]},
      "edges": {"nodes": [[0, 1], [0, 2], [1, 3], [2, 4], [3, 4]],
      "costs": [[30, 40], [50, 10, 40], [90, 10, 20, 80], [60, 20, 30], [70, 60]]},
      "usage_limit": 50}}
    """

  @Test("an instance becomes a profile, the profile a plan, and the plan is checked again")
  func workflow() throws {
    let folder = try Folder()
    let file = try folder.file("example.json", Array(Self.text.utf8))
    let (profile, plan) = (folder.path("p.json.gz"), folder.path("plan.json"))
    let collected = try Command.run(["collect", "iopddl", file, "-o", profile])
    #expect(collected.status == 0, "\(collected.errors)")
    let made = try Command.run(["shard", profile, "-o", plan])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.text.contains("met: no choice costs less"))
    let check = try Command.run(["shard", profile, "--check", plan, "--json"])
    #expect(check.status == 0, "\(check.errors)")
    #expect(check.text.contains("\"cost\":445"))
    let first = try Command.run(["shard", file, "-o", "-"])
    #expect(first.status == 0)
    #expect(try Command.run(["shard", file, "-o", "-"]).output == first.output)
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let broken = try folder.file(
      "broken.json", Array(text.replacing("[0, 0, 2, 1, 0]", with: "[0, 0, 1, 1, 0]").utf8))
    let refused = try Command.run(["shard", profile, "--check", broken])
    #expect(refused.status == 6 && refused.errors.contains("over the limit"))
  }

  @Test("too little memory and bad input end with their own codes")
  func codes() throws {
    let folder = try Folder()
    let tight = try folder.file(
      "tight.json", Array(Self.text.replacing("limit\": 50", with: "limit\": 49").utf8))
    let none = try Command.run(["shard", tight])
    #expect(none.status == 4 && none.errors.contains("No limit below 50 can work"))
    let bare = try Command.run(["shard", try folder.profile()])
    #expect(bare.status == 3 && bare.errors.contains("sharding: the section is missing"))
    let noise = try Command.run(["collect", "iopddl", try folder.file("x", Array("hello".utf8))])
    #expect(noise.status == 3)
    #expect(try Command.run(["shard", tight, "--node-limit", "0"]).status == 64)
  }
}
