import ArgumentParser
import Collectors
import Profiles

struct CollectONNXCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx",
    abstract: "Make the profile of one training iteration from an ONNX graph.",
    discussion: """
      Shapes are inferred, the backward pass and the optimizer are added, and times come from a \
      roofline with measured efficiencies. Weights aren't needed.

      Example: planner collect onnx resnet50.onnx --batch 64 --device V100-SXM2-16GB -o r.json.gz
      """)

  @Argument(help: "The .onnx file; - for standard input.")
  var file: String

  @Option(help: "Samples in the iteration.")
  var batch: Int

  @Option(help: "A device of the catalogue; see `planner collect devices`.")
  var device: String

  @OptionGroup var nvme: NVMeOptions

  @Option(help: "float32, float16 or bfloat16")
  var dtype: DtypeArgument = .float32

  @Option(help: "sgd, sgd-momentum or adam")
  var optimizer: OptimizerArgument = .sgdMomentum

  @OptionGroup var graph: GraphOptions
  @OptionGroup var catalogue: CatalogueOptions
  @OptionGroup var output: CollectOutput

  func run() throws {
    let files = try CollectOutput.files([file])
    let catalogue = try catalogue.load()
    let dimensions = try graph.named()
    try output.write(of: files) { () throws(CollectorError) in
      var device = try catalogue.device(named: device)
      try nvme.attach(to: &device, catalogue)
      let collector = ONNXCollector(
        batch: batch, dtype: dtype.dtype, optimizer: optimizer.optimizer, device: device,
        allowUnknown: graph.allowUnknown, dimensions: dimensions,
        efficiency: try catalogue.efficiency(of: device.name))
      return try collector.collect(files[0].bytes, file: files[0].name)
    }
  }
}
