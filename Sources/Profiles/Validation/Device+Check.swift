extension Device {
  /// Checks all that can be told without the rest of the profile.
  func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(name, at: path["name"])
    faults.checkBytes(memoryBytes, atLeast: 1, at: path["memory_bytes"])
    faults.checkBytes(reservedBytes, at: path["reserved_bytes"])
    if reservedBytes > memoryBytes && memoryBytes > 0 {
      faults.add(
        path["reserved_bytes"], "\(reservedBytes) bytes are more than memory_bytes",
        "reserve at most \(memoryBytes)")
    }
    faults.checkBytes(hostMemoryBytes, at: path["host_memory_bytes"])
    hostToDevice?.check(at: path["links"]["h2d"], into: &faults)
    deviceToHost?.check(at: path["links"]["d2h"], into: &faults)
    faults.checkBytes(nvmeMemoryBytes, at: path["nvme_memory_bytes"])
    nvmeToHost?.check(at: path["links"]["nvme"]["read"], into: &faults)
    hostToNVMe?.check(at: path["links"]["nvme"]["write"], into: &faults)
    if (nvmeToHost == nil) != (hostToNVMe == nil) {
      let missing = nvmeToHost == nil ? "read" : "write"
      faults.add(
        path["links"]["nvme"][missing], "the key is missing", "add an object")
    }
    for (dtype, rate) in peakFlops.sorted(by: { $0.key < $1.key }) {
      faults.checkName(dtype, at: path["peak_flops"][dtype])
      faults.checkNumber(rate, in: 1...1e30, at: path["peak_flops"][dtype])
    }
    faults.checkRate(memoryBandwidthGBPerSecond, at: path["memory_bandwidth_gb_per_s"])
  }
}

extension Link {
  /// Whether the link has one rate for all sizes, which is how it is written then.
  var hasOneRate: Bool { points.count == 1 && points.first?.bytes == 1 }

  /// Checks the rates: sizes ascend, and a larger copy never takes less time.
  func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkMicroseconds(latencyMicroseconds, at: path["latency_us"])
    faults.checkRate(duplexGBPerSecond, at: path["duplex_bandwidth_gb_per_s"])
    if hasOneRate {
      faults.checkRate(points.first?.gbPerSecond, at: path["bandwidth_gb_per_s"])
      return
    }
    let list = path["by_size"]
    if points.isEmpty { faults.add(list, "the list is empty", "add at least one measured size") }
    for (index, point) in points.enumerated() {
      faults.checkBytes(point.bytes, atLeast: 1, at: list[index]["bytes"])
      faults.checkRate(point.gbPerSecond, at: list[index]["bandwidth_gb_per_s"])
      guard index > 0 else { continue }
      let previous = points[index - 1]
      if point.bytes <= previous.bytes {
        faults.add(
          list[index]["bytes"], "\(point.bytes) bytes don't come after \(previous.bytes)",
          "sort the list by size, each size once")
      } else if Double(point.bytes) * previous.gbPerSecond
        < Double(previous.bytes) * point.gbPerSecond
      {
        faults.add(
          list[index]["bandwidth_gb_per_s"],
          "\(point.bytes) bytes would be copied faster than \(previous.bytes)",
          "measure again, or leave this size out")
      }
    }
  }
}

extension Profile.Source {
  /// Checks the texts.
  func check(at path: JSONPath, into faults: inout FaultList) {
    faults.checkName(collector, at: path["collector"])
    faults.checkName(file, at: path["file"])
    faults.checkDigest(sha256, at: path["sha256"])
    if let date, !Profile.Source.isDate(date) {
      faults.add(path["date"], "\(JSON.quoted(date)) is not a date", "write it as YYYY-MM-DD")
    }
    for (index, note) in notes.enumerated() where note.isEmpty {
      faults.add(path["notes"][index], "the note is empty", "remove it")
    }
  }

  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard text.utf8.allSatisfy({ $0 < 0x80 }), parts.map(\.count) == [4, 2, 2],
      parts.allSatisfy({ $0.allSatisfy(\.isNumber) }),
      let month = Int(parts[1]), let day = Int(parts[2])
    else { return false }
    return 1...12 ~= month && 1...31 ~= day
  }
}
