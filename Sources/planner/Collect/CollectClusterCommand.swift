import ArgumentParser
import Collectors
import Profiles

struct CollectClusterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Make a cluster from the outputs of probes.",
    discussion: """
      Any number of files of the same devices; what each is is told from its contents: nvidia-smi \
      topo -m, p2pBandwidthLatencyTest, nvbandwidth (text or JSON), nccl-tests (text or JSON), OSU \
      micro-benchmarks (osu_alltoall, osu_latency, osu_bw), TACCL's topologies, a table of \
      collectives. Figures that no file measures are marked as assumed, and told.

      Example: planner collect cluster topo.txt p2p.txt alltoall.log --nodes 4 --experts 64 --top-k 6 \
      --tokens-per-device 4096 --token-bytes 4096 -o moe.json
      """)

  @Argument(help: "The probes' outputs; - for standard input.")
  var files: [String]

  @Option(help: "How many such nodes there are, where the files are of one.")
  var nodes: Int?

  @Option(
    help: "The rate of a network card each way, in 10⁹ bytes per second.",
    transform: DecimalArgument.value)
  var nicGbPerS: Double?

  @Option(help: "The number of devices, where no file tells it.")
  var devices: Int?

  @Option(help: "Routed experts of a layer: adds the section that `planner dispatch` takes.")
  var experts: Int?

  @Option(help: "The experts that each token visits.")
  var topK: Int?

  @Option(help: "The tokens of one device's batch.")
  var tokensPerDevice: Int?

  @Option(help: "The size of a token's data: hidden size times the bytes of an element.")
  var tokenBytes: Int?

  @OptionGroup var output: CollectOutput

  func validate() throws {
    if files.isEmpty { throw ValidationError("name at least one file") }
    if let nodes, !(1...Cluster.maximumDevices).contains(nodes) {
      throw ValidationError("--nodes takes a number from 1 to \(Cluster.maximumDevices)")
    }
    if let devices, !(2...Cluster.maximumDevices).contains(devices) {
      throw ValidationError("--devices takes a number from 2 to \(Cluster.maximumDevices)")
    }
    if let nicGbPerS, !(1e-3...1e6).contains(nicGbPerS) {
      throw ValidationError("--nic-gb-per-s takes a number from 0.001 to 1000000")
    }
    let given = [experts, topK, tokensPerDevice, tokenBytes].compactMap { $0 }
    if !given.isEmpty, given.count < 4 || given.contains(where: { $0 < 1 }) {
      throw ValidationError(
        "--experts, --top-k, --tokens-per-device and --token-bytes belong together, each 1 or more")
    }
  }

  func run() throws {
    let sources = try CollectOutput.files(files)
    let collector = ClusterCollector(
      nodes: nodes, networkGBPerSecond: nicGbPerS, devices: devices)
    try output.write(of: sources) { () throws(CollectorError) in
      var profile = try collector.collect(sources)
      if let experts, let topK, let tokensPerDevice, let tokenBytes {
        profile.moe = MixtureOfExperts(
          experts: experts, topK: topK, layerNumbers: [0], tokensPerDevice: tokensPerDevice,
          tokenBytes: tokenBytes)
      }
      return profile
    }
  }
}
