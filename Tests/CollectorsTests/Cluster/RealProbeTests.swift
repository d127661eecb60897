import Collectors
import Profiles
import Testing

/// Real outputs; the figures are read from the files by eye.
@Suite(.enabled(if: Samples.folder != nil, Samples.remedy))
struct RealProbeTests {
  private func cluster(_ paths: String...) throws -> Cluster {
    let profile = try ClusterCollector().collect(try paths.map(Samples.file))
    #expect(profile.validate() == [])
    return try #require(profile.cluster)
  }

  @Test("four A100 in pairs: p2pBandwidthLatencyTest")
  func peers() throws {
    let cluster = try cluster("hardware/p2p_4xA100_pcie_nvlink_pairs.txt")
    #expect(cluster.deviceName == "NVIDIA A100 80GB PCIe")
    #expect(
      cluster.pairs?.gbPerSecond == [
        [1502.40, 275.07, 21.62, 21.60], [275.51, 1521.42, 21.69, 21.50],
        [21.46, 21.72, 1508.20, 275.34], [21.51, 21.69, 274.11, 1521.42],
      ])
    #expect(
      cluster.pairs?.latencyMicroseconds == [
        [2.62, 2.25, 19.85, 16.96], [2.22, 2.71, 14.12, 20.38], [18.87, 16.03, 2.47, 2.32],
        [18.78, 18.08, 2.32, 2.48],
      ])
    #expect(cluster.levels.map(\.groups) == [[[0, 1], [2, 3]]])
    #expect(ClusterRoutes(cluster).topology()?.kind == .symmetricTree)
  }

  @Test("the same machine's nvidia-smi topo -m gives the same groups, at assumed rates")
  func pairsOfConnections() throws {
    let cluster = try cluster("hardware/topo_4xA100_pairs.txt")
    let (near, far) = (300.0, 20.0)
    #expect(
      cluster.pairs?.gbPerSecond == [
        [0, near, far, far], [near, 0, far, far], [far, far, 0, near], [far, far, near, 0],
      ])
    #expect(cluster.pairs?.isAssumed == true)
    let both = try self.cluster(
      "hardware/topo_4xA100_pairs.txt", "hardware/p2p_4xA100_pcie_nvlink_pairs.txt")
    #expect(both.pairs?.gbPerSecond?[0][1] == 275.07 && both.assumptions.isEmpty)
  }

  @Test("eight H100 with twelve network cards")
  func cards() throws {
    let probe = try ClusterProbe.read(try Samples.file("hardware/topo_h100_dgx_talos.txt"))
    #expect(probe.deviceCount == 8)
    #expect(probe.connections?[0] == ["X"] + Array(repeating: "NV18", count: 7))
    #expect(
      probe.nearestCards == [
        ["NIC0"], ["NIC3"], ["NIC4"], ["NIC5"], ["NIC6"], ["NIC9"], ["NIC10"], ["NIC11"],
      ])
    let cluster = try cluster("hardware/topo_h100_dgx_talos.txt")
    #expect(cluster.pairs?.gbPerSecond?[3][6] == 450)
    #expect(ClusterRoutes(cluster).topology()?.kind == .homogeneous)
  }

  @Test("an all-to-all of eight A100: every time from 8 MiB on is met exactly")
  func allToAll() throws {
    let cluster = try cluster("hardware/nccl_alltoall_8xA100.log")
    #expect(cluster.deviceCount == 8 && cluster.deviceName == "A100-SXM4-40GB")
    let port = try #require(cluster.links.first)
    #expect(!port.isAssumed && port.outgoing.latencyMicroseconds == 86.02)
    for (size, time) in [
      (8_388_608, 121.1), (16_777_216, 160.4), (67_108_864, 396.8), (268_435_456, 1189.1),
      (8_589_934_592, 33508),
    ] {
      let bytes = size / 8 * 7
      #expect(abs(port.outgoing.copyMicroseconds(bytes: bytes) - time) < 1e-6 * time)
    }
    let probe = try ClusterProbe.read(try Samples.file("hardware/nccl_alltoall_8xA100.log"))
    #expect(probe.series.map(\.operation) == ["alltoall"])
    #expect(probe.series.first?.samples.count == 29)
    #expect(probe.series.first?.samples.first?.bytes == 28)
    #expect(probe.series.first?.samples.first?.microseconds == 89)
  }

  @Test("an all-reduce of eight H100: the bus rate, as an assumption")
  func allReduce() throws {
    let cluster = try cluster("hardware/nccl_h100x8_allreduce.txt")
    #expect(cluster.deviceCount == 8 && cluster.deviceName == "NVIDIA H100 80GB HBM3")
    let port = try #require(cluster.links.first)
    #expect(port.isAssumed && port.outgoing.latencyMicroseconds == 0)
    // 2 GiB in 7983.5 us: a bus rate of 470.73 GB/s.
    #expect(abs((port.outgoing.points.last?.gbPerSecond ?? 0) - 470.73) < 0.01)
    #expect(port.outgoing.points.map(\.bytes).first == 469_762_048)
  }

  @Test("nvbandwidth's README: rows are destinations; host to device by device")
  func bandwidth() throws {
    let cluster = try cluster("hardware/nvbandwidth_d2d_readme.txt")
    let rates = try #require(cluster.pairs?.gbPerSecond)
    #expect(rates.count == 8 && rates[0][0] == 0)
    #expect(rates[1][0] == 276.07 && rates[0][1] == 276.19 && rates[0][6] == 274.89)
    #expect(rates[6][7] == 276.45 && rates[7][6] == 276.33)
    let host = try self.cluster("hardware/nvbandwidth_h2d.txt")
    #expect(
      host.hostToDeviceGBPerSecond == [26.03, 25.94, 25.97, 26.00, 26.19, 25.95, 26.00, 25.97])
    #expect(host.deviceToHostGBPerSecond.isEmpty)
  }

  @Test("TACCL's NDv2: the network of a node's one card")
  func network() throws {
    let cluster = try cluster("hardware/taccl_topo-ndv2-1MB.json")
    #expect(cluster.deviceCount == 16 && cluster.levels.map(\.name) == ["node"])
    #expect(
      cluster.beyond?.path == Link(latencyMicroseconds: 2.6, gbPerSecond: 1e3 / 105))
    #expect(cluster.levels.first?.pair?.isAssumed == true)
    #expect(
      cluster.levels.first?.pair?.path == Link(latencyMicroseconds: 0.3, gbPerSecond: 1e3 / 46))
    #expect(cluster.links.first?.owner == "node")
    #expect(cluster.links.first?.outgoing.points.first?.gbPerSecond == 1e3 / 107)
  }

  @Test(
    "tables of collectives: the all-to-all of eight devices, 512 MiB each",
    arguments: [("a100", 2313.5), ("h100", 1490.42), ("h200", 1506.47), ("b200", 834.17)])
  func tables(name: String, microseconds: Double) throws {
    let cluster = try cluster("nccl/\(name)_sxm_nccl.csv")
    #expect(cluster.deviceCount == 8 && cluster.links.count == 1)
    let port = try #require(cluster.links.first)
    #expect(!port.isAssumed)
    #expect(abs(port.outgoing.copyMicroseconds(bytes: 536_870_912 / 8 * 7) - microseconds) < 1e-3)
  }
}
