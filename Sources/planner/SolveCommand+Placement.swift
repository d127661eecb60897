import ArgumentParser
import Profiles

extension SolveCommand {
  /// What the option `--problem` calls the placement of experts.
  static let placement = "expert-placement"

  /// All problems by name.
  static let problems = ["swap", "dispatch", placement, twoStage, "gradients"]

  /// The problem that a profile's sections are enough for.
  static func inferredProblem(of profile: Profile) -> String {
    if !profile.operators.isEmpty { return "swap" }
    if profile.stageGraph != nil { return twoStage }
    if profile.gradients != nil { return "gradients" }
    if profile.moe == nil && profile.cluster == nil { return "swap" }
    if let moe = profile.moe, !moe.scenarios.isEmpty { return placement }
    return "dispatch"
  }

  /// Places experts as `planner place` does with all its defaults.
  func place(_ loaded: Inputs.LoadedProfile, path: String) throws -> ExitStatus {
    let isForeign =
      budget != nil || hostBudget != nil || gap != nil || nodeLimit != nil || strategy != nil
      || jitter != nil || noSwap || noRecompute || addresses != nil || pictures.svg != nil || quiet
    if isForeign {
      throw CommandFailure(
        .badInput,
        "\(path): experts are placed with --engine, --time-limit, --report, --json and -o only; "
          + "planner place has options of its own")
    }
    var command = try PlaceCommand.parse([path, "--engine", engine.rawValue])
    command.timeLimit = timeLimit
    command.json = json
    command.output = output
    command.pages = pages
    try command.place(loaded)
    return .success
  }
}
