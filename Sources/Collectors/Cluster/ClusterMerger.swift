import Profiles

/// Puts together what several probes say.
struct ClusterMerger {
  let options: ClusterCollector
  let probes: [ClusterProbe]
  var findings = Findings()

  init(_ options: ClusterCollector, _ probes: [ClusterProbe]) {
    self.options = options
    self.probes = probes
    for probe in probes {
      var heading = Findings()
      heading.found("\(probe.file) is \(probe.kind)")
      findings.add(heading)
      findings.add(probe.findings)
    }
  }

  mutating func cluster() throws(CollectorError) -> Cluster {
    let count = try deviceCount()
    var cluster = Cluster(
      deviceCount: count, deviceName: probes.compactMap(\.deviceName).first)
    addPairs(to: &cluster)
    addHosts(to: &cluster)
    addBands(to: &cluster)
    try addPorts(to: &cluster)
    addPairSeries(to: &cluster)
    addHostCopies(to: &cluster)
    try addNetwork(to: &cluster)
    if cluster.links.isEmpty {
      findings.missing(
        "what pairs share, because no file measures many at once; add alltoall_perf of nccl-tests")
    }
    for assumption in cluster.assumptions { findings.assumed("figures of \(assumption)") }
    let topology = ClusterRoutes(cluster).topology()
    if let topology {
      findings.found("topology: \(topology.kind.rawValue)")
      for line in topology.evidence { findings.found("  \(line)") }
    } else if count > 1 {
      findings.missing("the rates of pairs; add p2pBandwidthLatencyTest or nvidia-smi topo -m")
    }
    return cluster
  }

  // MARK: Devices

  private func deviceCount() throws(CollectorError) -> Int {
    var known: (count: Int, file: String)?
    for probe in probes {
      guard let count = probe.deviceCount ?? probe.network?.devicesPerNode else { continue }
      if let known, known.count != count {
        throw .invalid(
          file: probe.file, place: "devices",
          problem: "\(count) devices, but \(known.file) has \(known.count)",
          remedy: "give files of the same devices")
      }
      known = (count, probe.file)
    }
    if let devices = options.devices {
      if let known, known.count != devices {
        throw .option(
          name: "--devices", problem: "\(known.file) has \(known.count) devices",
          remedy: "leave it out")
      }
      return devices
    }
    guard let known else {
      throw .option(
        name: "--devices", problem: "no file tells the number of devices", remedy: "add it")
    }
    return known.count
  }

  // MARK: Pairs

  private mutating func addPairs(to cluster: inout Cluster) {
    var pairs = Cluster.PairMatrix()
    let kinds = ["p2pBandwidthLatencyTest", "nvbandwidth", "TACCL topology"]
    let ordered = probes.sorted { one, other in
      (kinds.firstIndex(of: one.kind) ?? 9) < (kinds.firstIndex(of: other.kind) ?? 9)
    }
    pairs.gbPerSecond = ordered.compactMap(\.rates).first
    if let used = ordered.first(where: { $0.rates != nil }) {
      compareRates(of: ordered, with: used)
    }
    pairs.latencyMicroseconds = ordered.compactMap(\.latencies).first
    if pairs.gbPerSecond == nil, let connections = probes.compactMap(\.connections).first,
      connections.count > 1
    {
      pairs.gbPerSecond = connections.map { row in
        row.map { $0 == "X" ? 0 : ConnectionMatrix.assumedRate($0) }
      }
      pairs.isAssumed = true
      let words = Set(connections.joined()).subtracting(["X"]).sorted()
      for word in words {
        let rate = Quantity.fixed(ConnectionMatrix.assumedRate(word), decimals: 0)
        findings.assumed("\(word) carries \(rate) GB/s each way")
      }
    }
    if pairs.gbPerSecond != nil || pairs.latencyMicroseconds != nil { cluster.pairs = pairs }
  }

  /// Other files of one kind may differ in the rates of pairs by this share before that is told.
  private static let rateTolerance = 0.1

