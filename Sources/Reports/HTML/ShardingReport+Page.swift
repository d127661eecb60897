import Plans
import Profiles
import Simulation

extension ShardingReport {
  /// Returns the report as an HTML page.
  ///
  /// - Parameter hasSeconds: Whether the plan was made in this run, so that the seconds of its search are known.
  public func page(hasSeconds: Bool = false) -> ReportPage {
    var page = ReportPage(
      title: instance.name, kind: "Sharding strategies",
      subtitle: "\(Quantity.count(instance.nodeCount, "node")), "
        + "\(instance.strategyStarts.last ?? 0) strategies, "
        + "\(Quantity.count(instance.edges.count, "edge")), "
        + "\(Quantity.bytes(instance.memoryLimitBytes)) at every time",
      version: plan.version, profile: plan.profile)
    page.addVerdicts(
      result.isValid ? "The evaluation finds the plan valid." : nil, result.faults,
      isRepeatable: plan.isRepeatable)
    page.add(fact: "Cost", "\(result.cost)", "in the units of the instance")
    if let bound = plan.lowerBound {
      let words = gap.map { $0 == 0 ? "met: no choice costs less; " : "gap \(Self.share($0)); " }
      page.add(fact: "Lower bound", "\(bound.cost)", (words ?? "") + bound.method)
    }
    page.add(
      fact: "Memory", Quantity.bytes(Int(clamping: result.peakBytes)),
      "of \(Quantity.bytes(instance.memoryLimitBytes))"
        + (result.peakTime.map { ", at time \($0)" } ?? ""))
    page.add(
      fact: "Resharded edges", "\(result.reshardedEdges)", "of \(instance.edges.count)")
    addPictures(to: &page)
    page.add(
      ReportPage.Section(id: "strategies", heading: "Strategies", tables: [strategyTable]))
    page.addSearch(
      .search(plan.search, value: "cost", hasSeconds: hasSeconds) { .number($0, decimals: 0) })
    return page
  }

  private static func share(_ gap: Double) -> String {
    gap < 1e-4 ? "\(gap)" : Quantity.percent(gap)
  }

  private func addPictures(to page: inout ReportPage) {
    let costs = BarChart(
      title: "Cost", summary: "In all \(result.cost), in the units of the instance.", below: "cost",
      unit: .one, names: [],
      groups: [
        ("computing", Tone.activation, result.computeCost),
        ("communication", .parameter, result.communicationCost),
        ("resharding", .gradient, result.reshardingCost),
      ].map { name, tone, cost in
        BarChart.Group(name: name, bars: [.init(parts: [(tone, Double(cost))], label: "\(cost)")])
      })
    var section = ReportPage.Section(id: "memory", heading: "Memory and cost")
    if let chart = memoryChart {
      section.pictures.append { @Sendable width in chart.picture(width: width) }
    }
    section.pictures.append { @Sendable width in costs.picture(width: width) }
    page.add(section)
  }

  /// The memory over the times of the instance, the most of each of equal stretches.
  private var memoryChart: StackedChart? {
    guard let first = result.memory.first?.time, let last = result.memory.last?.time, last > first
    else { return nil }
    let columns = min(400, last - first)
    var (values, next, now) = ([Double](), 0, 0.0)
    let starts = (0..<columns).map { first + (last - first) * $0 / columns }
    for column in 0..<columns {
      let end = column + 1 < columns ? starts[column + 1] : last
      // What is there at the beginning counts unless it changes right then.
      let isChanged = next < result.memory.count && result.memory[next].time == starts[column]
      var most = isChanged ? 0 : now
      while next < result.memory.count, result.memory[next].time < end {
        now = Double(result.memory[next].bytes)
        most = max(most, now)
        next += 1
      }
      values.append(most)
    }
    let limit = instance.memoryLimitBytes
    return StackedChart(
      title: "Memory over the times of the instance",
      summary: "At most \(Quantity.bytes(Int(clamping: result.peakBytes))); the limit is "
        + "\(Quantity.bytes(limit)).",
      below: "time", beside: "memory", starts: starts.map { Double($0 - first) },
      end: Double(last - first), horizontalUnit: .one,
      verticalUnit: .bytes(upTo: max(Double(limit), Double(result.peakBytes))),
      layers: [.init(name: "live nodes", tone: .activation, values: values)],
      limit: (Double(limit), "limit \(Quantity.bytes(limit))"))
  }

  /// The most nodes in the table.
  private static let mostNodes = 1000

  /// The nodes with the most memory.
  private var strategyTable: PageTable {
    var table = PageTable(
      "strategies-table", label: "Strategies of nodes",
      columns: [
        "node", "#strategy", "name", "#choices", "#computing", "#communication", "#memory", "#from",
        "#to",
      ])
    table.isSearchable = true
    guard plan.strategies.count == instance.nodeCount else { return table }
    func position(_ node: Int) -> Int? {
      (0..<instance.strategyCount(of: node)).contains(plan.strategies[node])
        ? instance.strategyStarts[node] + plan.strategies[node] : nil
    }
    let bytes = (0..<instance.nodeCount).map { position($0).map { instance.memoryBytes[$0] } ?? 0 }
    let order = bytes.indices.sorted { bytes[$0] != bytes[$1] ? bytes[$0] > bytes[$1] : $0 < $1 }
    for node in order.prefix(Self.mostNodes) {
      guard let position = position(node) else { continue }
      let names = instance.strategyNames
      table.append(
        .text(instance.title(of: node)), .count(plan.strategies[node]),
        .text(names.indices.contains(position) ? names[position] : "–"),
        .count(instance.strategyCount(of: node)), .count(instance.computeCosts[position]),
        .count(instance.communicationCosts[position]), .bytes(bytes[node]),
        .count(instance.intervals[node].lowerBound), .count(instance.intervals[node].upperBound))
    }
    if instance.nodeCount > Self.mostNodes {
      table.remark =
        "The \(Self.mostNodes) of \(instance.nodeCount) nodes with the most memory."
    }
    return table
  }
}
