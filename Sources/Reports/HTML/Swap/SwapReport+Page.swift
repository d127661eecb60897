import Plans
import Profiles
import Simulation

extension SwapReport {
  /// Returns the report as an HTML page.
  ///
  /// - Parameter hasSeconds: Whether the plan was made in this run, so that the seconds of its search are known.
  public func page(hasSeconds: Bool = false) -> ReportPage {
    var page = ReportPage(
      title: profile.name, kind: "Swap plan: keep, copy to the host and back, or compute again",
      subtitle: pageSubtitle, version: plan.version, profile: plan.profile)
    addVerdicts(to: &page)
    addFacts(to: &page)
    let layers = MemoryLayers(result, storages: storages)
    addMemory(layers, to: &page)
    addTimeline(layers, to: &page)
    addDecisions(to: &page)
    page.addSearch(.search(plan.search, hasSeconds: hasSeconds))
    addPrices(to: &page)
    return page
  }

  private var pageSubtitle: String {
    var parts: [String] = []
    if let device = profile.device {
      parts.append("\(device.name) (\(Quantity.bytes(device.memoryBytes)))")
    }
    parts.append("budget \(Quantity.bytes(plan.budget.deviceBytes))")
    if let host = plan.budget.hostBytes { parts.append("host \(Quantity.bytes(host))") }
    if let nvme = plan.budget.nvmeBytes { parts.append("NVMe \(Quantity.bytes(nvme))") }
    parts.append(Quantity.count(profile.operators.count, "operator"))
    return parts.joined(separator: ", ")
  }

  private func addVerdicts(to page: inout ReportPage) {
    switch result.verdict {
    case .valid: page.add(verdict: "The simulator finds the plan valid.", "good")
    case .failed(let failure): page.add(verdict: "The plan fails. \(failure)", "bad")
    }
    if plan.profile.name != profile.name {
      page.add(verdict: "The plan was made for profile '\(plan.profile.name)'.", "bad")
    }
    if !plan.isRepeatable {
      page.add(
        verdict: "A time limit cut the search off: another run may give another plan.", "plain")
    }
  }

  private func addFacts(to page: inout ReportPage) {
    let before = Quantity.milliseconds(unconstrained.iterationMicroseconds)
    if result.isValid {
      let share = addedShare.map { " (\(Quantity.signed(Quantity.percent($0))))" } ?? ""
      page.add(
        fact: "Iteration", Quantity.milliseconds(result.iterationMicroseconds),
        "\(Quantity.signed(Quantity.milliseconds(addedMicroseconds)))\(share); before \(before)")
    } else {
      page.add(fact: "Iteration before", before)
    }
    if let bound = plan.lowerBound {
      page.add(
        fact: "Lower bound", Quantity.milliseconds(bound.iterationMicroseconds),
        plan.gap.map { gap in
          "gap \(Quantity.percent(gap.ofIteration))"
            + (gap.ofAddedTime.map { ", \(Quantity.percent($0)) of what is added" } ?? "")
            + "; \(bound.method)"
        } ?? bound.method)
    }
    if result.isValid {
      page.add(
        fact: "Device memory", Quantity.bytes(result.peakDeviceBytes),
        "before \(Quantity.bytes(demand.unconstrainedPeak.bytes)), at least "
          + Quantity.bytes(demand.minimumBudget.bytes))
      if result.peakHostBytes > 0 {
        page.add(fact: "Host memory", Quantity.bytes(result.peakHostBytes))
      }
      if result.peakNVMeBytes > 0 { page.add(fact: "NVMe", Quantity.bytes(result.peakNVMeBytes)) }
      addTimes(to: &page)
    }
    let swapped = total(of: .swap)
    page.add(
      fact: "Swapped", Quantity.bytes(swapped.bytes),
      "\(Quantity.count(swapped.gaps, "gap")); \(Quantity.bytes(result.bytesToHost)) to the host, "
        + "\(Quantity.bytes(result.bytesToDevice)) back")
    let again = total(of: .recompute)
    page.add(fact: "Made again", Quantity.bytes(again.bytes), Quantity.count(again.gaps, "gap"))
    let kept = total(of: .keep)
    page.add(fact: "Kept", Quantity.bytes(kept.bytes), Quantity.count(kept.gaps, "gap"))
  }

