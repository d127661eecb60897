import Foundation
import Profiles
import TestSupport
import Testing

/// The subcommands `collect gradients` and `gradients`, as users start them.
@Suite struct GradientsCommandTests {
  /// Two workers' gradients of two tensors with few large elements.
  static func files(_ folder: Folder) throws -> [String] {
    try (0..<2).flatMap { worker in
      try ["conv", "fc"].map { name in
        var random = SeededGenerator(seed: UInt64(worker * 2 + name.count))
        let bytes = (0..<20_000).flatMap { index -> [UInt8] in
          let scale: Float = index % 50 == 0 ? 100 : 1
          let value = scale * Float.random(in: -1...1, using: &random)
          return (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
        }
        let part = "w\(worker)-\(name)"
        let path = folder.path(part)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return try folder.file("\(part)/\(name).bin", bytes)
      }
    }
  }

  private static let timeline = """
    {"tensors": [{"name": "fc", "elements": 20000, "ready_us": 0}, \
    {"name": "conv", "elements": 20000, "ready_us": 300}]}
    """

  static func profile(_ folder: Folder, _ extra: [String] = []) throws -> String {
    let profile = folder.path("g.json")
    let times = try folder.file("ready.json", Array(Self.timeline.utf8))
    let made = try Command.run(
      ["collect", "gradients"] + (try files(folder)) + [
        "--timeline", times, "--nodes", "4", "--devices-per-node", "2", "--within-gbps", "100",
        "--between-gbps", "0.1", "--bucket-bytes", "64KiB", "-o", profile,
      ] + extra)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.errors.contains("found: gradients of 2 tensors by 2 workers"), "\(made.errors)")
    return profile
  }

  @Test("gradients become a profile, a profile a plan, and the plan is checked again")
  func workflow() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    let plan = folder.path("plan.json")
    let made = try Command.run(["gradients", profile, "--energy", "90%", "-o", plan])
    #expect(made.status == 0, "\(made.errors)")
    for words in [
      "The replay of every exchange finds the plan valid.", "Sparse exchanges pay",
      "Planner and replay agree on time, bytes and energy.", "dense-all-reduce",
      "all-gather-top-k", "sparse-mesh", "ok-topk", "greedy",
    ] {
      #expect(made.text.contains(words), "\(words): \(made.text)")
    }
    let check = try Command.run(["gradients", profile, "--check", plan, "--json"])
    #expect(check.status == 0, "\(check.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(check.output)) as? [String: Any])
    #expect(report["is_valid"] as? Bool == true && report["is_dense"] as? Bool == false)
    #expect(report["is_prediction_exact"] as? Bool == true)
    // The same input gives the same bytes, from the command that infers the problem too.
    let solved = try Command.run(["solve", profile, "-o", "-"])
    #expect(solved.status == 0, "\(solved.errors)")
    #expect(solved.output == Array(try Data(contentsOf: URL(filePath: plan))))
    let json = try Command.run(["solve", profile, "--json"])
    #expect(json.text.contains("planner.gradient-report/1"))
  }

  @Test("dense is answered with its reason, and one strategy alone is told where it can't")
  func dense() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder, ["--selection-gbps", "0.01"])
    let made = try Command.run(["gradients", profile, "--energy", "1"])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.text.contains("Dense is best: at no measured density"), "\(made.text)")
    let single = try Command.run(["gradients", profile, "--energy", "1", "--strategy", "ok-topk"])
    #expect(single.status == 5 && single.errors.contains("lower --energy"), "\(single.errors)")
  }

  @Test("damaged plans, foreign options and bad input end with their codes and a remedy")
  func refusals() throws {
    let folder = try Folder()
    let profile = try Self.profile(folder)
    let plan = folder.path("plan.json")
    #expect(try Command.run(["gradients", profile, "-o", plan]).status == 0)
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    func check(_ changed: String) throws -> Command {
      try #require(changed != text)
      return try Command.run(
        ["gradients", profile, "--check", try folder.file("changed.json", Array(changed.utf8))])
    }
    let greedy = try check(
      text.replacing("\"energy\": 0.9\n", with: "\"energy\": 0.999\n")
        .replacing("\"energy\": 0.9}", with: "\"energy\": 0.999}"))
    #expect(greedy.status == 6 && greedy.errors.contains("the budget asks for"), "\(greedy.errors)")
    let bound = try check(
      text.replacing(/"end_us": [0-9.e+]+/) {
        "\($0.output)1e9".replacing(/[0-9.e+]+1e9/, with: "1e9")
      })
    #expect(bound.status == 6, "\(bound.errors)")
    for extra in [["--energy", "1"], ["--strategy", "greedy"], ["--gap", "1%"]] {
      let refused = try Command.run(["gradients", profile, "--check", plan] + extra)
      #expect(refused.status == 64 && refused.errors.contains(extra[0]), "\(refused.errors)")
    }
    let foreign = try Command.run(["dispatch", profile, "--check", plan])
    #expect(foreign.errors.contains("planner gradients PROFILE --check PLAN"), "\(foreign.errors)")
    let bare = try Command.run(["gradients", try folder.profile()])
    #expect(bare.status == 3 && bare.errors.contains("planner collect gradients"))
    let budget = try Command.run(["solve", profile, "--budget", "1GiB"])
    #expect(budget.status == 3 && budget.errors.contains("planner gradients has options"))
    for arguments in [
      ["--nodes", "2", "--devices-per-node", "1"], ["--nodes", "1", "--devices-per-node", "2"],
      ["--nodes", "1", "--devices-per-node", "1", "--blocks", "0"],
      ["--nodes", "1", "--devices-per-node", "1", "--densities", "100%"],
      ["--nodes", "1", "--devices-per-node", "1", "--dtype", "int8"],
    ] {
      #expect(try Command.run(["collect", "gradients", plan] + arguments).status == 64)
    }
  }
}
