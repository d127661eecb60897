import ArgumentParser

extension SolveCommand {
  /// What the option `--problem` calls strategies and checkpoints together.
  static let twoStage = "two-stage"

  /// Plans as `planner two-stage` does with all its defaults but budget, gap and node limit.
  func planStages(_ loaded: Inputs.LoadedProfile, path: String) throws -> ExitStatus {
    let isForeign =
      hostBudget != nil || nvmeBudget != nil || timeLimit != nil || strategy != nil || jitter != nil
      || noSwap
      || noRecompute || addresses != nil || pictures.svg != nil || quiet
    if isForeign {
      throw CommandFailure(
        .badInput,
        "\(path): strategies in stages are planned with --budget, --engine, --gap, --node-limit, "
          + "--report, --json and -o only; planner two-stage has options of its own")
    }
    var command = try TwoStageCommand.parse([path, "--engine", engine.rawValue])
    command.budget = budget
    command.gap = gap
    command.nodeLimit = nodeLimit
    command.json = json
    command.output = output
    command.pages = pages
    try command.plan(loaded)
    return .success
  }
}
