import ArgumentParser
import Foundation
import Optimization
import Plans
import Profiles
import Reports
import Simulation
import Swap

struct ReplanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replan",
    abstract: "Tell whether new densities are worth a new plan, and make it.",
    discussion: """
      Takes the profile with the densities measured since, and the plan in use. Names the swaps that are encoded though \
      that doesn't pay by their own copies and kernels, or the other way round; runs the plan on the densities of each of \
      the last epochs; and searches from the plan for a better one. It is taken only if the old one loses more than the \
      threshold in each of these epochs, so that a plan isn't changed for one odd measurement.

      Example: planner replan profile.json plan.json -o plan.json
      """)

  @OptionGroup var files: PlanFiles

  @Option(help: "Change the plan only if it loses more than this share of the iteration.")
  var threshold = GapArgument(share: 0.02)

  @Option(help: "In each of so many last epochs.")
  var windows = 2

  @Option(help: "The solver: auto, cbc or glpk.")
  var engine: EngineChoice = .auto

  @Option(help: "Search until the new plan is this close to the bound, as 0.1% or 0.001.")
  var gap: GapArgument?

  @Option(help: "Stop after this much time, as 60s or 5m.")
  var timeLimit: TimeArgument?

  @Flag(help: "The new plan never computes tensors again.")
  var noRecompute = false

  @Option(name: .shortAndLong, help: "Write the plan to use to this file; - for standard output.")
  var output: String?

  func validate() throws {
    if windows < 1 { throw ValidationError("--windows takes 1 or more") }
  }

  func run() throws {
    let loaded = try Inputs.profile(files.profile)
    let old = try Inputs.plan(files.plan)
    // The profile has changed since the plan was made, so its digest is another one.
    let faults = old.faults(on: loaded.profile, sha256: nil)
    guard faults.isEmpty else {
      throw CommandFailure(
        .validationFailed, faults.map { "\(files.plan): \($0)" }.joined(separator: "\n"))
    }
    let epochs = loaded.profile.lastEpochs(windows)
    guard !epochs.isEmpty else {
      throw CommandFailure(
        .badInput,
        "\(files.profile): tensors: none has a sparsity history; measure one with planner collect sparsity"
      )
    }
    let report = SwapReport(old, simulator: try Inputs.simulator(loaded))
    var lines = report.codecCrossings.map { "  \($0)" }
    lines.insert(
      lines.isEmpty
        ? "No swap is on the other side of its break-even."
        : "Swaps on the other side of their break-even, though other operators may hide their copies:",
      at: 0)

    let found = try search(from: old, loaded)
    if found == nil { lines.append("No other plan was found within these limits.") }
    let next = found ?? old
    var losses: [Double] = []
    for epoch in epochs {
      let simulator = try Simulator(profile: loaded.profile.measured(upTo: epoch))
      let (before, after) = (simulator.run(old), simulator.run(next))
      guard after.isValid else {
        losses.append(before.isValid ? 0 : .infinity)
        continue
      }
      losses.append(
        before.isValid
          ? before.iterationMicroseconds / max(after.iterationMicroseconds, .leastNormalMagnitude)
            - 1 : .infinity)
    }
    for (epoch, loss) in zip(epochs, losses) {
      let words =
        loss.isFinite ? String(format: "loses %.2f %%", max(0, loss) * 100) : "does not run"
      lines.append("Epoch \(epoch): the plan \(words).")
    }
    let isWorthIt = losses.count == windows && losses.allSatisfy { $0 > threshold.share }
    lines.append(
      isWorthIt
        ? "A new plan is worth it."
        : "Keep the plan: it loses more than \(threshold.defaultValueDescription) in "
          + "\(losses.filter { $0 > threshold.share }.count) of the \(windows) last epochs.")
    if let output {
      var chosen = isWorthIt ? next : old
      chosen.profile.sha256 = loaded.sha256
      try Inputs.write(chosen.encoded(), to: output)
    }
    if output != "-" { try Console.write(lines.joined(separator: "\n") + "\n") }
  }

  /// Returns the best plan found from the old one; nil if none was found.
  private func search(from old: Plan, _ loaded: Inputs.LoadedProfile) throws -> Plan? {
    var settings = SwapSettings()
    settings.timeLimit = timeLimit?.seconds
    settings.allowsRecompute = !noRecompute
    if let gap { settings.relativeGap = gap.share }
    guard case .swap(let decisions) = old.decisions else { return nil }
    settings.densityQuantile = decisions.densityQuantile
    let problem: SwapProblem
    do {
      problem = try SwapProblem(
        profile: loaded.profile, budgetBytes: old.budget.deviceBytes,
        hostBudgetBytes: old.budget.hostBytes, nvmeBudgetBytes: old.budget.nvmeBytes,
        settings: settings)
    } catch {
      throw CommandFailure(.badInput, "\(files.profile): \(error)")
    }
    var planner = SwapPlanner(problem, solver: try Engines.solver(engine))
    planner.start = old
    planner.progressHandler = { Console.progress("\(loaded.profile.name): \($0)") }
    defer { Console.clearProgress() }
    guard case .plan(let plan) = try planner.plan() else { return nil }
    return plan
  }
}

extension Profile {
  /// The last epochs in which a density was measured, ascending.
  fileprivate func lastEpochs(_ count: Int) -> [Int] {
    let epochs = Set(tensors.flatMap { $0.sparsity?.history.map(\.epoch) ?? [] })
    return epochs.sorted().suffix(count)
  }

  /// The profile with the newest density of each tensor up to an epoch as its only one.
  fileprivate func measured(upTo epoch: Int) -> Profile {
    var copy = self
    for index in tensors.indices {
      guard let history = tensors[index].sparsity?.history else { continue }
      let newest = history.filter { $0.epoch <= epoch }.max { $0.epoch < $1.epoch }
      copy.tensors[index].sparsity = newest.map { Sparsity(history: [$0]) }
    }
    return copy
  }
}
