import Profiles

/// A table of measured collectives: `op_name`, `nccl_dtype`, `num_gpus`, `message_size` in elements,
/// `latency` in milliseconds, as the aiconfigurator package has it.
struct CollectiveTable {
  private let file: SourceFile

  init(_ file: SourceFile) {
    self.file = file
  }

  /// Whether a file's first line names the columns.
  static func isHeader(_ line: String) -> Bool {
    let names = Set(line.split(separator: ",").map(String.init))
    return names.isSuperset(of: ["op_name", "num_gpus", "message_size", "latency"])
  }

  func probe() throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(file, kind: "table of collectives")
    let rows = try CSVTable(
      file, required: ["op_name", "nccl_dtype", "num_gpus", "message_size", "latency"],
      optional: ["framework", "version", "device", "kernel_source"]
    ).rows
    struct Key: Hashable {
      let operation: String
      let devices: Int
    }
    var samples: [Key: [Int: Double]] = [:]
    for row in rows {
      let operation = try row.required("op_name")
      let devices = try row.value("num_gpus", "a number of devices") {
        Int($0).flatMap { 2...4096 ~= $0 ? $0 : nil }
      }
      let elements = try row.value("message_size", "a number of elements") {
        Int($0).flatMap { 1...(1 << 48) ~= $0 ? $0 : nil }
      }
      let time = try row.value("latency", "a number of milliseconds") {
        Double(decimal: $0).flatMap { $0 > 0 && $0 < 1e9 ? $0 : nil }
      }
      let dtype = try row.required("nccl_dtype")
      let sizes = ["half": 2, "bfloat16": 2, "float": 4, "int8": 1, "fp8": 1, "double": 8]
      guard let size = sizes[dtype] else {
        throw row.fault("nccl_dtype", "'\(dtype)' has no known size", "use half, float or int8")
      }
      guard let devices, let elements, let time else {
        throw row.fault("latency", "a cell is empty", "fill it, or remove the row")
      }
      let key = Key(operation: NCCLSeries.name(in: operation) ?? operation, devices: devices)
      // Several rows of one size are repetitions.
      let known = samples[key]?[elements * size] ?? .infinity
      samples[key, default: [:]][elements * size] = min(known, time * 1e3)
      if let name = row.text("device") { probe.deviceName = name }
    }
    guard let most = samples.keys.map(\.devices).max() else {
      throw .malformed(file: file.name, problem: "it has no rows")
    }
    probe.deviceCount = most
    for (key, times) in samples.sorted(by: {
      ($0.key.operation, $0.key.devices) < ($1.key.operation, $1.key.devices)
    })
    where key.devices == most {
      let n = Double(most)
      let factor =
        switch key.operation {
        case "all_reduce": 2 * (n - 1) / n
        case "all_gather", "reduce_scatter", "alltoall": (n - 1) / n
        default: 1.0
        }
      let series = times.sorted { $0.key < $1.key }.map { size, time in
        ClusterProbe.Series.Sample(
          bytes: Int((Double(size) * factor).rounded()), microseconds: time)
      }
      probe.series.append(.init(operation: key.operation, devices: most, samples: series))
      probe.findings.found("\(key.operation) on \(most) devices, \(series.count) sizes")
    }
    let others = Set(samples.keys.map(\.devices)).subtracting([most]).sorted()
    if !others.isEmpty {
      probe.findings.found(
        "the same on \(others.map(String.init).joined(separator: ", ")) devices, not used")
    }
    return probe
  }
}
