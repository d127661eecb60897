import ArgumentParser
import Collectors
import Profiles

struct CollectChakraCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chakra",
    abstract: "Make a profile from a Chakra execution trace.",
    discussion: """
      The file is the protobuf form (.et) of a trace that was linked with measured times.

      Example: planner collect chakra resnet.0.et --device V100-SXM2-16GB -o resnet.json.gz
      """)

  @Argument(help: "The .et file of one rank; - for standard input.")
  var file: String

  @OptionGroup var device: DeviceOptions
  @OptionGroup var output: CollectOutput

  func run() throws {
    let files = try CollectOutput.files([file])
    let collector = ChakraCollector(device: try device.chosen())
    try output.write(of: files) { () throws(CollectorError) in try collector.collect(files[0]) }
  }
}
