import Profiles

/// What one file says about a cluster.
package struct ClusterProbe: Sendable {
  /// A measured exchange of all devices, or between two.
  package struct Series: Sendable {
    /// The times at one size.
    package struct Sample: Sendable, Hashable {
      /// What one device sends to others, in bytes.
      package let bytes: Int
      /// How long that takes.
      package let microseconds: Double
    }

    /// The operation: `alltoall`, `all_reduce` …; `pair` for two devices.
    package let operation: String
    /// The number of devices.
    package let devices: Int
    /// By ascending size.
    package let samples: [Sample]
  }

  /// The file.
  package let file: String
  /// What the file is, such as `nvidia-smi topo -m`.
  package let kind: String
  /// The number of devices; nil if the file doesn't say.
  package var deviceCount: Int?
  /// What the devices are called.
  package var deviceName: String?
  /// The connection of each pair by the words of `nvidia-smi topo`, `[device][device]`.
  package var connections: [[String]]?
  /// The network cards nearest to each device, if the file lists cards.
  package var nearestCards: [[String]]?
  /// The device's rates in one direction, `[from][to]`, in 10⁹ bytes per second; the diagonal is the copy
  /// within, or 0.
  package var rates: [[Double]]?
  /// Latencies, `[from][to]`, in microseconds.
  package var latencies: [[Double]]?
  /// The sum of both directions' rates when both are busy.
  package var duplexRates: [[Double]]?
  /// Rates from the host to each device, in 10⁹ bytes per second.
  package var hostToDevice: [Double] = []
  /// Rates from each device to the host, in 10⁹ bytes per second.
  package var deviceToHost: [Double] = []
  /// The devices of each host, if there are several.
  package var hosts: [[Int]] = []
  /// Measured exchanges.
  package var series: [Series] = []
  /// A description of nodes in a network.
  package var network: NetworkDescription?
  /// What was found, assumed and missing.
  var findings = Findings()

  init(_ file: SourceFile, kind: String) {
    self.file = file.name
    self.kind = kind
  }

  /// Nodes and the network between them as TACCL describes them.
  package struct NetworkDescription: Sendable {
    /// The devices of one node.
    package let devicesPerNode: Int
    /// The network cards of one node.
    package let cardsPerNode: Int
    /// α between nodes, in microseconds.
    package let remoteLatency: Double
    /// 1/β between nodes, in 10⁹ bytes per second.
    package let remoteRate: Double
    /// The rate of one card, in 10⁹ bytes per second.
    package let cardRate: Double
    /// α within a node.
    package let localLatency: Double
    /// 1/β within a node where the file names no pairs, the slowest, in 10⁹ bytes per second.
    package let localRate: Double?
  }

  /// Reads a file of any known kind, which is told from its contents.
  ///
  /// - Throws: `CollectorError` with the line and the remedy.
  package static func read(_ file: SourceFile) throws(CollectorError) -> ClusterProbe {
    let text = try ProbeText(file)
    if text.firstCharacter == "{" {
      let tree: JSON
      do {
        tree = try JSONScanner.parse(file.bytes)
      } catch {
        throw .malformed(file: file.name, problem: "\(error.fault)")
      }
      guard case .object(let members) = tree else {
        throw unknown(file)
      }
      let keys = Set(members.map(\.key))
      if keys.contains("nvbandwidth") { return try NVBandwidthJSON(file).probe(tree) }
      if keys.contains("results") { return try NCCLTestsJSON(file).probe(tree) }
      if keys.contains("gpus_per_node") { return try TACCLFile(file).probe(tree) }
      throw unknown(file)
    }
    if text.lines.contains(where: { PeerTest.bandwidthTitle($0.text) != nil }) {
      return try PeerTest(text).probe()
    }
    if text.lines.contains(where: { $0.text.contains("# OSU MPI") }) {
      return try OSUTable(text).probe()
    }
    if text.lines.contains(where: { $0.text.contains("out-of-place") && $0.text.hasPrefix("#") }) {
      return try NCCLTests(text).probe()
    }
    if text.lines.contains(where: { NVBandwidth.title($0.text) != nil }) {
      return try NVBandwidth(text).probe()
    }
    if let header = text.lines.first, CollectiveTable.isHeader(header.text) {
      return try CollectiveTable(file).probe()
    }
    if text.lines.contains(where: { ConnectionMatrix.isHeader($0.words) }) {
      return try ConnectionMatrix(text).probe()
    }
    throw unknown(file)
  }

  private static func unknown(_ file: SourceFile) -> CollectorError {
    .unsupported(
      file: file.name, place: "contents", problem: "no known probe of a cluster",
      remedy: "give the whole output of nvidia-smi topo -m, p2pBandwidthLatencyTest, nvbandwidth, "
        + "nccl-tests, OSU micro-benchmarks, a TACCL topology, or a table of collectives")
  }
}
