public import Profiles

/// Makes a cluster from the outputs of probes; each file adds what it knows.
///
/// Rates of pairs come from p2pBandwidthLatencyTest, else nvbandwidth, else from the connections that
/// nvidia-smi names, at assumed rates. What several pairs share comes from an all-to-all of nccl-tests,
/// else of OSU, else from the bus rate of another collective. Groups are the hosts, and the bands that
/// the rates of pairs show.
public struct ClusterCollector: Sendable {
  /// The number of equal nodes that the files describe one of; nil for what the files say.
  public var nodes: Int?
  /// The rate of a network card, in 10⁹ bytes per second, each way.
  public var networkGBPerSecond: Double?
  /// The number of devices, where no file tells it.
  public var devices: Int?

  /// Creates a collector.
  public init(nodes: Int? = nil, networkGBPerSecond: Double? = nil, devices: Int? = nil) {
    self.nodes = nodes
    self.networkGBPerSecond = networkGBPerSecond
    self.devices = devices
  }

  /// The rate of a network card that is assumed where none is given: 400 Gbit/s.
  static let assumedNetworkRate = 50.0

  /// Reads the files, whose kinds are told from their contents.
  ///
  /// - Throws: `CollectorError` with file, line and remedy.
  public func collect(_ files: [SourceFile]) throws(CollectorError) -> Profile {
    var probes: [ClusterProbe] = []
    for file in files { probes.append(try ClusterProbe.read(file)) }
    var merger = ClusterMerger(self, probes)
    let cluster = try merger.cluster()
    return Profile(
      name: files.first?.name ?? "cluster",
      source: Profile.Source(
        collector: "cluster", file: files.map(\.name).joined(separator: ", "),
        notes: merger.findings.notes),
      tensors: [], operators: [], cluster: cluster)
  }
}
