public import PlanTesting
import Profiles
import Simulation

/// What changes from one plan to another one of the same kind, for people and for programs.
public struct PlanComparisonReport: Sendable {
  /// The two plans with what their replays find.
  public let comparison: PlanComparison
  /// What the first plan is called, such as its file.
  public let baseName: String
  /// What the second plan is called, such as its file.
  public let newName: String
  /// How much worse the second may be, relatively.
  public let tolerance: Double

  /// Creates a report.
  public init(_ comparison: PlanComparison, base: String, new: String, tolerance: Double) {
    self.comparison = comparison
    baseName = base
    newName = new
    self.tolerance = tolerance
  }

  /// Why the second plan is worse by more than the tolerance; nil if it isn't.
  public var failure: PlanFailure? {
    do {
      try comparison.new.isNoWorse(than: comparison.base, within: tolerance)
      return nil
    } catch {
      return error
    }
  }

  /// Returns numbers and decisions side by side, at most 100 columns wide.
  ///
  /// - Parameters:
  ///   - isColored: Whether headings and verdicts are coloured for a terminal.
  ///   - limit: How many of the decisions that differ are told.
  public func text(isColored: Bool = false, limit: Int = 10) -> String {
    var page = Page(isColored: isColored)
    page.paragraph(
      "\(newName) instead of \(baseName): \(comparison.new.problem) plans for"
        + " \(comparison.new.profile)", tone: .heading)
    for (name, outcome) in [(baseName, comparison.base), (newName, comparison.new)] {
      for fault in outcome.faults.prefix(3) {
        page.paragraph("\(name) fails: \(fault)", tone: .bad)
      }
    }
    addFigures(to: &page)
    addDecisions(to: &page, limit: limit)
    return page.text
  }

  private func addFigures(to page: inout Page) {
    guard !comparison.changes.isEmpty else { return }
    page.section("Replay")
    var table = Table([.left, .right, .right, .right], header: ["", "base", "new", "change"])
    for change in comparison.changes where change.base.value != 0 || change.new.value != 0 {
      table.append(change.base.name, change.base.text, change.new.text, change.text)
    }
    page.table(table)
    if failure == nil {
      page.paragraph(
        "Not worse by more than \(PlanFigure.Unit.share.text(of: tolerance)).", indent: 2,
        tone: .good)
    } else {
      page.paragraph(
        "Worse by more than \(PlanFigure.Unit.share.text(of: tolerance)).", indent: 2, tone: .bad)
    }
  }

  private func addDecisions(to page: inout Page, limit: Int) {
    let all = comparison.decisions
    page.section("Decisions: \(all.count) of \(comparison.decisionCount) differ")
    guard !all.isEmpty else { return }
    var table = Table([.flexible, .flexible, .flexible], header: ["", "base", "new"])
    for difference in all.prefix(limit) {
      table.append(difference.subject, difference.base ?? "–", difference.new ?? "–")
    }
    page.table(table)
    if all.count > limit { page.paragraph("and \(all.count - limit) more", indent: 2) }
  }

  /// Returns the comparison for machines: one line of JSON with a line break, schema `planner.plan-comparison/1`.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.plan-comparison/1"))
    members.add("problem", .string(comparison.new.problem))
    members.add("profile", .string(comparison.new.profile))
    members.add(
      "is_no_worse",
      .boolean(failure == nil && comparison.base.isValid && comparison.new.isValid))
    members.add("tolerance", .number(tolerance))
    members.add("base", json(of: comparison.base, name: baseName))
    members.add("new", json(of: comparison.new, name: newName))
    var changes = JSONMembers()
    for change in comparison.changes {
      changes.add(change.base.key, .number(change.difference))
    }
    members.add("change", changes.object)
    members.add("decisions", .integer(comparison.decisionCount))
    members.add(
      "differences",
      .array(
        comparison.decisions.map { difference in
          var members = JSONMembers()
          members.add("subject", .string(difference.subject))
          members.add("base", difference.base.map(JSON.string) ?? .null)
          members.add("new", difference.new.map(JSON.string) ?? .null)
          return members.object
        }))
    return String(decoding: JSONWriter.encode(members.object, pretty: false), as: UTF8.self)
  }

  private func json(of outcome: PlanOutcome, name: String) -> JSON {
    var members = JSONMembers()
    members.add("name", .string(name))
    members.add("is_valid", .boolean(outcome.isValid))
    members.add("faults", .array(outcome.faults.map(JSON.string)))
    members.add("value", outcome.value.map { .string($0.key) })
    for figure in outcome.figures {
      members.add(figure.key, .number(figure.value))
    }
    return members.object
  }
}
