extension JSONReader {
  /// Reads a device and checks it.
  mutating func device(_ value: JSON, at path: JSONPath) -> Device? {
    let keys = [
      "name", "memory_bytes", "reserved_bytes", "host_memory_bytes", "nvme_memory_bytes",
      "links", "peak_flops", "memory_bandwidth_gb_per_s",
    ]
    guard let object = object(value, at: path, of: "device", keys: keys) else { return nil }
    let found = faults.count
    let name = requiredText("name", in: object)
    let memoryBytes = requiredInteger("memory_bytes", in: object, .bytes)
    let reservedBytes = integer("reserved_bytes", in: object, .bytes)
    let hostMemoryBytes = integer("host_memory_bytes", in: object, .bytes)
    let nvmeMemoryBytes = integer("nvme_memory_bytes", in: object, .bytes)
    var links = Links()
    if let value = object["links"] { links = self.links(value, at: path["links"]) }
    let peakFlops = object["peak_flops"].map { self.peakFlops($0, at: path["peak_flops"]) }
    let bandwidth = number("memory_bandwidth_gb_per_s", in: object, .rate)
    guard let name, let memoryBytes, faults.count == found else { return nil }
    let device = Device(
      name: name, memoryBytes: memoryBytes, reservedBytes: reservedBytes ?? 0,
      hostMemoryBytes: hostMemoryBytes, hostToDevice: links.hostToDevice,
      deviceToHost: links.deviceToHost, nvmeMemoryBytes: nvmeMemoryBytes,
      hostToNVMe: links.hostToNVMe, nvmeToHost: links.nvmeToHost, peakFlops: peakFlops ?? [:],
      memoryBandwidthGBPerSecond: bandwidth)
    device.check(at: path, into: &faults)
    return device
  }

  /// The links of a device.
  private struct Links {
    var hostToDevice: Link?
    var deviceToHost: Link?
    var hostToNVMe: Link?
    var nvmeToHost: Link?
  }

  private mutating func links(_ value: JSON, at path: JSONPath) -> Links {
    var links = Links()
    guard let object = object(value, at: path, of: "links", keys: ["h2d", "d2h", "nvme"]) else {
      return links
    }
    links.hostToDevice = object["h2d"].flatMap { link($0, at: path["h2d"]) }
    links.deviceToHost = object["d2h"].flatMap { link($0, at: path["d2h"]) }
    guard let value = object["nvme"] else { return links }
    let place = path["nvme"]
    guard let nvme = self.object(value, at: place, of: "nvme", keys: ["read", "write"]) else {
      return links
    }
    links.hostToNVMe = required("write", in: nvme, .object).flatMap {
      link($0, at: place["write"])
    }
    links.nvmeToHost = required("read", in: nvme, .object).flatMap { link($0, at: place["read"]) }
    return links
  }

  mutating func link(_ value: JSON, at path: JSONPath) -> Link? {
    let keys = ["latency_us", "bandwidth_gb_per_s", "by_size", "duplex_bandwidth_gb_per_s"]
    guard let object = object(value, at: path, of: "a link", keys: keys) else { return nil }
    let latency = requiredNumber("latency_us", in: object, .microseconds)
    let rate = number("bandwidth_gb_per_s", in: object, .rate)
    let points = array("by_size", in: object) { $0.point($1, at: $2) }
    let duplexRate = number("duplex_bandwidth_gb_per_s", in: object, .rate)
    switch (object["bandwidth_gb_per_s"], object["by_size"]) {
    case (nil, nil): _ = required("bandwidth_gb_per_s", in: object, .rate)
    case (.some, .some):
      faults.add(
        path["by_size"], "the link has bandwidth_gb_per_s too", "keep one of the two")
    default: break
    }
    let single = rate.map { [Link.Point(bytes: 1, gbPerSecond: $0)] }
    guard let latency, let points = points ?? single else { return nil }
    return Link(latencyMicroseconds: latency, points: points, duplexGBPerSecond: duplexRate)
  }

  private mutating func point(_ value: JSON, at path: JSONPath) -> Link.Point? {
    let keys = ["bytes", "bandwidth_gb_per_s"]
    guard let object = object(value, at: path, of: "a measured size", keys: keys) else {
      return nil
    }
    let bytes = requiredInteger("bytes", in: object, .bytes)
    let rate = requiredNumber("bandwidth_gb_per_s", in: object, .rate)
    guard let bytes, let rate else { return nil }
    return Link.Point(bytes: bytes, gbPerSecond: rate)
  }

  private mutating func peakFlops(_ value: JSON, at path: JSONPath) -> [String: Double] {
    guard case .object(let members) = value else {
      faults.add(path, "\(value.shown) is not an object", "write one number for each element type")
      return [:]
    }
    var result: [String: Double] = [:]
    for member in members {
      let place = path[member.key]
      guard let rate = number(member.value, at: place, .number) else { continue }
      if result.updateValue(rate, forKey: member.key) != nil {
        faults.add(place, "the key stands twice in one object", "keep one of the two")
      }
    }
    return result
  }
}
