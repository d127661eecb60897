import Plans
import Profiles
import Simulation

/// What each amount of memory costs in time: one plan for each budget.
public struct StageFrontReport: Sendable {
  /// One budget.
  public struct Row: Sendable {
    /// The budget, in bytes.
    public var budgetBytes: Int
    /// The plan; nil if none fits.
    public var report: StageReport?
    /// Whether it is proven that no plan fits.
    public var isInfeasible: Bool

    /// Creates a row.
    public init(budgetBytes: Int, report: StageReport?, isInfeasible: Bool = false) {
      self.budgetBytes = budgetBytes
      self.report = report
      self.isInfeasible = isInfeasible
    }
  }

  /// The profile's name.
  public let name: String
  /// The budgets, in ascending order.
  public let rows: [Row]

  /// Creates a report.
  public init(name: String, rows: [Row]) {
    self.name = name
    self.rows = rows.sorted { $0.budgetBytes < $1.budgetBytes }
  }

  /// The rows that no other beats: each faster than all with less memory.
  public var front: [Row] {
    var fastest = Double.infinity
    return rows.filter { row in
      guard let time = row.report?.result.iterationMicroseconds, time < fastest else {
        return false
      }
      fastest = time
      return true
    }
  }

  /// Whether every plan holds, and no plan is slower than one for less memory.
  public var isValid: Bool {
    var fastest = Double.infinity
    for row in rows {
      guard let report = row.report else {
        if fastest.isFinite { return false }
        continue
      }
      let time = report.result.iterationMicroseconds
      guard report.result.isValid, report.isPredictionExact, time <= fastest * (1 + 1e-9) else {
        return false
      }
      fastest = min(fastest, time)
    }
    return true
  }

  /// Returns a table for people.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    page.paragraph("\(name): time against memory of each device", tone: .heading)
    var table = Table(
      [.right, .right, .right, .right, .right, .right, .flexible],
      header: ["budget", "peak", "time", "run again", "at least", "gap", ""])
    for row in rows {
      guard let report = row.report else {
        table.append(
          Quantity.bytes(row.budgetBytes), "–", "–", "–", "–", "–",
          row.isInfeasible ? "nothing fits" : "no plan was found")
        continue
      }
      table.append(
        Quantity.bytes(row.budgetBytes), Quantity.bytes(report.result.peakBytes),
        Quantity.milliseconds(report.result.iterationMicroseconds),
        Quantity.milliseconds(report.result.recomputeMicroseconds),
        report.plan.lowerBound.map { Quantity.milliseconds($0.iterationMicroseconds) } ?? "–",
        report.gap.map(Quantity.percent) ?? "–",
        front.contains { $0.budgetBytes == row.budgetBytes } ? "" : "the plan for less")
    }
    page.table(table)
    addOthers(to: &page)
    return page.text
  }

  /// The ways of others that plans' searches show, and what heads their columns.
  private static let others: [(strategies: [String], title: String)] = [
    (["data_parallel", "zero1", "zero2", "zero3"], "data+ZeRO"), (["megatron"], "megatron"),
    (["full recomputing"], "recompute all"), (["no recomputing"], "save all"),
    (["budgets 1.3^i (Colossal-Auto), then rotor"], "1.3^i"), ([SearchEntry.tiedBlocks], "alike"),
  ]

  /// The value of the best of some strategies at a budget.
  private func value(of strategies: [String], at row: Row) -> Double? {
    row.report?.plan.search.filter { strategies.contains($0.strategy) }
      .compactMap(\.valueMicroseconds).min()
  }

  /// What other ways take within the same budgets; columns that no row fills are left out.
  private func addOthers(to page: inout Page) {
    let shown = Self.others.filter { other in
      rows.contains { value(of: other.strategies, at: $0) != nil }
    }
    guard !shown.isEmpty else { return }
    page.section("Other ways within the same budgets")
    var table = Table(
      [.right, .right] + shown.map { _ in .right }, header: ["budget", "plan"] + shown.map(\.title))
    for row in rows {
      guard let report = row.report else { continue }
      table.append(
        [
          Quantity.bytes(row.budgetBytes),
          Quantity.milliseconds(report.result.iterationMicroseconds),
        ]
          + shown.map { other in
            value(of: other.strategies, at: row).map(Quantity.milliseconds) ?? "–"
          })
    }
    page.table(table)
  }

  /// Returns the rows for programs on one line.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.two-stage-front/1"))
    members.add("profile", .string(name))
    members.add("is_valid", .boolean(isValid))
    members.add(
      "points",
      .array(
        rows.map { row in
          var point = JSONMembers()
          point.add("budget_bytes", .integer(row.budgetBytes))
          point.add("plan", row.report?.value ?? .null)
          return point.object
        }))
    return String(decoding: JSONWriter.encode(members.object, pretty: false), as: UTF8.self)
  }
}
