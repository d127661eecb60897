import ArgumentParser
import Collectors
import Profiles

struct CollectPipeDreamCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipedream",
    abstract: "Make the profile of one training iteration from a PipeDream layer graph.",
    discussion: """
      The graph's times and sizes become forward and backward operators; what backward passes read \
      follows PyTorch's autograd, layer by layer.

      Example: planner collect pipedream vgg16.txt --device V100-SXM2-16GB -o vgg16.json.gz
      """)

  @Argument(help: "The layer graph, a text file; - for standard input.")
  var file: String

  @Option(help: "sgd, sgd-momentum or adam")
  var optimizer: OptimizerArgument = .sgdMomentum

  @OptionGroup var device: DeviceOptions
  @OptionGroup var output: CollectOutput

  func validate() throws {
    if device.device == nil { throw ValidationError("give the device: --device V100-SXM2-16GB") }
  }

  func run() throws {
    let files = try CollectOutput.files([file])
    guard let device = try device.chosen() else { return }
    let collector = PipeDreamCollector(device: device, optimizer: optimizer.optimizer)
    try output.write(of: files) { () throws(CollectorError) in try collector.collect(files[0]) }
  }
}
