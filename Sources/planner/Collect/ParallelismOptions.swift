import ArgumentParser
import Collectors

/// How the job is shared out, and over which interconnect.
struct ParallelismOptions: ParsableArguments {
  @Option(help: "Devices that share each product.")
  var tensorParallel = 1

  @Option(help: "Devices that share the layers.")
  var pipelineParallel = 1

  @Option(help: "Copies of the model that share the batch.")
  var dataParallel = 1

  @Option(help: "Devices among the copies that share the experts.")
  var expertParallel = 1

  @Flag(help: "Share what lies between the products along the sequence.")
  var sequenceParallel = false

  @Option(help: "0; 1: copies share optimizer states; 2: and gradients.")
  var zero = 0

  @Option(help: "The pipeline's stage that the profile shows, from 0.")
  var stage = 0

  @Option(help: "Micro-batches in the iteration.")
  var microBatches = 1

  @Option(
    help: "Microseconds that an exchange takes without data. Default: of the catalogue.",
    transform: DecimalArgument.value)
  var exchangeLatency: Double?

  @Option(
    help: "Bus rate of exchanges in 10^9 bytes per second. Default: of the catalogue.",
    transform: DecimalArgument.value)
  var exchangeRate: Double?

  var parallelism: Parallelism {
    Parallelism(
      tensor: tensorParallel, pipeline: pipelineParallel, data: dataParallel,
      expert: expertParallel, sharesSequence: sequenceParallel, zeroStage: zero, stage: stage,
      microBatches: microBatches)
  }

  func validate() throws {
    guard (exchangeLatency == nil) == (exchangeRate == nil) else {
      throw ValidationError("give both --exchange-latency and --exchange-rate, or neither")
    }
    let isPossible = exchangeLatency.map { $0 >= 0 && $0.isFinite } ?? true
    guard isPossible, exchangeRate.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw ValidationError("--exchange-latency is 0 or more, --exchange-rate above 0")
    }
  }

  /// The interconnect that the user gives, else that of the catalogue.
  func interconnect(
    of device: String, in catalogue: DeviceCatalogue
  ) -> Interconnect? {
    guard let exchangeLatency, let exchangeRate else {
      return catalogue.interconnect(of: device)
    }
    return Interconnect(
      name: "given", latencyMicroseconds: exchangeLatency, busGBPerSecond: exchangeRate,
      source: "command line")
  }
}
