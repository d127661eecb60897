import ArgumentParser

// The problems that have commands of their own, with what these and `planner solve` have in common.
extension ProfileSolver {
  /// The command that plans a dispatch.
  func dispatchCommand(_ path: String) throws -> DispatchCommand {
    var command = try DispatchCommand.parse([path, "--engine", options.engine.rawValue])
    command.timeLimit = options.timeLimit
    return command
  }

  /// The command that plans an exchange of gradients.
  func gradientsCommand(_ path: String) throws -> GradientsCommand {
    if options.budget != nil || options.isForSwapsOnly {
      throw CommandFailure(
        .badInput,
        "\(path): gradients are planned with --engine, --gap, --time-limit, --node-limit, --report, "
          + "--json and -o only; planner gradients has options of its own")
    }
    var command = try GradientsCommand.parse([path, "--engine", options.engine.rawValue])
    command.gap = options.gap
    command.timeLimit = options.timeLimit
    command.nodeLimit = options.nodeLimit
    return command
  }

  /// The command that places experts.
  func placeCommand(_ path: String) throws -> PlaceCommand {
    if options.budget != nil || options.gap != nil || options.nodeLimit != nil
      || options.isForSwapsOnly
    {
      throw CommandFailure(
        .badInput,
        "\(path): experts are placed with --engine, --time-limit, --report, --json and -o only; "
          + "planner place has options of its own")
    }
    var command = try PlaceCommand.parse([path, "--engine", options.engine.rawValue])
    command.timeLimit = options.timeLimit
    return command
  }

  /// The command that plans strategies and checkpoints together.
  func twoStageCommand(_ path: String) throws -> TwoStageCommand {
    if options.isForSwapsOnly {
      throw CommandFailure(
        .badInput,
        "\(path): strategies in stages are planned with --budget, --engine, --gap, --time-limit, --node-limit, "
          + "--report, --json and -o only; planner two-stage has options of its own")
    }
    var command = try TwoStageCommand.parse([path, "--engine", options.engine.rawValue])
    command.budget = options.budget
    command.gap = options.gap
    command.timeLimit = options.timeLimit
    command.nodeLimit = options.nodeLimit
    return command
  }

  /// The command that plans chunks.
  func chunksCommand(_ path: String) throws -> ChunksCommand {
    if options.isForSwapsOnly {
      throw CommandFailure(
        .badInput,
        "\(path): chunks are planned with --budget, --engine, --gap, --time-limit, --node-limit, --report, "
          + "--json and -o only; planner chunks has options of its own")
    }
    var command = try ChunksCommand.parse([path, "--engine", options.engine.rawValue])
    command.budget = options.budget
    command.gap = options.gap
    command.timeLimit = options.timeLimit
    command.nodeLimit = options.nodeLimit
    return command
  }

  /// The failure of a problem that this version doesn't know.
  func unknown(_ problem: String, path: String) -> CommandFailure {
    CommandFailure(
      .badInput,
      "\(path): problem: '\(problem)' is not known; this version knows: "
        + SolveCommand.problems.joined(separator: ", "))
  }
}
