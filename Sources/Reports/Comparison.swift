public import Plans
import Profiles
public import Simulation

/// Several plans for one profile, side by side.
///
/// The best is the valid plan with the shortest iteration; of equally short ones (within 10⁻⁹), the
/// one with the lowest peak, then the first.
public struct Comparison: Sendable {
  /// A plan with its name.
  public struct Entry: Sendable {
    /// What the plan is called, such as its file.
    public let name: String
    /// What there is to say about it.
    public let report: SwapReport

    /// Creates an entry.
    public init(name: String, report: SwapReport) {
      self.name = name
      self.report = report
    }
  }

  /// The plans in the given order.
  public let entries: [Entry]
  /// The position of the best plan; nil if none is valid.
  public let best: Int?

  /// Compares reports that were made with one simulator.
  public init(_ entries: [Entry]) {
    self.entries = entries
    var best: Int?
    for (position, entry) in entries.enumerated() where entry.report.result.isValid {
      guard let leader = best else {
        best = position
        continue
      }
      let (champion, result) = (entries[leader].report.result, entry.report.result)
      let tolerance = 1e-9 * champion.iterationMicroseconds
      let difference = result.iterationMicroseconds - champion.iterationMicroseconds
      let isLower = result.peakDeviceBytes < champion.peakDeviceBytes
      if difference < -tolerance || (difference <= tolerance && isLower) { best = position }
    }
    self.best = best
  }

