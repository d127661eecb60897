import ArgumentParser
import Foundation
import Plans
import Profiles

@main
struct PlannerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "planner",
    abstract: "Plans what to keep, move and recompute so that training fits in memory.",
    discussion: """
      A profile says what one training iteration does; a plan says what to do with each idle tensor.
      Results go to standard output, progress and errors to standard error. `-` stands for standard \
      input or output.

      Exit codes: 0 plan found and validated, 3 bad input, 4 proven infeasible, 5 limit reached \
      without a plan, 6 validation or comparison failed, 64 wrong usage, 130 interrupted.

      Files that hold too much of anything are refused; the message says how to raise that limit, as \
      PLANNER_LIMITS=depth=128,bytes=4GiB in the environment.
      """,
    version: PlannerVersion.current,
    subcommands: [
      AllocateCommand.self, BatchCommand.self, BatchWorkerCommand.self, CacheCommand.self,
      CalibrateCommand.self, CollectCommand.self, SolveCommand.self,
      ChunksCommand.self, DispatchCommand.self, GradientsCommand.self, PlaceCommand.self,
      ReshardCommand.self, ShardCommand.self, TwoStageCommand.self, SimulateCommand.self,
      CheckCommand.self, CompareCommand.self, SweepCommand.self, FitCommand.self,
      ExplainCommand.self, ExportCommand.self, ManCommand.self, ProfileCommand.self,
      ReplanCommand.self, ReportCommand.self, SchemaCommand.self,
    ])

  /// Runs the command line; every failure ends in a line on standard error and its exit code.
  static func main() {
    Console.ignoreBrokenPipes()
    do {
      let setting = ProcessInfo.processInfo.environment[InputLimits.variable] ?? ""
      try InputLimits.$current.withValue(try InputLimits(setting: setting)) {
        var command = try parseAsRoot()
        try command.run()
      }
    } catch let fault as Fault {
      Console.error(fault.description)
      exit(withError: ExitCode(EX_USAGE))
    } catch let failure as CommandFailure {
      Console.error(failure.description)
      exit(withError: failure.status.code)
    } catch {
      exit(withError: error)
    }
  }
}
