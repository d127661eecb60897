import Profiles

/// One matrix of nvbandwidth.
struct NVBandwidthCase {
  /// Who is in rows and columns, and which way the copies go.
  struct Title {
    let isHostInRows: Bool
    /// `->` from row to column, `<-` from column to row, `<->` both at once.
    let arrow: String
    let isLatency: Bool
  }

  /// Reads a line such as `memcpy CE GPU(row) <- GPU(column) bandwidth (GB/s)`; nil if it is none.
  static func title(_ line: String) -> Title? {
    let words = line.split(separator: " ")
    guard let arrow = words.firstIndex(where: { ["->", "<-", "<->"].contains($0) }),
      arrow > 0, arrow + 1 < words.count, words[arrow - 1].hasSuffix("(row)"),
      words[arrow + 1].hasPrefix("GPU(column")
    else { return nil }
    let isLatency = line.contains("latency (ns)")
    guard isLatency || line.contains("bandwidth (GB/s)") else { return nil }
    return Title(
      isHostInRows: words[arrow - 1].hasPrefix("CPU"), arrow: String(words[arrow]),
      isLatency: isLatency)
  }

  /// Takes a matrix into the probe.
  static func take(
    _ matrix: [[Double?]], _ title: Title, line: Int, test: String, text: ProbeText,
    into probe: inout ClusterProbe
  ) throws(CollectorError) {
    let columns = matrix.first?.count ?? 0
    if let count = probe.deviceCount, count != columns {
      throw text.fault(line, "\(columns) devices after \(count)", "give one run at a time")
    }
    probe.deviceCount = columns
    let shape = "\(test): \(matrix.count) x \(columns)"
    if title.isHostInRows {
      guard title.arrow != "<->", !title.isLatency, matrix.count == 1,
        let row = matrix.first, !row.contains(where: { $0 == nil })
      else {
        return probe.findings.found("\(shape), not used")
      }
      let rates = row.compactMap { $0 }
      guard rates.allSatisfy({ $0 > 0 }) else {
        throw text.fault(line + 1, "a rate of 0", "leave the device out")
      }
      if title.arrow == "->" { probe.hostToDevice = rates } else { probe.deviceToHost = rates }
      return probe.findings.found(shape)
    }
    guard title.arrow != "<->", matrix.count == columns else {
      return probe.findings.found("\(shape), not used")
    }
    var square = try text.square(matrix, line: line, diagonal: 0)
    if title.arrow == "<-" {
      let rows = square
      square = rows.indices.map { source in rows.indices.map { rows[$0][source] } }
    }
    if title.isLatency {
      probe.latencies = square.map { $0.map { $0 / 1e3 } }
    } else {
      // Several tests measure the same pairs; the fastest way is what a transfer would use.
      probe.rates =
        probe.rates.map { old in
          zip(old, square).map { zip($0, $1).map { max($0, $1) } }
        } ?? square
    }
    probe.findings.found(shape)
  }
}

/// nvbandwidth's text.
struct NVBandwidth {
  private let text: ProbeText

  init(_ text: ProbeText) {
    self.text = text
  }

  static func title(_ line: String) -> NVBandwidthCase.Title? { NVBandwidthCase.title(line) }

  func probe() throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(text.file, kind: "nvbandwidth")
    var test = "a test"
    for (position, line) in text.lines.enumerated() {
      if line.text.hasPrefix("Running "), line.text.hasSuffix(".") {
        test = String(line.text.dropFirst(8).dropLast())
      }
      guard let title = Self.title(line.text) else { continue }
      guard position + 1 < text.lines.count else {
        throw text.fault(line.number, "no matrix follows the title", "copy the whole output")
      }
      let matrix = try text.matrix(
        header: position + 1, skipping: 0, rows: title.isHostInRows ? 1 : nil)
      try NVBandwidthCase.take(
        matrix, title, line: line.number + 1, test: test, text: text, into: &probe)
    }
    return probe
  }
}

/// nvbandwidth's JSON, of its option `-j`. Cells are texts.
struct NVBandwidthJSON {
  private let file: SourceFile

  init(_ file: SourceFile) {
    self.file = file
  }

  func probe(_ tree: JSON) throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(file, kind: "nvbandwidth")
    let text = try ProbeText(file)
    guard case .array(let cases)? = tree["nvbandwidth"]?["testcases"] else {
      throw invalid("nvbandwidth.testcases", "the list is missing")
    }
    if case .array(let devices)? = tree["nvbandwidth"]?["GPU Device list"],
      case .string(let first)? = devices.first
    {
      // `0: NVIDIA GB200 (00000008:06:00): (host)`
      let name = first.drop { $0 != " " }.dropFirst().prefix { $0 != "(" }
      let trimmed = name.split(separator: " ").joined(separator: " ")
      if !trimmed.isEmpty { probe.deviceName = trimmed }
    }
    for (index, entry) in cases.enumerated() {
      let place = "nvbandwidth.testcases[\(index)]"
      guard case .string(let name)? = entry["name"], case .string(let status)? = entry["status"]
      else { throw invalid(place, "name or status is missing") }
      guard status == "Passed" else {
        probe.findings.missing("\(name): \(status)")
        continue
      }
      guard case .string(let words)? = entry["bandwidth_description"] ?? entry["description"],
        let title = NVBandwidthCase.title(words),
        let rows = entry["bandwidth_matrix"] ?? entry["latency_matrix"]
      else {
        probe.findings.found("\(name), not used")
        continue
      }
      let matrix = try matrix(rows, place)
      try NVBandwidthCase.take(matrix, title, line: 0, test: name, text: text, into: &probe)
    }
    return probe
  }

  private func invalid(_ place: String, _ problem: String) -> CollectorError {
    .invalid(
      file: file.name, place: place, problem: problem, remedy: "give the whole output of -j")
  }

  private func matrix(_ value: JSON, _ place: String) throws(CollectorError) -> [[Double?]] {
    guard case .array(let rows) = value, !rows.isEmpty else {
      throw invalid(place, "the matrix is no list of rows")
    }
    var matrix: [[Double?]] = []
    for row in rows {
      guard case .array(let cells) = row else { throw invalid(place, "a row is no list") }
      var numbers: [Double?] = []
      for cell in cells {
        switch cell {
        case .string("N/A"): numbers.append(nil)
        case .string(let word):
          guard let number = Double(decimal: word), number >= 0 else {
            throw invalid(place, "'\(word)' is no rate")
          }
          numbers.append(number)
        case .integer(let number) where number >= 0: numbers.append(Double(number))
        case .number(let number) where number.isFinite && number >= 0: numbers.append(number)
        default: throw invalid(place, "\(cell.shown) is no rate")
        }
      }
      guard numbers.count == matrix.first?.count ?? numbers.count, !numbers.isEmpty else {
        throw invalid(place, "the rows of the matrix differ in length")
      }
      matrix.append(numbers)
    }
    return matrix
  }
}

extension JSON {
  /// A member of an object.
  subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The number that a value holds.
  var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value.isFinite ? value : nil
    default: nil
    }
  }
}
