import ArgumentParser
import Collectors
import Profiles

struct CollectTimelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory-timeline",
    abstract: "Make a profile of buffer lifetimes from a raw memory timeline of PyTorch.",
    discussion: """
      The file is what export_memory_timeline writes under a name that ends in .raw.json.gz.

      Example: planner collect memory-timeline step.raw.json.gz -o step.json.gz --csv step.csv
      """)

  @Argument(help: "The timeline, compressed or not; - for standard input.")
  var file: String

  @OptionGroup var device: DeviceOptions
  @OptionGroup var lifetimes: LifetimeOptions
  @OptionGroup var output: CollectOutput

  func run() throws {
    let files = try CollectOutput.files([file])
    let collector = TimelineCollector(device: try device.chosen())
    var table: LifetimeTable?
    try output.write(of: files) { () throws(CollectorError) in
      let made = try collector.collect(files[0])
      table = made.lifetimes
      return made.profile
    }
    try lifetimes.write(table)
  }
}
