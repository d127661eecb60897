import Foundation
import Profiles
import Testing

/// The subcommand `collect strategies`, as users start it.
@Suite struct StrategiesCommandTests {
  private static let config = """
    {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 8,
     "num_key_value_heads": 4, "intermediate_size": 128, "vocab_size": 256,
     "tie_word_embeddings": false}
    """

  @Test("a config becomes a profile with strategies, the same each time")
  func workflow() throws {
    let folder = try Folder()
    let config = try folder.file("small.json", Array(Self.config.utf8))
    let arguments = [
      "collect", "strategies", config, "--mesh", "2x4", "--link", "20:50", "--link", "15.6:445",
      "--batch", "8", "--seq", "32",
    ]
    let made = try Command.run(arguments + ["-o", folder.path("s.json.gz")])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.errors.contains("small: 5 stages, 34 nodes, 39 edges"))
    #expect(made.errors.contains("assumed: mesh 2x4 of H100-SXM5-80GB: Links as given."))
    let profile = try Profile.read(contentsOf: folder.path("s.json.gz"))
    let graph = try #require(profile.stageGraph)
    #expect(graph.mesh.gbPerSecond == [50, 445])
    #expect(graph.memoryLimitBytes == profile.device?.defaultBudgetBytes)
    let first = try Command.run(arguments + ["--memory-limit", "1GiB"])
    let second = try Command.run(arguments + ["--memory-limit", "1GiB"])
    #expect(first.output == second.output && first.text.contains("1073741824"))
  }

  @Test("what can't be expressed is told with its remedy")
  func failures() throws {
    let folder = try Folder()
    let config = try folder.file("small.json", Array(Self.config.utf8))
    let given = ["collect", "strategies", config, "--batch", "8", "--seq", "32"]
    for (mesh, words) in [
      ("1", "two devices or more"), ("2x2x2x2", "one to three axes"), ("7", "no roles of the axes"),
    ] {
      let made = try Command.run(given + ["--mesh", mesh])
      #expect(made.status == 3 && made.errors.contains(words), "\(made.errors)")
    }
    let unknown = try Command.run(given + ["--mesh", "2", "--device", "H1000"])
    #expect(unknown.status == 3)
    #expect(try Command.run(given + ["--mesh", "2", "--memory-limit", "50%"]).status == 64)
  }

  @Test(
    "an ONNX graph becomes a profile, and the profile a plan no worse than published placements")
  func network() throws {
    let folder = try Folder()
    let graph = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Models/Networks/resnet50.onnx").path
    let made = try Command.run([
      "collect", "strategies", graph, "--mesh", "4", "--link", "20:10", "--batch", "64",
      "--dtype", "float32", "-o", folder.path("s.json.gz"),
    ])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.errors.contains("resnet50: 21 stages, 175 nodes"))
    let planned = try Command.run([
      "two-stage", folder.path("s.json.gz"), "-o", folder.path("plan.json"),
    ])
    #expect(planned.status == 0, "\(planned.errors)")
    #expect(planned.text.contains("Planner and replay agree on time and bytes."))
    let config = try folder.file("small.json", Array(Self.config.utf8))
    let missing = try Command.run(["collect", "strategies", config, "--mesh", "2", "--batch", "8"])
    #expect(missing.status == 3 && missing.errors.contains("--seq 4096"))
  }
}
