import ArgumentParser
import Profiles
import Reports
import Simulation

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare plans for one profile.",
    discussion: """
      Every plan is replayed. `planner compare BASE NEW --profile P` takes two plans of one kind, of any \
      problem, and tells what changes: time, memory, and each decision that differs. The exit code is 6 if \
      NEW is worse (slower, dearer, less balanced) by more than --tolerance, or one of them doesn't hold.

      `planner compare PROFILE PLAN PLAN…` sets any number of plans of idle gaps, or of experts on devices, \
      side by side in one table. The first plan is the base: with --tolerance, the exit code is 6 if \
      any other one is worse by more than that, or if a plan doesn't run through.

      Examples: planner compare old.plan.json new.plan.json --profile p.json --tolerance 1%
                planner compare load.json eplb.plan.json ours.plan.json --scenario law
      """)

  @Argument(help: "The profile, then two or more plans; with --profile only the two plans.")
  var files: [String]

  @Option(
    name: .customLong("profile"),
    help: "The profile of two plans of any kind; - for standard input.")
  var sharedProfile: String?

  @Option(help: "By how much a plan may be worse than the first, as 1% or 0.01. With --profile: 0.")
  var tolerance: GapArgument?

  @Option(
    help:
      "Of experts on devices: replay these scenarios, separated by commas. Default: the plan's own."
  )
  var scenario: String?

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  private var profile: String { files[0] }
  private var plans: [String] { Array(files.dropFirst()) }

  func validate() throws {
    if sharedProfile != nil {
      if files.count != 2 {
        throw ValidationError("with --profile, name two plans: the base and the new one")
      }
      if scenario != nil {
        throw ValidationError("--scenario is for planner compare PROFILE PLAN PLAN")
      }
    } else if files.count < 3 {
      throw ValidationError("name the profile and at least two plans")
    }
    if (files + [sharedProfile ?? ""]).filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    if let sharedProfile {
      return try compare(files[0], files[1], on: sharedProfile)
    }
    let loaded = try Inputs.profile(profile)
    if loaded.profile.operators.isEmpty, loaded.profile.moe != nil {
      return try comparePlacements(on: loaded.profile)
    }
    if scenario != nil {
      throw CommandFailure(
        .badInput, "\(profile): --scenario is for profiles of experts; leave it out")
    }
    // A plan for another problem is told before what the profile lacks for this one.
    let swaps = try plans.map { (path: $0, plan: try Inputs.plan($0, for: loaded)) }
    let simulator = try Inputs.simulator(loaded)
    let entries = swaps.map {
      Comparison.Entry(name: $0.path, report: SwapReport($0.plan, simulator: simulator))
    }
    let comparison = Comparison(entries)
    try Console.write(
      json ? comparison.json() + "\n" : comparison.text(isColored: Console.isColored))
    for entry in entries where !entry.report.result.isValid {
      throw CommandFailure(
        .validationFailed, "\(entry.name): \(entry.report.result.verdict.sentence)")
    }
    guard let tolerance else { return }
    let base = entries[0].report.result.iterationMicroseconds
    for entry in entries.dropFirst() {
      let time = entry.report.result.iterationMicroseconds
      if time > base * (1 + tolerance.share) {
        throw CommandFailure(
          .validationFailed,
          "\(entry.name): slower than \(entries[0].name) by \((time / base - 1) * 100) %")
      }
    }
  }

  /// Replays placements of experts and sets them side by side.
  private func comparePlacements(on measured: Profile) throws {
    let names = scenario.map { $0.split(separator: ",").map(String.init) }
    for name in names ?? []
    where !(measured.moe?.scenarios ?? []).contains(where: { $0.name == name }) {
      throw CommandFailure(
        .badInput, "\(profile): --scenario: the profile has no scenario '\(name)'")
    }
    let entries = try plans.map { path in
      PlacementComparison.Entry(
        name: path,
        report: PlacementReport(
          try PlaceCommand.plan(path), profile: measured, scenarios: names))
    }
    let comparison = PlacementComparison(entries)
    try Console.write(
      json ? comparison.json() + "\n" : comparison.text(isColored: Console.isColored))
    for entry in entries where !entry.report.result.isValid {
      throw CommandFailure(
        .validationFailed, "\(entry.name): \(entry.report.result.faults.first ?? "")")
    }
    guard let tolerance else { return }
    let base = entries[0].report.result.value
    for entry in entries.dropFirst() where entry.report.result.value > base * (1 + tolerance.share)
    {
      throw CommandFailure(
        .validationFailed,
        "\(entry.name): worse balanced than \(entries[0].name) by "
          + "\((entry.report.result.value / base - 1) * 100) %")
    }
  }
}