  /// Returns the gaps that two plans treat differently, by bytes, the largest first. A gap that one
  /// of them doesn't name is nil there.
  public func differences(between first: Int, and second: Int) -> [Difference] {
    let (old, new) = (entries[first].report, entries[second].report)
    func index(_ report: SwapReport) -> [GapName: GapDecision] {
      Dictionary(report.decisions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let (oldDecisions, newDecisions) = (index(old), index(new))
    var names: [GapName] = []
    var seen: Set<GapName> = []
    for decision in old.decisions + new.decisions where seen.insert(decision.name).inserted {
      names.append(decision.name)
    }
    return names.enumerated()
      .filter { oldDecisions[$0.element]?.action != newDecisions[$0.element]?.action }
      .map { (position: $0.offset, name: $0.element, bytes: old.bytes(of: $0.element.tensor)) }
      .sorted { $0.bytes != $1.bytes ? $0.bytes > $1.bytes : $0.position < $1.position }
      .map {
        Difference(
          gap: $0.name, bytes: $0.bytes, first: oldDecisions[$0.name]?.action,
          second: newDecisions[$0.name]?.action)
      }
  }

  /// A gap that two plans treat differently.
  public struct Difference: Sendable, Hashable {
    /// The gap.
    public let gap: GapName
    /// The memory of its tensor.
    public let bytes: Int
    /// What the first plan does; nil if it doesn't name the gap.
    public let first: GapDecision.Action?
    /// What the second plan does; nil if it doesn't name the gap.
    public let second: GapDecision.Action?
  }

  /// Returns a table for people, with the best plan marked, and the largest differences from it.
  ///
  /// - Parameters:
  ///   - isColored: Whether headings and verdicts are coloured for a terminal.
  ///   - differenceLimit: How many differences are told for each plan.
  public func text(isColored: Bool = false, differenceLimit: Int = 3) -> String {
    var page = Page(isColored: isColored)
    guard let first = entries.first else {
      page.paragraph("There is nothing to compare.")
      return page.text
    }
    page.paragraph(
      "\(Quantity.count(entries.count, "plan")) for \(first.report.profile.name):"
        + " \(Quantity.milliseconds(first.report.unconstrained.iterationMicroseconds)) and"
        + " \(Quantity.bytes(first.report.demand.unconstrainedPeak.bytes)) unconstrained",
      tone: .heading)
    addTable(to: &page)
    addFailures(to: &page)
    addDifferences(limit: differenceLimit, to: &page)
    return page.text
  }

  /// Adds one row for each plan.
  private func addTable(to page: inout Page) {
    var table = Table(
      [.left, .flexible, .right, .right, .right, .right, .right, .right, .left, .right],
      header: [
        "", "plan", "iteration", "added", "budget", "peak", "host", "gap", "valid", "differs",
      ])
    for (position, entry) in entries.enumerated() {
      let (report, result) = (entry.report, entry.report.result)
      let isValid = result.isValid
      var differing = "–"
      if let best, position != best {
        differing = "\(differences(between: best, and: position).count)"
      }
      table.append(
        position == best ? "*" : "", entry.name,
        isValid ? Quantity.milliseconds(result.iterationMicroseconds) : "–",
        isValid ? Quantity.signed(Quantity.percent(report.addedShare ?? 0)) : "–",
        Quantity.bytes(report.plan.budget.deviceBytes),
        isValid ? Quantity.bytes(result.peakDeviceBytes) : "–",
        isValid ? Quantity.bytes(result.peakHostBytes) : "–",
        report.plan.gap.map { Quantity.percent($0.ofIteration) } ?? "–", isValid ? "yes" : "no",
        differing)
    }
    page.table(table)
    if best != nil {
      page.paragraph(
        "* the best; 'differs' counts the gaps that are treated otherwise than by it", indent: 2)
    } else {
      page.paragraph("None of the plans is valid.", indent: 2, tone: .bad)
    }
  }

  /// Adds why plans fail.
  private func addFailures(to page: inout Page) {
    for entry in entries {
      guard let failure = entry.report.result.failure else { continue }
      page.section("\(entry.name) fails")
      page.paragraph("\(failure)", indent: 2)
    }
  }

  /// Adds what the plans do differently from the best, or from the first if none is valid.
  private func addDifferences(limit: Int, to page: inout Page) {
    let reference = best ?? 0
    for (position, entry) in entries.enumerated() where position != reference && limit > 0 {
      let all = differences(between: reference, and: position)
      guard !all.isEmpty else { continue }
      page.section(
        "\(entry.name) instead of \(entries[reference].name), in \(Quantity.count(all.count, "gap"))"
      )
      var table = Table([.flexible, .right, .flexible, .flexible])
      for difference in all.prefix(limit) {
        table.append(
          difference.gap.tensor, Quantity.bytes(difference.bytes),
          "\(difference.gap.after) … \(difference.gap.before)",
          "\(Self.phrase(difference.second)), not \(Self.phrase(difference.first))")
      }
      page.table(table)
      if all.count > limit { page.paragraph("and \(all.count - limit) more", indent: 2) }
    }
  }

  /// Returns an action in a word or two.
  private static func phrase(_ action: GapDecision.Action?) -> String {
    switch action {
    case .none: "nothing"
    case .keep: "keep"
    case .swap(let prefetchAt, _, .host): "swap (back from \(prefetchAt))"
    case .swap(let prefetchAt, _, .compressed(let codec)):
      "swap with \(codec) (back from \(prefetchAt))"
    case .swap(let prefetchAt, _, .nvme): "swap to NVMe (back from \(prefetchAt))"
    case .recompute(let operators, _): "recompute (\(Quantity.count(operators.count, "operator")))"
    }
  }
}

extension Comparison {
  /// Returns the comparison for machines: one line of JSON with sorted keys, schema
  /// `planner.comparison/1`.
  ///
  /// - Throws: `EncodingError` if a plan contains a number that is not finite.
  public func json() throws -> String {
    let plans = entries.enumerated().map { position, entry in
      let differing = best.map { differences(between: $0, and: position).count }
      return Document.Plan(
        name: entry.name, isBest: position == best, differing: differing,
        report: SwapReport.Document(entry.report))
    }
    return try jsonLine(Document(best: best.map { entries[$0].name }, plans: plans))
  }

  /// The comparison as it is coded.
  private struct Document: Encodable {
    struct Plan: Encodable {
      let name: String
      let isBest: Bool
      let differing: Int?
      let report: SwapReport.Document

      enum CodingKeys: String, CodingKey {
        case name, report
        case isBest = "best"
        case differing = "gaps_unlike_best"
      }
    }

    let schema = "planner.comparison/1"
    let best: String?
    let plans: [Plan]

    enum CodingKeys: String, CodingKey {
      case schema, best, plans
    }
  }
}
