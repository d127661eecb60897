import Profiles

/// What nccl-tests print of one operation.
struct NCCLSeries {
  /// One size.
  struct Row {
    let place: String
    let bytes: Double
    let elements: Double?
    let microseconds: Double
    let algorithmRate: Double
    let busRate: Double
  }

  let file: String
  let devices: Int
  /// The operation's name, if the file says it.
  let named: String?
  let hasReduction: Bool
  let rows: [Row]

  /// The operations with the ratio of bus rate and algorithm rate.
  private func factor(_ operation: String) -> Double? {
    let n = Double(devices)
    switch operation {
    case "all_reduce": return 2 * (n - 1) / n
    case "all_gather", "reduce_scatter", "alltoall", "gather", "scatter": return (n - 1) / n
    case "sendrecv", "broadcast", "reduce": return 1
    default: return nil
    }
  }

  /// Checks that the columns agree with each other and with an operation, and returns its times.
  ///
  /// The size is the whole buffer of a device. What a device's port carries is the bus rate times the
  /// time, which is what a shared link's curve says.
  func series(_ findings: inout Findings) throws(CollectorError) -> ClusterProbe.Series {
    let timed = rows.filter { $0.bytes > 0 && $0.microseconds > 0 }
    guard !timed.isEmpty else {
      throw .invalid(
        file: file, place: "contents", problem: "no size was timed", remedy: "copy the whole output"
      )
    }
    for row in timed {
      let rate = row.bytes / row.microseconds / 1e3
      if abs(rate - row.algorithmRate) > max(0.015, 0.01 * rate) {
        throw .invalid(
          file: file, place: row.place,
          problem: "\(row.bytes) bytes in \(row.microseconds) us are not \(row.algorithmRate) GB/s",
          remedy: "copy the whole output")
      }
    }
    let large = timed.max { $0.algorithmRate < $1.algorithmRate }
    let ratio = large.map { $0.busRate / max($0.algorithmRate, 1e-9) } ?? 0
    let operation = try operation(ratio, &findings)
    let factor = self.factor(operation) ?? 1
    for row in timed {
      if abs(row.busRate - factor * row.algorithmRate) > max(0.02, 0.01 * row.busRate) {
        throw .invalid(
          file: file, place: row.place,
          problem: "a bus rate of \(row.busRate) is not \(Quantity.fixed(factor, decimals: 3)) "
            + "times \(row.algorithmRate), as for \(operation) on \(devices) devices",
          remedy: "copy the whole output")
      }
    }
    findings.found(
      "\(operation) on \(devices) devices, \(timed.count) sizes, up to "
        + "\(Quantity.fixed(timed.map(\.busRate).max() ?? 0, decimals: 2)) GB/s bus rate")
    return ClusterProbe.Series(
      operation: operation == "sendrecv" ? "pair" : operation, devices: devices,
      samples: timed.map { row in
        .init(bytes: Int((row.bytes * factor).rounded()), microseconds: row.microseconds)
      })
  }

  private func operation(
    _ ratio: Double, _ findings: inout Findings
  ) throws(CollectorError) -> String {
    if let named {
      guard factor(named) != nil else {
        throw .unsupported(
          file: file, place: "contents", problem: "the operation \(named)",
          remedy: "measure alltoall, all_reduce, all_gather, reduce_scatter or sendrecv")
      }
      return named
    }
    let candidates =
      hasReduction ? ["all_reduce", "reduce_scatter", "reduce"] : ["alltoall", "sendrecv"]
    guard
      let operation = candidates.first(where: { abs((factor($0) ?? 0) - ratio) <= 0.02 })
    else {
      throw .invalid(
        file: file, place: "contents",
        problem: "bus rates of \(Quantity.fixed(ratio, decimals: 3)) times the algorithm's fit no "
          + "operation on \(devices) devices",
        remedy: "copy the whole output, with all lines Rank")
    }
    findings.assumed("the operation is \(operation), from the ratio of its two rates")
    return operation
  }

