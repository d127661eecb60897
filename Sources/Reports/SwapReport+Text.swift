import Plans
import Profiles
import Simulation

extension SwapReport {
  /// Returns a summary for people: memory and time before and after, what was decided and why, the
  /// search, and the verdict. At most 100 columns wide.
  ///
  /// - Parameters:
  ///   - isColored: Whether headings and the verdict are coloured for a terminal.
  ///   - hasTimeline: Whether the memory over time is drawn, in two lines.
  ///   - decisionLimit: How many decisions are told with their reasons.
  public func text(
    isColored: Bool = false, hasTimeline: Bool = false, decisionLimit: Int = 5
  ) -> String {
    var page = Page(isColored: isColored)
    addTitle(to: &page)
    addMemory(to: &page)
    if hasTimeline { addMemoryLines(to: &page) }
    addTime(to: &page)
    addDecisions(limit: decisionLimit, to: &page)
    addSearch(to: &page)
    return page.text
  }

  /// Adds the profile, the device, the budget and the verdict.
  func addTitle(to page: inout Page) {
    var title = profile.name
    if let device = profile.device {
      title += " on \(device.name) (\(Quantity.bytes(device.memoryBytes)))"
    }
    title += ", budget \(Quantity.bytes(plan.budget.deviceBytes))"
    if let host = plan.budget.hostBytes { title += ", host \(Quantity.bytes(host))" }
    if let nvme = plan.budget.nvmeBytes { title += ", NVMe \(Quantity.bytes(nvme))" }
    page.paragraph(title, tone: .heading)
    if plan.profile.name != profile.name {
      page.paragraph("The plan was made for profile '\(plan.profile.name)'.", tone: .bad)
    }
    switch result.verdict {
    case .valid: page.paragraph("The simulator finds the plan valid.", tone: .good)
    case .failed(let failure): page.paragraph("The plan fails. \(failure)", tone: .bad)
    }
    if !plan.isRepeatable {
      page.paragraph("A time limit cut the search off: another run may give another plan.")
    }
  }

  /// Adds the peaks with their bars.
  private func addMemory(to page: inout Page) {
    page.section("Memory")
    let whole = max(demand.unconstrainedPeak.bytes, result.peakDeviceBytes)
    func place(_ operation: String?) -> String { operation.map { "at \($0)" } ?? "" }
    var table = Table([.left, .right, .left, .flexible])
    func append(_ label: String, _ bytes: Int, _ operation: String?) {
      table.append(
        label, Quantity.bytes(bytes), Page.bar(bytes, of: whole), place(operation))
    }
    append("before", demand.unconstrainedPeak.bytes, unconstrained.peakOperator)
    if result.isValid { append("after", result.peakDeviceBytes, result.peakOperator) }
    append(
      "at least", demand.minimumBudget.bytes,
      demand.minimumBudget.step.map { profile.operators[$0].id })
    if result.isValid, result.peakHostBytes > 0 {
      table.append("on the host", Quantity.bytes(result.peakHostBytes), "", "")
    }
    if result.isValid, result.peakNVMeBytes > 0 {
      table.append("on NVMe", Quantity.bytes(result.peakNVMeBytes), "", "")
    }
    page.table(table)
  }

  /// Adds the memory over time, before and after.
  private func addMemoryLines(to page: inout Page) {
    let lines = memoryLines(columns: 76)
    guard !lines.before.isEmpty else { return }
    var table = Table([.left, .left])
    table.append("over time, before", lines.before)
    if result.isValid { table.append("           after", lines.after) }
    page.table(table)
  }

  /// Adds the iteration times, what is added, and how good that is.
  private func addTime(to page: inout Page) {
    page.section("Iteration")
    var table = Table([.left, .right, .left])
    table.append("before", Quantity.milliseconds(unconstrained.iterationMicroseconds), "")
    if result.isValid {
      table.append("after", Quantity.milliseconds(result.iterationMicroseconds), added)
      func part(_ label: String, _ microseconds: Double) {
        if microseconds > 0 { table.append("  \(label)", Quantity.milliseconds(microseconds), "") }
      }
      part("waiting for tensors", result.swapInStallMicroseconds)
      part("waiting for memory", result.memoryStallMicroseconds)
      part("recomputing", result.recomputeMicroseconds)
      part("encoding and decoding", result.codecMicroseconds)
    }
    if let bound = plan.lowerBound {
      table.append("lower bound", Quantity.milliseconds(bound.iterationMicroseconds), gapPhrase)
    }
    page.table(table)
    if let bound = plan.lowerBound {
      page.paragraph("Bound: \(bound.method).", indent: 2)
      if let prices = bound.prices { page.paragraph(phrase(prices), indent: 2) }
    }
    page.paragraph(predictionPhrase, indent: 2)
  }

