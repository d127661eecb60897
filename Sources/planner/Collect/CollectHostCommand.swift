import ArgumentParser
import Collectors

struct CollectHostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "host",
    abstract: "Measure this machine: memory, cores, copies, disk.",
    discussion: """
      It takes a few seconds. With --json the figures are a catalogue file, whose links devices of \
      your own may name; see --catalogue of the other kinds.

      Example: planner collect host --folder /tmp --json > host.json
      """)

  @Option(help: "Also measure the disk of this folder, with a file that is removed.")
  var folder: String?

  @Flag(help: "Write a catalogue file instead of a table.")
  var json = false

  func run() throws {
    let figures = try CollectOutput.asInput { () throws(CollectorError) in
      try HostProbe().measure(folder: folder)
    }
    try Console.write(json ? figures.catalogue : figures.table)
  }
}
