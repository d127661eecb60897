import ArgumentParser
import Plans
import Profiles
import Reports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Tell what a profile holds, or make an HTML page of a plan for it.",
    discussion: """
      Of a profile alone: memory by kind at the peak and over time; operators by what they would save \
      at the device's peak rates, the largest first; idle gaps by bytes × length; lines through the \
      times of copies and collectives; buckets of gradients, stages and their strategies, experts, the \
      cluster. What the profile lacks for any of it is listed at the end.

      With a plan of any kind: one HTML page that needs no network, written to -o. Commands that plan \
      write the same page with --report, then with the seconds of each strategy.

      Examples: planner report resnet50.json.gz
                planner report resnet50.json.gz resnet50.plan.json -o resnet50.html
      """)

  @Argument(help: "The profile; - for standard input.")
  var profile: String

  @Argument(help: "A plan for it; - for standard input.")
  var plan: String?

  @Option(help: "How many rows each list has at most. Default: 10, or 100 with --json.")
  var limit: Int?

  @Flag(help: "Print one line of JSON instead of text.")
  var json = false

  @Option(
    name: .shortAndLong, help: "Write the page of the plan to this file; - for standard output.")
  var output: String?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 on") }
    guard plan != nil else {
      if output != nil {
        throw ValidationError("-o takes the page of a plan; name the plan after the profile")
      }
      return
    }
    if output == nil {
      throw ValidationError("name the file of the page, as -o report.html; - for standard output")
    }
    if json || limit != nil {
      throw ValidationError(
        "--json and --limit are for a profile alone; the page has no use for them")
    }
    if profile == "-" && plan == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    if let plan, let output {
      return try ReportOptions.write(try page(of: plan), to: output)
    }
    let report = ProfileReport(try Inputs.profile(profile).profile)
    try Console.write(
      json
        ? report.json(limit: limit ?? 100) + "\n"
        : report.text(isColored: Console.isColored, limit: limit ?? 10))
  }

  /// Returns the page of a plan; of one that fails, too: it tells why.
  private func page(of path: String) throws -> ReportPage {
    let plan = try Inputs.anyPlan(path)
    // The sections of strategies are read by a reader of their own.
    if case .sharding(let plan) = plan {
      let (instance, sha256) = try ShardCommand.instance(profile)
      try Inputs.check(plan.profile, path, name: instance.name, sha256: sha256)
      return ShardingReport(plan, instance: instance).page()
    }
    let loaded = try Inputs.profile(profile)
    let read = loaded.profile
    try Inputs.check(plan, path, for: loaded)
    switch plan {
    case .swap(let plan): return SwapReport(plan, simulator: try Inputs.simulator(loaded)).page()
    case .dispatch(let plan): return DispatchReport(plan, profile: read).page()
    case .expertPlacement(let plan): return PlacementReport(plan, profile: read).page()
    case .chunks(let plan): return ChunkReport(plan, profile: read).page()
    case .gradients(let plan): return GradientReport(plan, profile: read).page()
    case .twoStage(let plan):
      guard let graph = read.stageGraph else {
        throw CommandFailure(
          .badInput,
          "\(profile): two_stage: absent, but the plan is for it; see planner collect strategies")
      }
      return StageReport(plan, name: read.name, graph: graph).page()
    case .sharding: preconditionFailure("told above")
    }
  }
}
