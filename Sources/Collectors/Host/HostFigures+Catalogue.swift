import Profiles

extension HostFigures {
  /// The figures as a catalogue file: links named `host memory` and `host disk` that entries of
  /// devices can name, and all measurements beside them.
  public var catalogue: String {
    var links = [
      link(
        "host memory", latency: copyLatencyMicroseconds, rate: copyGBPerSecond,
        "copies by one thread, measured by planner")
    ]
    if let disk {
      links.append(
        link(
          "host disk", latency: disk.latencyMicroseconds,
          rate: min(disk.writeGBPerSecond, disk.readGBPerSecond),
          "the slower of writing and reading, measured by planner"
            + (disk.mayBeCached ? "; the page cache may have been used" : "")))
    }
    let text = JSON.object([
      .init(key: "schema", value: .string("planner.devices/1")),
      .init(key: "x_host", value: measurements), .init(key: "links", value: .array(links)),
    ])
    return String(decoding: JSONWriter.encode(text, pretty: true), as: UTF8.self)
  }

  private func link(
    _ name: String, latency: Double, rate: Double, _ source: String
  ) -> JSON {
    .object([
      .init(key: "name", value: .string(name)), .init(key: "latency_us", value: rounded(latency)),
      .init(key: "gb_per_s", value: rounded(rate)), .init(key: "source", value: .string(source)),
    ])
  }

  private var measurements: JSON {
    var members: [JSON.Member] = [
      .init(key: "memory_bytes", value: .integer(memoryBytes)),
      .init(key: "available_bytes", value: .integer(availableBytes)),
      .init(key: "cores", value: .integer(cores)),
      .init(
        key: "copies",
        value: .array(
          copies.map {
            .object([
              .init(key: "bytes", value: .integer($0.bytes)),
              .init(key: "gb_per_s", value: rounded($0.gbPerSecond)),
            ])
          })),
    ]
    if let disk {
      members += [
        .init(key: "disk_bytes", value: .integer(disk.bytes)),
        .init(key: "disk_write_gb_per_s", value: rounded(disk.writeGBPerSecond)),
        .init(key: "disk_read_gb_per_s", value: rounded(disk.readGBPerSecond)),
        .init(key: "disk_may_be_cached", value: .boolean(disk.mayBeCached)),
      ]
    }
    return .object(members)
  }

  /// A measurement to four digits after the point, and not below them.
  private func rounded(_ value: Double) -> JSON {
    .number(max((value * 1e4).rounded() / 1e4, 1e-4))
  }

  /// The figures as a table for people.
  public var table: String {
    func gibibytes(_ bytes: Int) -> String {
      "\((Double(bytes) / 1_073_741_824 * 10).rounded() / 10) GiB"
    }
    func rate(_ value: Double) -> String { "\((value * 100).rounded() / 100) GB/s" }
    func size(_ bytes: Int) -> String {
      bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
    }
    var rows = [
      ("memory", "\(gibibytes(memoryBytes)), \(gibibytes(availableBytes)) available"),
      ("cores", "\(cores)"),
    ]
    for copy in copies { rows.append(("copy of \(size(copy.bytes))", rate(copy.gbPerSecond))) }
    if let disk {
      rows.append(("disk write", "\(rate(disk.writeGBPerSecond)) over \(size(disk.bytes))"))
      let cached = disk.mayBeCached ? ", maybe from the page cache" : ""
      rows.append(("disk read", rate(disk.readGBPerSecond) + cached))
      let latency = (disk.latencyMicroseconds * 10).rounded() / 10
      rows.append(("disk read of 4 KiB", "\(latency) µs\(cached)"))
    }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in
      name + String(repeating: " ", count: width + 2 - name.count) + value + "\n"
    }.joined()
  }
}
