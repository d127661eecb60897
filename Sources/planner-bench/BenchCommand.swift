import ArgumentParser
import Foundation

@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "planner-bench",
    abstract: "Compares planner with simpler ways and with other programs, all in one run.",
    discussion: """
      Each line compares two things, A and B, measured in turn: the medians of both, the median of \
      A/B over all rounds, and the least and the largest A/B. Where a line says so, more is better; \
      else less is.

      Example: planner-bench --filter swap --repetitions 3
      """)

  @Option(help: "Only groups or subjects that contain this text.")
  var filter: String?

  @Option(help: "How many rounds are measured.")
  var repetitions = 5

  @Flag(help: "Two rounds, the small networks only, and short limits.")
  var quick = false

  @Option(help: "Wall time for a solver that is left alone, in seconds.")
  var limit: Double?

  @Option(
    help: """
      A Python with the peers: pip install torch pulp highspy. Default: the environment's \
      PLANNER_PYTHON; without either, the peers are left out.
      """)
  var python: String?

  @Option(help: "The folder of the networks' profiles. Default: that of the project.")
  var networks: String?

  @Flag(help: "Print one line of JSON per comparison.")
  var json = false

  func validate() throws {
    if repetitions < 1 { throw ValidationError("--repetitions takes 1 or more") }
    if let limit, !(limit > 0 && limit < 1e6) {
      throw ValidationError("--limit takes seconds between 0 and 10^6")
    }
  }

  func run() throws {
    let setting = Setting(
      rounds: quick ? 2 : repetitions, limit: limit ?? (quick ? 5 : 30), isQuick: quick,
      networks: try networks ?? ProjectFolder.networks(),
      python: python ?? ProcessInfo.processInfo.environment["PLANNER_PYTHON"],
      workers: ProjectFolder.executables, filter: filter)
    let all: [any Benchmark] = [
      SwapBenchmark(), ReadingBenchmark(), SimulatorBenchmark(), WorkerBenchmark(),
      EngineBenchmark(), GrowthBenchmark(), CollectorBenchmark(), AllocationBenchmark(),
      DispatchBenchmark(), PlacementBenchmark(), LayoutBenchmark(), TwoStageBenchmark(),
      CodecBenchmark(), GradientBenchmark(),
      PeerBenchmark(),
    ]
    let groups = all.filter { $0.matches(filter) }
    if groups.isEmpty {
      throw ValidationError(
        "nothing is called '\(filter ?? "")'; the groups are: "
          + all.map(\.title).joined(separator: ", "))
    }
    var output = Output(isJSON: json)
    output.begin(setting)
    for group in groups {
      output.title(group.title)
      try group.run(setting) { output.print($0) }
    }
  }
}
