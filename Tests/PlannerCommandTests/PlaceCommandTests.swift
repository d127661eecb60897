import Foundation
import Plans
import Profiles
import TestSupport
import Testing

/// The subcommands `place` and `collect moe-load`, as users start them.
@Suite struct PlaceCommandTests {
  static let counts = """
    layer,expert,tokens,scenario
    0,0,90,chat
    0,1,30,chat
    0,2,20,chat
    0,3,10,chat
    0,0,10,code
    0,1,20,code
    0,2,40,code
    0,3,80,code

    """

  static func profile(_ folder: Folder) throws -> String {
    let table = try folder.file("counts.csv", Array(Self.counts.utf8))
    let path = folder.path("load.json")
    let made = try Command.run([
      "collect", "moe-load", table, "--top-k", "1", "--devices", "2", "--slots", "3", "-o", path,
    ])
    #expect(made.status == 0, "\(made.errors)")
    return path
  }

  @Test("a load is collected, placed, replayed on another load, and exported")
  func workflow() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    let plan = folder.path("plan.json")
    let made = try Command.run(["place", profile, "--scenario", "chat", "-o", plan])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.text.contains("The replay finds every expert in its place."))
    #expect(made.text.contains("eplb"))
    let check = try Command.run(["place", profile, "--check", plan, "--json"])
    #expect(check.status == 0 && check.text.contains("\"is_prediction_exact\":true"))
    let other = try Command.run(["place", profile, "--check", plan, "--scenario", "code"])
    #expect(other.status == 0 && other.text.contains("on other loads"))
    for format in ["sglang", "tensorrt-llm", "vllm-ascend"] {
      let file = try Command.run(["place", profile, "--format", format])
      #expect(file.status == 0 && !file.output.isEmpty, "\(file.errors)")
    }
    let weighted = try Command.run([
      "place", profile, "--split", "weighted", "--robust", "worst", "--json",
    ])
    #expect(weighted.status == 0, "\(weighted.errors)")
    let solved = try Command.run(["solve", profile, "--json"])
    #expect(solved.status == 0, "\(solved.errors)")
    #expect(try Command.run(["solve", profile, "--budget", "1GiB"]).status == 3)
  }

  @Test("a check holds to the bound, the profile's slots and nodes, and takes no planning options")
  func checks() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    let plan = folder.path("plan.json")
    #expect(try Command.run(["place", profile, "--scenario", "chat", "-o", plan]).status == 0)
    let check = ["place", profile, "--check"]
    #expect(try Command.run(check + [plan]).status == 0)
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let raised = text.replacing(/"lower_bound":\s*\{\s*"value":\s*[0-9.]+/) { _ in
      "\"lower_bound\": {\"value\": 9.5"
    }
    try #require(raised != text)
    let path = try folder.file("bound.json", Array(raised.utf8))
    let bound = try Command.run(check + [path])
    #expect(bound.status == 6 && bound.errors.contains("lower_bound.value: 9.5"), "\(bound.errors)")
    // Another load has another optimum.
    #expect(try Command.run(check + [path, "--scenario", "code"]).status == 0)
    let large = folder.path("large.json")
    let made = try Command.run([
      "place", profile, "--slots", "4", "--nodes", "1", "--scenario", "chat", "-o", large,
    ])
    #expect(made.status == 0, "\(made.errors)")
    let slots = try Command.run(check + [large])
    #expect(
      slots.status == 6 && slots.errors.contains("the profile has 3 slots"), "\(slots.errors)")
    #expect(try Command.run(check + [large, "--slots", "4"]).status == 0)
    #expect(try Command.run(check + [plan, "--slots", "2"]).status == 6)
    let nodes = try Command.run(check + [plan, "--nodes", "2"])
    #expect(nodes.status == 6 && nodes.errors.contains("budget.nodes"), "\(nodes.errors)")
    for extra in [
      ["--redundancy", "1"], ["--max-moves", "1"], ["--target-imbalance", "1.1"],
      ["--strategy", "eplb"], ["--split", "weighted"], ["--time-limit", "5s"],
    ] {
      let refused = try Command.run(check + [plan] + extra)
      #expect(refused.status == 64 && refused.errors.contains(extra[0]), "\(refused.errors)")
    }
    let words = "this is an expert-placement plan; use `planner place PROFILE --check PLAN`"
    for arguments in [["check", profile, plan], ["dispatch", profile, "--check", plan]] {
      let refused = try Command.run(arguments)
      #expect(refused.status == 3 && refused.errors.contains(words), "\(refused.errors)")
    }
  }

  @Test("placements are compared, on the plan's load or on another one")
  func comparison() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    let (chat, code) = (folder.path("chat.json"), folder.path("code.json"))
    for (name, plan) in [("chat", chat), ("code", code)] {
      #expect(try Command.run(["place", profile, "--scenario", name, "-o", plan]).status == 0)
    }
    let own = try Command.run(["compare", profile, chat, code])
    #expect(own.status == 0 && own.text.contains("to copy"), "\(own.errors)")
    let other = ["compare", profile, chat, code, "--scenario", "chat"]
    #expect(try Command.run(other + ["--json"]).text.contains("\"copies\":"))
    #expect(try Command.run(other + ["--tolerance", "0.1%"]).status == 6)
    #expect(
      try Command.run([
        "compare", profile, code, chat, "--scenario", "chat",
        "--tolerance", "0.1%",
      ]).status == 0)
    #expect(try Command.run(other.dropLast() + ["none"]).status == 3)
    #expect(try Command.run(["compare", profile, chat, folder.path("absent.json")]).status == 3)
  }

  @Test("wrong input and impossible wishes end with their exit code and a remedy")
  func failures() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    let night = try Command.run(["place", profile, "--scenario", "night"])
    #expect(night.status == 3 && night.errors.contains("give some of chat, code"))
    let small = try Command.run(["place", profile, "--slots", "1"])
    #expect(small.status == 4 && small.errors.contains("give more devices or slots"))
    let moves = try Command.run(["place", profile, "--max-moves", "2"])
    #expect(moves.status == 3 && moves.errors.contains("moe.placement"))
    let target = try Command.run([
      "place", profile, "--scenario", "chat", "--slots", "2", "--target-imbalance", "1.1",
    ])
    #expect(target.status == 4, "\(target.errors)")
    #expect(try Command.run(["place", profile, "--robust", "cvar:7"]).status == 64)
    let nodes = try Command.run(["place", profile, "--nodes", "3"])
    #expect(nodes.status == 3 && nodes.errors.contains("don't divide"))
  }
}
