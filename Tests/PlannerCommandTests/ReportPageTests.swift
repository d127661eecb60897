import Foundation
import Plans
import Profiles
import TestSupport
import Testing

/// Reports of plans and pictures, as users make them.
@Suite struct ReportPageTests {
  /// A profile and a plan for it, of one kind.
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let profile: @Sendable (Folder) throws -> String
    /// Plans the profile; the plan's file follows on `-o`.
    let arguments: [String]
    /// What the page says.
    let words: [String]
  }

  static let cases = [
    Case(
      description: "swap", profile: { try $0.profile() }, arguments: ["solve", "--budget", "60%"],
      words: ["The simulator finds the plan valid.", "Memory over time", "Streams", "Decisions"]),
    Case(
      description: "chunks", profile: { try $0.profile() },
      arguments: ["chunks", "--chunk-size", "4Mi"],
      words: ["The replay of two iterations finds the plan valid.", "Device memory while each"]),
    Case(
      description: "dispatch", profile: { try DispatchCommandTests.profile($0, ["--nodes", "2"]) },
      arguments: ["dispatch", "--deviation", "20%", "--pareto"],
      words: ["how long each link is busy", "Tokens from each device", "Pareto front"]),
    Case(
      description: "expert placement", profile: { try PlaceCommandTests.profile($0) },
      arguments: ["place", "--scenario", "chat"],
      words: ["Load of each device over the mean", "contiguous blocks"]),
    Case(
      description: "two-stage",
      profile: { try $0.file("p.json", Array(TwoStageCommandTests.text.utf8)) },
      arguments: ["two-stage"],
      words: ["Memory of each device, pass by pass", "How each node is sharded"]),
    Case(
      description: "gradients", profile: { try GradientsCommandTests.profile($0) },
      arguments: ["gradients", "--energy", "90%"], words: ["Exchange over time", "Energy sent"]),
    Case(
      description: "sharding",
      profile: { try $0.file("example.json", Array(ShardCommandTests.text.utf8)) },
      arguments: ["shard"], words: ["met: no choice costs less", "Memory over the times"]),
  ]

  @Test("every kind of plan makes a page, at once and later", arguments: cases)
  func page(of given: Case) throws {
    let folder = try Folder()
    let profile = try given.profile(folder)
    let (plan, first) = (folder.path("plan.json"), folder.path("first.html"))
    let made = try Command.run(
      [given.arguments[0], profile] + given.arguments.dropFirst() + ["-o", plan, "--report", first])
    #expect(made.status == 0, "\(made.errors)")
    let later = try Command.run(["report", profile, plan, "-o", "-"])
    #expect(later.status == 0, "\(later.errors)")
    for page in [try String(contentsOfFile: first, encoding: .utf8), later.text] {
      for words in given.words + ["Search", "</html>"] { #expect(page.contains(words), "\(words)") }
      #expect(!page.contains("http:") && !page.contains("https:"))
      // No tag of the templates is left.
      #expect(!page.contains("{{"))
    }
    #expect(try String(contentsOfFile: first, encoding: .utf8).contains(">seconds<"))
    #expect(!later.text.contains(">seconds<"))
  }

  @Test("pages are refused where the command line or the plan doesn't fit")
  func codes() throws {
    let folder = try Folder()
    let (profile, other) = (try folder.profile(), try folder.profile("o.json", seed: 8))
    let plan = folder.path("plan.json")
    #expect(try Command.run(["solve", profile, "--budget", "60%", "-q", "-o", plan]).status == 0)
    #expect(try Command.run(["report", profile, plan]).status == 64)
    #expect(try Command.run(["report", profile, "-o", "x.html"]).status == 64)
    #expect(try Command.run(["report", profile, plan, "--json", "-o", "-"]).status == 64)
    #expect(try Command.run(["report", other, plan, "-o", "-"]).status == 6)
    #expect(try Command.run(["solve", profile, "-o", "-", "--report", "-"]).status == 64)
    #expect(try Command.run(["solve", profile, other, "--report", "x.html"]).status == 64)
    let strange = try folder.file(
      "strange.json", Array(#"{"schema": "planner.plan/1", "problem": "chess"}"#.utf8))
    let refused = try Command.run(["report", profile, strange, "-o", "-"])
    #expect(refused.status == 3)
    #expect(refused.errors.contains("\"chess\" is not known"), "\(refused.errors)")
    let unwritable = try Command.run(["report", profile, plan, "-o", "/nonexistent/x.html"])
    #expect(unwritable.status == 3 && !unwritable.errors.isEmpty)
  }

  @Test("curves, memory, links and fronts are drawn")
  func pictures() throws {
    let folder = try Folder()
    let (profile, plan) = (try folder.profile(), folder.path("plan.json"))
    #expect(try Command.run(["solve", profile, "--budget", "60%", "-q", "-o", plan]).status == 0)
    let stages = try folder.file("s.json", Array(TwoStageCommandTests.text.utf8))
    let cluster = try DispatchCommandTests.profile(folder, ["--nodes", "2"])
    for (arguments, words) in [
      (["simulate", profile, plan], "device memory over the iteration"),
      (["sweep", profile, "--budget", "60%...100%", "--points", "3"], "lower bound"),
      (["two-stage", stages, "--front", "20B...38B", "--points", "4"], "against memory of each"),
      (["dispatch", cluster], "how long each link is busy"),
    ] {
      let drawn = try Command.run(arguments + ["--svg", "-"])
      #expect(drawn.status == 0, "\(drawn.errors)")
      #expect(drawn.text.hasPrefix("<?xml") && drawn.text.hasSuffix("</svg>\n"))
      #expect(drawn.text.contains(words), "\(words)")
    }
    let front = try Command.run([
      "two-stage", stages, "--front", "20B...38B", "--points", "4", "--report", "-",
    ])
    #expect(front.status == 0 && front.text.contains("Pareto front"), "\(front.errors)")
    #expect(try Command.run(["two-stage", stages, "--svg", "x.svg"]).status == 64)
    let png = folder.path("a.png")
    let painted = try Command.run(["simulate", profile, plan, "--svg", png])
    if painted.status == 0 {
      let bytes = try Data(contentsOf: URL(filePath: png))
      #expect(Array(bytes.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
    } else {
      #expect(painted.status == 1 && painted.errors.contains("librsvg2-bin"), "\(painted.errors)")
    }
  }
}
