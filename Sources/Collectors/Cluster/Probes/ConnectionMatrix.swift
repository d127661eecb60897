import Profiles

/// The output of `nvidia-smi topo -m`: how each pair of devices and network cards is connected.
struct ConnectionMatrix {
  private let text: ProbeText
  /// The connections through PCIe, from the nearest to the farthest.
  static let distances = ["PIX", "PXB", "PHB", "NODE", "SYS"]

  init(_ text: ProbeText) {
    self.text = text
  }

  /// Whether a line names columns: it begins with GPU0.
  static func isHeader(_ words: [Substring]) -> Bool {
    guard words.first == "GPU0" else { return false }
    return words.count == 1 || !isCell(words[1])
  }

  private static func isCell(_ word: Substring) -> Bool {
    word == "X" || distances.contains(String(word)) || isBond(word)
  }

  private static func isBond(_ word: Substring) -> Bool {
    guard word.hasPrefix("NV"), let count = Int(word.dropFirst(2)) else { return false }
    return (1...64).contains(count)
  }

  private static func isCard(_ word: Substring) -> Bool {
    word.hasPrefix("NIC") || word.hasPrefix("mlx")
  }

  func probe() throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(text.file, kind: "nvidia-smi topo -m")
    guard let header = text.lines.firstIndex(where: { Self.isHeader($0.words) }) else {
      throw .malformed(file: text.file.name, problem: "no line of columns begins with GPU0")
    }
    let line = text.lines[header]
    let columns = line.words.prefix { $0.hasPrefix("GPU") && $0 != "GPU" || Self.isCard($0) }
    let devices = columns.prefix { $0.hasPrefix("GPU") }
    guard devices.enumerated().allSatisfy({ "GPU\($0)" == $1 }),
      !columns.dropFirst(devices.count).contains(where: { $0.hasPrefix("GPU") })
    else {
      throw text.fault(
        line.number, "the columns are not GPU0, GPU1 … and then cards", "copy the whole output")
    }
    let cards = columns.dropFirst(devices.count).map(String.init)
    var connections: [[String]] = []
    var nearest: [[String]] = []
    for device in devices.indices {
      let row = header + 1 + connections.count
      guard row < text.lines.count, text.lines[row].words.first == devices[device] else {
        throw text.fault(
          line.number + connections.count + 1, "the row of \(devices[device]) is missing",
          "copy the whole output")
      }
      let cells = text.lines[row].words.dropFirst().prefix(columns.count)
      guard cells.count == columns.count, cells.allSatisfy(Self.isCell) else {
        throw text.fault(
          text.lines[row].number,
          "not every column of \(devices[device]) has X, NV#, PIX, PXB, "
            + "PHB, NODE or SYS", "copy the whole output")
      }
      if let extra = text.lines[row].words.dropFirst(columns.count + 1).first, Self.isCell(extra) {
        throw text.fault(
          text.lines[row].number, "\(devices[device]) has more connections than columns",
          "copy the whole output")
      }
      let words = cells.map(String.init)
      for (column, word) in words.enumerated() where (word == "X") != (column == device) {
        throw text.fault(
          text.lines[row].number, "the X of \(devices[device]) is not on the diagonal",
          "copy the whole output")
      }
      connections.append(Array(words.prefix(devices.count)))
      let ways = words.dropFirst(devices.count).map { Self.distances.firstIndex(of: $0) ?? 9 }
      let best = ways.min()
      nearest.append(zip(cards, ways).filter { $0.1 == best }.map(\.0))
    }
    for i in connections.indices {
      for j in connections.indices where connections[i][j] != connections[j][i] {
        throw text.fault(
          line.number + 1 + i,
          "GPU\(i) and GPU\(j) are connected by \(connections[i][j]) one way "
            + "and \(connections[j][i]) the other", "copy the whole output")
      }
    }
    probe.deviceCount = connections.count
    probe.connections = connections
    probe.findings.found(
      "\(connections.count) devices and \(cards.count) network cards, how they are connected")
    if !cards.isEmpty {
      probe.nearestCards = nearest
      for (device, list) in nearest.enumerated() {
        probe.findings.found("nearest to GPU\(device): \(list.joined(separator: ", "))")
      }
    }
    return probe
  }

  /// The rates that a connection is assumed to have, in 10⁹ bytes per second each way: 25 for each
  /// NVLink (generations 2 to 4), and what 16 lanes of PCIe 4 give.
  static func assumedRate(_ connection: String) -> Double {
    if connection.hasPrefix("NV"), let count = Double(decimal: connection.dropFirst(2)) {
      return 25 * count
    }
    switch connection {
    case "PIX", "PXB": return 25
    case "PHB", "NODE": return 22
    default: return 20
    }
  }
}
