import Plans
import Profiles

extension SwapReport {
  /// How many decisions stand in the page itself, for print and for browsers without scripts.
  private static let printed = 50
  /// How many are told with their reasons: each is a sentence of its own, and the largest come first.
  private static let explained = 4000

  /// Adds the table of decisions: the largest in the page, all of them as data.
  func addDecisions(to page: inout ReportPage) {
    guard !decisions.isEmpty else { return }
    let costly = largestDecisions
    let ordered = costly + decisions.filter { $0.kind == .keep }
    var table = PageTable(
      "decisions-table", label: "Decisions",
      columns: ["tensor, and why", "action", "#bytes", "#cost if not hidden", "after", "before"])
    table.isSearchable = true
    table.source = "decisions"
    for decision in ordered.prefix(Self.printed) {
      let reason = reasons[decision.name]
      table.append(
        .text(
          decision.tensor, note: reason?.text ?? (decision.kind == .keep ? nil : decision.phrase)),
        .text(actionWords(decision)), .bytes(bytes(of: decision.tensor)),
        .time(reason?.costMicroseconds), .text(decision.after), .text(decision.before))
    }
    page.add(data: "decisions") { decisionData(ordered, &$0) }
    var section = ReportPage.Section(
      id: "decisions", heading: "Decisions",
      text: [
        "\(Quantity.count(decisions.count, "idle gap")), \(costly.count) of them not kept; those come "
          + "first, the largest at the top."
      ])
    if costly.count > Self.explained {
      section.text.append(
        "The largest \(Self.explained) are told with their reasons; `planner explain PROFILE PLAN "
          + "--tensor NAME` tells the others.")
    }
    section.tables = [table]
    page.add(section)
  }

  /// The action in a few words.
  private func actionWords(_ decision: GapDecision) -> String {
    switch decision.action {
    case .keep: "keep"
    case .recompute: "recompute"
    case .swap(_, _, let tier):
      "swap" + (tier.isNVMe ? " to NVMe" : "") + (tier.codec.map { " with \($0)" } ?? "")
    }
  }

  /// All decisions by column; names and texts stand once.
  private func decisionData(_ ordered: [GapDecision], _ names: inout NameTable) -> JSON {
    var (texts, actions) = (NameTable(), NameTable())
    var columns: [String: [JSON]] = [:]
    for (position, decision) in ordered.enumerated() {
      let isExplained = position < Self.explained && decision.kind != .keep
      let reason = reasons[decision.name]
      func add(_ column: String, _ value: JSON) { columns[column, default: []].append(value) }
      add("tensor", .integer(names.index(of: decision.tensor)))
      add("action", .integer(actions.index(of: actionWords(decision))))
      add("bytes", .integer(bytes(of: decision.tensor)))
      add("after", .integer(names.index(of: decision.after)))
      add("before", .integer(names.index(of: decision.before)))
      add("cost", reason.map { .number(($0.costMicroseconds * 1e3).rounded() / 1e3) } ?? .null)
      let text = isExplained ? reason?.text ?? decision.phrase : nil
      add("reason", .integer(text.map { texts.index(of: $0) } ?? -1))
    }
    var members = JSONMembers()
    func strings(_ table: NameTable) -> JSON {
      .array(table.names.map { .string(Page.printable($0)) })
    }
    members.add("texts", strings(texts))
    members.add("actions", strings(actions))
    var all = JSONMembers()
    for column in columns.keys.sorted() { all.add(column, .array(columns[column] ?? [])) }
    members.add("columns", all.object)
    return members.object
  }
}
