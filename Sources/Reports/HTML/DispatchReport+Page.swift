import Plans
import Profiles
import Simulation

extension DispatchReport {
  /// Returns the report as an HTML page.
  ///
  /// - Parameter hasSeconds: Whether the plan was made in this run, so that the seconds of its search are known.
  public func page(hasSeconds: Bool = false) -> ReportPage {
    let devices = profile.cluster?.deviceCount ?? 0
    var page = ReportPage(
      title: profile.name, kind: "Dispatch of tokens to experts",
      subtitle:
        "\(plan.experts) experts on \(devices) devices, \(plan.tokensPerDevice) tokens a device "
        + "to \(plan.topK) experts each, \(Quantity.bytes(plan.tokenBytes)) a token",
      version: plan.version, profile: plan.profile)
    page.addVerdicts(
      result.isValid ? "The replay of every token finds the plan valid." : nil, result.faults,
      isRepeatable: plan.isRepeatable)
    for assumption in profile.cluster?.assumptions ?? [] {
      page.add(verdict: "Assumed, not measured: \(assumption).", "plain")
    }
    page.add(
      fact: "Exchange", Self.time(result.microseconds),
      plan.prediction.map { "even dispatch \(Self.time($0.evenMicroseconds))" })
    if let bound = plan.lowerBoundMicroseconds, let gap {
      page.add(fact: "Lower bound", Self.time(bound), "gap \(Quantity.percent(gap))")
    }
    page.add(
      fact: "Deviation", Quantity.percent(result.deviation),
      "of a budget of \(Quantity.percent(plan.deviationBudget))")
    if result.totalTokens > 0 {
      let total = Double(result.totalTokens)
      page.add(
        fact: "Stay on their device", Quantity.percent(Double(result.localTokens) / total),
        "of \(result.totalTokens) tokens")
      let names = (profile.cluster?.levels.map { "Within one \($0.name)" } ?? []) + ["Beyond"]
      for (name, tokens) in zip(names, result.tokensBySeparation) {
        page.add(fact: name, Quantity.percent(Double(tokens) / total))
      }
    }
    if let binding = result.binding {
      page.add(
        fact: "Last to end", Self.time(binding.microseconds),
        "\(binding.name), \(Quantity.bytes(binding.bytes))"
          + (binding.isAssumed ? ", at an assumed rate" : ""))
    }
    var links = ReportPage.Section(
      id: "links", heading: "Links", text: topology.map { ["Topology: \($0.kind.rawValue)."] } ?? []
    )
    if !result.links.isEmpty {
      links.pictures.append { @Sendable [self] width in picture(width: width) }
    }
    links.tables = [linkTable]
    page.add(links)
    if !plan.tokens.isEmpty {
      page.add(
        ReportPage.Section(
          id: "tokens", heading: "Tokens",
          pictures: [{ @Sendable [self] width in tokenMap(width: width) }]))
    }
    addPareto(to: &page)
    page.addSearch(.search(plan.search, value: "time", hasSeconds: hasSeconds) { Self.cell($0) })
    return page
  }

  private static func cell(_ microseconds: Double?) -> PageTable.Cell {
    microseconds.map { PageTable.Cell(text: time($0), sort: $0) } ?? "–"
  }

  /// The busiest links.
  private var linkTable: PageTable {
    let busiest = result.links.enumerated().sorted {
      $0.element.microseconds != $1.element.microseconds
        ? $0.element.microseconds > $1.element.microseconds : $0.offset < $1.offset
    }.prefix(32).map(\.element)
    var table = PageTable(
      "links-table", label: "Busiest links", caption: "Busiest links",
      columns: ["link", "#bytes", "#busy", "#of the exchange", "figures"])
    for link in busiest + (result.slowestPair.map { [$0] } ?? []) {
      let share = result.microseconds > 0 ? link.microseconds / result.microseconds : 0
      table.append(
        .text(link.name), .bytes(link.bytes), Self.cell(link.microseconds), .percent(share),
        link.isAssumed ? "assumed" : "measured")
    }
    if result.links.count > busiest.count {
      table.remark = "\(busiest.count) of \(result.links.count) links, and the slowest pair."
    }
    return table
  }

  private func addPareto(to page: inout ReportPage) {
    guard plan.pareto.count > 1 else { return }
    let chart = CurveChart(
      title: "Least time for each deviation",
      summary: "Of the linear program: \(Self.time(plan.pareto[0].timeMicroseconds)) at "
        + "\(Quantity.percent(plan.pareto[0].deviation)).",
      below: "tokens that go elsewhere than in an even dispatch", beside: "exchange",
      horizontalUnit: .percent,
      verticalUnit: .time(upTo: plan.pareto.map(\.timeMicroseconds).max() ?? 0),
      curves: [
        CurveChart.Curve(
          name: "linear program", tone: .workspace,
          points: plan.pareto.map { ($0.deviation, $0.timeMicroseconds) },
          tooltips: plan.pareto.map {
            "\(Quantity.percent($0.deviation)): \(Self.time($0.timeMicroseconds))"
          }),
        CurveChart.Curve(
          name: "this plan", tone: .activation, points: [(result.deviation, result.microseconds)],
          tooltips: [
            "\(Quantity.percent(result.deviation)): \(Self.time(result.microseconds))"
          ]),
      ], isFromZero: true)
    page.add(
      ReportPage.Section(
        id: "pareto", heading: "Pareto front",
        pictures: [{ @Sendable width in chart.picture(width: width) }]))
  }
}

extension ReportPage {
  /// Adds what the replay says, and whether another run may give another plan.
  ///
  /// - Parameters:
  ///   - words: What it says of a valid plan; nil for one that fails.
  ///   - faults: What is wrong with one that fails.
  ///   - isRepeatable: Whether no limit of time cut the search off.
  mutating func addVerdicts(_ words: String?, _ faults: [String], isRepeatable: Bool) {
    if let words { add(verdict: words, "good") }
    for fault in faults { add(verdict: "The plan fails: \(fault).", "bad") }
    if !isRepeatable {
      add(
        verdict: "A limit of time cut the search off: another run may give another plan.", "plain")
    }
  }
}
