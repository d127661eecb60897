import Collectors
import Profiles
import Testing

/// Probes in small, by hand; what several say together; and what must be refused.
@Suite struct ClusterProbeTests {
  private func cluster(
    _ texts: [String], names: [String] = [], _ change: (inout ClusterCollector) -> Void = { _ in }
  ) throws -> Cluster {
    var collector = ClusterCollector()
    change(&collector)
    let files = texts.enumerated().map { index, text in
      ProbeTexts.file(text, names.indices.contains(index) ? names[index] : "probe\(index)")
    }
    let profile = try collector.collect(files)
    #expect(profile.validate() == [])
    return try #require(profile.cluster)
  }

  @Test("p2pBandwidthLatencyTest: rates one way with peers enabled, the devices' own latencies")
  func peers() throws {
    let cluster = try cluster([ProbeTexts.peers])
    #expect(cluster.deviceCount == 3 && cluster.deviceName == "Toy 40GB")
    #expect(
      cluster.pairs?.gbPerSecond
        == [[910, 90.01, 9.02], [90.1, 911, 9.12], [9.2, 9.21, 912]])
    #expect(
      cluster.pairs?.latencyMicroseconds
        == [[2, 1.91, 19.02], [1.92, 2.11, 19.12], [19.2, 19.21, 2.22]])
    #expect(cluster.levels.map(\.groups) == [[[0, 1], [2]]] && cluster.assumptions.isEmpty)
    let old = ProbeTexts.peers.replacing(" (P2P Writes)", with: "")
    #expect(try self.cluster([old]) == cluster)
    // Windows line ends, tabs, and numbers that touch.
    let other = ProbeTexts.peers.replacing("\n", with: "\r\n").replacing("  ", with: "\t")
      .replacing("910.00\t90.01", with: "910.0090.01")
    #expect(try self.cluster([other]) == cluster)
    // The mark that some editors put before a text.
    #expect(try self.cluster(["\u{FEFF}" + ProbeTexts.peers]) == cluster)
  }

  private func notes(_ files: [SourceFile]) throws -> [String] {
    try ClusterCollector().collect(files).source?.notes ?? []
  }

  @Test("latencies without rates, and rates without latencies, are told")
  func missingParts() throws {
    let latencies = """
      Running device_to_device_latency_sm.
      Device to Device Latency SM GPU(row) <- GPU(column) latency (ns)
                 0         1         2
       0       N/A    630.00    640.00
       1    630.00       N/A    650.00
       2    640.00    650.00       N/A

      """
    let alone = try notes([ProbeTexts.file(latencies)])
    #expect(!alone.contains { $0.contains("pairs at") || $0.contains("topology: ") }, "\(alone)")
    #expect(alone.contains { $0.hasPrefix("missing: the rates of pairs") })
    let title = try #require(ProbeTexts.peers.firstRange(of: "P2P=Enabled Latency"))
    let cut = try notes([ProbeTexts.file(String(ProbeTexts.peers[..<title.lowerBound]))])
    #expect(cut.contains("found: 3 devices, rates of all pairs"))
    #expect(cut.contains { $0.hasPrefix("missing: the latencies of pairs: probe.txt") })
    #expect(
      try notes([ProbeTexts.file(ProbeTexts.peers)]).allSatisfy {
        !$0.contains("latencies of pairs:")
      })
  }

  @Test("two files with other rates of the same pairs: which is used, and by how much they differ")
  func differingRates() throws {
    func notes(_ rate: String) throws -> [String] {
      let other = ProbeTexts.peers.replacing("90.01", with: rate)
      return try self.notes([
        ProbeTexts.file(ProbeTexts.peers, "a.txt"), ProbeTexts.file(other, "b.txt"),
      ])
    }
    #expect(
      try notes("45.00").contains {
        $0.contains("those of a.txt; in b.txt they differ by up to 50")
          && $0.contains("from device 0 to 1: 45.0 instead of 90.0 GB/s")
      })
    #expect(try notes("85.00").allSatisfy { !$0.contains("differ by") })
  }

  @Test("nvidia-smi topo -m: connections at assumed rates, devices and their nearest cards")
  func connections() throws {
    let cluster = try cluster([ProbeTexts.connections])
    #expect(cluster.pairs?.gbPerSecond == [[0, 100, 20], [100, 0, 22], [20, 22, 0]])
    #expect(cluster.assumptions == ["the rates of single pairs"])
    let probe = try ClusterProbe.read(ProbeTexts.file(ProbeTexts.connections))
    #expect(probe.nearestCards == [["NIC0"], ["NIC0"], ["mlx5_1"]])
    // Two nodes of it: devices 0 and 1 share a card.
    let two = try self.cluster([ProbeTexts.connections]) {
      $0.nodes = 2
      $0.networkGBPerSecond = 25
    }
    #expect(two.deviceCount == 6)
    #expect(two.levels.first?.groups == [[0, 1], [2], [3, 4], [5]])
    let card = try #require(two.links.last)
    #expect(card.owner == "card" && card.outside == "node" && !card.isAssumed)
    #expect(card.outgoing.points.first?.gbPerSecond == 25)
    let routes = ClusterRoutes(two)
    #expect(routes.isolatedRate(from: 0, to: 4) == 25)
    #expect(routes.isolatedRate(from: 3, to: 4) == 100)
    let spaces = ProbeTexts.connections.replacing("\t", with: "  ")
    #expect(try self.cluster([spaces]) == cluster)
  }

  @Test("nccl-tests: the port carries the bus rate; hosts are nodes; JSON says the same")
  func collectives() throws {
    let cluster = try cluster([ProbeTexts.allToAll], names: ["alltoall.log"])
    #expect(cluster.deviceCount == 4 && cluster.levels.map(\.groups) == [[[0, 1], [2, 3]]])
    let port = try #require(cluster.links.first)
    #expect(port.name == "port" && !port.isAssumed)
    #expect(port.outgoing.latencyMicroseconds == 10)
    #expect(abs(port.outgoing.copyMicroseconds(bytes: 786432) - 50) < 1e-9)
    let unnamed = try self.cluster([ProbeTexts.allToAll])
    #expect(unnamed.links == cluster.links)
    let reduce = try self.cluster([ProbeTexts.allReduceJSON])
    #expect(reduce.deviceCount == 2 && reduce.links.first?.isAssumed == true)
    #expect(
      abs((reduce.links.first?.outgoing.copyMicroseconds(bytes: 1_048_576) ?? 0) - 100) < 1e-9)
  }

  @Test("nvbandwidth: arrows tell directions, latencies are nanoseconds, cells may be N/A")
  func bandwidth() throws {
    let cluster = try cluster([ProbeTexts.bandwidth])
    #expect(cluster.pairs?.gbPerSecond == [[0, 270.12], [271.21, 0]])
    #expect(cluster.hostToDeviceGBPerSecond == [55.01, 55.02])
    #expect(cluster.deviceToHostGBPerSecond == [53.01, 53.02])
    let json = try self.cluster([ProbeTexts.bandwidthJSON])
    #expect(json.pairs?.gbPerSecond == [[0, 276.19], [276.07, 0]])
    #expect(json.deviceName == "NVIDIA GB200")
  }

  @Test("OSU: sizes are those of one peer; TACCL: microseconds per megabyte; tables: elements")
  func others() throws {
    let exchange = try cluster([ProbeTexts.osuAllToAll]) { $0.devices = 5 }
    let port = try #require(exchange.links.first)
    #expect(abs(port.outgoing.copyMicroseconds(bytes: 4 * 1_048_576) - 120.5) < 1e-9)
    #expect(port.outgoing.latencyMicroseconds == 12.06)
    let latency = try cluster([ProbeTexts.osuLatency]) { $0.devices = 2 }
    #expect(latency.beyond?.path.latencyMicroseconds == 1.1)
    #expect(
      abs((latency.beyond?.path.copyMicroseconds(bytes: 1_048_576) ?? 0) - 101.1) < 1e-9)
    let rate = try cluster([ProbeTexts.osuBandwidth]) { $0.devices = 2 }
    let path = try #require(rate.beyond?.path)
    #expect(abs(path.copyMicroseconds(bytes: 1_048_576) - 100) < 1e-9)
    let taccl = try cluster([ProbeTexts.taccl]) { $0.nodes = 2 }
    #expect(taccl.pairs?.gbPerSecond?[0][1] == 25 && taccl.pairs?.gbPerSecond?[1][0] == 50)
    #expect(taccl.beyond?.path == Link(latencyMicroseconds: 2, gbPerSecond: 8))
    #expect(taccl.links.first?.owner == "node")
    #expect(taccl.links.first?.outgoing.points.first?.gbPerSecond == 10)
    let table = try cluster([ProbeTexts.table])
    #expect(table.deviceCount == 4 && table.deviceName == "Toy")
    #expect(
      abs((table.links.first?.outgoing.copyMicroseconds(bytes: 1_572_864) ?? 0) - 60) < 1e-9)
  }

  @Test("several files make one cluster: what is measured stands before what is assumed")
  func merging() throws {
    let table = ProbeTexts.table.replacing(",4,", with: ",3,")
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
      let texts = [ProbeTexts.connections, ProbeTexts.peers, table]
      let cluster = try cluster(order.map { texts[$0] })
      #expect(cluster.pairs?.gbPerSecond?[0][1] == 90.01 && cluster.assumptions.isEmpty)
      #expect(cluster.links.map(\.name) == ["port"])
    }
    #expect(throws: CollectorError.self) {
      try ClusterCollector().collect([
        ProbeTexts.file(ProbeTexts.peers, "a"), ProbeTexts.file(ProbeTexts.allReduceJSON, "b"),
      ])
    }
  }

  /// Changes after which a file must be refused.
  static let mangled: [(text: String, old: String, new: String)] = [
    (ProbeTexts.peers, "     1  90.10 911.00   9.12\n", ""),
    (ProbeTexts.peers, "     1  90.10 911.00   9.12", "     1  90.10 911.00"),
    (ProbeTexts.peers, "  90.10 911.00   9.12", "  90.1 911.00   9.12"),
    (ProbeTexts.peers, "  90.10 911.00   9.12", "  90.101 911.00   9.12"),
    (ProbeTexts.peers, "  90.10 911.00   9.12", "  -90.10 911.00   9.12"),
    (ProbeTexts.peers, "  90.10 911.00   9.12", "  0.00 911.00   9.12"),
    (ProbeTexts.peers, "  90.10 911.00   9.12", "  nan 911.00   9.12"),
    (ProbeTexts.peers, "  90.10 911.00   9.12", "  90,10 911,00   9,12"),
    (ProbeTexts.peers, "Unidirectional P2P=Enabled", "Unidirectional P2P=Maybe"),
    (ProbeTexts.peers, "Writes) Matrix (GB/s)", "Writes) Matrix (MB/s)"),
    (ProbeTexts.peers, "Device: 2, Toy", "Machine: 2, Toy"),
    (ProbeTexts.connections, "\tNV4\t X \tNODE", "\tNV5\t X \tNODE"),
    (ProbeTexts.connections, "GPU1\tNV4\t X \t", "GPU1\tNV4\tPIX\t"),
    (ProbeTexts.connections, "GPU2\tSYS\tNODE", "GPU3\tSYS\tNODE"),
    (ProbeTexts.connections, "\tNV4\t X \tNODE\tPXB\tNODE", "\tNV4\t X \tPXB"),
    (ProbeTexts.connections, "GPU0\tGPU1\tGPU2\tNIC0", "GPU0\tGPU1\tNIC0"),
    (
      ProbeTexts.allToAll, "1048576    65536  float            50.00",
      "1048576    65536  float            5.00"
    ),
    (ProbeTexts.allToAll, "20.97   15.73", "20.97   20.97"),
    (ProbeTexts.allToAll, "#   Rank  3", "#   Runk  3"),
    (ProbeTexts.allToAll, "15.73    N/A    50.00   20.97   15.73    N/A", "15.73"),
    (ProbeTexts.allToAll, "1048576    65536", "16    65536"),
    (ProbeTexts.allToAll, "50.00   20.97", "5o.00   20.97"),
    (ProbeTexts.allReduceJSON, "\"bus_bw\": 10.49", "\"bus_bw\": 104.9"),
    (ProbeTexts.allReduceJSON, "\"alg_bw\": 10.49", "\"alg_bw\": \"10.49\""),
    (ProbeTexts.allReduceJSON, "\"rank\": 1", "\"rank\": 7"),
    (ProbeTexts.bandwidth, "270.12", "270.1"),
    (ProbeTexts.bandwidth, " 1    271.21       N/A", " 2    271.21       N/A"),
    (ProbeTexts.bandwidth, "55.01     55.02", "55.01     N/A     55.02"),
    (ProbeTexts.bandwidthJSON, "\"276.19\"", "\"fast\""),
    (ProbeTexts.bandwidthJSON, "[\"276.19\", \"N/A\"]", "[\"276.19\"]"),
    (ProbeTexts.osuLatency, "1048576               101.10", "1048576               101"),
    (ProbeTexts.osuLatency, "1048576  ", "0  "),
    (ProbeTexts.osuLatency, "Latency (us)", "Latency (ms)"),
    (ProbeTexts.osuAllToAll, "120.50              Pass", "120.50              Fail"),
    (ProbeTexts.osuBandwidth, "MB/s", "GB/s"),
    (ProbeTexts.taccl, "[2, 0]", "[0, 0]"),
    (ProbeTexts.taccl, "\"betas\": [[0, 40], [20, 0]]", "\"betas\": [[0, 40]]"),
    (ProbeTexts.taccl, "\"remote_beta\": 125", "\"remote_beta\": 0"),
    (ProbeTexts.table, "0.060", "-0.060"),
    (ProbeTexts.table, "half,4,1048576,0.060", "fp3,4,1048576,0.060"),
    ("hello\nworld\n", "hello", "goodbye"),
    ("", "", ""),
  ]

  @Test("a mangled file is refused", arguments: mangled.indices)
  func refused(index: Int) throws {
    let (text, old, new) = Self.mangled[index]
    let broken = old.isEmpty ? text : text.replacing(old, with: new, maxReplacements: 1)
    if !old.isEmpty { try #require(broken != text) }
    var collector = ClusterCollector()
    if broken.contains("OSU") { collector.devices = 4 }
    #expect(throws: CollectorError.self) {
      _ = try collector.collect([ProbeTexts.file(broken)])
    }
  }

  @Test(
    "a file that ends anywhere is refused or read as far as its figures are whole",
    arguments: ProbeTexts.all.indices)
  func cutOff(index: Int) throws {
    let (name, text) = ProbeTexts.all[index]
    var collector = ClusterCollector()
    if text.contains("OSU") { collector.devices = 4 }
    let whole = try #require(try collector.collect([ProbeTexts.file(text, name)]).cluster)
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count {
      let file = SourceFile(name: name, bytes: Array(bytes.prefix(length)))
      guard let part = try? collector.collect([file]).cluster else { continue }
      // What a part of the file gives, the whole gives too.
      if let rates = part.pairs?.gbPerSecond { #expect(rates == whole.pairs?.gbPerSecond) }
      if let latencies = part.pairs?.latencyMicroseconds {
        #expect(latencies == whole.pairs?.latencyMicroseconds)
      }
      if !part.hostToDeviceGBPerSecond.isEmpty {
        #expect(part.hostToDeviceGBPerSecond == whole.hostToDeviceGBPerSecond)
      }
    }
  }
}
