import Plans
import Profiles
import Simulation

extension StageReport {
  /// Rows of each table; the rest is told in numbers.
  private static let shownWeights = 16
  private static let shownCollectives = 10

  /// Where tensors lie and what devices exchange; alike ones on one line.
  func addPlacement(to page: inout Page) {
    guard let placement = result.placement else { return }
    page.section("Placement")
    switch placement {
    case .absent(let absence): return page.paragraph(absence.sentence, indent: 2)
    case .refused:
      return page.paragraph("The replay works out other bytes or exchanges.", indent: 2)
    case .confirmed(let collectives):
      guard let block = plan.placement else { return }
      addWeights(block, to: &page)
      addActivations(block, to: &page)
      page.paragraph(
        "shard d/m: dimension d split over axis m of the mesh; ZeRO-z/m: shared among the copies along m; "
          + "sums/m: summands along m. Nothing is offloaded: these plans keep all on the devices. The "
          + "replay works out the same bytes and exchanges from the layouts.", indent: 2)
      addCollectives(collectives, to: &page)
    }
  }

  /// Weights that lie alike and take the same place in their stages.
  private struct Group: Hashable {
    var title: String
    var words: String
  }

  private func addWeights(_ block: PlacementBlock, to page: inout Page) {
    let nodes = Dictionary(
      graph.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var order: [Group] = []
    var rows: [Group: (count: Int, sizes: [Int])] = [:]
    for row in block.weights {
      var title = row.name
      if let node = nodes[row.node], node.repeatGroup != nil {
        let prefix = graph.stages[node.stage] + "."
        if title.hasPrefix(prefix) { title.removeFirst(prefix.count) }
      }
      let group = Group(title: title, words: Self.words(for: row))
      if rows[group] == nil { order.append(group) }
      let known = rows[group] ?? (0, [0, 0, 0])
      let own = [row.parameterBytes, row.gradientBytes, row.optimizerStateBytes]
      rows[group] = (known.count + 1, zip(known.sizes, own).map { $0 + $1 })
    }
    var table = Table(
      [.flexible, .flexible, .right, .right, .right],
      header: ["weight", "on each device", "weights", "gradients", "optimizer"])
    for group in order.prefix(Self.shownWeights) {
      guard let row = rows[group] else { continue }
      let sizes = row.sizes.map(Quantity.bytes)
      table.append(
        row.count == 1 ? group.title : "\(row.count) × \(group.title)", group.words, sizes[0],
        sizes[1], sizes[2])
    }
    if order.count > Self.shownWeights {
      table.append("…", "\(order.count - Self.shownWeights) more", "", "", "")
    }
    table.append(
      "all", "\(Quantity.bytes(block.stateBytes)) together",
      Quantity.bytes(block.weights.reduce(0) { $0 + $1.parameterBytes }),
      Quantity.bytes(block.weights.reduce(0) { $0 + $1.gradientBytes }),
      Quantity.bytes(block.weights.reduce(0) { $0 + $1.optimizerStateBytes }))
    page.table(table)
  }

  private func addActivations(_ block: PlacementBlock, to page: inout Page) {
    var order: [Group] = []
    var rows: [Group: (count: Int, bytes: Int)] = [:]
    for row in block.activations where row.savedBytes > 0 {
      let group = Group(
        title: row.forwardRuns > 1 ? "made again" : "saved",
        words: row.tensor == nil
          ? "within the node" : Self.words(for: row.layout, isReplicated: "replicate"))
      if rows[group] == nil { order.append(group) }
      let known = rows[group] ?? (0, 0)
      rows[group] = (known.count + 1, known.bytes + row.savedBytes)
    }
    guard !order.isEmpty else { return }
    var table = Table(
      [.flexible, .flexible, .right], header: ["activations", "on each device", "for backward"])
    for group in order.prefix(Self.shownWeights) {
      guard let row = rows[group] else { continue }
      table.append(
        "\(group.title): \(Quantity.count(row.count, "node"))", group.words,
        Quantity.bytes(row.bytes))
    }
    if order.count > Self.shownWeights {
      table.append("…", "\(order.count - Self.shownWeights) more", "")
    }
    page.table(table)
  }

  private func addCollectives(
    _ collectives: [PlacementBlock.Collective], to page: inout Page
  ) {
    guard !collectives.isEmpty else {
      return page.paragraph("Devices exchange nothing.", indent: 2)
    }
    var table = Table(
      [.left, .left, .left, .right, .right, .right, .right],
      header: ["pass", "for", "exchange", "axis", "bytes", "times", "takes"])
    let order = collectives.enumerated().sorted {
      (-$0.element.microseconds, $0.offset) < (-$1.element.microseconds, $1.offset)
    }
    for (_, row) in order.prefix(Self.shownCollectives) {
      table.append(
        row.pass.rawValue, row.cause.rawValue, row.kind.rawValue, "\(row.axis)",
        Quantity.bytes(row.bytes), "\(row.count)", Quantity.milliseconds(row.microseconds))
    }
    let rest = order.dropFirst(Self.shownCollectives)
    if !rest.isEmpty {
      table.append(
        "…", "", "\(rest.count) more", "", "", "\(rest.reduce(0) { $0 + $1.element.count })",
        Quantity.milliseconds(rest.reduce(0) { $0 + $1.element.microseconds }))
    }
    table.append(
      "all", "", "", "", "", "\(collectives.reduce(0) { $0 + $1.count })",
      Quantity.milliseconds(collectives.reduce(0) { $0 + $1.microseconds }))
    page.table(table)
  }

  // MARK: - Words

  static func words(for row: PlacementBlock.Weight) -> String {
    let copies =
      row.zeroStage > 0 && !row.copies.isEmpty
      ? "ZeRO-\(row.zeroStage)/\(axes(row.copies))" : nil
    let layout = words(for: row.layout, isReplicated: copies == nil ? "replicate" : "")
    return [layout, copies ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private static func words(for layout: TensorLayout, isReplicated: String) -> String {
    var parts: [String] = []
    for (dimension, axes) in layout.dimensions.enumerated() where !axes.isEmpty {
      parts.append("shard \(dimension)/\(Self.axes(axes))")
    }
    if !layout.partialAxes.isEmpty {
      parts.append("sums/\(Self.axes(layout.partialAxes))")
    }
    return parts.isEmpty ? isReplicated : parts.joined(separator: ", ")
  }

  private static func axes(_ axes: [Int]) -> String {
    axes.map(String.init).joined(separator: "+")
  }
}
