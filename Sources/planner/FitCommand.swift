import ArgumentParser
import Foundation
import Plans
import Profiles
import Reports
import Simulation
import Swap

struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Find the smallest budget for a time, or the largest batch for a device.",
    discussion: """
      With --time: the smallest budget whose plan takes at most so long, and the largest one that is \
      proven too small. With --batch: the profile's batch is scaled until nothing fits any more; \
      parameters and optimizer states stay as they are.

      Example: planner fit resnet50.profile.json.gz --time +5%
      Example: planner fit resnet50.profile.json.gz --batch 192 --budget 16GiB --slowdown 10%
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Option(help: "The iteration may take so long: 520ms, or +5% more than without a limit.")
  var time: FitTime?

  /// Larger ones can't be scaled without rounding.
  private static let batches = 1...1_000_000_000

  @Option(help: "The samples of the profile's iteration, to find the largest batch.")
  var batch: Int?

  @Option(help: "Device memory for --batch. Default: the device's memory less what is reserved.")
  var budget: BudgetArgument?

  @Option(
    help: "With --batch: how much longer than without a limit the iteration may take, as 10%.")
  var slowdown: GapArgument?

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(name: .shortAndLong, help: "Write the plan to this file.")
  var output: String?

  @Option(
    help: "With --batch: write the scaled profile to this file, compressed if it ends in .gz.")
  var profileOutput: String?

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  func validate() throws {
    if (time == nil) == (batch == nil) { throw ValidationError("give either --time or --batch") }
    if let batch, !Self.batches.contains(batch) {
      throw ValidationError("--batch takes 1 to \(Self.batches.upperBound)")
    }
    if batch == nil && (slowdown != nil || profileOutput != nil || budget != nil) {
      throw ValidationError("--budget, --slowdown and --profile-output go with --batch")
    }
  }

  func run() throws {
    let loaded = try Inputs.profile(profile)
    var fit = SwapFit(profile: loaded.profile, solver: try Engines.solver(engine))
    fit.progressHandler = { Console.progress($0) }
    do {
      if let time { try fitBudget(fit, time, loaded) }
      if let batch { try fitBatch(fit, batch, loaded) }
    } catch let error as SwapProblemError {
      throw CommandFailure(.badInput, "\(profile): \(error)")
    }
  }

  private func fitBudget(
    _ fit: SwapFit, _ time: FitTime, _ loaded: Inputs.LoadedProfile
  ) throws {
    let simulator = try Inputs.simulator(loaded)
    let base = simulator.runUnconstrained().iterationMicroseconds
    let limit = time.microseconds(unconstrained: base)
    guard var found = try fit.smallestBudget(within: limit).map({ ($0.bytes, $0.plan, $0) }) else {
      throw CommandFailure(
        .infeasible,
        "\(profile): the operators alone take \(Quantity.milliseconds(base)), more than the "
          + "\(Quantity.milliseconds(limit)) asked for; give at least that")
    }
    Console.clearProgress()
    found.1.profile.sha256 = loaded.sha256
    let result = simulator.run(found.1)
    try check(result)
    if let output { try Inputs.write(found.1.encoded(), to: output) }
    if json {
      struct Answer: Encodable {
        let schema = "planner.fit/1"
        let budget_bytes: Int
        let too_small_bytes: Int
        let iteration_us: Double
        let limit_us: Double
      }
      return try printJSON(
        Answer(
          budget_bytes: found.0, too_small_bytes: found.2.tooSmallBytes,
          iteration_us: result.iterationMicroseconds, limit_us: limit))
    }
    try Console.write(
      """
      \(Quantity.exactBytes(found.0)) will do for \(Quantity.milliseconds(limit)): \
      the plan takes \(Quantity.milliseconds(result.iterationMicroseconds)).
      No plan does with \(Quantity.exactBytes(found.2.tooSmallBytes)) or less.

      """)
  }

  private func fitBatch(
    _ fit: SwapFit, _ measured: Int, _ loaded: Inputs.LoadedProfile
  ) throws {
    let budgetBytes = try Inputs.budgetBytes(budget, of: loaded)
    guard
      let found = try fit.largestBatch(
        measured: measured, budgetBytes: budgetBytes, slowdown: slowdown?.share)
    else {
      throw CommandFailure(
        .infeasible,
        "\(profile): not even one sample fits \(Quantity.exactBytes(budgetBytes))"
          + (slowdown == nil ? "" : " at this slowdown") + "; raise the budget")
    }
    Console.clearProgress()
    let simulator: Simulator
    do {
      simulator = try Simulator(profile: found.profile)
    } catch {
      throw CommandFailure(.failure, "\(profile): \(error)")
    }
    let result = simulator.run(found.plan)
    try check(result)
    if let output { try Inputs.write(found.plan.encoded(), to: output) }
    if let profileOutput {
      try Inputs.write(
        found.profile.encoded(compressed: profileOutput.hasSuffix(".gz")), to: profileOutput)
    }
    let perSample = result.iterationMicroseconds / Double(found.size)
    if json {
      struct Answer: Encodable {
        let schema = "planner.fit/1"
        let batch: Int
        let budget_bytes: Int
        let iteration_us: Double
        let unconstrained_us: Double
      }
      return try printJSON(
        Answer(
          batch: found.size, budget_bytes: budgetBytes,
          iteration_us: result.iterationMicroseconds,
          unconstrained_us: simulator.runUnconstrained().iterationMicroseconds))
    }
    try Console.write(
      """
      A batch of \(found.size) fits \(Quantity.exactBytes(budgetBytes)): the iteration takes \
      \(Quantity.milliseconds(result.iterationMicroseconds)), \
      \(Quantity.milliseconds(perSample)) a sample; \
      kept as it is, it would need \(Quantity.bytes(simulator.demand.unconstrainedPeak.bytes)).

      """)
  }

  private func check(_ result: SimulationResult) throws {
    guard result.isValid else {
      throw CommandFailure(
        .validationFailed, "\(profile): the simulator rejects the plan: \(result.verdict.sentence)")
    }
  }

  private func printJSON(_ answer: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try Console.write(String(decoding: try encoder.encode(answer), as: UTF8.self) + "\n")
  }
}

/// A limit on the iteration's time: `520ms`, or `+5%` of the unconstrained time.
enum FitTime: ExpressibleByArgument, Hashable, Sendable {
  case seconds(Double)
  case added(Double)

  init?(argument: String) {
    if argument.hasPrefix("+"), argument.hasSuffix("%") {
      guard let percent = Double(decimal: argument.dropFirst().dropLast()), percent >= 0
      else { return nil }
      self = .added(percent / 100)
    } else {
      guard let time = TimeArgument(argument: argument) else { return nil }
      self = .seconds(time.seconds)
    }
  }

  /// The limit, in microseconds.
  func microseconds(unconstrained: Double) -> Double {
    switch self {
    case .seconds(let seconds): seconds * 1e6
    case .added(let share): unconstrained * (1 + share)
    }
  }
}