  private func addTimes(to page: inout ReportPage) {
    let stalls = result.stallMicroseconds
    page.add(
      fact: "Waiting", Quantity.milliseconds(stalls),
      "for tensors \(Quantity.milliseconds(result.swapInStallMicroseconds)), for memory "
        + Quantity.milliseconds(result.memoryStallMicroseconds))
    page.add(fact: "Computing again", Quantity.milliseconds(result.recomputeMicroseconds))
    if result.codecMicroseconds > 0 {
      page.add(fact: "Encoding and decoding", Quantity.milliseconds(result.codecMicroseconds))
    }
  }

  private func addMemory(_ after: MemoryLayers, to page: inout ReportPage) {
    let before = MemoryLayers(unconstrained, storages: storages)
    let reach = max(
      unconstrained.peakDeviceBytes, result.peakDeviceBytes, plan.budget.deviceBytes)
    // A budget far above what is used would press the rest to the ground.
    let budget = plan.budget.deviceBytes
    let isNear = budget <= 2 * max(unconstrained.peakDeviceBytes, result.peakDeviceBytes)
    let limit = isNear ? budget : nil
    let common = isNear ? reach : max(unconstrained.peakDeviceBytes, result.peakDeviceBytes)
    let charts =
      [
        before.chart(title: "Before: everything kept", budgetBytes: limit, reach: common),
        after.chart(
          title: result.isValid ? "After: the plan" : "The plan, up to where it stops",
          budgetBytes: limit, reach: common),
        after.chartOfAway(),
      ].compactMap { $0 }
    var section = ReportPage.Section(id: "memory", heading: "Memory over time")
    if !isNear {
      section.text = ["The budget of \(Quantity.bytes(budget)) is beyond the charts."]
    }
    section.pictures = charts.map { chart in { @Sendable width in chart.picture(width: width) } }
    page.add(section)
  }

  private func addTimeline(_ layers: MemoryLayers, to page: inout ReportPage) {
    var timeline = TimelineData(
      durationMicroseconds: result.iterationMicroseconds, lanes: timelineLanes)
    guard timeline.lanes.contains(where: { !$0.items.isEmpty }) else { return }
    timeline.memory = layers
    timeline.limitBytes = plan.budget.deviceBytes
    page.add(data: "timeline") { timeline.json(&$0) }
    var section = ReportPage.Section(id: "streams", heading: "Streams", hasTimeline: true)
    if result.iterationStarts.count > 1 {
      section.text = [
        "Tensors are away over the boundary between iterations: shown is iteration "
          + "\(result.iterationStarts.count), from which on all are alike."
      ]
    }
    if let table = stallTable { section.tables = [table] }
    page.add(section)
  }

  /// The longest waits.
  private var stallTable: PageTable? {
    let origin = result.iterationStarts.last ?? 0
    let stalls = result.stalls.filter { $0.startMicroseconds >= origin && $0.microseconds > 0 }
    guard !stalls.isEmpty else { return nil }
    let longest = stalls.enumerated().sorted {
      $0.element.microseconds != $1.element.microseconds
        ? $0.element.microseconds > $1.element.microseconds : $0.offset < $1.offset
    }.prefix(10).map(\.element)
    var table = PageTable(
      "stalls-table", label: "Longest waits of the compute stream",
      caption: longest.count < stalls.count
        ? "Longest waits (\(longest.count) of \(stalls.count))" : "Waits",
      columns: ["task that waits", "for", "tensor", "#from", "#wait"])
    for stall in longest {
      table.append(
        .text("\(stall.task)"), .text(stall.cause == .swapIn ? "a tensor" : "memory"),
        .text(stall.tensor ?? "–"), .time(stall.startMicroseconds - origin),
        .time(stall.microseconds))
    }
    return table
  }

  private func addPrices(to page: inout ReportPage) {
    guard let prices = plan.lowerBound?.prices else { return }
    var table = PageTable(
      "prices-table", label: "Shadow prices",
      columns: ["a little more of", "#saves", "per", "where"])
    table.append(
      "device memory", .time(prices.memoryMicrosecondsPerGiB), "GiB",
      .text(prices.bindingOperator.map { "most of it at \($0)" } ?? "–"))
    table.append(
      "link to the host", .time(prices.toHostMicrosecondsPerGBPerSecond), "GB/s", "–")
    table.append(
      "link to the device", .time(prices.toDeviceMicrosecondsPerGBPerSecond), "GB/s", "–")
    page.add(
      ReportPage.Section(
        id: "prices", heading: "Shadow prices",
        text: ["By how much the lower bound falls, by the relaxation."], tables: [table]))
  }
}
