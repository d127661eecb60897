import ArgumentParser
import Collectors

struct CollectHookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hook",
    abstract: "Write a Python module that records a training step of PyTorch as a profile.",
    discussion: """
      Beside your training script, write

        from planner_profile import planner_profile
        with planner_profile("run.json", model=model):
            …one step…

      and give run.json to `planner solve`. It needs PyTorch 2.1 or later.

      Example: planner collect hook -o planner_profile.py
      """)

  @Option(name: .shortAndLong, help: "Write to this file.")
  var output = "-"

  func run() throws {
    try Inputs.write(HookModule.source, to: output)
  }
}
