import Foundation
import Testing

/// Exports of swap plans, as users meet them.
@Suite struct SwapExportCommandTests {
  @Test("a plan is exported alike each time; wrong forms and losses have their own messages")
  func workflow() throws {
    let folder = try Folder()
    let profile = try folder.profile()
    let plan = folder.path("plan.json")
    let made = try Command.run([
      "solve", profile, "--budget", "80%", "--strategy", "greedy", "-o", plan, "-q",
    ])
    #expect(made.status == 0, "\(made.errors)")
    for form in ["perfetto", "memory-viz", "minimalloc", "chakra"] {
      let first = try Command.run(["export", profile, plan, "--format", form])
      #expect(first.status == 0 && !first.output.isEmpty, "\(form): \(first.errors)")
      #expect(try Command.run(["export", profile, plan, "--format", form]).output == first.output)
    }
    for form in ["pytorch-eager", "torch-compile"] {
      let refused = try Command.run(["export", profile, plan, "--format", form, "--lossy"])
      #expect(refused.status == 3 && refused.errors.contains("planner collect hook"))
    }
    for form in ["dtensor", "sglang", "ta-moe", "ddp-hook"] {
      let wrong = try Command.run(["export", profile, plan, "--format", form])
      #expect(wrong.status == 3 && wrong.errors.contains("problem: this is a swap plan"))
      #expect(wrong.errors.contains("Use perfetto, "))
    }
    let gemini = try Command.run(["export", profile, plan, "--format", "gemini"])
    #expect(gemini.status == 3 && gemini.errors.contains("lost: "))
    let lossy = try Command.run(["export", profile, plan, "--format", "gemini", "--lossy"])
    #expect(lossy.status == 0 && lossy.text.contains("\"offload_optim_frac\""))
    #expect(try Command.run(["export", profile, plan, "--format", "word"]).status == 64)
    #expect(try Command.run(["export", profile, "--format", "perfetto"]).status == 64)
  }
}