  /// The added time, absolute and relative.
  private var added: String {
    let time = Quantity.signed(Quantity.milliseconds(addedMicroseconds))
    return addedShare.map { "\(time) (\(Quantity.signed(Quantity.percent($0))))" } ?? time
  }

  /// The gap of the iteration and of what is added to it.
  private var gapPhrase: String {
    guard let gap = plan.gap else { return "" }
    let whole = "gap \(Quantity.percent(gap.ofIteration)) of the iteration"
    return gap.ofAddedTime.map { "\(whole), \(Quantity.percent($0)) of what is added" } ?? whole
  }

  /// What the planner expected, compared with the run.
  private var predictionPhrase: String {
    guard let predicted = plan.prediction?.iterationMicroseconds else {
      return "The plan carries no prediction."
    }
    let expected = Quantity.milliseconds(predicted)
    guard let isExact = isPredictionExact else { return "The plan predicts \(expected)." }
    if isExact { return "Planner and simulator agree on \(expected)." }
    let difference = result.iterationMicroseconds - predicted
    let relative =
      predicted > 0 ? " (\(Quantity.signed(Quantity.percent(difference / predicted))))" : ""
    return "The plan predicts \(expected), the simulator finds"
      + " \(Quantity.signed(Quantity.milliseconds(difference)))\(relative)."
  }

  /// Adds what is done in the gaps, and why in the largest ones.
  private func addDecisions(limit: Int, to page: inout Page) {
    page.section("Decisions")
    var table = Table([.left, .right, .right, .left])
    for kind in ActionKind.allCases {
      let (gaps, bytes) = total(of: kind)
      var note = ""
      if kind == .swap, gaps > 0 {
        note =
          "\(Quantity.bytes(result.bytesToHost)) to the host,"
          + " \(Quantity.bytes(result.bytesToDevice)) back"
      }
      table.append(kind.rawValue, Quantity.count(gaps, "gap"), Quantity.bytes(bytes), note)
      if kind == .swap, onNVMe.gaps > 0 {
        table.append(
          "  to NVMe", Quantity.count(onNVMe.gaps, "gap"), Quantity.bytes(onNVMe.bytes),
          "\(Quantity.bytes(result.bytesToNVMe)) written,"
            + " \(Quantity.bytes(result.bytesFromNVMe)) read")
      }
    }
    page.table(table)
    addReasons(limit: limit, to: &page)
  }

  /// Adds the largest decisions with their reasons.
  func addReasons(limit: Int, to page: inout Page) {
    let largest = largestDecisions
    guard !largest.isEmpty, limit > 0 else { return }
    let shown = largest.prefix(limit)
    page.section(
      shown.count == largest.count ? "Why" : "Why (the largest \(shown.count) of \(largest.count))")
    var table = Table([.flexible, .left, .right, .flexible, .left])
    for decision in shown {
      let cost = reasons[decision.name].map {
        "costs \(Quantity.milliseconds($0.costMicroseconds)) if not hidden"
      }
      table.append(
        decision.tensor, decision.kind.rawValue, Quantity.bytes(bytes(of: decision.tensor)),
        "\(decision.after) … \(decision.before)", cost ?? "")
    }
    page.table(table, notes: shown.map { reasons[$0.name]?.text ?? "" })
  }

  /// Adds the strategies tried.
  private func addSearch(to page: inout Page) {
    guard !plan.search.isEmpty else { return }
    page.section("Search")
    var table = Table(
      [.flexible, .right, .right, .right, .right, .flexible, .right, .flexible],
      header: ["strategy", "value", "bound", "gap", "nodes", "engine", "seconds", "ended"])
    for entry in plan.search {
      table.append(
        entry.strategy, entry.valueMicroseconds.map(Quantity.milliseconds) ?? "–",
        entry.boundMicroseconds.map(Quantity.milliseconds) ?? "–",
        entry.gap.map(Quantity.percent) ?? "–", "\(entry.nodes)", entry.engine,
        Quantity.fixed(entry.seconds, decimals: 2), entry.termination)
    }
    page.table(table)
  }

  /// What more memory and faster links would be worth, as a sentence.
  private func phrase(_ prices: ShadowPrices) -> String {
    let place = prices.bindingOperator.map { ", most of it at '\($0)'" } ?? ""
    return "By the relaxation, a little more would save: memory "
      + Quantity.milliseconds(prices.memoryMicrosecondsPerGiB)
      + " per GiB\(place); the link to the host "
      + Quantity.milliseconds(prices.toHostMicrosecondsPerGBPerSecond)
      + " per GB/s, to the device "
      + Quantity.milliseconds(prices.toDeviceMicrosecondsPerGBPerSecond) + "."
  }
}

extension SearchEntry {
  /// `(value − bound) / value`; nil where one is missing.
  var gap: Double? {
    guard let valueMicroseconds, let boundMicroseconds, valueMicroseconds > 0 else { return nil }
    return (valueMicroseconds - boundMicroseconds) / valueMicroseconds
  }
}
