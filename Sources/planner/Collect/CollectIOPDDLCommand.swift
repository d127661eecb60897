import ArgumentParser
import Collectors
import Profiles

struct CollectIOPDDLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "iopddl",
    abstract: "Make a profile from an instance of the contest on intra-operator parallelism.",
    discussion: """
      Reads the JSON of google/iopddl (ASPLOS 2025), plain or compressed with gzip, and writes a profile \
      with the section sharding. `planner shard` reads either.

      Example: planner collect iopddl A.json.gz -o a.profile.json.gz
      """)

  @Argument(help: "The instance; - for standard input.")
  var file: String

  @Option(help: "The profile's name. Default: the instance's own name.")
  var name: String?

  @Option(name: .shortAndLong, help: "Write to this file, compressed if it ends in .gz.")
  var output = "-"

  func run() throws {
    let files = try CollectOutput.files([file])
    var instance = try CollectOutput.asInput { () throws(CollectorError) in
      try IOPDDLCollector().collect(files[0])
    }
    if let name { instance.name = name }
    try Inputs.write(instance.encoded(compressed: output.hasSuffix(".gz")), to: output)
    Console.note(
      "\(instance.name): \(instance.nodeCount) nodes, \(instance.strategyStarts.last ?? 0) strategies, "
        + "\(instance.edges.count) edges, \(instance.edgeCosts.count) pairs")
  }
}
