import Plans
import Profiles
import Simulation

extension PlacementReport {
  /// The most devices whose bars are shown.
  private static let mostBars = 64

  /// Returns the report as an HTML page.
  ///
  /// - Parameter hasSeconds: Whether the plan was made in this run, so that the seconds of its search are known.
  public func page(hasSeconds: Bool = false) -> ReportPage {
    var page = ReportPage(
      title: profile.name, kind: "Placement of experts",
      subtitle: "\(profile.moe?.experts ?? 0) experts in "
        + "\(Quantity.count(plan.layers.count, "layer")) on "
        + Quantity.count(plan.slots.count, "device"),
      version: plan.version, profile: plan.profile)
    page.addVerdicts(
      result.isValid ? "The replay finds every expert in its place." : nil, result.faults,
      isRepeatable: plan.isRepeatable)
    guard result.isValid else { return page }
    let before = comparison
    page.add(
      fact: "Fullest device over the mean", Self.ratio(result.value),
      before.map { "\($0.name): \(Self.ratio($0.result.value))" })
    if let bound = plan.lowerBound, !isHeldOut {
      page.add(
        fact: "Lower bound", Self.ratio(bound.value),
        (plan.gap.map { "gap \(Quantity.percent($0)); " } ?? "") + bound.method)
    }
    page.add(
      fact: "Worst layer", Self.ratio(result.scenarios.map(\.worstLayer).max()),
      before.map { "\($0.name): \(Self.ratio($0.result.scenarios.map(\.worstLayer).max()))" })
    page.add(
      fact: "Redundant experts", "\(result.redundantExperts)",
      bytesPerDevice.map { "\(Quantity.bytes($0)) of experts on a device" })
    if let nodes = result.nodesPerToken {
      page.add(
        fact: "Nodes per token", Quantity.fixed(nodes, decimals: 3),
        result.contiguousNodesPerToken.map { "contiguous \(Quantity.fixed($0, decimals: 3))" })
    }
    if !plan.moves.isEmpty {
      let bytes = result.bytesByLink.values.reduce(0, +)
      page.add(
        fact: "Replicas to copy", "\(plan.moves.count)", bytes > 0 ? Quantity.bytes(bytes) : nil)
    }
    page.add(loadSection(before))
    page.add(layerSection)
    addCurve(to: &page)
    page.addSearch(searchTable(hasSeconds: hasSeconds))
    return page
  }

  /// The current placement, or one in contiguous blocks, with what its replay finds on the same loads; nil if
  /// neither fits the plan's devices.
  private var comparison: (name: String, result: PlacementReplayResult)? {
    guard let moe = profile.moe else { return nil }
    var other = plan
    let isKnown = moe.placement.count == plan.layers.count
    let devices = plan.slots.count
    let first = DispatchPlan.firstExperts(experts: moe.experts, devices: max(1, devices))
    for layer in other.layers.indices {
      other.layers[layer].shares = []
      other.layers[layer].devices =
        isKnown
        ? moe.placement[layer].map { $0.sorted() }
        : (0..<devices).map { Array(first[$0]..<first[$0 + 1]) }
    }
    (other.moves, other.split, other.keepsGroups) = ([], .equal, false)
    other.slots = zip(
      plan.slots,
      (0..<devices).map { device in
        other.layers.map { layer in
          layer.devices.indices.contains(device) ? layer.devices[device].count : 0
        }.max() ?? 0
      }
    ).map(max)
    let result = PlacementReplay(
      other, on: profile, scenarios: result.scenarios.map(\.name)
    ).run()
    return result.isValid ? (isKnown ? "today" : "contiguous blocks, no replicas", result) : nil
  }

