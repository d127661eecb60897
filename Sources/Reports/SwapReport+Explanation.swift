import Plans
import Profiles
import Simulation

/// Why a report can't tell what was asked.
public enum ReportError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The profile has no such tensor.
  case unknownTensor(String)

  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .unknownTensor(let name):
      "the profile has no tensor '\(name)'; name one of its tensors or aliases"
    }
  }
}

extension SwapReport {
  /// Returns what is on the device at the peak, what is away, and why, for people. Of a run that
  /// stopped, it tells the same of the moment at which it stopped.
  ///
  /// - Parameters:
  ///   - isColored: Whether headings are coloured for a terminal.
  ///   - limit: How many tensors and decisions each list names.
  public func explanation(isColored: Bool = false, limit: Int = 15) -> String {
    var page = Page(isColored: isColored)
    addTitle(to: &page)
    guard result.memory.indices.contains(moment) else { return page.text }
    let memory = result.memory[moment]
    let time = result.isValid ? memory.microseconds : result.iterationMicroseconds
    let place = momentStep.map { " at operator '\(profile.operators[$0].id)'" } ?? ""
    page.section(
      "\(result.isValid ? "The peak" : "Where it stops"): \(Quantity.bytes(memory.deviceBytes)) of"
        + " \(Quantity.bytes(plan.budget.deviceBytes))\(place),"
        + " \(Quantity.milliseconds(time)) into the iteration")
    addOccupancy(limit: limit, to: &page)
    addAway(limit: limit, to: &page)
    addReasons(limit: limit, to: &page)
    addCodecs(limit: limit, to: &page)
    return page.text
  }

  /// The sample of the memory that is explained.
  private var moment: Int {
    result.isValid ? result.peakSample : result.memory.count - 1
  }

  /// The position of the operator that runs, or is next to run, at that moment.
  private var momentStep: Int? {
    guard let failure = result.failure else {
      return result.peakOperator.flatMap { storages.operatorIndex[$0] }
    }
    // The operator for which a chain runs says more about the moment than one of the chain.
    let name = failure.task?.chain?.before ?? failure.task?.operation
    return name.flatMap { storages.operatorIndex[$0] }
  }

  /// Adds what is on the device at that moment, the largest first.
  private func addOccupancy(limit: Int, to page: inout Page) {
    page.section("On the device")
    let present = result.occupancy(atSample: moment).enumerated().sorted {
      let (first, second) = ($0.element.bytes, $1.element.bytes)
      return first != second ? first > second : $0.offset < $1.offset
    }
    var table = Table([.flexible, .right, .flexible])
    for (_, occupancy) in present.prefix(limit) {
      switch occupancy.use {
      case .tensor(let id):
        table.append(id, Quantity.bytes(occupancy.bytes), state(of: id))
      case .temporary(let id, let chain):
        table.append(
          id, Quantity.bytes(occupancy.bytes), "made again on the way to '\(chain.tensor)'")
      case .encoded(let id):
        table.append(id, Quantity.bytes(occupancy.bytes), "encoded")
      case .workspace(let task):
        table.append("(workspace)", Quantity.bytes(occupancy.bytes), "of \(task)")
      }
    }
    let rest = present.dropFirst(limit)
    if !rest.isEmpty {
      let bytes = rest.reduce(0) { $0 + $1.element.bytes }
      table.append("and \(rest.count) more", Quantity.bytes(bytes), "")
    }
    page.table(table)
  }

  /// Returns what a tensor does on the device at that moment.
  private func state(of tensor: String) -> String {
    guard let index = storages.indexByTensor[tensor], let step = momentStep else { return "" }
    let storage = storages.all[index]
    if storage.accesses.contains(step) { return "used by '\(profile.operators[step].id)'" }
    guard let gap = storage.gaps.first(where: { $0.contains(step) }) else {
      let next = storage.accesses.first { $0 > step }.map { profile.operators[$0].id }
      return next.map { "waits for its first use by '\($0)'" } ?? "never used"
    }
    let next = profile.operators[gap.before].id
    let name = GapName(tensor: tensor, after: profile.operators[gap.after].id, before: next)
    let now = result.memory[moment].microseconds
    switch decisions.first(where: { $0.name == name })?.action {
    case .swap:
      let last = result.copies.last { $0.gap == name && $0.startMicroseconds <= now }
      return last?.direction == .toDevice ? "copied back for '\(next)'" : "leaves for the host"
    case .recompute: return "made again for '\(next)'"
    case .keep, .none: return "kept for '\(next)'"
    }
  }

