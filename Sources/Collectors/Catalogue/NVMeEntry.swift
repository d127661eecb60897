public import Profiles

/// An NVMe drive, or several that are used as one.
public struct NVMeDrive: Sendable, Hashable {
  /// The drive's name.
  public let name: String
  /// What it holds, in bytes.
  public let memoryBytes: Int
  /// Reads to host memory.
  public let read: Link
  /// Writes from host memory.
  public let write: Link
  /// Where the figures are from.
  public let source: String

  /// Puts the drive below the host of a device.
  ///
  /// - Parameters:
  ///   - device: The device above.
  ///   - rate: Another rate each way, in 10⁹ bytes per second.
  public func attach(to device: inout Device, rate: Double? = nil) {
    func changed(_ link: Link) -> Link {
      guard let rate else { return link }
      return Link(latencyMicroseconds: link.latencyMicroseconds, gbPerSecond: rate)
    }
    device.nvmeMemoryBytes = memoryBytes
    device.nvmeToHost = changed(read)
    device.hostToNVMe = changed(write)
  }
}

/// A drive as a catalogue states it.
struct NVMeEntry: Decodable {
  let name: String
  let memory: Int
  let latency: Double
  let read: Double
  let write: Double
  let source: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, source
    case memory = "memory_bytes"
    case latency = "latency_us"
    case read = "read_gb_per_s"
    case write = "write_gb_per_s"
  }

  init(from decoder: any Decoder) throws {
    try checkKeys(of: decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    memory = try container.decode(Int.self, forKey: .memory)
    latency = try container.decode(Double.self, forKey: .latency)
    read = try container.decode(Double.self, forKey: .read)
    write = try container.decode(Double.self, forKey: .write)
    source = try container.decode(String.self, forKey: .source)
  }

  func drive(file: String) throws(CollectorError) -> NVMeDrive {
    guard memory > 0, latency >= 0, read > 0, write > 0 else {
      throw .invalid(
        file: file, place: "nvme.\(name)",
        problem: "\(memory) bytes, latency \(latency) µs, \(read) GB/s to read, \(write) to write",
        remedy: "give a positive size and positive rates")
    }
    return NVMeDrive(
      name: name, memoryBytes: memory,
      read: Link(latencyMicroseconds: latency, gbPerSecond: read),
      write: Link(latencyMicroseconds: latency, gbPerSecond: write), source: source)
  }
}
