import Plans
import Profiles
import Simulation

extension PlacementReport {
  /// How many rows of a long table are shown.
  private static let rows = 8

  /// Returns a summary for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    let experts = profile.moe?.experts ?? 0
    var title =
      "\(profile.name): \(experts) experts in \(Quantity.count(plan.layers.count, "layer"))"
    title += " on \(Quantity.count(plan.slots.count, "device"))"
    if plan.nodeSizes.count > 1 { title += " of \(plan.nodeSizes.count) nodes" }
    title += ", \(slotWords) slots each"
    page.paragraph(title, tone: .heading)
    if result.isValid {
      page.paragraph(
        isHeldOut
          ? "The replay on other loads than the plan's finds every expert in its place."
          : "The replay finds every expert in its place.", tone: .good)
    } else {
      for fault in result.faults { page.paragraph("The plan fails: \(fault).", tone: .bad) }
      return page.text
    }
    if !plan.isRepeatable {
      page.paragraph("A limit of time cut the search off: another run may give another plan.")
    }
    addBalance(to: &page)
    addSearch(to: &page)
    addCurve(to: &page)
    addMoves(to: &page)
    return page.text
  }

  private var slotWords: String {
    guard let least = plan.slots.min(), let most = plan.slots.max() else { return "0" }
    return least == most ? "\(least)" : "\(least) to \(most)"
  }

  private var objectiveWords: String {
    plan.objective == .tokens ? "tokens" : "experts that a batch wakes"
  }

  private func addBalance(to page: inout Page) {
    page.section("Balance (\(objectiveWords) of the fullest device over the mean; 1 is perfect)")
    var table = Table(
      [.flexible, .right, .right, .flexible],
      header: ["load", "mean of layers", "worst layer", "nine of ten batches lie between"])
    for scenario in result.scenarios {
      var band = "–"
      if let range = scenario.band {
        band = "\(Self.ratio(range.lowerBound)) and \(Self.ratio(range.upperBound))"
        if scenario.isResampled { band += " (drawn)" }
      }
      table.append(
        scenario.name, Self.ratio(scenario.value), Self.ratio(scenario.worstLayer), band)
    }
    page.table(table)
    var summary = Table([.left, .right, .flexible])
    if plan.scenarios.count > 1 || isHeldOut {
      summary.append("all, as \(plan.robustness)", Self.ratio(result.value), "")
    }
    if let bound = plan.lowerBound, !isHeldOut {
      var words = bound.method
      if let gap = plan.gap { words += ", gap \(Quantity.percent(gap))" }
      if isBoundLoose { words += ": the bound is loose, the plan may be better than that tells" }
      summary.append("at least", Self.ratio(bound.value), words)
    }
    if let nodes = result.nodesPerToken, let contiguous = result.contiguousNodesPerToken {
      let change = contiguous > 0 ? nodes / contiguous - 1 : 0
      summary.append(
        "nodes per token", Quantity.fixed(nodes, decimals: 3),
        "contiguous \(Quantity.fixed(contiguous, decimals: 3)), "
          + Quantity.signed(Quantity.percent(change)))
    }
    var words = ""
    if let bytes = bytesPerDevice { words = "\(Quantity.bytes(bytes)) of experts on a device" }
    summary.append("redundant experts", "\(result.redundantExperts)", words)
    page.table(summary)
    if !isPredictionExact {
      page.paragraph(
        "The plan predicts \(Self.ratio(plan.prediction?.value)), which the replay doesn't find.",
        indent: 2, tone: .bad)
    }
  }

  private func addSearch(to page: inout Page) {
    guard !plan.search.isEmpty else { return }
    page.section("Search")
    let hasMoves = plan.search.contains { $0.moves != nil }
    var table = Table(
      [.left, .right, .right, .right, .right, .flexible, .right, .flexible],
      header: [
        "strategy", "mean", "worst layer", "bound", hasMoves ? "moves" : "", "engine", "seconds",
        "ended",
      ])
    for entry in plan.search {
      table.append(
        entry.name, Self.ratio(entry.value), Self.ratio(entry.worstLayer), Self.ratio(entry.bound),
        entry.moves.map { "\($0)" } ?? "", entry.engine,
        Quantity.fixed(entry.seconds, decimals: 2), entry.termination)
    }
    page.table(table)
  }

  private func addCurve(to page: inout Page) {
    guard let resource = plan.curve.first?.resource else { return }
    page.section(
      resource == .moves ? "What moves of each layer buy" : "What redundant experts buy")
    var table = Table(
      [.right, .right, .right], header: [resource.rawValue, "mean of layers", "at least"])
    for point in plan.curve {
      table.append("\(point.limit)", Self.ratio(point.value), Self.ratio(point.bound))
    }
    page.table(table)
    if resource == .redundancy {
      let target = plan.curve.filter { $0.value <= (plan.prediction?.value ?? 0) + 1e-12 }
      let fewest = target.map(\.limit).min() ?? 0
      let impossible = plan.curve.filter { $0.bound > (plan.prediction?.value ?? 0) }.map(\.limit)
      var words = "The plan allows \(fewest)."
      if let most = impossible.max() { words += " No placement with \(most) is as good." }
      page.paragraph(words, indent: 2)
    }
  }

  private func addMoves(to page: inout Page) {
    guard !plan.moves.isEmpty else { return }
    page.section("Moves from the current placement")
    let total = result.bytesByLink.values.reduce(0, +)
    var words = "\(Quantity.count(plan.moves.count, "replica")) to copy"
    if total > 0 { words += ", \(Quantity.bytes(total)) in all" }
    page.paragraph(words + ". The links with most to carry:", indent: 2)
    var counts: [PlacementReplayResult.Link: Int] = [:]
    for move in plan.moves {
      counts[PlacementReplayResult.Link(from: move.from, to: move.to), default: 0] += 1
    }
    var table = Table(
      [.right, .right, .right, .right], header: ["from", "to", "replicas", "bytes"])
    let links = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    for (link, count) in links.prefix(Self.rows) {
      table.append(
        "\(link.from)", "\(link.to)", "\(count)",
        (result.bytesByLink[link] ?? 0) > 0 ? Quantity.bytes(result.bytesByLink[link] ?? 0) : "–")
    }
    page.table(table)
    if links.count > Self.rows {
      page.paragraph("and \(links.count - Self.rows) more links; --json lists all.", indent: 2)
    }
  }
}
