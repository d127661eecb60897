import ArgumentParser
import Collectors
import Profiles

struct CollectKinetoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kineto",
    abstract: "Make the profile of one training step from traces of the PyTorch profiler.",
    discussion: """
      Reads Kineto traces (torch.profiler) and Execution Traces (ExecutionTraceObserver), compressed \
      or not. Give both of one run for measured times with exact tensors. A Kineto trace alone needs \
      memory events or shapes: record it with profile_memory=True and record_shapes=True.

      Example: planner collect kineto run.pt.trace.json.gz --device V100-SXM2-32GB -o run.json.gz
      """,
    aliases: ["execution-trace"])

  @Argument(help: "The files of one run; - for standard input.")
  var files: [String]

  @Option(help: "A device of the catalogue; see `planner collect devices`.")
  var device: String

  @OptionGroup var nvme: NVMeOptions

  @Option(help: "Use only this step: the number in ProfilerStep#. Default: the mean of all.")
  var step: Int?

  @OptionGroup var catalogue: CatalogueOptions
  @OptionGroup var output: CollectOutput

  func run() throws {
    let sources = try CollectOutput.files(files)
    let catalogue = try catalogue.load()
    try output.write(of: sources) { () throws(CollectorError) in
      var device = try catalogue.device(named: device)
      try nvme.attach(to: &device, catalogue)
      return try KinetoCollector(
        device: device, step: step, efficiency: try catalogue.efficiency(of: device.name)
      ).collect(sources)
    }
  }
}
