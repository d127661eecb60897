import Collectors
import Foundation
import Profiles
import Testing

@Suite("The machine's own figures")
struct HostTests {
  /// A clock that goes on by a tenth of a second whenever it is read.
  private final class Clock {
    private var seconds = 0.0
    func next() -> Double {
      seconds += 0.1
      return seconds
    }
  }

  @Test("rates are sizes over the clock's time")
  func rates() throws {
    let clock = Clock()
    let figures = try HostProbe(now: clock.next).measure(folder: nil)
    #expect(figures.memoryBytes > 1 << 26 && figures.cores > 0)
    #expect(figures.availableBytes <= figures.memoryBytes)
    #expect(figures.disk == nil)
    for copy in figures.copies {
      #expect(abs(copy.gbPerSecond - Double(copy.bytes) / 0.1 / 1e9) < 1e-9)
    }
    #expect(zip(figures.copies, figures.copies.dropFirst()).allSatisfy { $0.bytes < $1.bytes })
  }

  @Test("the disk's file is gone afterwards")
  func disk() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "host-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let clock = Clock()
    let disk = try #require(try HostProbe(now: clock.next).measure(folder: folder.path).disk)
    #expect(disk.bytes >= 1 << 24 && disk.bytes <= 1 << 28)
    #expect(disk.writeGBPerSecond > 0 && disk.readGBPerSecond > 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test("a folder that isn't there is told")
  func noFolder() {
    let clock = Clock()
    #expect {
      try HostProbe(now: clock.next).measure(folder: "/nowhere/at/all")
    } throws: { error in
      (error as? CollectorError)?.description.hasPrefix(
        "folder /nowhere/at/all: no file can be made")
        == true
    }
  }

  @Test("the figures are a catalogue that devices' entries can build on")
  func catalogue() throws {
    let clock = Clock()
    let figures = try HostProbe(now: clock.next).measure(folder: nil)
    let device = """
      {"schema": "planner.devices/1", "devices": [{"name": "own", "memory_bytes": 1000,
        "reserved_bytes": 0, "memory_bandwidth_gb_per_s": 10, "peak_flops": {"float32": 1e12},
        "link": "host memory", "sources": []}]}
      """
    var catalogue = try DeviceCatalogue.builtIn()
    try catalogue.add(Array(figures.catalogue.utf8), file: "host.json")
    try catalogue.add(Array(device.utf8), file: "own.json")
    let rate = try catalogue.device(named: "own").hostToDevice?.points.last?.gbPerSecond ?? 0
    #expect(abs(rate / figures.copyGBPerSecond - 1) < 0.01)
    #expect(figures.table.contains("copy of 64 KiB"))
  }
}