  private func loadSection(
    _ before: (name: String, result: PlacementReplayResult)?
  ) -> ReportPage.Section {
    let loads = result.deviceLoads
    let order = loads.indices.sorted { loads[$0] != loads[$1] ? loads[$0] > loads[$1] : $0 < $1 }
    let shown =
      loads.count > Self.mostBars ? Array(order.prefix(Self.mostBars)) : Array(loads.indices)
    var names: [(tone: Tone, name: String)] = [(.activation, "this plan")]
    if let before { names.insert((.workspace, before.name), at: 0) }
    let groups = shown.map { device in
      var bars = [
        BarChart.Bar(
          parts: [(.activation, loads[device])], label: Quantity.fixed(loads[device], decimals: 4))
      ]
      if let before, before.result.deviceLoads.indices.contains(device) {
        let load = before.result.deviceLoads[device]
        bars.insert(
          BarChart.Bar(
            parts: [(.workspace, load)], label: Quantity.fixed(load, decimals: 4)), at: 0)
      }
      return BarChart.Group(name: "device \(device)", bars: bars)
    }
    let chart = BarChart(
      title: "Load of each device over the mean, mean of layers",
      summary: "From \(Self.ratio(loads.min())) to \(Self.ratio(loads.max()))"
        + (before.map {
          "; \($0.name): from \(Self.ratio($0.result.deviceLoads.min())) to "
            + Self.ratio($0.result.deviceLoads.max())
        } ?? "") + ".",
      below: plan.objective == .tokens ? "tokens over the mean" : "woken experts over the mean",
      unit: .one, names: names, groups: groups, limit: (1, "the mean"))
    var section = ReportPage.Section(id: "loads", heading: "Load of devices")
    section.pictures = [{ @Sendable width in chart.picture(width: width) }]
    if shown.count < loads.count {
      section.text = ["The \(shown.count) fullest of \(loads.count) devices."]
    }
    return section
  }

  private var layerSection: ReportPage.Section {
    let scenarios = result.scenarios
    var table = PageTable(
      "layers-table", label: "Fullest device over the mean in each layer",
      columns: ["#layer"] + scenarios.map { "#\($0.name)" } + ["#at least", "strategy"])
    for (index, layer) in plan.layers.enumerated() {
      table.append(
        [.count(layer.number)]
          + scenarios.map {
            .number($0.layers.indices.contains(index) ? $0.layers[index] : nil, decimals: 4)
          } + [.number(layer.bound, decimals: 4), .text(layer.strategy ?? "–")])
    }
    return ReportPage.Section(
      id: "layers", heading: "Layers", text: ["Fullest device over the mean, by load."],
      tables: [table])
  }

  private func addCurve(to page: inout ReportPage) {
    guard plan.curve.count > 1, let resource = plan.curve.first?.resource else { return }
    let words = resource == .moves ? "moves of each layer" : "redundant experts"
    let chart = CurveChart(
      title: "What \(words) buy",
      summary: "From \(Self.ratio(plan.curve.map(\.value).max())) to "
        + "\(Self.ratio(plan.curve.map(\.value).min())).",
      below: words, beside: "fullest device over the mean", horizontalUnit: .one,
      verticalUnit: .one,
      curves: [
        CurveChart.Curve(
          name: "at least", tone: .workspace,
          points: plan.curve.map { (Double($0.limit), $0.bound) }),
        CurveChart.Curve(
          name: "found", tone: .activation, points: plan.curve.map { (Double($0.limit), $0.value) },
          tooltips: plan.curve.map { "\($0.limit): \(Self.ratio($0.value))" }),
      ])
    page.add(
      ReportPage.Section(
        id: "curve", heading: "Trade-off",
        pictures: [{ @Sendable width in chart.picture(width: width) }]))
  }

  private func searchTable(hasSeconds: Bool) -> PageTable {
    var table = PageTable(
      "search-table", label: "Strategies that were tried",
      columns: ["strategy", "#mean", "#worst layer", "#bound", "#gap", "#nodes", "engine"]
        + (hasSeconds ? ["#seconds"] : []) + ["ended"])
    for entry in plan.search {
      var gap: Double?
      if let value = entry.value, let bound = entry.bound, value > 0 {
        gap = (value - bound) / value
      }
      table.append(
        [
          .text(entry.name), .number(entry.value, decimals: 4),
          .number(entry.worstLayer, decimals: 4), .number(entry.bound, decimals: 4),
          .percent(gap), .count(entry.nodes), .text(entry.engine),
        ] + (hasSeconds ? [.number(entry.seconds, decimals: 2)] : []) + [.text(entry.termination)])
    }
    return table
  }
}
