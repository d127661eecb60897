public import Plans
public import Profiles
public import Simulation

/// A chunk plan with what its replay found.
public struct ChunkReport: Sendable {
  /// The plan.
  public let plan: ChunkPlan
  /// The profile.
  public let profile: Profile
  /// What the replay found.
  public let result: ChunkReplayResult
  /// The peak of the iteration without any plan.
  public let unconstrainedPeakBytes: Int

  /// Replays a plan.
  public init(_ plan: ChunkPlan, profile: Profile) {
    self.plan = plan
    self.profile = profile
    result = ChunkReplay(plan, on: profile).run()
    unconstrainedPeakBytes =
      MemoryDemand(of: profile, storages: Storages(of: profile)).unconstrainedPeak.bytes
  }

  /// Whether the planner's prediction is what the replay finds, to within a millionth.
  public var isPredictionExact: Bool {
    guard let predicted = plan.prediction else { return true }
    let off = abs(predicted.addedMicroseconds - result.addedMicroseconds)
    return off <= 1e-6 * max(1, result.addedMicroseconds) && predicted.bytesIn == result.bytesIn
      && predicted.bytesOut == result.bytesOut
  }

  /// How far the added time may be from the least, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = plan.lowerBoundMicroseconds, let value = plan.prediction?.addedMicroseconds
    else { return nil }
    return value > 0 ? max(0, value - bound) / value : 0
  }

  /// Returns a summary for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    var title = profile.name
    if let device = profile.device { title += " on \(device.name)" }
    title += ", budget \(Quantity.bytes(plan.budgetBytes))"
    if plan.worldSize > 1 { title += ", \(plan.worldSize) devices" }
    page.paragraph(title, tone: .heading)
    if result.isValid {
      page.paragraph("The replay of two iterations finds the plan valid.", tone: .good)
    } else {
      for fault in result.faults { page.paragraph("The plan fails: \(fault).", tone: .bad) }
    }
    if !plan.isRepeatable {
      page.paragraph("A limit of time cut the search off: another run may give another plan.")
    }
    addChunks(to: &page)
    addMemoryAndTime(to: &page)
    addSearch(to: &page)
    return page.text
  }

  private func addChunks(to page: inout Page) {
    page.section("Chunks")
    if !plan.sizings.isEmpty {
      var table = Table(
        [.flexible, .right, .right, .right, .right],
        header: ["rule", "elements", "chunks", "waste", "at least"])
      for sizing in plan.sizings {
        table.append(
          sizing.rule, "\(sizing.chunkElements)", "\(sizing.chunkCount)",
          Quantity.bytes(sizing.wasteBytes), Quantity.bytes(sizing.boundBytes))
      }
      page.table(table)
    }
    let single = plan.chunks.count { $0.elements > plan.chunkElements }
    if single > 0 {
      page.paragraph(
        "\(Quantity.count(single, "parameter")) too large for them: a chunk each.", indent: 2)
    }
    var table = Table([.left, .right, .right, .right])
    func append(_ label: String, _ bytes: (ChunkPlan.Chunk) -> Int) {
      let isOnHost = { (chunk: ChunkPlan.Chunk) in chunk.optimizer == .host }
      let all = plan.chunks.reduce(0) { $0 + bytes($1) }
      let host = plan.chunks.filter(isOnHost).reduce(0) { $0 + bytes($1) }
      table.append(
        label, Quantity.count(plan.chunks.count, "chunk"), Quantity.bytes(all),
        "updated on the host \(Quantity.bytes(host))")
    }
    append("parameters", \.parameterBytes)
    append("gradients", \.gradientBytes)
    append("optimizer states", \.optimizerBytes)
    page.table(table)
  }

  private func addMemoryAndTime(to page: inout Page) {
    page.section("Memory")
    let whole = max(unconstrainedPeakBytes, result.peakDeviceBytes)
    var memory = Table([.left, .right, .left, .flexible])
    memory.append(
      "before", Quantity.bytes(unconstrainedPeakBytes), Page.bar(unconstrainedPeakBytes, of: whole),
      "")
    memory.append(
      "after", Quantity.bytes(result.peakDeviceBytes),
      Page.bar(result.peakDeviceBytes, of: whole), result.peakOperator.map { "at \($0)" } ?? "")
    page.table(memory)
    page.section("Iteration in the steady state")
    var table = Table([.left, .right, .left])
    table.append("operators", Quantity.milliseconds(result.computeMicroseconds), "")
    table.append(
      "to the device", Quantity.milliseconds(result.copyInMicroseconds),
      Quantity.bytes(result.bytesIn))
    table.append(
      "to the host", Quantity.milliseconds(result.copyOutMicroseconds),
      Quantity.bytes(result.bytesOut))
    table.append(
      "optimizer on the host", Quantity.milliseconds(result.hostOptimizerMicroseconds), "")
    var note = ""
    if let gap { note = "gap \(Quantity.percent(gap))" }
    table.append(
      "added", Quantity.milliseconds(result.addedMicroseconds), "copies and host, nothing overlaps")
    if let bound = plan.lowerBoundMicroseconds {
      table.append("at least", Quantity.milliseconds(bound), note)
    }
    table.append("nothing overlaps", Quantity.milliseconds(result.serialMicroseconds), "")
    table.append("all overlaps", Quantity.milliseconds(result.overlappedMicroseconds), "")
    page.table(table)
    let evicted = plan.gaps.count { !$0.isKept }
    page.paragraph(
      "\(Quantity.count(plan.gaps.count, "gap")): \(plan.gaps.count - evicted) kept, "
        + "\(evicted) evicted. "
        + (plan.prediction == nil
          ? Page.noPrediction
          : isPredictionExact
            ? "Planner and replay agree on bytes and times."
            : "The plan predicts \(Quantity.milliseconds(plan.prediction?.addedMicroseconds ?? 0))."),
      indent: 2)
  }

  private func addSearch(to page: inout Page) {
    guard !plan.search.isEmpty else { return }
    page.section("Search (added time)")
    var table = Table(
      [.flexible, .right, .right, .right, .flexible, .right, .flexible],
      header: ["strategy", "value", "bound", "nodes", "engine", "seconds", "ended"])
    for entry in plan.search {
      table.append(
        entry.strategy, entry.valueMicroseconds.map(Quantity.milliseconds) ?? "–",
        entry.boundMicroseconds.map(Quantity.milliseconds) ?? "–", "\(entry.nodes)", entry.engine,
        Quantity.fixed(entry.seconds, decimals: 2), entry.termination)
    }
    page.table(table)
  }

  /// Returns a summary for programs on one line.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.chunk-report/1"))
    members.add("profile", .string(profile.name))
    members.add("budget_bytes", .integer(plan.budgetBytes))
    members.add("is_valid", .boolean(result.isValid))
    members.add("faults", .array(result.faults.map(JSON.string)))
    members.add("world_size", .integer(plan.worldSize))
    members.add("chunk_elements", .integer(plan.chunkElements))
    members.add("chunks", .integer(plan.chunks.count))
    members.add(
      "sizings",
      .array(
        plan.sizings.map { sizing in
          var row = JSONMembers()
          row.add("rule", .string(sizing.rule))
          row.add("chunk_elements", .integer(sizing.chunkElements))
          row.add("chunks", .integer(sizing.chunkCount))
          row.add("waste_bytes", .integer(sizing.wasteBytes))
          row.add("bound_bytes", .integer(sizing.boundBytes))
          return row.object
        }))
    members.add("host_updated_chunks", .integer(plan.chunks.count { $0.optimizer == .host }))
    members.add("kept_gaps", .integer(plan.gaps.count(where: \.isKept)))
    members.add("evicted_gaps", .integer(plan.gaps.count { !$0.isKept }))
    members.add("unconstrained_peak_bytes", .integer(unconstrainedPeakBytes))
    members.add("peak_device_bytes", .integer(result.peakDeviceBytes))
    members.add("peak_operator", result.peakOperator.map(JSON.string))
    members.add("in_bytes", .integer(result.bytesIn))
    members.add("out_bytes", .integer(result.bytesOut))
    members.add("compute_us", .number(result.computeMicroseconds))
    members.add("copy_in_us", .number(result.copyInMicroseconds))
    members.add("copy_out_us", .number(result.copyOutMicroseconds))
    members.add("host_optimizer_us", .number(result.hostOptimizerMicroseconds))
    members.add("added_us", .number(result.addedMicroseconds))
    members.add("lower_bound_us", plan.lowerBoundMicroseconds.map(JSON.number))
    members.add("gap", gap.map(JSON.number))
    members.add("serial_us", .number(result.serialMicroseconds))
    members.add("overlapped_us", .number(result.overlappedMicroseconds))
    members.add(
      "is_prediction_exact", plan.prediction == nil ? nil : .boolean(isPredictionExact))
    members.add(
      "search",
      .array(
        plan.search.map { entry in
          var row = JSONMembers()
          row.add("strategy", .string(entry.strategy))
          row.add("value_us", entry.valueMicroseconds.map(JSON.number))
          row.add("bound_us", entry.boundMicroseconds.map(JSON.number))
          row.add("nodes", .integer(entry.nodes))
          row.add("engine", .string(entry.engine))
          row.add("seconds", .number(entry.seconds))
          row.add("termination", .string(entry.termination))
          return row.object
        }))
    return String(decoding: JSONWriter.encode(members.object, pretty: false), as: UTF8.self)
  }
}