  /// Tells the files of the same kind whose rates of the same pairs differ from those that are used.
  private mutating func compareRates(of probes: [ClusterProbe], with used: ClusterProbe) {
    guard let rates = used.rates else { return }
    for other in probes.filter({ $0.kind == used.kind }).dropFirst() {
      guard let others = other.rates, others.count == rates.count else { continue }
      var worst: (share: Double, from: Int, to: Int)?
      for from in rates.indices {
        for to in rates.indices where from != to && rates[from][to] > 0 {
          let share = abs(others[from][to] - rates[from][to]) / rates[from][to]
          if share > worst?.share ?? Self.rateTolerance { worst = (share, from, to) }
        }
      }
      guard let worst else { continue }
      findings.assumed(
        "the rates of pairs are those of \(used.file); in \(other.file) they differ by up to "
          + "\(Quantity.fixed(worst.share * 100, decimals: 1)) %, from device \(worst.from) to \(worst.to): "
          + "\(Quantity.fixed(others[worst.from][worst.to], decimals: 1)) instead of "
          + "\(Quantity.fixed(rates[worst.from][worst.to], decimals: 1)) GB/s")
    }
  }

  private mutating func addPairSeries(to cluster: inout Cluster) {
    guard cluster.pairs?.gbPerSecond == nil else { return }
    let series = probes.flatMap(\.series)
    // Rates are what is left of a time when the latency is gone; a latency test has both.
    guard
      let pair = series.first(where: { $0.operation == "pair" })
        ?? series.first(where: { $0.operation == "pair rate" }),
      let path = Link.through(pair.samples)
    else { return }
    cluster.beyond = Cluster.PairFigures(path: path)
  }

  // MARK: Groups

  private mutating func addHosts(to cluster: inout Cluster) {
    guard let hosts = probes.map(\.hosts).first(where: { !$0.isEmpty }) else { return }
    cluster.levels.append(Cluster.Level(name: "node", groups: hosts))
    findings.found("\(hosts.count) hosts, a node each")
  }

  /// Adds a level for each band of the rates of pairs but the slowest, where these make groups.
  private mutating func addBands(to cluster: inout Cluster) {
    guard cluster.levels.isEmpty, cluster.pairs?.gbPerSecond != nil,
      let topology = ClusterRoutes(cluster).topology(),
      [.symmetricTree, .asymmetricTree].contains(topology.kind)
    else { return }
    for (index, band) in topology.bands.dropLast().enumerated() {
      let name = index == 0 ? "island" : "island of level \(index + 1)"
      cluster.levels.append(Cluster.Level(name: name, groups: band.groups))
    }
  }

  // MARK: Shared links

  private mutating func addPorts(to cluster: inout Cluster) throws(CollectorError) {
    let series = probes.flatMap { probe in probe.series.map { (file: probe.file, series: $0) } }
    let order = ["alltoall", "alltoall per peer", "all_gather", "reduce_scatter", "all_reduce"]
    var best: (rank: Int, file: String, series: ClusterProbe.Series)?
    for (file, series) in series {
      guard let rank = order.firstIndex(of: series.operation) else { continue }
      if best.map({ rank < $0.rank }) ?? true { best = (rank, file, series) }
    }
    guard let best else { return }
    var samples = best.series.samples
    if best.series.operation == "alltoall per peer" {
      guard cluster.deviceCount > 1, let last = samples.last,
        last.bytes < (1 << 53) / cluster.deviceCount
      else {
        throw .invalid(
          file: best.file, place: "contents", problem: "an exchange among \(cluster.deviceCount)",
          remedy: "give --devices")
      }
      samples = samples.map {
        .init(bytes: $0.bytes * (cluster.deviceCount - 1), microseconds: $0.microseconds)
      }
    }
    guard let path = Link.through(samples) else { return }
    let isAssumed = best.rank > 1
    cluster.links.append(
      Cluster.SharedLink(name: "port", outgoing: path, isAssumed: isAssumed))
    let fastest = samples.map { Double($0.bytes) / $0.microseconds / 1e3 }.max() ?? 0
    findings.found(
      "what a device exchanges with all others at once, from \(best.file): latency "
        + "\(Quantity.fixed(path.latencyMicroseconds, decimals: 1)) us, up to "
        + "\(Quantity.fixed(fastest, decimals: 1)) GB/s")
    if isAssumed {
      findings.assumed("an all-to-all is as fast as the bus rate of \(best.series.operation)")
    }
    if !cluster.levels.isEmpty, cluster.levels.contains(where: { $0.name == "node" }) {
      findings.missing("which part of the port's rate is the network's; measure one node as well")
    }
  }

  private func addHostCopies(to cluster: inout Cluster) {
    cluster.hostToDeviceGBPerSecond = probes.map(\.hostToDevice).first { !$0.isEmpty } ?? []
    cluster.deviceToHostGBPerSecond = probes.map(\.deviceToHost).first { !$0.isEmpty } ?? []
  }
}
