import ArgumentParser
import Collectors
import Profiles

struct CollectGradientsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "From recorded gradients, how few elements hold how much of them.",
    discussion: """
      Files are arrays of NumPy (.npy, .npz), safetensors, or raw elements, called by their tensors. A \
      tensor that several files hold was recorded by several workers: give one file, or one folder of \
      files, for each. Tensors are put together in buckets, in the order of the timeline: \
      {"tensors": [{"name": …, "elements": …, "ready_us": …}, …]}.

      Example: planner collect gradients rank*.safetensors --timeline ready.json --nodes 4 \
      --devices-per-node 8 --within-gbps 200 --between-gbps 12.5 -o g.json
      """)

  @Argument(help: "The recorded gradients.")
  var files: [String] = []

  @Option(help: "When each gradient is ready. Default: all at once.")
  var timeline: String?

  @Option(help: "A profile with gradients, whose largest bucket stands for tensors not recorded.")
  var curves: String?

  @Option(help: "Put tensors together until they have so much, as 25MiB.")
  var bucketBytes: BudgetArgument = .bytes(25 << 20)

  @Option(help: "The elements of blocks that are measured, up to 65536, as 1024,4096.")
  var blocks = "1024,4096"

  @Option(help: "The shares of elements that are measured, as 0.1%,1%,10%.")
  var densities = "0.1%,0.2%,0.5%,1%,2%,5%,10%,20%,50%"

  @Option(help: "The type of raw elements: float32, float16, bfloat16 or float64.")
  var dtype = FloatingType.float32.rawValue

  @Option(help: "How many nodes add up their gradients.")
  var nodes: Int

  @Option(help: "How many devices each node has.")
  var devicesPerNode: Int

  @Option(
    help: "What a device sends to another of its node, in 10⁹ bytes per second.",
    transform: DecimalArgument.value)
  var withinGbps: Double?

  @Option(
    help: "What all devices of a node send to other nodes, in 10⁹ bytes per second.",
    transform: DecimalArgument.value)
  var betweenGbps: Double?

  @Option(
    help: "The latency of a message within a node, in microseconds.",
    transform: DecimalArgument.value)
  var withinLatency = 5.0

  @Option(
    help: "The latency of a message between nodes, in microseconds.",
    transform: DecimalArgument.value)
  var betweenLatency = 20.0

  @Option(
    help: "How fast a device finds the largest elements of blocks, in 10⁹ bytes per second.",
    transform: DecimalArgument.value)
  var selectionGbps = 100.0

  @Option(help: "The same for whole buckets. Default: as fast.", transform: DecimalArgument.value)
  var wholeSelectionGbps: Double?

  @OptionGroup var output: CollectOutput

  func validate() throws {
    if files.isEmpty && timeline == nil {
      throw ValidationError("name at least one file of gradients, or --timeline and --curves")
    }
    if case .share = bucketBytes {
      throw ValidationError("--bucket-bytes takes an amount such as 25MiB, not a share")
    }
    if devicesPerNode > 1 && withinGbps == nil {
      throw ValidationError("several devices a node need --within-gbps")
    }
    if nodes > 1 && betweenGbps == nil {
      throw ValidationError("several nodes need --between-gbps")
    }
    if FloatingType(rawValue: dtype) == nil {
      throw ValidationError(
        "--dtype takes " + FloatingType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if blockSizes.contains(where: { !(1...GradientExchange.maximumBlock).contains($0) }) {
      throw ValidationError("--blocks takes numbers from 1 to \(GradientExchange.maximumBlock)")
    }
    if shares.contains(where: { !($0 > 0 && $0 < 1) }) {
      throw ValidationError("--densities takes shares above 0 and below 1, such as 1%")
    }
    if (files + [timeline, curves].compactMap { $0 }).filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input (-) can be read only once")
    }
  }

  private var blockSizes: [Int] { blocks.split(separator: ",").map { Int($0) ?? 0 } }

  private var shares: [Double] {
    densities.split(separator: ",").map { GapArgument(argument: String($0))?.share ?? 0 }
  }

  func run() throws {
    let sources = try CollectOutput.files(files)
    let times = try timeline.map { try CollectOutput.files([$0])[0] }
    let sample = try curves.map { try Inputs.profile($0).profile }
    func link(_ rate: Double?, _ latency: Double) -> Link? {
      rate.map { Link(latencyMicroseconds: latency, gbPerSecond: $0) }
    }
    var collector = GradientCollector(
      mesh: GradientExchange(
        nodes: nodes, devicesPerNode: devicesPerNode,
        withinNode: link(withinGbps, withinLatency),
        betweenNodes: link(betweenGbps, betweenLatency), selectionGBPerSecond: selectionGbps,
        wholeSelectionGBPerSecond: wholeSelectionGbps, buckets: []))
    if case .bytes(let bytes) = bucketBytes { collector.bucketBytes = bytes }
    collector.blocks = Array(Set(blockSizes)).sorted()
    collector.densities = shares
    if let type = FloatingType(rawValue: dtype) { collector.rawType = type }
    let configured = collector
    try output.write(of: sources + [times].compactMap { $0 }) { () throws(CollectorError) in
      try configured.collect(sources, timeline: times, curves: sample)
    }
  }
}
