import Foundation
import Testing

/// Placement blocks and exports of two-stage plans, as users meet them.
@Suite struct StageExportCommandTests {
  private static let config = """
    {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8,
     "num_key_value_heads": 4, "intermediate_size": 128, "vocab_size": 256,
     "tie_word_embeddings": false}
    """

  /// A folder with the profile `s.json` and its plan `plan.json`.
  private func prepared() throws -> Folder {
    let folder = try Folder()
    let config = try folder.file("small.json", Array(Self.config.utf8))
    let made = try Command.run([
      "collect", "strategies", config, "--mesh", "2x4", "--link", "20:50", "--link", "15.6:445",
      "--batch", "8", "--seq", "32", "-o", folder.path("s.json"),
    ])
    #expect(made.status == 0, "\(made.errors)")
    let planned = try Command.run([
      "two-stage", folder.path("s.json"), "-o", folder.path("plan.json"),
    ])
    #expect(planned.status == 0, "\(planned.errors)")
    #expect(planned.text.contains("\nPlacement\n") && planned.text.contains("Nothing is offloaded"))
    return folder
  }

  @Test("a plan is exported, and what is lost is an error unless it may be")
  func workflow() throws {
    let folder = try prepared()
    let (profile, plan) = (folder.path("s.json"), folder.path("plan.json"))
    let tensors = try Command.run(["export", profile, plan, "--format", "dtensor"])
    #expect(tensors.status == 0, "\(tensors.errors)")
    #expect(tensors.text.contains("\"layers.0.qkv.weight\": ["))
    // Small models run fastest with several roles.
    let strict = try Command.run([
      "export", profile, plan, "--format", "megatron", "-o", folder.path("flags.txt"),
    ])
    let isWhole = strict.status == 0
    #expect(isWhole || strict.status == 3 && strict.errors.contains("lost: "), "\(strict.errors)")
    #expect(FileManager.default.fileExists(atPath: folder.path("flags.txt")) == isWhole)
    for form in ["megatron", "deepspeed"] {
      let lossy = try Command.run(["export", profile, plan, "--format", form, "--lossy"])
      #expect(lossy.status == 0, "\(lossy.errors)")
      #expect(isWhole || lossy.errors.contains("lost: "))
      #expect(lossy.text.contains(form == "megatron" ? "--global-batch-size 8" : "\"stage\""))
    }
    let again = try Command.run(["export", profile, plan, "--format", "dtensor"])
    #expect(again.output == tensors.output)
  }

  @Test("a changed block, profiles without layouts and wrong usage end with their own codes")
  func failures() throws {
    let folder = try prepared()
    let (profile, plan) = (folder.path("s.json"), folder.path("plan.json"))
    let text = try String(contentsOfFile: plan, encoding: .utf8)
    func check(_ old: String, _ new: String) throws -> (status: Int32, errors: String) {
      let changed = text.replacing(old, with: new, maxReplacements: 1)
      #expect(changed != text)
      let path = try folder.file("changed.json", Array(changed.utf8))
      let result = try Command.run(["two-stage", profile, "--check", path])
      return (result.status, result.errors)
    }
    let bytes = try check("\"parameter_bytes\": ", "\"parameter_bytes\": 1")
    #expect(bytes.status == 6 && bytes.errors.contains("placement.weights[0].parameter_bytes: 1"))
    #expect(bytes.errors.contains("make a new plan"))
    let count = try check("\"count\": ", "\"count\": 9")
    #expect(count.status == 6 && count.errors.contains("placement.collectives[0].count: 9"))
    let offloaded = try check("\"offloaded_bytes\": 0", "\"offloaded_bytes\": 4")
    #expect(offloaded.status == 3 && offloaded.errors.contains("placement.offloaded_bytes: 4"))
    let layout = try check("\"layout\": \"", "\"layout\": \"Q,")
    #expect(layout.status == 3 && layout.errors.contains("placement.weights[0].layout: \"Q,"))
    let key = try check("\"offloaded_bytes\"", "\"offloaded\"")
    #expect(key.status == 3 && key.errors.contains("offloaded"))
    let bare = try folder.profile("bare.json")
    let none = try Command.run(["export", bare, plan, "--format", "dtensor"])
    #expect(none.status == 3 && none.errors.contains("two_stage: absent"))
    #expect(try Command.run(["export", profile, "--format", "megatron"]).status == 64)
    #expect(try Command.run(["export", profile, plan, "--format", "lp"]).status == 64)
    #expect(
      try Command.run(["export", profile, plan, "--format", "dtensor", "--budget", "1GiB"]).status
        == 64)
  }
}
