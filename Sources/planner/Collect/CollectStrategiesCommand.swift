import ArgumentParser
import Collectors
import Layouts
import Plans
import Profiles

struct CollectStrategiesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strategies",
    abstract: "List the ways to shard a network's operators over a mesh of devices.",
    discussion: """
      Makes the section two_stage from a Hugging Face config.json, an ONNX graph or a PyTorch Execution \
      Trace, whose forward pass is read: for each operator \
      strategies of data, tensor, sequence and expert parallelism and of ZeRO, with times and bytes of one \
      device, and what changing layouts between two operators takes. ONNX graphs share samples, channels and \
      the columns or rows of products.

      Example: planner collect strategies config.json --mesh 2x8 --link 20:50 --link 15.6:445 \
      --batch 16 --seq 4096 -o s.json.gz
      """)

  @Argument(
    help: "The config.json, the .onnx file or the Execution Trace; - for standard input.")
  var file: String

  @OptionGroup var mesh: MeshOptions

  @Option(
    name: [.long, .customLong("sequence")],
    help: "Tokens in a sample of a transformer; needed with a config.json.")
  var seq: Int?

  @Option(help: "Samples of all devices together in one iteration.")
  var batch: Int

  @Option(
    help: "The memory that a plan may take on each device. Default: what the device has free.")
  var memoryLimit: BudgetArgument?

  @Option(help: "float32, float16 or bfloat16")
  var dtype: DtypeArgument = .bfloat16

  @Option(help: "sgd, sgd-momentum or adam")
  var optimizer: OptimizerArgument = .adam

  @Flag(
    inversion: .prefixedNo,
    help: "Keep 32-bit copies of the weights. Default: yes, if the type has 16 bits.")
  var masterWeights: Bool?

  @Option(
    help:
      "The step of an Execution Trace, by its number. Default: the second of three and more, else the last."
  )
  var step: Int?

  @OptionGroup var graph: GraphOptions
  @OptionGroup var output: CollectOutput

  func validate() throws {
    if case .share = memoryLimit {
      throw ValidationError("--memory-limit takes bytes, as 40GiB, and no share")
    }
    if file == "-", mesh.cluster == "-" {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  func run() throws {
    let files = try CollectOutput.files([file])
    let (mesh, linkSource) = try self.mesh.resolved()
    let catalogue = try self.mesh.catalogue.load()
    let name = self.mesh.device
    let limit = memoryLimit?.bytes(ofPeak: 0)
    let dimensions = try graph.named()
    // Answers are kept, because layers repeat.
    var planners = LayoutPlanners()
    try output.write(of: files) { () throws(CollectorError) in
      let device = try catalogue.device(named: name)
      let efficiency = try catalogue.efficiency(of: device.name)
      let conversion: StrategyCollector.Conversion = { tensor, from, to in
        guard case .path(let path)? = try? planners.path(of: tensor, on: mesh, from: from, to: to)
        else { return nil }
        return (path.microseconds, path.stages.map(\.step))
      }
      if NetworkStrategyCollector.accepts(files[0]) {
        let found = try NetworkStrategyCollector(
          graph: ONNXCollector(
            batch: batch, dtype: dtype.dtype, optimizer: optimizer.optimizer, device: device,
            allowUnknown: graph.allowUnknown, dimensions: dimensions, efficiency: efficiency),
          masterWeights: masterWeights, efficiency: efficiency, mesh: mesh, linkSource: linkSource,
          step: step
        ).collect(files[0], memoryLimitBytes: limit, conversion: conversion)
        guard seq == nil else {
          throw .option(
            name: "seq", problem: "the file has its own shapes",
            remedy: "leave it out; --batch scales them")
        }
        return found
      }
      if !graph.dimensions.isEmpty || graph.allowUnknown || step != nil {
        throw .option(
          name: graph.allowUnknown ? "allow-unknown" : step == nil ? "dim" : "step",
          problem: "a config.json has no graph", remedy: "leave it out, or give an .onnx file")
      }
      guard let seq else {
        throw .option(
          name: "seq", problem: "a config.json doesn't tell how long samples are",
          remedy: "give the tokens in a sample, as --seq 4096")
      }
      let collector = StrategyCollector(
        training: TransformerTraining(
          sequence: seq, batch: batch, dtype: dtype.dtype, optimizer: optimizer.optimizer,
          masterWeights: masterWeights),
        device: device, efficiency: efficiency, mesh: mesh, linkSource: linkSource)
      return try collector.collect(
        files[0], memoryLimitBytes: limit, conversion: conversion)
    }
  }
}
