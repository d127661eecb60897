import Profiles

extension SolveCommand {
  /// What the option `--problem` calls the placement of experts.
  static let placement = "expert-placement"

  /// What the option `--problem` calls strategies and checkpoints together.
  static let twoStage = "two-stage"

  /// All problems by name.
  static let problems = [
    "swap", "dispatch", placement, twoStage, "gradients", "chunks", "sharding",
  ]

  /// The problem that a profile's sections are enough for.
  static func inferredProblem(of profile: Profile) -> String {
    if !profile.operators.isEmpty { return "swap" }
    if profile.stageGraph != nil { return twoStage }
    if profile.gradients != nil { return "gradients" }
    if profile.moe == nil && profile.cluster == nil { return "swap" }
    if let moe = profile.moe, !moe.scenarios.isEmpty { return placement }
    return "dispatch"
  }

  /// Plans strategies of a graph, by the command for them.
  func runSharding(
    _ loaded: ShardCommand.LoadedInstance, path: String, _ solver: ProfileSolver,
    _ interrupt: Interrupt
  ) throws {
    try refuseSwapOutputs(path: path)
    var command = try solver.shardCommand(path)
    (command.json, command.output, command.pages) = (json, output, pages)
    try command.run(on: loaded, interrupt)
  }

  private func refuseSwapOutputs(path: String) throws {
    if addresses != nil || pictures.svg != nil || quiet {
      throw CommandFailure(
        .badInput, "\(path): --addresses, --svg and --quiet are for swaps only; leave them out")
    }
  }

  /// Plans one of the problems that have a command of their own, by this command.
  func runCommand(
    of problem: String, on loaded: Inputs.LoadedProfile, _ solver: ProfileSolver,
    _ interrupt: Interrupt
  ) throws {
    let path = loaded.path
    if problem != "dispatch" { try refuseSwapOutputs(path: path) }
    switch problem {
    case "dispatch":
      var command = try solver.dispatchCommand(path)
      (command.json, command.output, command.pages) = (json, output, pages)
      command.pictures = pictures
      try command.run(on: loaded, interrupt)
    case Self.placement:
      var command = try solver.placeCommand(path)
      (command.json, command.output, command.pages) = (json, output, pages)
      try command.place(loaded, interrupt)
    case Self.twoStage:
      var command = try solver.twoStageCommand(path)
      (command.json, command.output, command.pages) = (json, output, pages)
      try command.plan(loaded, interrupt)
    case "gradients":
      var command = try solver.gradientsCommand(path)
      (command.json, command.output, command.pages) = (json, output, pages)
      try command.run(on: loaded, interrupt)
    case "chunks":
      var command = try solver.chunksCommand(path)
      (command.json, command.output, command.pages) = (json, output, pages)
      try command.run(on: loaded, interrupt)
    default: throw solver.unknown(problem, path: path)
    }
  }
}
