import Profiles

/// A topology as TACCL's JSON describes it: α in microseconds, β and inverse bandwidths in microseconds
/// per megabyte, here 10⁶ bytes.
struct TACCLFile {
  private let file: SourceFile

  init(_ file: SourceFile) {
    self.file = file
  }

  func probe(_ tree: JSON) throws(CollectorError) -> ClusterProbe {
    var probe = ClusterProbe(file, kind: "TACCL topology")
    func number(_ key: String) throws(CollectorError) -> Double {
      guard let value = tree[key]?.double, value >= 0, value < 1e9 else {
        throw invalid(key, "the number is missing or out of range")
      }
      return value
    }
    func rate(_ key: String) throws(CollectorError) -> Double {
      let value = try number(key)
      guard value > 0 else { throw invalid(key, "0 microseconds for a megabyte") }
      return 1e3 / value
    }
    let count = try number("gpus_per_node")
    let cards = try tree["nics_per_node"] == nil ? 0 : number("nics_per_node")
    guard count == count.rounded(), (1...1024).contains(count), cards == cards.rounded() else {
      throw invalid("gpus_per_node", "\(count) is no number of devices")
    }
    let latency = try number("alpha")
    let devices = Int(count)
    var localRate: Double?
    if let links = tree["links"] {
      let links = try matrix(links, "links", devices)
      let betas = try matrix(tree["betas"] ?? .null, "betas", devices)
      var rates: [[Double]] = []
      for i in 0..<devices {
        var row: [Double] = []
        for j in 0..<devices {
          guard i == j || (links[i][j] > 0 && betas[i][j] > 0) else {
            throw .unsupported(
              file: file.name, place: "links[\(i)][\(j)]",
              problem: "devices \(i) and \(j) have no direct link",
              remedy: "give the rates of all pairs, as p2pBandwidthLatencyTest measures them")
          }
          row.append(i == j ? 0 : 1e3 / betas[i][j])
        }
        rates.append(row)
      }
      probe.rates = rates
      probe.latencies = rates.map { $0.map { _ in latency } }
      probe.findings.found("\(devices) devices a node, the rates of all pairs")
    } else {
      guard case .array(let list)? = tree["node_betas_list"], !list.isEmpty else {
        throw invalid("node_betas_list", "neither links nor node_betas_list is there")
      }
      var slowest = 0.0
      for (index, entry) in list.enumerated() {
        guard let beta = entry.double, beta > 0, beta < 1e9 else {
          throw invalid("node_betas_list[\(index)]", "\(entry.shown) is no β")
        }
        slowest = max(slowest, beta)
      }
      localRate = 1e3 / slowest
      probe.findings.found("\(devices) devices a node, \(list.count) kinds of links")
      if list.count > 1 {
        probe.findings.assumed(
          "all pairs of a node have the slowest link, because the file doesn't say which have which"
        )
      }
    }
    if tree["remote_beta"] != nil {
      let remote = try rate("remote_beta")
      probe.network = ClusterProbe.NetworkDescription(
        devicesPerNode: devices, cardsPerNode: Int(cards),
        remoteLatency: try number("remote_alpha"), remoteRate: remote,
        cardRate: try tree["remote_invbw"] == nil ? remote : rate("remote_invbw"),
        localLatency: latency, localRate: localRate)
    } else if let localRate {
      probe.network = ClusterProbe.NetworkDescription(
        devicesPerNode: devices, cardsPerNode: 0, remoteLatency: 0, remoteRate: 0, cardRate: 0,
        localLatency: latency, localRate: localRate)
    }
    probe.findings.assumed("a megabyte of the file is 10⁶ bytes")
    if case .string(let name)? = tree["name"] { probe.findings.found("topology \(name)") }
    return probe
  }

  private func invalid(_ place: String, _ problem: String) -> CollectorError {
    .invalid(
      file: file.name, place: place, problem: problem,
      remedy: "write the topology as TACCL's examples do")
  }

  private func matrix(
    _ value: JSON, _ key: String, _ count: Int
  ) throws(CollectorError) -> [[Double]] {
    guard case .array(let rows) = value, rows.count == count else {
      throw invalid(key, "not \(count) rows")
    }
    var matrix: [[Double]] = []
    for row in rows {
      guard case .array(let cells) = row, cells.count == count else {
        throw invalid(key, "a row has not \(count) numbers")
      }
      var numbers: [Double] = []
      for cell in cells {
        guard let number = cell.double, number >= 0, number < 1e9 else {
          throw invalid(key, "\(cell.shown) is no number of 0 or more")
        }
        numbers.append(number)
      }
      matrix.append(numbers)
    }
    return matrix
  }
}