  /// The name of an operation in a text such as `alltoall_perf` or a file's name.
  static func name(in text: String) -> String? {
    let words: [(String, String)] = [
      ("alltoall", "alltoall"), ("all_to_all", "alltoall"), ("all_reduce", "all_reduce"),
      ("allreduce", "all_reduce"), ("all_gather", "all_gather"), ("allgather", "all_gather"),
      ("reduce_scatter", "reduce_scatter"), ("reducescatter", "reduce_scatter"),
      ("sendrecv", "sendrecv"), ("broadcast", "broadcast"), ("hypercube", "hypercube"),
    ]
    let lower = text.lowercased()
    return words.first { lower.contains($0.0) }?.1
  }
}

/// nccl-tests' text.
struct NCCLTests {
  private let text: ProbeText

  init(_ text: ProbeText) {
    self.text = text
  }

  func probe() throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(text.file, kind: "nccl-tests")
    var hosts: [(name: String, ranks: [Int])] = []
    var ranks: [Int] = []
    var perProcess = 0
    var rows: [NCCLSeries.Row] = []
    var hasReduction = false
    var named: String?
    for line in text.lines {
      if line.words.first == "#" {
        if line.words.count > 4, line.words[1] == "nThread", let threads = Int(line.words[2]),
          line.words[3] == "nGpus", let devices = Int(line.words[4]),
          (1...4096).contains(threads), (1...4096).contains(devices)
        {
          perProcess = threads * devices
        }
        if line.words.count > 2, line.words[1] == "Rank", let rank = Int(line.words[2]) {
          ranks.append(rank)
          let host = line.words.firstIndex(of: "on").map { $0 + 1 }
          if let host, host < line.words.count {
            let name = String(line.words[host])
            if let index = hosts.firstIndex(where: { $0.name == name }) {
              hosts[index].ranks.append(rank)
            } else {
              hosts.append((name, [rank]))
            }
          }
          if let end = line.words.firstIndex(where: { $0.hasPrefix("[") }),
            end + 1 < line.words.count, probe.deviceName == nil
          {
            probe.deviceName = line.words[(end + 1)...].joined(separator: " ")
          }
        }
        if line.text.contains("_perf") { named = NCCLSeries.name(in: line.text) }
        continue
      }
      guard let first = line.words.first, first.allSatisfy({ $0.isASCII && $0.isNumber }) else {
        continue
      }
      let row = try self.row(line)
      hasReduction = hasReduction || row.hasReduction
      rows.append(row.row)
    }
    let count = max((ranks.max() ?? -1) + 1, ranks.isEmpty ? perProcess : 0)
    guard (2...Cluster.maximumDevices).contains(count), Set(ranks).count == ranks.count else {
      throw .invalid(
        file: text.file.name, place: "the lines Rank",
        problem: "they don't tell the number of devices", remedy: "copy the whole output")
    }
    for (one, other) in zip(rows, rows.dropFirst()) where other.bytes < one.bytes {
      throw .invalid(
        file: text.file.name, place: other.place, problem: "the sizes don't ascend",
        remedy: "give one run at a time")
    }
    probe.deviceCount = count
    if hosts.count > 1, ranks.count == count { probe.hosts = hosts.map { $0.ranks.sorted() } }
    let series = NCCLSeries(
      file: text.file.name, devices: count,
      named: named ?? NCCLSeries.name(in: text.file.name), hasReduction: hasReduction, rows: rows)
    probe.series = [try series.series(&probe.findings)]
    return probe
  }

  /// `size count type [redop] [root] time algbw busbw error time algbw busbw error`.
  private func row(
    _ line: ProbeText.Line
  ) throws(CollectorError) -> (row: NCCLSeries.Row, hasReduction: Bool) {
    let words = line.words
    guard (11...13).contains(words.count), let bytes = Double(decimal: words[0]), bytes < 0x1p53,
      let elements = Double(decimal: words[1]), let time = Double(decimal: words[words.count - 8]),
      let rate = Double(decimal: words[words.count - 7]),
      let bus = Double(decimal: words[words.count - 6]),
      [time, rate, bus].allSatisfy({ $0.isFinite && $0 >= 0 }), time < 1e12
    else {
      throw text.fault(
        line.number,
        "'\(line.text.prefix(60))' is no row of size, count, type and two times "
          + "time, algbw, busbw, error", "run the test without -I and -S, and copy all of it")
    }
    // A row cut off at its end has the columns of the first half only.
    for word in words.suffix(4) where word != "N/A" && Double(decimal: word) == nil {
      throw text.fault(line.number, "'\(word)' is no number", "copy the whole output")
    }
    let reduction = words.count > 11 ? words[3] : "none"
    return (
      NCCLSeries.Row(
        place: "line \(line.number)", bytes: bytes, elements: elements, microseconds: time,
        algorithmRate: rate, busRate: bus),
      reduction != "none" && Double(reduction) == nil
    )
  }
}

