import Profiles

/// The output of `p2pBandwidthLatencyTest` of the CUDA samples.
///
/// A row is a source, a column a destination. Of the two latency matrices the devices' own counts, which
/// begins with `GPU`; the one that begins with `CPU` is timed by the host.
struct PeerTest {
  private let text: ProbeText

  init(_ text: ProbeText) {
    self.text = text
  }

  /// The direction and whether peers are enabled, if a line is the title of a bandwidth matrix. Newer
  /// versions put `(P2P Writes)` before `Matrix`.
  static func bandwidthTitle(_ line: String) -> (isDuplex: Bool, isEnabled: Bool)? {
    for (prefix, isDuplex) in [("Unidirectional", false), ("Bidirectional", true)] {
      for (state, isEnabled) in [("Enabled", true), ("Disabled", false)]
      where line.hasPrefix("\(prefix) P2P=\(state) Bandwidth") && line.contains("Matrix") {
        return (isDuplex, isEnabled)
      }
    }
    return nil
  }

  func probe() throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(text.file, kind: "p2pBandwidthLatencyTest")
    var names: [String] = []
    for (position, line) in text.lines.enumerated() {
      if line.text.hasPrefix("Device:"), let comma = line.text.firstIndex(of: ",") {
        let rest = line.text[line.text.index(after: comma)...]
        names.append(rest.prefix { $0 != "," }.drop { $0 == " " }.description)
      }
      if let title = Self.bandwidthTitle(line.text), title.isEnabled {
        let matrix = try matrix(after: position, corner: "D\\D")
        if title.isDuplex {
          probe.duplexRates = try text.square(matrix, line: line.number + 1, diagonal: nil)
        } else {
          guard probe.rates == nil else { throw repeated(line) }
          probe.rates = try text.square(matrix, line: line.number + 1, diagonal: nil)
        }
      } else if line.text.hasPrefix("P2P=Enabled Latency"), line.text.contains("Matrix") {
        guard line.text.contains("(us)") else {
          throw text.fault(line.number, "latencies that are not in us", "copy the whole output")
        }
        guard probe.latencies == nil else { throw repeated(line) }
        let matrix = try matrix(after: position, corner: "GPU")
        probe.latencies = try text.square(matrix, line: line.number + 1, diagonal: nil)
      }
      if Self.bandwidthTitle(line.text) != nil, !line.text.contains("(GB/s)") {
        throw text.fault(line.number, "rates that are not in GB/s", "copy the whole output")
      }
    }
    guard let rates = probe.rates else {
      throw .invalid(
        file: text.file.name, place: "contents",
        problem: "there is no matrix 'Unidirectional P2P=Enabled Bandwidth'",
        remedy: "copy the whole output")
    }
    for other in [probe.duplexRates, probe.latencies] {
      if let other, other.count != rates.count {
        throw .malformed(file: text.file.name, problem: "its matrices differ in size")
      }
    }
    if !names.isEmpty, names.count != rates.count {
      throw .malformed(
        file: text.file.name,
        problem: "it lists \(names.count) devices, its matrices have \(rates.count)")
    }
    probe.deviceCount = rates.count
    probe.deviceName = names.first
    if probe.latencies == nil {
      probe.findings.found("\(rates.count) devices, rates of all pairs")
      probe.findings.missing(
        "the latencies of pairs: \(text.file.name) has no matrix 'P2P=Enabled Latency'; copy the whole "
          + "output")
    } else {
      probe.findings.found("\(rates.count) devices, rates and latencies of all pairs")
    }
    if let duplex = probe.duplexRates {
      var ratios: [Double] = []
      for i in rates.indices {
        for j in rates.indices where i != j { ratios.append(duplex[i][j] / rates[i][j]) }
      }
      if let least = ratios.min(), let most = ratios.max() {
        probe.findings.found(
          "both directions at once reach \(Quantity.fixed(least, decimals: 2)) to "
            + "\(Quantity.fixed(most, decimals: 2)) times one direction")
      }
    }
    return probe
  }

  private func repeated(_ line: ProbeText.Line) -> CollectorError {
    text.fault(line.number, "the matrix stands there twice", "give one run at a time")
  }

  private func matrix(after position: Int, corner: String) throws(CollectorError) -> [[Double?]] {
    let next = position + 1
    guard next < text.lines.count, text.lines[next].words.first.map(String.init) == corner else {
      throw text.fault(
        text.lines[position].number, "no matrix follows the title", "copy the whole output")
    }
    return try text.matrix(header: next, skipping: 1)
  }
}
