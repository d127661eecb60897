import Profiles

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A catalogue as its file states it.
struct CatalogueFile: Decodable {
  let schema: String
  let links: [LinkEntry]?
  let nvme: [NVMeEntry]?
  let interconnects: [InterconnectEntry]?
  let efficiency: [CurveEntry]?
  let devices: [DeviceEntry]?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case schema, links, nvme, interconnects, efficiency, devices
  }

  private static let schema = "planner.devices/1"

  /// Reads a file and checks its form, but not that names refer to something.
  init(_ json: [UInt8], file: String) throws(CollectorError) {
    do {
      self = try JSONDecoder().decode(CatalogueFile.self, from: Data(json))
    } catch let error as DecodingError {
      throw .malformed(file: file, problem: CatalogueFile.describe(error))
    } catch {
      throw .malformed(file: file, problem: "\(error)")
    }
    guard schema == CatalogueFile.schema else {
      throw .malformed(
        file: file, problem: "schema is '\(schema)', not '\(CatalogueFile.schema)'")
    }
  }

  init(from decoder: any Decoder) throws {
    try checkKeys(of: decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    schema = try container.decode(String.self, forKey: .schema)
    links = try container.decodeIfPresent([LinkEntry].self, forKey: .links)
    nvme = try container.decodeIfPresent([NVMeEntry].self, forKey: .nvme)
    interconnects = try container.decodeIfPresent(
      [InterconnectEntry].self, forKey: .interconnects)
    efficiency = try container.decodeIfPresent([CurveEntry].self, forKey: .efficiency)
    devices = try container.decodeIfPresent([DeviceEntry].self, forKey: .devices)
  }

  private static func describe(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
      let path = (context.codingPath + (key.map { [$0] } ?? [])).map { part in
        part.intValue.map { "[\($0)]" } ?? ".\(part.stringValue)"
      }.joined()
      return path.isEmpty ? "the file" : String(path.drop { $0 == "." })
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context, key)) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      "\(place(context)): \(context.debugDescription)"
    @unknown default: "\(error)"
    }
  }
}

/// A copy engine: one direction of a connection to the host.
struct LinkEntry: Decodable {
  let name: String
  let latency: Double
  let rate: Double
  let duplexRate: Double?
  let source: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, source
    case latency = "latency_us"
    case rate = "gb_per_s"
    case duplexRate = "duplex_gb_per_s"
  }

  init(from decoder: any Decoder) throws {
    try checkKeys(of: decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    latency = try container.decode(Double.self, forKey: .latency)
    rate = try container.decode(Double.self, forKey: .rate)
    duplexRate = try container.decodeIfPresent(Double.self, forKey: .duplexRate)
    source = try container.decode(String.self, forKey: .source)
  }

  func link(file: String) throws(CollectorError) -> Link {
    guard latency >= 0, rate > 0, duplexRate.map({ $0 > 0 && $0 <= rate }) ?? true else {
      throw .invalid(
        file: file, place: "links.\(name)",
        problem: "latency \(latency) µs, \(rate) GB/s, \(duplexRate ?? rate) GB/s both ways",
        remedy: "give positive rates, the one for both directions not above the other")
    }
    return Link(latencyMicroseconds: latency, gbPerSecond: rate, duplexGBPerSecond: duplexRate)
  }
}

/// An efficiency curve.
struct CurveEntry: Decodable {
  struct Point: Decodable {
    let gigaflops: Double
    let share: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
      case gigaflops, share
    }

    init(from decoder: any Decoder) throws {
      try checkKeys(of: decoder, CodingKeys.self)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      gigaflops = try container.decode(Double.self, forKey: .gigaflops)
      share = try container.decode(Double.self, forKey: .share)
    }
  }

  let name: String
  let peakFlops: Double
  let points: [Point]
  let source: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, points, source
    case peakFlops = "peak_flops"
  }

  init(from decoder: any Decoder) throws {
    try checkKeys(of: decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    peakFlops = try container.decode(Double.self, forKey: .peakFlops)
    points = try container.decode([Point].self, forKey: .points)
    source = try container.decode(String.self, forKey: .source)
  }

  func curve(file: String) throws(CollectorError) -> EfficiencyCurve {
    let ascends = zip(points, points.dropFirst()).allSatisfy { $0.gigaflops < $1.gigaflops }
    guard peakFlops > 0, !points.isEmpty, ascends,
      points.allSatisfy({ $0.gigaflops > 0 && $0.share > 0 && $0.share <= 1 })
    else {
      throw .invalid(
        file: file, place: "efficiency.\(name)",
        problem: "its points don't ascend, or a share isn't above 0 and at most 1",
        remedy: "give gigaflops in ascending order with shares of the peak")
    }
    return EfficiencyCurve(
      name: name, peakFlops: peakFlops,
      points: points.map { .init(gigaflops: $0.gigaflops, share: $0.share) }, source: source)
  }
}

/// A device.
struct DeviceEntry: Decodable {
  let name: String
  let memory: Int
  let reserved: Int
  let memoryBandwidth: Double
  let peakFlops: [String: Double]
  let link: String
  let interconnect: String?
  let efficiency: String?
  let sources: [String]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, link, interconnect, efficiency, sources
    case memory = "memory_bytes"
    case reserved = "reserved_bytes"
    case memoryBandwidth = "memory_bandwidth_gb_per_s"
    case peakFlops = "peak_flops"
  }

  init(from decoder: any Decoder) throws {
    try checkKeys(of: decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    memory = try container.decode(Int.self, forKey: .memory)
    reserved = try container.decode(Int.self, forKey: .reserved)
    memoryBandwidth = try container.decode(Double.self, forKey: .memoryBandwidth)
    peakFlops = try container.decode([String: Double].self, forKey: .peakFlops)
    link = try container.decode(String.self, forKey: .link)
    interconnect = try container.decodeIfPresent(String.self, forKey: .interconnect)
    efficiency = try container.decodeIfPresent(String.self, forKey: .efficiency)
    sources = try container.decode([String].self, forKey: .sources)
  }

  func device(link: Link, file: String) throws(CollectorError) -> Device {
    guard memory > 0, reserved >= 0, reserved < memory, memoryBandwidth > 0,
      peakFlops.values.allSatisfy({ $0 > 0 })
    else {
      throw .invalid(
        file: file, place: "devices.\(name)",
        problem: "its memory, what is reserved of it, or a rate isn't possible",
        remedy: "give positive rates and reserve less than the memory")
    }
    return Device(
      name: name, memoryBytes: memory, reservedBytes: reserved, hostToDevice: link,
      deviceToHost: link, peakFlops: peakFlops, memoryBandwidthGBPerSecond: memoryBandwidth)
  }
}

/// A key of any name.
private struct AnyKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init?(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init?(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }
}

/// Refuses keys that a type doesn't know, unless they begin with `x_`.
func checkKeys<Keys: CodingKey & CaseIterable>(
  of decoder: any Decoder, _ keys: Keys.Type
) throws {
  let known = Set(keys.allCases.map(\.stringValue))
  let container = try decoder.container(keyedBy: AnyKey.self)
  let unknown = container.allKeys.map(\.stringValue).filter {
    !known.contains($0) && !$0.hasPrefix("x_")
  }
  if let key = unknown.min() {
    throw DecodingError.dataCorrupted(
      DecodingError.Context(
        codingPath: decoder.codingPath,
        debugDescription: "the key '\(key)' isn't known; known are "
          + known.sorted().joined(separator: ", ")))
  }
}
