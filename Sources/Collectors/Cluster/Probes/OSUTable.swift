import Profiles

/// The output of one of the OSU micro-benchmarks.
///
/// Sizes are those of one message to one peer; bandwidths are in 10⁶ bytes per second.
struct OSUTable {
  private let text: ProbeText

  init(_ text: ProbeText) {
    self.text = text
  }

  func probe() throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(text.file, kind: "OSU micro-benchmarks")
    guard let title = text.lines.first(where: { $0.text.contains("# OSU MPI") }),
      let header = text.lines.firstIndex(where: { $0.text.hasPrefix("# Size") })
    else {
      throw .malformed(file: text.file.name, problem: "no line begins with '# Size'")
    }
    let name = title.text.lowercased()
    let isAllToAll = name.contains("all-to-all")
    let isRate = name.contains("bandwidth test")
    let columns = text.lines[header].text
    guard columns.contains(isRate ? "Bandwidth (MB/s)" : "Latency"), !name.contains("bi-direct"),
      isRate || columns.contains("(us)"),
      isAllToAll || name.contains("mpi latency") || name.contains("mpi-cuda latency")
        || name.contains("mpi bandwidth") || name.contains("mpi-cuda bandwidth")
    else {
      throw .unsupported(
        file: text.file.name, place: "line \(title.number)", problem: "'\(title.text.prefix(60))'",
        remedy: "give osu_alltoall, osu_latency or osu_bw")
    }
    var samples: [ClusterProbe.Series.Sample] = []
    for line in text.lines[(header + 1)...] where !line.words.isEmpty && line.words[0] != "#" {
      guard line.words[0].allSatisfy({ $0.isASCII && $0.isNumber }) else {
        throw text.fault(
          line.number, "'\(line.text.prefix(60))' is no row of size and result",
          "remove what doesn't belong to the output")
      }
      guard line.words.count >= 2, let size = Int(line.words[0]), size < 1 << 53,
        let value = Double(decimal: line.words[1]), value > 0, value < 1e12,
        line.words[1].contains(".")
      else {
        throw text.fault(
          line.number, "'\(line.text.prefix(60))' is no row of size and result",
          "copy the whole output")
      }
      if line.words.dropFirst(2).contains("Fail") {
        throw text.fault(line.number, "the validation failed", "measure again")
      }
      if let last = samples.last, size <= last.bytes {
        throw text.fault(line.number, "the sizes don't ascend", "give one run at a time")
      }
      if size == 0 { continue }
      samples.append(
        .init(bytes: size, microseconds: isRate ? Double(size) / value : value))
    }
    guard !samples.isEmpty else {
      throw .malformed(file: text.file.name, problem: "no size was measured")
    }
    let operation = isAllToAll ? "alltoall per peer" : isRate ? "pair rate" : "pair"
    probe.series = [.init(operation: operation, devices: isAllToAll ? 0 : 2, samples: samples)]
    probe.findings.found("\(title.text.drop { $0 == "#" || $0 == " " }), \(samples.count) sizes")
    return probe
  }
}
