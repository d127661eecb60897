import Profiles

extension ProfileReport {
  /// How many stretches of time the text tells.
  private static let stretches = 16

  /// Returns the report for people, at most 100 columns wide.
  ///
  /// - Parameters:
  ///   - isColored: Whether headings are coloured for a terminal.
  ///   - limit: How many rows each list has at most.
  public func text(isColored: Bool = false, limit: Int = 10) -> String {
    var page = Page(isColored: isColored)
    var title = profile.name
    if let device = profile.device {
      title += " on \(device.name) (\(Quantity.bytes(device.memoryBytes)))"
    }
    page.paragraph(title, tone: .heading)
    // A profile of a cluster, of experts, stages or gradients alone has no iteration.
    let hasIteration = !profile.operators.isEmpty || !profile.tensors.isEmpty
    if hasIteration {
      page.paragraph(
        "\(Quantity.count(profile.operators.count, "operator")),"
          + " \(Quantity.count(storages.all.count, "tensor")) with memory of their own,"
          + " \(Quantity.milliseconds(iterationMicroseconds)) an iteration")
      addPeak(to: &page)
      addTimeline(to: &page)
      addTensors(limit: limit, to: &page)
      addPhases(to: &page)
      addRooflines(limit: limit, to: &page)
      addGaps(limit: limit, to: &page)
      addTransfers(limit: limit, to: &page)
    }
    if let cluster = profile.cluster { ClusterSummary(cluster).add(to: &page) }
    if let experts = profile.moe { ExpertsSummary(experts).add(to: &page) }
    if let graph = profile.stageGraph { StagesSummary(graph).add(to: &page) }
    if let exchange = profile.gradients {
      GradientsSummary(exchange).add(limit: limit, to: &page)
    }
    guard hasIteration else { return page.text }
    page.section("Missing")
    for line in missing { page.paragraph("- \(line)", indent: 2) }
    if missing.isEmpty { page.paragraph("nothing that this report uses", indent: 2) }
    return page.text
  }

  // MARK: Memory

  /// Adds the memory at the peak by kind.
  private func addPeak(to page: inout Page) {
    let peak = demand.unconstrainedPeak
    var place = ""
    if let step = peak.step {
      place =
        " at '\(profile.operators[step].id)',"
        + " \(Quantity.milliseconds(startMicroseconds[step])) into the iteration"
    }
    page.section("Memory at the peak: \(Quantity.bytes(peak.bytes))\(place)")
    var table = Table(
      [.left, .right, .right, .right, .right, .right],
      header: ["kind", "bytes", "share", "in use", "idle", "at most"])
    for kind in kinds {
      let share = composition.peak[kind] ?? MemoryComposition.Share()
      table.append(
        kind.phrase, Quantity.bytes(share.bytes),
        Quantity.percent(peak.bytes > 0 ? Double(share.bytes) / Double(peak.bytes) : 0),
        Quantity.bytes(share.usedBytes), Quantity.bytes(share.idleBytes),
        Quantity.bytes(composition.bytesByKind[kind]?.max() ?? 0))
    }
    page.table(table)
    let least = demand.minimumBudget
    page.paragraph(
      "No plan runs with less than \(Quantity.bytes(least.bytes))"
        + (least.step.map { ", which '\(profile.operators[$0].id)' needs" } ?? "") + ".", indent: 2)
  }

  /// Adds the memory over time, with a bar that the kinds share.
  private func addTimeline(to page: inout Page) {
    let rows = MemoryTimeline(
      keptBytes: demand.keptBytes, starts: startMicroseconds, count: Self.stretches
    ).rows
    guard !rows.isEmpty else { return }
    page.section("Memory over time")
    var table = Table([.right, .right, .left, .flexible])
    for row in rows {
      table.append(
        Quantity.milliseconds(row.microseconds), Quantity.bytes(row.bytes), bar(of: row.step),
        profile.operators[row.step].id)
    }
    page.table(table)
    page.paragraph(
      BarPart.allCases.map { "\($0.rawValue) \($0.phrase)" }.joined(separator: "  "), indent: 2)
  }

  /// Returns a bar of the memory of an operator, in blocks by kind.
  private func bar(of step: Int, width: Int = 36) -> String {
    let whole = Double(max(1, demand.unconstrainedPeak.bytes))
    var (bar, filled, sum) = ("", 0, 0)
    for part in BarPart.allCases {
      sum += part.kinds.reduce(0) { $0 + (composition.bytesByKind[$1]?[step] ?? 0) }
      let end = Int((Double(sum) / whole * Double(width)).rounded())
      bar += String(repeating: part.rawValue, count: max(0, end - filled))
      filled = max(filled, end)
    }
    return bar
  }

