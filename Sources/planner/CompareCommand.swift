import ArgumentParser
import Profiles
import Reports
import Simulation

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare plans for one profile in one table.",
    discussion: """
      Every plan is simulated. The first plan is the base: with --tolerance, the exit code is 6 if \
      any other one is slower (of experts on devices: worse balanced) by more than that, or if a plan doesn't run
      through.

      Example: planner compare load.json eplb.plan.json ours.plan.json --scenario law
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Argument(help: "Two or more plans.")
  var plans: [String]

  @Option(help: "By how much a plan may be slower than the first, as 1% or 0.01.")
  var tolerance: GapArgument?

  @Option(
    help:
      "Of experts on devices: replay these scenarios, separated by commas. Default: the plan's own."
  )
  var scenario: String?

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  func validate() throws {
    if plans.count < 2 { throw ValidationError("name at least two plans") }
    if ([profile] + plans).filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
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
