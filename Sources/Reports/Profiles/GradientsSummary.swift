import Profiles

/// What a profile tells about the gradients that workers add up.
struct GradientsSummary: Encodable, Sendable {
  let nodes: Int
  let devicesPerNode: Int
  let bytes: Int
  let elementBytes: Int
  /// From the first bucket to the last, in microseconds.
  let readyUs: Double
  let selectionGbPerS: Double
  /// How much energy the largest elements hold, of all buckets, by density.
  let energy: [Share]
  let buckets: [Bucket]

  /// How much energy so many of the elements hold at most, by any measured way to choose them.
  struct Share: Encodable, Sendable {
    let density: Double
    let energy: Double
  }

  /// One bucket.
  struct Bucket: Encodable, Sendable {
    let id: String
    let bytes: Int
    let readyUs: Double
    let energy: Double
    let curves: Int
    let unions: Int
  }

  init(_ exchange: GradientExchange) {
    nodes = exchange.nodes
    devicesPerNode = exchange.devicesPerNode
    bytes = exchange.bytes
    elementBytes = exchange.elementBytes
    readyUs = exchange.buckets.last?.readyMicroseconds ?? 0
    selectionGbPerS = exchange.selectionGBPerSecond
    let all = exchange.energy
    let levels = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    energy = levels.compactMap { density in
      var sum = 0.0
      for bucket in exchange.buckets {
        let found = bucket.energyCurves.flatMap(\.points).filter { $0.density <= density }
        guard let best = found.map(\.energy).max() else { return nil }
        sum += best * bucket.energy
      }
      return all > 0 ? Share(density: density, energy: sum / all) : nil
    }
    buckets = exchange.buckets.map { bucket in
      Bucket(
        id: bucket.id, bytes: bucket.bytes, readyUs: bucket.readyMicroseconds,
        energy: all > 0 ? bucket.energy / all : 0, curves: bucket.energyCurves.count,
        unions: bucket.unionCurves.count)
    }
  }

  /// Adds the summary to a report for people.
  func add(limit: Int, to page: inout Page) {
    page.section(
      "Gradients: \(Quantity.bytes(bytes)) in \(Quantity.count(buckets.count, "bucket")), "
        + "\(Quantity.count(nodes, "node")) of \(Quantity.count(devicesPerNode, "device"))")
    page.paragraph(
      "\(elementBytes) bytes an element, the last bucket ready after "
        + "\(Quantity.milliseconds(readyUs)); the largest elements are chosen at "
        + "\(Quantity.fixed(selectionGbPerS, decimals: 1)) GB/s", indent: 2)
    if !energy.isEmpty {
      var table = Table(
        [.right, .right, .left], header: ["elements, at most", "energy", ""])
      for share in energy {
        table.append(
          Quantity.percent(share.density), Quantity.percent(share.energy),
          Page.bar(Int((share.energy * 1e6).rounded()), of: 1_000_000))
      }
      page.table(table)
    }
    var table = Table(
      [.flexible, .right, .right, .right, .left],
      header: ["bucket", "bytes", "ready", "of the energy", "measured"])
    for bucket in buckets.prefix(limit) {
      table.append(
        bucket.id, Quantity.bytes(bucket.bytes), Quantity.milliseconds(bucket.readyUs),
        Quantity.percent(bucket.energy),
        "\(Quantity.count(bucket.curves, "curve")), \(Quantity.count(bucket.unions, "overlap"))")
    }
    page.table(table)
    if buckets.count > limit { page.paragraph("and \(buckets.count - limit) more", indent: 2) }
  }
}
