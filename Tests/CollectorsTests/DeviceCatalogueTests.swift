import Collectors
import Profiles
import Testing

@Suite("Device catalogue")
struct DeviceCatalogueTests {
  @Test("the devices that come with planner are complete")
  func builtIn() throws {
    let catalogue = try DeviceCatalogue.builtIn()
    #expect(
      catalogue.names == [
        "A100-SXM4-40GB", "A100-SXM4-80GB", "B200-SXM6-180GB", "H100-SXM5-80GB",
        "H200-SXM5-141GB", "L40S", "MI300X-192GB", "RTX4090", "T4", "V100-SXM2-16GB",
        "V100-SXM2-32GB",
      ])
    for device in catalogue.devices.values {
      #expect(device.defaultBudgetBytes > device.memoryBytes * 8 / 10)
      #expect(device.peakFlops["float32"] != nil)
      let link = try #require(device.hostToDevice)
      #expect(link.duplexFactor < 1 && link.duplexFactor > 0.7)
      let curve = try catalogue.efficiency(of: device.name)
      #expect(
        zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.gigaflops < $1.gigaflops })
    }
    let old = try catalogue.device(named: "V100-SXM2-16GB")
    #expect(old.memoryBytes == 16 << 30)
    #expect(old.memoryBandwidthGBPerSecond == 900)
    #expect(old.peakFlops == ["float32": 15.7e12, "float16": 125e12])
  }

  @Test("drives are complete, and go below the host of a device")
  func drives() throws {
    let catalogue = try DeviceCatalogue.builtIn()
    #expect(catalogue.drives.keys.sorted() == ["PCIe3 x4 drive", "PCIe4 x4 drive"])
    #expect(catalogue.drives.values.allSatisfy { $0.source.contains("assumed") })
    var device = try catalogue.device(named: "T4")
    let drive = try catalogue.drive(named: "PCIe4 x4 drive")
    drive.attach(to: &device)
    #expect(device.nvmeToHost?.copyMicroseconds(bytes: 7_000_000) == 1100)
    #expect(device.hostToNVMe?.copyMicroseconds(bytes: 5_000_000) == 1100)
    #expect(device.nvmeMemoryBytes == 1_000_000_000_000)
    drive.attach(to: &device, rate: 6)
    #expect(device.hostToNVMe == device.nvmeToHost)
    #expect(device.nvmeToHost?.copyMicroseconds(bytes: 6_000_000) == 1100)
    #expect(throws: CollectorError.self) { try catalogue.drive(named: "tape") }
  }

  @Test("a user's file adds drives, and says what is wrong with them")
  func ownDrive() throws {
    var catalogue = try DeviceCatalogue.builtIn()
    func file(_ read: Double) -> [UInt8] {
      Array(
        """
        {"schema": "planner.devices/1", "nvme": [{"name": "raid", "memory_bytes": 4000,
          "latency_us": 50, "read_gb_per_s": \(read), "write_gb_per_s": 10, "source": "me"}]}
        """.utf8)
    }
    try catalogue.add(file(20), file: "mine.json")
    #expect(try catalogue.drive(named: "raid").read.points.last?.gbPerSecond == 20)
    #expect {
      try catalogue.add(file(0), file: "mine.json")
    } throws: { "\($0)".contains("nvme.raid") }
  }

  @Test(
    "an unknown name suggests the nearest",
    arguments: [
      ("v100", "V100-SXM2-16GB"), ("A100-80GB", "A100-SXM4-80GB"), ("h100 sxm5", "H100-SXM5-80GB"),
      ("RTX 4080", "RTX4090"), ("MI300", "MI300X-192GB"),
    ])
  func nearest(name: String, expected: String) throws {
    let catalogue = try DeviceCatalogue.builtIn()
    #expect(
      throws: CollectorError.unknownDevice(
        name: name, nearest: expected, known: catalogue.names)
    ) { try catalogue.device(named: name) }
  }

  @Test("a name like no other suggests nothing")
  func nothingNear() throws {
    let catalogue = try DeviceCatalogue.builtIn()
    #expect(
      throws: CollectorError.unknownDevice(
        name: "quantum", nearest: nil, known: catalogue.names)
    ) { try catalogue.device(named: "quantum") }
  }

  static func file(_ device: String, links: String = "[]") -> [UInt8] {
    Array(
      #"{"schema": "planner.devices/1", "links": \#(links), "devices": [\#(device)]}"#.utf8)
  }

  static let own = """
    {"name": "Mine", "memory_bytes": 1000, "reserved_bytes": 100, "x_note": "on my desk",
     "memory_bandwidth_gb_per_s": 10, "peak_flops": {"float32": 1e9}, "link": "wire",
     "sources": []}
    """

  @Test("a user's file adds devices and links")
  func extended() throws {
    var catalogue = try DeviceCatalogue.builtIn()
    let wire =
      #"[{"name": "wire", "latency_us": 5, "gb_per_s": 2, "duplex_gb_per_s": 1, "source": "me"}]"#
    try catalogue.add(Self.file(Self.own, links: wire), file: "mine.json")
    let device = try catalogue.device(named: "Mine")
    #expect(device.defaultBudgetBytes == 900)
    #expect(device.deviceToHost?.copyMicroseconds(bytes: 2000) == 6)
    #expect(try catalogue.efficiency(of: "Mine").name == "A100")
    #expect(try catalogue.device(named: "T4").name == "T4")
  }

  @Test("a user's file adds interconnects")
  func ownInterconnect() throws {
    var catalogue = try DeviceCatalogue.builtIn()
    let wire = #"[{"name": "wire", "latency_us": 5, "gb_per_s": 2, "source": "me"}]"#
    let device = Self.own.replacing(
      #""link": "wire""#, with: #""link": "wire", "interconnect": "ring""#)
    let text = String(decoding: Self.file(device, links: wire), as: UTF8.self)
    #expect(throws: CollectorError.self) {
      try catalogue.add(Array(text.utf8), file: "mine.json")
    }
    let ring = #"[{"name": "ring", "latency_us": 7, "bus_gb_per_s": 3, "source": "me"}]"#
    let whole = text.replacing(#""devices""#, with: #""interconnects": \#(ring), "devices""#)
    try catalogue.add(Array(whole.utf8), file: "mine.json")
    #expect(
      catalogue.interconnect(of: "Mine")
        == Interconnect(name: "ring", latencyMicroseconds: 7, busGBPerSecond: 3, source: "me"))
  }

  @Test("faults of a user's file name the entry")
  func faults() throws {
    let changes = [
      (#""link": "wire""#, #""link": "rope""#, "devices.Mine: the link 'rope' isn't listed"),
      (#""reserved_bytes": 100"#, #""reserved_bytes": 1000"#, "devices.Mine: its memory"),
      (#""memory_bytes": 1000"#, #""memory_bytes": "big""#, "devices[0].memory_bytes"),
      (#""sources": []"#, #""sources": [], "weight": 3"#, "the key 'weight' isn't known"),
      (#""memory_bytes": 1000,"#, "", "devices[0].memory_bytes is missing"),
      ("{\"name\"", "{{\"name\"", "mine.json: the file"),
    ]
    let wire = #"[{"name": "wire", "latency_us": 5, "gb_per_s": 2, "source": "me"}]"#
    for (old, new, message) in changes {
      let text = String(decoding: Self.file(Self.own, links: wire), as: UTF8.self)
        .replacing(old, with: new)
      var catalogue = try DeviceCatalogue.builtIn()
      #expect {
        try catalogue.add(Array(text.utf8), file: "mine.json")
      } throws: { error in
        "\(error)".contains(message)
      }
    }
  }

  @Test("efficiency is interpolated on logarithmic axes and moved by the length of the kernel")
  func efficiency() {
    let curve = EfficiencyCurve(
      name: "c", peakFlops: 1e12,
      points: [.init(gigaflops: 1, share: 0.1), .init(gigaflops: 100, share: 0.9)], source: "")
    #expect(abs(curve.share(flops: 1e9, peak: 1e12) - 0.1) < 1e-12)
    // The middle of a logarithmic axis gives the geometric mean: √(0.1 · 0.9) = 0.3.
    #expect(abs(curve.share(flops: 1e10, peak: 1e12) - 0.3) < 1e-12)
    #expect(curve.share(flops: 1e15, peak: 1e12) == 0.9)
    // Below the first point the time stays: a tenth of the work at a tenth of the share.
    #expect(abs(curve.share(flops: 1e8, peak: 1e12) - 0.01) < 1e-12)
    // A device ten times slower fills as well with a tenth of the work.
    #expect(abs(curve.share(flops: 1e9, peak: 1e11) - 0.3) < 1e-12)
  }

  @Test("an operator takes the longer of its work and its traffic, and the launch")
  func roofline() throws {
    var graph = GraphBuilder()
    graph.input("x", [1024, 1024])
    graph.weight("w", [1024, 1024])
    graph.node("MatMul", ["x", "w"], ["y"], name: "product")
    graph.node("Relu", ["y"], ["z"], name: "rectify")
    graph.output("z")
    let device = Device(
      name: "d", memoryBytes: 1 << 34, peakFlops: ["float32": 1e12],
      memoryBandwidthGBPerSecond: 1000)
    let flat = EfficiencyCurve(
      name: "flat", peakFlops: 1e12, points: [.init(gigaflops: 1e-9, share: 0.5)], source: "none")
    let profile = try ONNXCollector(batch: 1024, device: device, efficiency: flat)
      .collect(try graph.bytes(), file: "r.onnx")
    let product = try #require(profile.step("product"))
    #expect(abs(product.durationMicroseconds - (2.0 * 1_073_741_824 / 0.5e6 + 3)) < 1e-6)
    let rectifier = try #require(profile.step("rectify"))
    #expect(abs(rectifier.durationMicroseconds - (2.0 * 4_194_304 / 0.8e6 + 3)) < 1e-6)
  }
}
