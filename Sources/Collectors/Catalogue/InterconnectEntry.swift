/// How devices of one machine exchange data.
struct InterconnectEntry: Decodable {
  let name: String
  let latency: Double
  let rate: Double
  let source: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, source
    case latency = "latency_us"
    case rate = "bus_gb_per_s"
  }

  init(from decoder: any Decoder) throws {
    try checkKeys(of: decoder, CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    latency = try container.decode(Double.self, forKey: .latency)
    rate = try container.decode(Double.self, forKey: .rate)
    source = try container.decode(String.self, forKey: .source)
  }

  func interconnect(file: String) throws(CollectorError) -> Interconnect {
    guard latency >= 0, rate > 0, latency.isFinite, rate.isFinite else {
      throw .invalid(
        file: file, place: "interconnects.\(name)",
        problem: "latency \(latency) µs, \(rate) GB/s", remedy: "give a positive rate")
    }
    return Interconnect(
      name: name, latencyMicroseconds: latency, busGBPerSecond: rate, source: source)
  }
}
