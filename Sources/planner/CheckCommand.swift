import ArgumentParser
import Plans
import Profiles
import Simulation

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a plan made by anyone against a profile.",
    discussion: """
      Checks that every idle gap is decided once and soundly, that the plan runs through within its \
      budget, and that its prediction is what the simulator finds. Exit code 6 if not.
      """)

  @OptionGroup var files: PlanFiles

  @Option(help: "How far the predicted iteration time may be off, as 0.5% or 0.005.")
  var tolerance: GapArgument = GapArgument(share: 0.005)

  @Flag(name: .shortAndLong, help: "Print nothing; the exit code tells.")
  var quiet = false

  func run() throws {
    let loaded = try Inputs.profile(files.profile)
    let plan = try Inputs.plan(files.plan)
    let faults = plan.faults(on: loaded.profile, sha256: loaded.sha256)
    guard faults.isEmpty else {
      throw CommandFailure(
        .validationFailed, faults.map { "\(files.plan): \($0)" }.joined(separator: "\n"))
    }
    let result = try Inputs.simulator(loaded).run(plan)
    guard result.isValid else {
      throw CommandFailure(.validationFailed, "\(files.plan): \(result.verdict.sentence)")
    }
    if let predicted = plan.prediction {
      let off = abs(predicted.iterationMicroseconds - result.iterationMicroseconds)
      let share = off / max(result.iterationMicroseconds, .leastNormalMagnitude)
      if share > tolerance.share {
        throw CommandFailure(
          .validationFailed,
          "\(files.plan): prediction.iteration_us: \(predicted.iterationMicroseconds) is "
            + "\(share * 100) % off the simulated \(result.iterationMicroseconds); solve again")
      }
    }
    if let bound = plan.lowerBound?.iterationMicroseconds,
      bound > result.iterationMicroseconds * (1 + tolerance.share)
    {
      throw CommandFailure(
        .validationFailed,
        "\(files.plan): lower_bound.iteration_us: \(bound) is above the simulated "
          + "\(result.iterationMicroseconds), so it is none; solve again")
    }
    if !quiet { try Console.write("\(files.plan): valid for \(loaded.profile.name)\n") }
  }
}