  /// Adds the largest tensors.
  private func addTensors(limit: Int, to page: inout Page) {
    let largest = largestStorages
    page.section(title("Largest tensors", shown: limit, of: largest.count))
    var table = Table([.flexible, .right, .left, .flexible, .left])
    for storage in largest.prefix(limit) {
      table.append(
        storage.tensor.id, Quantity.bytes(storage.bytes), storage.tensor.kind.phrase,
        span(of: storage), composition.isAtPeak[storage.index] ? "at the peak" : "")
    }
    page.table(table)
  }

  /// The operators between which a storage lives.
  private func span(of storage: Storage) -> String {
    guard let first = storage.accesses.first, let last = storage.lastAccess else {
      return "never used"
    }
    let operators = profile.operators
    return first == last ? operators[first].id : "\(operators[first].id) … \(operators[last].id)"
  }

  private func title(_ text: String, shown: Int, of count: Int) -> String {
    count > shown ? "\(text) (\(shown) of \(count))" : text
  }

  // MARK: Time

  /// Adds the time of each phase.
  private func addPhases(to page: inout Page) {
    page.section("Time")
    var table = Table(
      [.left, .right, .right, .right, .right, .right],
      header: ["phase", "operators", "time", "share", "FLOP rate", "memory rate"])
    for phase in phases {
      let share =
        iterationMicroseconds > 0 ? phase.durationMicroseconds / iterationMicroseconds : 0
      table.append(
        phase.phase.rawValue, "\(phase.operatorCount)",
        Quantity.milliseconds(phase.durationMicroseconds), Quantity.percent(share),
        phase.flops?.perSecond.map(Self.flopRate) ?? "–",
        phase.bytesAccessed?.perSecond.map(Self.byteRate) ?? "–")
    }
    page.table(table)
  }

  /// Adds the operators that would save the most at their rooflines.
  private func addRooflines(limit: Int, to page: inout Page) {
    guard !rooflines.isEmpty else { return }
    let useful = rooflines.filter { $0.headroomMicroseconds > 0 }
    page.section(title("Largest headroom first", shown: limit, of: useful.count))
    var table = Table(
      [.flexible, .right, .right, .right, .right, .left],
      header: ["operator", "time", "saved at best", "FLOP rate", "memory rate", "bound by"])
    for roofline in useful.prefix(limit) {
      let operation = profile.operators[roofline.step]
      let seconds = roofline.durationMicroseconds / 1e6
      func cell(_ amount: Double?, _ share: Double?, _ rate: (Double) -> String) -> String {
        guard let amount, seconds > 0 else { return "–" }
        return rate(amount / seconds) + (share.map { " (\(Quantity.percent($0)))" } ?? "")
      }
      table.append(
        operation.id, Quantity.milliseconds(roofline.durationMicroseconds),
        Quantity.milliseconds(roofline.headroomMicroseconds),
        cell(operation.flops, roofline.computeShare, Self.flopRate),
        cell(operation.bytesAccessed, roofline.memoryShare, Self.byteRate),
        roofline.limit.rawValue)
    }
    page.table(table)
    addRooflineTotals(to: &page)
  }

  /// Adds what all operators together would save, by what bounds them.
  private func addRooflineTotals(to page: inout Page) {
    let share = iterationMicroseconds > 0 ? headroomMicroseconds / iterationMicroseconds : 0
    page.paragraph(
      "At their rooflines \(Quantity.count(rooflines.count, "operator")) would save"
        + " \(Quantity.milliseconds(headroomMicroseconds)) (\(Quantity.percent(share)) of the"
        + " iteration): "
        + [OperatorRoofline.Limit.compute, .memory, .unknown].compactMap { limit in
          let those = rooflines.filter { $0.limit == limit }
          guard !those.isEmpty else { return nil }
          let saved = those.reduce(0) { $0 + $1.headroomMicroseconds }
          return "\(those.count) bound by \(limit.phrase) \(Quantity.milliseconds(saved))"
        }.joined(separator: ", ") + ".", indent: 2)
    let impossible = rooflines.filter(\.isImpossible)
    if let worst = impossible.min(by: { $0.speed < $1.speed }) {
      page.paragraph(
        "\(Quantity.count(impossible.count, "operator")) beat the roofline, such as"
          + " '\(profile.operators[worst.step].id)' with"
          + " \(Quantity.milliseconds(worst.durationMicroseconds)) instead of"
          + " \(Quantity.milliseconds(worst.boundMicroseconds)): a time, an amount or a peak rate"
          + " is wrong.", indent: 2)
    }
  }

  // MARK: Moving

