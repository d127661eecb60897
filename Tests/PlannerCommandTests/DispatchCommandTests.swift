import Foundation
import Profiles
import Testing

/// The subcommands `collect cluster` and `dispatch`, as users start them.
@Suite struct DispatchCommandTests {
  private static let connections = """
    \tGPU0\tGPU1\tGPU2\tGPU3\tCPU Affinity\tNUMA Affinity
    GPU0\t X \tNV4\tSYS\tSYS\t0-23\t0
    GPU1\tNV4\t X \tSYS\tSYS\t0-23\t0
    GPU2\tSYS\tSYS\t X \tNV4\t24-47\t1
    GPU3\tSYS\tSYS\tNV4\t X \t24-47\t1

    """

  static func profile(_ folder: Folder, _ extra: [String] = []) throws -> String {
    let topo = try folder.file("topo.txt", Array(Self.connections.utf8))
    let profile = folder.path("moe.json")
    let made = try Command.run(
      [
        "collect", "cluster", topo, "--experts", "8", "--top-k", "2", "--tokens-per-device",
        "512", "--token-bytes", "8192", "-o", profile,
      ] + extra)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.errors.contains("assumed: NV4 carries 100 GB/s each way"))
    #expect(made.errors.contains("found: topology: "))
    return profile
  }

  @Test("a probe becomes a cluster, a cluster a dispatch, and the dispatch is checked again")
  func workflow() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder, ["--nodes", "2"])
    let (plan, weights) = (folder.path("plan.json"), folder.path("weights.txt"))
    let made = try Command.run([
      "dispatch", profile, "--deviation", "20%", "--pareto", "-o", plan, "--export", weights,
    ])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.text.contains("The replay of every token finds the plan valid."))
    #expect(made.text.contains("assumed, not measured: the link nic"))
    #expect(made.text.contains("Least time for other budgets"))
    let check = try Command.run(["dispatch", profile, "--check", plan, "--json"])
    #expect(check.status == 0, "\(check.errors)")
    #expect(check.text.contains("\"is_valid\":true"))
    let rows = try String(contentsOfFile: weights, encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 8)
    let export = try Command.run(["dispatch", profile, "--check", plan, "--export", "-"])
    #expect(export.status == 0)
    let file = try #require(
      try JSONSerialization.jsonObject(with: Data(export.output)) as? [String: Any])
    #expect((file["tokens"] as? [[Int]])?.allSatisfy { $0.reduce(0, +) == 1024 } == true)
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let broken = try folder.file(
      "broken.json", Array(text.replacing("\"tokens\": [[", with: "\"tokens\": [[9").utf8))
    #expect(try Command.run(["dispatch", profile, "--check", broken]).status == 6)
  }

  @Test("a bound above the replay, options that mean nothing, and plans of other problems are told")
  func checks() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    let plan = folder.path("plan.json")
    #expect(try Command.run(["dispatch", profile, "-o", plan]).status == 0)
    let check = ["dispatch", profile, "--check"]
    #expect(try Command.run(check + [plan]).status == 0)
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let raised = text.replacing(/"lower_bound":\s*\{\s*"time_us":\s*[0-9.e+]+/) { _ in
      "\"lower_bound\": {\"time_us\": 1e9"
    }
    try #require(raised != text)
    let bound = try Command.run(check + [try folder.file("bound.json", Array(raised.utf8))])
    #expect(bound.status == 6 && bound.errors.contains("lower_bound.time_us: 1"), "\(bound.errors)")
    #expect(bound.errors.contains("make a new plan"))
    for extra in [
      ["--deviation", "10%"], ["--pareto"], ["--strategy", "even"], ["--time-limit", "5s"],
      ["--engine", "cbc"],
    ] {
      let refused = try Command.run(check + [plan] + extra)
      #expect(refused.status == 64 && refused.errors.contains(extra[0]), "\(refused.errors)")
    }
    let words = "this is a dispatch plan; use `planner dispatch PROFILE --check PLAN`"
    for arguments in [
      ["check", profile, plan], ["simulate", profile, plan], ["explain", profile, plan],
      ["compare", profile, plan, plan], ["place", profile, "--check", plan],
      ["chunks", profile, "--check", plan], ["check", try folder.profile(), plan],
    ] {
      let refused = try Command.run(arguments)
      #expect(refused.status == 3 && refused.errors.contains(words), "\(refused.errors)")
      #expect(!refused.errors.contains("unknown"), "\(refused.errors)")
    }
    let swap = text.replacing("\"problem\": \"dispatch\"", with: "\"problem\": \"swap\"")
    let refused = try Command.run(check + [try folder.file("swap.json", Array(swap.utf8))])
    #expect(refused.status == 3 && refused.errors.contains("planner check PROFILE PLAN"))
  }

  @Test("one strategy alone, and the same bytes each time")
  func strategies() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    for strategy in ["even", "ta-moe", "linear-program"] {
      let arguments = ["dispatch", profile, "--strategy", strategy, "-o", "-"]
      let first = try Command.run(arguments)
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.text.contains("\"strategy\": \"\(strategy)\""))
      #expect(try Command.run(arguments).output == first.output)
    }
  }

  @Test("solve hands a profile over")
  func solve() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    let made = try Command.run(["solve", profile, "--problem", "dispatch", "--json"])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.text.contains("planner.dispatch-report/1"))
  }

  @Test("bad input ends with its own code and a remedy")
  func badInput() throws {
    let folder = try Folder()
    let bare = try Command.run(["dispatch", try folder.profile()])
    #expect(bare.status == 3)
    #expect(bare.errors.contains("planner collect cluster"))
    let topo = try folder.file("topo.txt", Array(Self.connections.utf8))
    let cluster = folder.path("cluster.json")
    #expect(try Command.run(["collect", "cluster", topo, "-o", cluster]).status == 0)
    let none = try Command.run(["dispatch", cluster])
    #expect(none.status == 3 && none.errors.contains("moe: absent"))
    #expect(try Command.run(["dispatch", cluster, "--strategy", "best"]).status == 64)
    #expect(try Command.run(["dispatch", cluster, "--deviation", "200%"]).status == 64)
    #expect(try Command.run(["collect", "cluster", topo, "--experts", "8"]).status == 64)
    let noise = try folder.file("noise.txt", Array("hello\n".utf8))
    let refused = try Command.run(["collect", "cluster", noise])
    #expect(refused.status == 3 && refused.errors.contains("no known probe"))
    #expect(try Command.run(["collect", "cluster", noise, "--nodes", "0"]).status == 64)
  }
}
