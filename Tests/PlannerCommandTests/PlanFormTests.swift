import Foundation
import Testing

/// Plans of all problems in the forms of other programs, and in place of what they aren't.
@Suite struct PlanFormTests {
  /// Writes a plan and returns its path and the profile's.
  private func plan(
    _ folder: Folder, _ profile: String, _ arguments: [String]
  ) throws -> String {
    let plan = folder.path("plan.json")
    let made = try Command.run([arguments[0], profile] + arguments.dropFirst() + ["-o", plan])
    #expect(made.status == 0, "\(made.errors)")
    return plan
  }

  /// Removes the prediction from a plan's file.
  private func unpredicted(_ plan: String, _ folder: Folder) throws -> String {
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: plan)))
        as? [String: Any])
    #expect(object.removeValue(forKey: "prediction") != nil)
    return try folder.file("u.json", Array(JSONSerialization.data(withJSONObject: object)))
  }

  @Test("chunks: the same settings as planner chunks prints, and losses are an error")
  func chunks() throws {
    let folder = try Folder()
    let profile = try folder.profile()
    let plan = try plan(folder, profile, ["chunks", "--chunk-size", "4Mi"])
    for form in ["gemini", "deepspeed"] {
      let direct = try Command.run(["chunks", profile, "--check", plan, "--format", form])
      #expect(direct.status == 0, "\(direct.errors)")
      let strict = try Command.run(["export", profile, plan, "--format", form])
      let lossy = try Command.run(["export", profile, plan, "--format", form, "--lossy"])
      #expect(lossy.status == 0 && lossy.output == direct.output, "\(lossy.errors)")
      #expect(strict.status == (direct.errors.contains("lost: ") ? 3 : 0))
    }
    let bare = try Command.run(["chunks", profile, "--check", try unpredicted(plan, folder)])
    #expect(bare.status == 0 && bare.text.contains("The plan predicts nothing"), "\(bare.text)")
    #expect(!bare.text.contains("agree"))
  }

  @Test("experts: the same file as planner place writes")
  func experts() throws {
    let folder = try Folder()
    let profile = try PlaceCommandTests.profile(folder)
    let plan = try plan(folder, profile, ["place", "--scenario", "chat"])
    for form in ["sglang", "tensorrt-llm", "vllm-ascend"] {
      let direct = try Command.run(["place", profile, "--check", plan, "--format", form])
      let export = try Command.run(["export", profile, plan, "--format", form, "--lossy"])
      #expect(export.status == 0 && export.output == direct.output, "\(export.errors)")
      #expect(!export.output.isEmpty)
    }
    let wrong = try Command.run(["export", profile, plan, "--format", "megatron"])
    #expect(wrong.status == 3)
    #expect(
      wrong.errors.contains(
        "this is an expert-placement plan, and megatron is a form of swap, two-stage plans. Use sglang, tensorrt-llm"
      ))
  }

  @Test("tokens: the same files as planner dispatch exports")
  func dispatch() throws {
    let folder = try Folder()
    let profile = try DispatchCommandTests.profile(folder, ["--nodes", "2"])
    let plan = try plan(folder, profile, ["dispatch", "--deviation", "20%"])
    for (form, name) in [("ta-moe", "w.txt"), ("capacities", "w.json")] {
      let path = folder.path(name)
      let direct = try Command.run(["dispatch", profile, "--check", plan, "--export", path])
      #expect(direct.status == 0, "\(direct.errors)")
      let export = try Command.run(["export", profile, plan, "--format", form])
      #expect(export.status == 0, "\(export.errors)")
      #expect(try Data(contentsOf: URL(filePath: path)) == Data(export.output))
    }
    let bare = try Command.run(["dispatch", profile, "--check", try unpredicted(plan, folder)])
    #expect(bare.status == 0 && bare.text.contains("The plan predicts nothing"))
  }

  @Test("gradients: a hook and what it is told")
  func gradients() throws {
    let folder = try Folder()
    let profile = try GradientsCommandTests.profile(folder)
    let plan = try plan(folder, profile, ["gradients", "--energy", "90%"])
    let json = try Command.run(["export", profile, plan, "--format", "ddp-json"])
    #expect(json.status == 0 && json.text.contains("\"elements\""), "\(json.errors)")
    let hook = try Command.run(["export", profile, plan, "--format", "ddp-hook", "--lossy"])
    #expect(hook.status == 0 && hook.text.contains("class PlannedExchange"))
    #expect(hook.text.contains("\"elements\"") && !hook.text.contains("PLAN = {}"))
    let bare = try Command.run(["gradients", profile, "--check", try unpredicted(plan, folder)])
    #expect(bare.status == 0 && bare.text.contains("The plan predicts nothing"))
    #expect(
      try Command.run(["gradients", profile, "--check", try unpredicted(plan, folder), "--json"])
        .text.contains("is_prediction_exact") == false)
  }

  @Test("a plan, or a sharding instance, in place of a profile is told to be one")
  func misplaced() throws {
    let folder = try Folder()
    let instance = try folder.file("example.json", Array(ShardCommandTests.text.utf8))
    let plan = try plan(folder, instance, ["shard"])
    let export = try Command.run(["export", instance, plan, "--format", "dtensor"])
    #expect(export.status == 3 && export.errors.contains("this is a sharding plan, which has no"))
    let solved = try Command.run(["solve", plan])
    #expect(solved.status == 3, "\(solved.errors)")
    #expect(solved.errors.contains("this is a plan of the problem \"sharding\""))
    #expect(solved.errors.contains("planner shard FILE --check PLAN"))
    let raw = try Command.run(["report", instance])
    #expect(raw.status == 3 && raw.errors.contains("use `planner shard FILE`"), "\(raw.errors)")
    let profile = try folder.profile()
    let swaps = try self.plan(
      folder, profile, ["solve", "--budget", "80%", "--strategy", "greedy", "-q"])
    let again = try Command.run(["check", swaps, swaps])
    #expect(again.status == 3 && again.errors.contains("give the profile that it was made for"))
  }
}