  /// Adds what is away at that moment, the largest first.
  private func addAway(limit: Int, to page: inout Page) {
    guard let step = momentStep else { return }
    let present = Set(
      result.occupancy(atSample: moment).compactMap { occupancy -> String? in
        if case .tensor(let id) = occupancy.use { return id }
        return nil
      })
    let away = largestDecisions.filter { decision in
      guard
        let after = storages.operatorIndex[decision.after],
        let before = storages.operatorIndex[decision.before]
      else { return false }
      let gap = IdleGap(storage: 0, after: after, before: before)
      return (gap.contains(step) || step == before) && !present.contains(decision.tensor)
    }
    guard !away.isEmpty else { return }
    page.section("Away at that time")
    var table = Table([.flexible, .right, .flexible])
    for decision in away.prefix(limit) {
      table.append(
        decision.tensor, Quantity.bytes(bytes(of: decision.tensor)),
        "\(decision.kind == .swap ? "swapped" : "dropped")\(decision.isOnNVMe ? " to NVMe" : ""), needed by '\(decision.before)'"
      )
    }
    if away.count > limit {
      let bytes = away.dropFirst(limit).reduce(0) { $0 + self.bytes(of: $1.tensor) }
      table.append("and \(away.count - limit) more", Quantity.bytes(bytes), "")
    }
    page.table(table)
  }

  /// Returns the life of one tensor under the plan: who uses it, what happens in its idle gaps and
  /// why, and when it is on the device.
  ///
  /// - Parameters:
  ///   - tensor: A tensor or an alias.
  ///   - isColored: Whether headings are coloured for a terminal.
  /// - Throws: `ReportError.unknownTensor`.
  public func explanation(
    of tensor: String, isColored: Bool = false
  ) throws(ReportError) -> String {
    guard let index = storages.indexByTensor[tensor] else { throw .unknownTensor(tensor) }
    let storage = storages.all[index]
    let owner = storage.tensor
    var page = Page(isColored: isColored)
    page.paragraph(
      "Tensor '\(owner.id)': \(Quantity.exactBytes(owner.bytes)), \(owner.kind.rawValue)"
        + (owner.isPersistent ? ", persistent" : "") + (owner.isMovable ? "" : ", may not move"),
      tone: .heading)
    let aliases = profile.tensors.filter {
      $0.id != owner.id && storages.indexByTensor[$0.id] == index
    }
    if !aliases.isEmpty {
      page.paragraph(
        "Aliases: " + aliases.map(\.id).joined(separator: ", "), indent: 2)
    }
    let users = storage.accesses.map { "'\(profile.operators[$0].id)'" }
    page.paragraph(
      users.isEmpty ? "Never used." : "Used by " + users.joined(separator: ", ") + ".", indent: 2)
    page.paragraph(
      storage.producer.map { "Made by '\(profile.operators[$0].id)'." }
        ?? "There from the start.", indent: 2)
    addLife(of: owner.id, to: &page)
    return page.text
  }

  /// Adds what happens in a tensor's idle gaps, and when it is on the device.
  private func addLife(of tensor: String, to page: inout Page) {
    let own = decisions.filter { $0.tensor == tensor }
    if !own.isEmpty { page.section("Idle gaps") }
    for decision in own {
      page.paragraph(
        "after '\(decision.after)', before '\(decision.before)': \(decision.phrase)", indent: 2)
      for copy in result.copies where copy.gap == decision.name {
        page.paragraph(
          copy.direction.words + " "
            + interval(copy.startMicroseconds, copy.endMicroseconds), indent: 6)
      }
      if let reason = reasons[decision.name] { page.paragraph(reason.text, indent: 6) }
    }
    let stays = result.occupancy.filter { $0.use == .tensor(tensor) }
    guard !stays.isEmpty else { return }
    page.section("On the device")
    for stay in stays {
      let end = stay.toSample.map { result.memory[$0].microseconds }
      page.paragraph(
        interval(
          result.memory[stay.fromSample].microseconds,
          end ?? result.memory.last?.microseconds ?? 0),
        indent: 2)
    }
  }

  /// Returns a stretch of time as a phrase.
  private func interval(_ start: Double, _ end: Double) -> String {
    "\(Quantity.milliseconds(start)) to \(Quantity.milliseconds(end))"
  }
}

extension CopyDirection {
  /// The way of a copy in a word or two.
  fileprivate var words: String {
    switch self {
    case .toHost: "to the host"
    case .toDevice: "back"
    case .toNVMe: "on to NVMe"
    case .fromNVMe: "read from NVMe"
    }
  }
}