  /// Adds the idle gaps in which the most memory would be free for the longest.
  private func addGaps(limit: Int, to page: inout Page) {
    guard !gaps.isEmpty else { return }
    page.section(title("Idle gaps worth moving", shown: limit, of: gaps.count))
    var table = Table(
      [.flexible, .right, .right, .right, .left, .flexible],
      header: ["tensor", "bytes", "idle", "GiB × ms", "copies", "between"])
    for value in gaps.prefix(limit) {
      let (after, before) = (
        profile.operators[value.gap.after], profile.operators[value.gap.before]
      )
      table.append(
        storages.all[value.gap.storage].tensor.id, Quantity.bytes(value.bytes),
        Quantity.milliseconds(value.microseconds),
        Quantity.fixed(value.byteMicroseconds / 1_073_741_824 / 1e3, decimals: 2),
        value.fits.map { $0 ? "fit" : "too slow" } ?? "–", "\(after.id) … \(before.id)")
    }
    page.table(table)
    if gaps.contains(where: { $0.fits != nil }) {
      let fitting = gaps.count { $0.fits == true }
      page.paragraph(
        "In \(fitting) of \(Quantity.count(gaps.count, "gap")) a copy to the host and one back fit"
          + " in the idle time.", indent: 2)
    }
  }

  /// Adds the fits of the transfers.
  private func addTransfers(limit: Int, to page: inout Page) {
    guard !transfers.isEmpty else { return }
    page.section("Transfers: time = α + bytes × β, by least relative squares")
    var table = Table(
      [.flexible, .right, .left, .right, .right, .right, .right],
      header: ["transfer", "samples", "sizes", "α", "1/β", "mean error", "largest"])
    for model in transfers.prefix(limit) {
      append(model.line, model, model.lineResiduals, to: &table)
      for (position, piece) in model.pieces.enumerated() {
        let isFirst = position == 0
        append(
          piece, model, isFirst ? model.pieceResiduals : nil,
          name: "  piece \(position + 1) of \(model.pieces.count)", to: &table)
      }
    }
    page.table(table)
    if transfers.count > limit { page.paragraph("and \(transfers.count - limit) more", indent: 2) }
    let skipped = transfers.reduce(0) { $0 + $1.skippedCount }
    if skipped > 0 {
      page.paragraph(
        "\(Quantity.count(skipped, "transfer")) took no time and count nowhere.", indent: 2)
    }
  }

  private func append(
    _ fit: TransferFit?, _ model: TransferModel, _ residuals: TransferModel.Residuals?,
    name: String? = nil, to table: inout Table
  ) {
    guard let fit else {
      let size = model.samples.first.map { Quantity.bytes(rounding: $0.bytes) } ?? "–"
      table.append(
        model.name, "\(model.samples.count)", "\(size) only", "–", "–", "–", "–")
      return
    }
    table.append(
      name ?? model.name, "\(fit.sampleCount)",
      "\(Quantity.bytes(rounding: fit.sizes.lowerBound)) … \(Quantity.bytes(rounding: fit.sizes.upperBound))",
      "\(Quantity.fixed(fit.latencyMicroseconds, decimals: 2)) µs",
      fit.gbPerSecond.map { "\(Quantity.fixed($0, decimals: 2)) GB/s" } ?? "–",
      residuals.map { Quantity.percent($0.mean) } ?? "",
      residuals.map { Quantity.percent($0.largest) } ?? "")
  }

  private static func flopRate(_ perSecond: Double) -> String {
    "\(Quantity.fixed(perSecond / 1e12, decimals: 2)) TFLOP/s"
  }

  private static func byteRate(_ perSecond: Double) -> String {
    "\(Quantity.fixed(perSecond / 1e9, decimals: 1)) GB/s"
  }
}

// MARK: - Words

extension Tensor.Kind {
  /// The kind in words.
  var phrase: String { self == .optimizerState ? "optimizer state" : rawValue }
}

extension OperatorRoofline {
  /// The measured time as a share of the shortest possible one.
  fileprivate var speed: Double { durationMicroseconds / boundMicroseconds }
}

extension OperatorRoofline.Limit {
  /// What bounds the time, in words.
  fileprivate var phrase: String { self == .unknown ? "either" : rawValue }
}

/// The parts of a bar of memory.
private enum BarPart: String, CaseIterable {
  case persistent = "█"
  case activation = "▓"
  case gradient = "▒"
  case other = "░"

  /// The kinds that the part holds.
  var kinds: [Tensor.Kind] {
    switch self {
    case .persistent: [.parameter, .optimizerState]
    case .activation: [.activation]
    case .gradient: [.gradient]
    case .other: [.input, .output, .workspace]
    }
  }

  /// What the part holds, in words.
  var phrase: String {
    switch self {
    case .persistent: "parameters and optimizer states"
    case .activation: "activations"
    case .gradient: "gradients"
    case .other: "inputs, outputs, workspaces"
    }
  }
}
