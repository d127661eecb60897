public import Plans
public import Profiles
public import Simulation

/// A plan for the exchange of gradients with what its replay found.
public struct GradientReport: Sendable {
  /// The plan.
  public let plan: GradientPlan
  /// The profile.
  public let profile: Profile
  /// What the replay found.
  public let result: GradientResult

  /// Replays a plan.
  public init(_ plan: GradientPlan, profile: Profile) {
    self.plan = plan
    self.profile = profile
    result = GradientReplay(plan, on: profile).run()
  }

  /// Whether the planner's prediction is what the replay finds: times and bytes to within a millionth.
  public var isPredictionExact: Bool {
    guard let predicted = plan.prediction else { return true }
    func isNear(_ one: Double, _ other: Double) -> Bool {
      abs(one - other) <= 1e-6 * max(1, abs(other))
    }
    return isNear(predicted.endMicroseconds, result.endMicroseconds)
      && isNear(predicted.energy, result.energy)
      && isNear(Double(predicted.withinNodeBytes), Double(result.withinNodeBytes))
      && isNear(Double(predicted.betweenNodesBytes), Double(result.betweenNodesBytes))
  }

  /// What is wrong with the lower bound: it is above what the replay finds. Nil if nothing is.
  public var boundFault: String? {
    guard result.isValid, let bound = plan.lowerBoundMicroseconds,
      bound > result.endMicroseconds + 1e-6 * max(1, result.endMicroseconds)
    else { return nil }
    return
      "lower_bound.end_us: \(bound) is above the \(result.endMicroseconds) that the replay finds, "
      + "so it is none; make a new plan"
  }

  /// How far the end may be from the earliest, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = plan.lowerBoundMicroseconds else { return nil }
    let value = result.endMicroseconds
    return value > 0 ? max(0, value - bound) / value : 0
  }

  /// Returns a summary for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    if let exchange = profile.gradients {
      page.paragraph(
        "\(profile.name): \(Quantity.count(exchange.buckets.count, "bucket")) of gradients, "
          + "\(Quantity.bytes(exchange.bytes)), on \(Quantity.count(exchange.nodes, "node")) of "
          + "\(Quantity.count(exchange.devicesPerNode, "device")); "
          + "\(Quantity.percent(plan.energyBudget)) of the energy have to be sent", tone: .heading)
    }
    if result.isValid {
      page.paragraph("The replay of every exchange finds the plan valid.", tone: .good)
    } else {
      for fault in result.faults { page.paragraph("The plan fails: \(fault).", tone: .bad) }
    }
    if !plan.isRepeatable {
      page.paragraph("A limit of time cut the search off: another run may give another plan.")
    }
    if let verdict = plan.verdict { page.paragraph(verdict) }
    addExchange(to: &page)
    addBuckets(to: &page)
    addSearch(to: &page)
    return page.text
  }

  private func addExchange(to page: inout Page) {
    page.section("Exchange")
    var table = Table([.left, .right, .flexible])
    table.append(
      "backward pass", Quantity.milliseconds(result.backwardMicroseconds), "as measured")
    if let dense = plan.prediction?.denseMicroseconds {
      table.append("all sent by", Quantity.milliseconds(dense), "if everything is sent")
    }
    table.append(
      "this plan", Quantity.milliseconds(result.endMicroseconds), plan.strategy)
    if let bound = plan.lowerBoundMicroseconds, let gap {
      table.append(
        "at least", Quantity.milliseconds(bound), "gap \(Quantity.percent(gap))")
    }
    table.append(
      "choosing elements", Quantity.milliseconds(result.selectionMicroseconds),
      "while the backward pass waits")
    table.append("channel", Quantity.milliseconds(result.channelMicroseconds), "")
    table.append("energy", Quantity.percent(result.energy), "")
    table.append("a device in its node", Quantity.bytes(result.withinNodeBytes), "")
    table.append("a node to others", Quantity.bytes(result.betweenNodesBytes), "")
    page.table(table)
    page.paragraph(
      plan.prediction == nil
        ? Page.noPrediction
        : isPredictionExact
          ? "Planner and replay agree on time, bytes and energy."
          : "The plan predicts "
            + "\(Quantity.milliseconds(plan.prediction?.endMicroseconds ?? 0)), or other bytes or "
            + "another energy.", indent: 2)
  }

  /// The most buckets that are listed.
  private static let listed = 40

  private func addBuckets(to page: inout Page) {
    guard !result.passages.isEmpty else { return }
    let rest = result.passages.count - Self.listed
    page.section("Buckets" + (rest > 0 ? " (the first \(Self.listed))" : ""))
    var table = Table(
      [.flexible, .flexible, .flexible, .right, .right, .right, .right],
      header: ["bucket", "algorithm", "choice", "density", "energy", "start", "channel"])
    let decisions = Dictionary(
      plan.decisions.map { ($0.bucket, $0) }, uniquingKeysWith: { first, _ in first })
    for passage in result.passages.prefix(Self.listed) {
      guard let decision = decisions[passage.bucket] else { continue }
      let choice = decision.choice
      table.append(
        passage.bucket, decision.algorithm.rawValue,
        choice.map { $0.selection.rawValue + ($0.block.map { " \($0)" } ?? "") } ?? "all",
        choice.map { Quantity.percent($0.density) } ?? "–", Quantity.percent(passage.energy),
        Quantity.milliseconds(passage.startMicroseconds),
        Quantity.milliseconds(passage.endMicroseconds - passage.startMicroseconds))
    }
    let notes = result.passages.prefix(Self.listed).map { decisions[$0.bucket]?.reason ?? "" }
    page.table(table, notes: notes)
  }

  private func addSearch(to page: inout Page) {
    guard !plan.search.isEmpty else { return }
    page.section("Search")
    var table = Table(
      [.flexible, .right, .right, .right, .flexible, .right, .flexible],
      header: ["strategy", "end", "bound", "nodes", "engine", "seconds", "ended"])
    for entry in plan.search {
      table.append(
        entry.strategy, entry.valueMicroseconds.map(Quantity.milliseconds) ?? "–",
        entry.boundMicroseconds.map(Quantity.milliseconds) ?? "–", "\(entry.nodes)", entry.engine,
        Quantity.fixed(entry.seconds, decimals: 2), entry.termination)
    }
    page.table(table)
  }
}