/// nccl-tests' JSON, of its option `-J`.
struct NCCLTestsJSON {
  private let file: SourceFile

  init(_ file: SourceFile) {
    self.file = file
  }

  func probe(_ tree: JSON) throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(file, kind: "nccl-tests")
    guard case .array(let results)? = tree["results"], !results.isEmpty else {
      throw invalid("results", "no results")
    }
    var count = 0
    if case .array(let devices)? = tree["config"]?["devices"], !devices.isEmpty {
      count = devices.count
      var hosts: [(name: String, ranks: [Int])] = []
      for (index, device) in devices.enumerated() {
        let rank = device["rank"]?.double ?? Double(index)
        guard rank == Double(index) else {
          throw invalid("config.devices[\(index)].rank", "the ranks are not 0, 1, 2 …")
        }
        guard case .string(let host)? = device["host"] ?? device["hostname"] else { continue }
        if let known = hosts.firstIndex(where: { $0.name == host }) {
          hosts[known].ranks.append(index)
        } else {
          hosts.append((host, [index]))
        }
      }
      if hosts.count > 1, hosts.reduce(0, { $0 + $1.ranks.count }) == count {
        probe.hosts = hosts.map(\.ranks)
      }
    } else if let devices = tree["config"]?["ngpus"]?.double {
      let threads = tree["config"]?["nthreads"]?.double ?? 1
      count = devices * threads <= 4096 && devices * threads >= 0 ? Int(devices * threads) : 0
    }
    guard (2...Cluster.maximumDevices).contains(count) else {
      throw invalid("config.devices", "the number of devices is missing")
    }
    probe.deviceCount = count
    var rows: [NCCLSeries.Row] = []
    var hasReduction = false
    for (index, result) in results.enumerated() {
      let place = "results[\(index)]"
      let measured = result["out_of_place"]
      guard let bytes = result["size"]?.double, bytes >= 0, bytes < 0x1p53,
        let time = measured?["time"]?.double, let rate = measured?["alg_bw"]?.double,
        let bus = measured?["bus_bw"]?.double, [time, rate, bus].allSatisfy({ $0 >= 0 }),
        time < 1e12
      else { throw invalid(place, "size, time, alg_bw or bus_bw is missing") }
      if let last = rows.last, last.bytes > bytes {
        throw invalid(place, "the sizes don't ascend")
      }
      if case .string(let reduction)? = result["redop"], reduction != "none", !reduction.isEmpty {
        hasReduction = true
      }
      rows.append(
        NCCLSeries.Row(
          place: place, bytes: bytes, elements: result["count"]?.double, microseconds: time,
          algorithmRate: rate, busRate: bus))
    }
    var named = NCCLSeries.name(in: file.name)
    for key in ["test", "name", "collective", "args"] {
      if case .string(let words)? = tree[key] ?? tree["config"]?[key] {
        named = NCCLSeries.name(in: words) ?? named
      }
    }
    let series = NCCLSeries(
      file: file.name, devices: count, named: named, hasReduction: hasReduction, rows: rows)
    probe.series = [try series.series(&probe.findings)]
    return probe
  }

  private func invalid(_ place: String, _ problem: String) -> CollectorError {
    .invalid(
      file: file.name, place: place, problem: problem, remedy: "give the whole output of -J")
  }
}
