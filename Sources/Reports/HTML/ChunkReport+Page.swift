import Plans
import Profiles
import Simulation

extension ChunkReport {
  /// Returns the report as an HTML page.
  ///
  /// - Parameter hasSeconds: Whether the plan was made in this run, so that the seconds of its search are known.
  public func page(hasSeconds: Bool = false) -> ReportPage {
    var subtitle = "budget \(Quantity.bytes(plan.budgetBytes))"
    if let device = profile.device { subtitle = "\(device.name), \(subtitle)" }
    if plan.worldSize > 1 { subtitle += ", \(plan.worldSize) devices" }
    var page = ReportPage(
      title: profile.name, kind: "Model data in chunks", subtitle: subtitle, version: plan.version,
      profile: plan.profile)
    page.addVerdicts(
      result.isValid ? "The replay of two iterations finds the plan valid." : nil, result.faults,
      isRepeatable: plan.isRepeatable)
    page.add(
      fact: "Added to an iteration", Quantity.milliseconds(result.addedMicroseconds),
      "copies and host, nothing overlaps")
    if let bound = plan.lowerBoundMicroseconds {
      page.add(
        fact: "At least added", Quantity.milliseconds(bound),
        gap.map { "gap \(Quantity.percent($0))" })
    }
    page.add(
      fact: "Iteration", Quantity.milliseconds(result.serialMicroseconds),
      "nothing overlaps; all overlaps \(Quantity.milliseconds(result.overlappedMicroseconds))")
    page.add(
      fact: "Device memory", Quantity.bytes(result.peakDeviceBytes),
      "before \(Quantity.bytes(unconstrainedPeakBytes))"
        + (result.peakOperator.map { "; at \($0)" } ?? ""))
    page.add(
      fact: "To the device", Quantity.bytes(result.bytesIn),
      Quantity.milliseconds(result.copyInMicroseconds))
    page.add(
      fact: "To the host", Quantity.bytes(result.bytesOut),
      Quantity.milliseconds(result.copyOutMicroseconds))
    page.add(
      fact: "Optimizer on the host", Quantity.milliseconds(result.hostOptimizerMicroseconds),
      "\(plan.chunks.count { $0.optimizer == .host }) of \(plan.chunks.count) chunks")
    let evicted = plan.gaps.count { !$0.isKept }
    page.add(
      fact: "Gaps evicted", "\(evicted)", "of \(plan.gaps.count)")
    addMemory(to: &page)
    page.add(
      ReportPage.Section(id: "chunks", heading: "Chunks", tables: [chunkTable] + sizingTables))
    page.addSearch(.search(plan.search, value: "added", hasSeconds: hasSeconds))
    return page
  }

  private func addMemory(to page: inout ReportPage) {
    let amounts = result.deviceBytes
    guard !amounts.isEmpty else { return }
    let columns = min(400, amounts.count)
    let values = (0..<columns).map { column in
      Double(
        amounts[column * amounts.count / columns..<(column + 1) * amounts.count / columns].max()
          ?? 0)
    }
    let chart = StackedChart(
      title: "Device memory while each operator runs",
      summary: "At most \(Quantity.bytes(result.peakDeviceBytes)); the budget is "
        + "\(Quantity.bytes(plan.budgetBytes)).",
      below: "operator", beside: "device memory",
      starts: (0..<columns).map { Double($0) * Double(amounts.count) / Double(columns) },
      end: Double(amounts.count), horizontalUnit: .one,
      verticalUnit: .bytes(upTo: Double(max(result.peakDeviceBytes, plan.budgetBytes))),
      layers: [.init(name: "in use", tone: .activation, values: values)],
      limit: (Double(plan.budgetBytes), "budget \(Quantity.bytes(plan.budgetBytes))"))
    let bars = BarChart(
      title: "Time of one iteration, part by part",
      summary: "Operators \(Quantity.milliseconds(result.computeMicroseconds)), added "
        + "\(Quantity.milliseconds(result.addedMicroseconds)).",
      below: "time", unit: .time(upTo: result.serialMicroseconds), names: [],
      groups: [
        ("operators", Tone.activation, result.computeMicroseconds),
        ("copies to the device", .gradient, result.copyInMicroseconds),
        ("copies to the host", .optimizer, result.copyOutMicroseconds),
        ("optimizer on the host", .parameter, result.hostOptimizerMicroseconds),
      ].map { name, tone, time in
        BarChart.Group(
          name: name, bars: [.init(parts: [(tone, time)], label: Quantity.milliseconds(time))])
      })
    page.add(
      ReportPage.Section(
        id: "memory", heading: "Memory and time",
        pictures: [
          { @Sendable width in chart.picture(width: width) },
          { @Sendable width in bars.picture(width: width) },
        ]))
  }

  private var chunkTable: PageTable {
    var table = PageTable(
      "chunks-table", label: "Chunks",
      columns: [
        "chunk", "#elements", "#filled", "#parameters", "#gradients", "#optimizer", "updated on",
        "#evicted gaps", "holds",
      ])
    table.isSearchable = true
    let evicted = Dictionary(
      plan.gaps.filter { !$0.isKept }.map { ($0.chunk, 1) }, uniquingKeysWith: +)
    for chunk in plan.chunks.prefix(2000) {
      let names = chunk.parameters
      let words =
        names.count > 3
        ? names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
        : names.joined(separator: ", ")
      let filled = Double(chunk.usedElements) / Double(max(1, chunk.elements))
      table.append(
        .text(chunk.id), .count(chunk.elements), .percent(filled), .bytes(chunk.parameterBytes),
        .bytes(chunk.gradientBytes), .bytes(chunk.optimizerBytes), .text(chunk.optimizer.rawValue),
        .count(evicted[chunk.id] ?? 0), .text(words))
    }
    if plan.chunks.count > 2000 { table.remark = "The first 2000 of \(plan.chunks.count) chunks." }
    return table
  }

  private var sizingTables: [PageTable] {
    guard !plan.sizings.isEmpty else { return [] }
    var table = PageTable(
      "sizings-table", label: "Ways to cut the parameters", caption: "Ways to cut the parameters",
      columns: ["rule", "#elements", "#chunks", "#waste", "#at least"])
    for sizing in plan.sizings {
      table.append(
        .text(sizing.rule), .count(sizing.chunkElements), .count(sizing.chunkCount),
        .bytes(sizing.wasteBytes), .bytes(sizing.boundBytes))
    }
    return [table]
  }
}
