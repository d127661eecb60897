import ArgumentParser
import Collectors
import Profiles

struct CollectSnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Make a profile of buffer lifetimes from a CUDA memory snapshot of PyTorch.",
    discussion: """
      The file is what torch.cuda.memory._dump_snapshot writes. It is read without running any code \
      in it.

      Example: planner collect snapshot snapshot.pickle -o step.json.gz --csv step.csv
      """)

  @Argument(help: "The pickle; - for standard input.")
  var file: String

  @Option(help: "Which device of the snapshot. Default: the one with the most events.")
  var deviceIndex: Int?

  @OptionGroup var device: DeviceOptions
  @OptionGroup var lifetimes: LifetimeOptions
  @OptionGroup var output: CollectOutput

  func run() throws {
    let files = try CollectOutput.files([file])
    let collector = SnapshotCollector(device: try device.chosen(), index: deviceIndex)
    var table: LifetimeTable?
    try output.write(of: files) { () throws(CollectorError) in
      let made = try collector.collect(files[0])
      table = made.lifetimes
      return made.profile
    }
    try lifetimes.write(table)
  }
}
