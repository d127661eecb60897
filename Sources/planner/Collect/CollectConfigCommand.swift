import ArgumentParser
import Collectors
import Profiles

struct CollectConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Make the profile of one training iteration from a Hugging Face config.json.",
    discussion: """
      The file gives the shapes; the backward pass, the optimizer and the exchanges between devices \
      are added, and times come from a roofline with measured efficiencies.

      Example: planner collect config config.json --seq 4096 --device H100-SXM5-80GB -o l.json.gz
      """)

  @Argument(help: "The config.json; - for standard input.")
  var file: String

  @Option(help: "Tokens in a sample.")
  var seq: Int

  @Option(help: "Samples in a micro-batch of one device.")
  var batch = 1

  @Option(help: "A device of the catalogue; see `planner collect devices`.")
  var device: String

  @OptionGroup var nvme: NVMeOptions

  @Option(help: "float32, float16 or bfloat16")
  var dtype: DtypeArgument = .bfloat16

  @Option(help: "sgd, sgd-momentum or adam")
  var optimizer: OptimizerArgument = .adam

  @Flag(
    inversion: .prefixedNo,
    help: "Keep 32-bit copies of the weights. Default: yes, if the type has 16 bits.")
  var masterWeights: Bool?

  @Option(help: "none, selective (the attention's scores) or full (each layer)")
  var recompute: RecomputeArgument = .none

  @Option(help: "flash or eager")
  var attention: AttentionArgument = .flash

  @OptionGroup var parallel: ParallelismOptions
  @OptionGroup var catalogue: CatalogueOptions
  @OptionGroup var output: CollectOutput

  func run() throws {
    let files = try CollectOutput.files([file])
    let catalogue = try catalogue.load()
    try output.write(of: files) { () throws(CollectorError) in
      var device = try catalogue.device(named: device)
      try nvme.attach(to: &device, catalogue)
      let collector = TransformerCollector(
        training: TransformerTraining(
          sequence: seq, batch: batch, dtype: dtype.dtype, optimizer: optimizer.optimizer,
          masterWeights: masterWeights, recompute: recompute.recompute,
          attention: attention.attention, parallelism: parallel.parallelism),
        device: device, efficiency: try catalogue.efficiency(of: device.name),
        interconnect: parallel.interconnect(of: device.name, in: catalogue))
      return try collector.collect(files[0])
    }
  }
}
