import Plans
import Profiles
import Simulation

extension StageFrontReport {
  /// Returns the time of the iteration and its lower bound against the memory of each device.
  ///
  /// - Parameter width: In pixels, 240 or more.
  public func picture(width: Int = 960) -> Picture {
    let planned = rows.compactMap { row in row.report.map { (row.budgetBytes, $0) } }
    let bounded = planned.filter { $0.1.plan.lowerBound != nil }
    let times = planned.map(\.1.result.iterationMicroseconds)
    var summary = "Iteration against memory of each device, \(Quantity.count(rows.count, "budget"))"
    if let first = planned.first, let last = planned.last {
      summary +=
        ": \(Quantity.milliseconds(first.1.result.iterationMicroseconds)) with "
        + "\(Quantity.bytes(first.0)), "
        + "\(Quantity.milliseconds(last.1.result.iterationMicroseconds)) with "
        + Quantity.bytes(last.0)
    }
    return CurveChart(
      title: "\(name): iteration against memory of each device", summary: summary + ".",
      below: "budget of each device", beside: "iteration",
      horizontalUnit: .bytes(upTo: Double(rows.last?.budgetBytes ?? 0)),
      verticalUnit: .time(upTo: times.max() ?? 0),
      curves: [
        CurveChart.Curve(
          name: "lower bound", tone: .workspace,
          points: bounded.map { (Double($0.0), $0.1.plan.lowerBound?.iterationMicroseconds ?? 0) },
          course: .after,
          tooltips: bounded.map {
            "no plan with \(Quantity.bytes($0.0)) takes less than "
              + Quantity.milliseconds($0.1.plan.lowerBound?.iterationMicroseconds ?? 0)
          }),
        CurveChart.Curve(
          name: "plan", tone: .activation,
          points: zip(planned, times).map { (Double($0.0), $1) }, course: .before,
          tooltips: zip(planned, times).map {
            "\(Quantity.bytes($0.0)): \(Quantity.milliseconds($1))"
          }),
      ]
    ).picture(width: width)
  }

  /// Returns the front as an HTML page.
  ///
  /// - Parameter hasSeconds: Whether the plans were made in this run.
  public func page(hasSeconds: Bool = false) -> ReportPage {
    let plans = rows.compactMap { $0.report?.plan }
    var page = ReportPage(
      title: name, kind: "Strategies and checkpoints: time against memory of each device",
      subtitle: Quantity.count(rows.count, "budget"), version: plans.first?.version ?? "planner",
      profile: plans.first?.profile ?? .init(name: name))
    page.add(
      verdict: isValid
        ? "The replay finds each plan valid, and none slower than one for less memory."
        : "The replay rejects a plan.", isValid ? "good" : "bad")
    for row in [rows.first { $0.report != nil }, rows.last { $0.report != nil }] {
      guard let row, let report = row.report else { continue }
      page.add(
        fact: "With \(Quantity.bytes(row.budgetBytes))",
        Quantity.milliseconds(report.result.iterationMicroseconds),
        report.gap.map { "gap \(Quantity.percent($0))" })
    }
    var table = PageTable(
      "front-table", label: "Plans by budget",
      columns: [
        "#budget", "#peak", "#time", "#run again", "#at least", "#gap",
      ] + (hasSeconds ? ["#seconds"] : []) + [""])
    for row in rows {
      guard let report = row.report else {
        table.append(
          [.bytes(row.budgetBytes), "–", "–", "–", "–", "–"] + (hasSeconds ? ["–"] : [])
            + ["nothing fits"])
        continue
      }
      let seconds = report.plan.search.reduce(0) { $0 + $1.seconds }
      table.append(
        [
          .bytes(row.budgetBytes), .bytes(report.result.peakBytes),
          .time(report.result.iterationMicroseconds), .time(report.result.recomputeMicroseconds),
          .time(report.plan.lowerBound?.iterationMicroseconds), .percent(report.gap),
        ] + (hasSeconds ? [.number(seconds, decimals: 2)] : []) + [
          front.contains { $0.budgetBytes == row.budgetBytes } ? "" : "the plan for less"
        ])
    }
    var section = ReportPage.Section(id: "front", heading: "Pareto front", tables: [table])
    if rows.contains(where: { $0.report != nil }) {
      section.pictures = [{ @Sendable [self] width in picture(width: width) }]
    }
    page.add(section)
    return page
  }
}
