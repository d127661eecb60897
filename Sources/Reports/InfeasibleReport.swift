public import Profiles
import Simulation

/// Why no plan fits a budget, and which budget would do.
public struct InfeasibleReport: Sendable {
  /// The profile.
  public let profile: Profile
  /// The budget that is too small.
  public let budgetBytes: Int
  /// The smallest budget that is known to be needed.
  public let smallestBudgetBytes: Int
  /// What the planner says about it, such as the rows of the model that conflict.
  public let detail: String?
  /// How much memory each operator needs.
  public let demand: MemoryDemand
  private let storages: Storages

  /// Gathers the facts.
  ///
  /// - Parameters:
  ///   - profile: A valid profile.
  ///   - budgetBytes: The device memory that no plan gets by with.
  ///   - smallestBudgetBytes: The smallest budget that the planner knows to be needed, if it is
  ///     more than the largest working set.
  ///   - detail: What the planner says about it, as a sentence.
  public init(
    profile: Profile, budgetBytes: Int, smallestBudgetBytes: Int? = nil, detail: String? = nil
  ) {
    self.profile = profile
    self.budgetBytes = budgetBytes
    self.detail = detail
    storages = Storages(of: profile)
    demand = MemoryDemand(of: profile, storages: storages)
    self.smallestBudgetBytes = max(demand.minimumBudget.bytes, smallestBudgetBytes ?? 0)
  }

  /// Whether one operator alone needs more than the budget.
  public var isWorkingSetTooLarge: Bool { demand.minimumBudget.bytes > budgetBytes }

  /// Returns what binds and which budget would do, for people.
  ///
  /// - Parameters:
  ///   - isColored: Whether headings are coloured for a terminal.
  ///   - limit: How many parts of the working set are listed.
  public func text(isColored: Bool = false, limit: Int = 10) -> String {
    var page = Page(isColored: isColored)
    page.paragraph(
      "No plan for \(profile.name) fits the budget of \(Quantity.exactBytes(budgetBytes)).",
      tone: .bad)
    if let step = demand.minimumBudget.step {
      let name = profile.operators[step].id
      let bytes = Quantity.exactBytes(demand.minimumBudget.bytes)
      page.paragraph(
        isWorkingSetTooLarge
          ? "Operator '\(name)' can't run with less than \(bytes), whatever leaves the device:"
          : "The largest working set would fit: that of operator '\(name)', \(bytes).")
      if isWorkingSetTooLarge { addWorkingSet(of: step, limit: limit, to: &page) }
    }
    if let detail { page.paragraph(detail) }
    if smallestBudgetBytes > budgetBytes {
      let missing = smallestBudgetBytes.subtractingReportingOverflow(budgetBytes)
      page.paragraph(
        "At least \(Quantity.exactBytes(smallestBudgetBytes)) are needed"
          + (missing.overflow ? "." : ": \(Quantity.bytes(missing.partialValue)) more."))
    }
    page.paragraph(
      "What helps: a larger budget, a smaller batch, operators with less workspace, or a profile"
        + " in which more tensors may move and more operators may run again.")
    return page.text
  }

  /// Adds the parts of a working set, the largest first.
  private func addWorkingSet(of step: Int, limit: Int, to page: inout Page) {
    var parts = MemoryDemand.workingSet(of: step, in: profile, storages: storages).map {
      part -> (name: String, bytes: Int, role: String) in
      let storage = storages.all[part.storage]
      return (storage.tensor.id, storage.bytes, phrase(part.role, of: storage, at: step))
    }
    let workspace = profile.operators[step].workspaceBytes
    if workspace > 0 { parts.append(("(workspace)", workspace, "while it runs")) }
    let sorted = parts.enumerated().sorted {
      let (first, second) = (($0.element.bytes, $0.offset), ($1.element.bytes, $1.offset))
      return first.0 != second.0 ? first.0 > second.0 : first.1 < second.1
    }
    var table = Table([.flexible, .right, .left])
    for part in sorted.prefix(limit) {
      table.append(part.element.name, Quantity.bytes(part.element.bytes), part.element.role)
    }
    let rest = sorted.dropFirst(limit)
    if !rest.isEmpty {
      let bytes = rest.reduce(0) { $0 + $1.element.bytes }
      table.append("and \(rest.count) more", Quantity.bytes(bytes), "")
    }
    page.table(table)
  }

  /// Returns why a storage is part of a working set.
  private func phrase(_ role: MemoryDemand.Role, of storage: Storage, at step: Int) -> String {
    switch role {
    case .touched:
      let isRead = storages.reads[step].contains(storage.index)
      let isWritten = storage.writes.contains(step)
      return isRead && isWritten ? "read and written" : isRead ? "read" : "written"
    case .waitsForFirstAccess: return "there from the start, used later"
    case .persists: return "persistent"
    case .cannotLeave: return "idle, but can neither move nor be made again"
    case .unused: return "there from the start, never used"
    }
  }
}

extension InfeasibleReport {
  /// Returns the report for machines: one line of JSON with sorted keys, schema
  /// `planner.infeasible/1`.
  ///
  /// - Throws: Never in practice; `EncodingError` is what the encoder declares.
  public func json() throws -> String {
    try jsonLine(
      Document(
        profile: profile.name, budgetBytes: budgetBytes, smallestBudgetBytes: smallestBudgetBytes,
        workingSetBytes: demand.minimumBudget.bytes,
        bindingOperator: demand.minimumBudget.step.map { profile.operators[$0].id },
        detail: detail))
  }

  /// The report as it is coded.
  private struct Document: Encodable {
    let schema = "planner.infeasible/1"
    let profile: String
    let budgetBytes: Int
    let smallestBudgetBytes: Int
    let workingSetBytes: Int
    let bindingOperator: String?
    let detail: String?

    enum CodingKeys: String, CodingKey {
      case schema, profile, detail
      case budgetBytes = "budget_bytes"
      case smallestBudgetBytes = "smallest_budget_bytes"
      case workingSetBytes = "working_set_bytes"
      case bindingOperator = "binding_operator"
    }
  }
}
