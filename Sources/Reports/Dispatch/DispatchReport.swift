public import Plans
public import Profiles
public import Simulation

/// A dispatch plan with what its replay found.
public struct DispatchReport: Sendable {
  /// The plan.
  public let plan: DispatchPlan
  /// The profile.
  public let profile: Profile
  /// What the replay found.
  public let result: DispatchResult
  /// The kind of topology; nil where the rate of a pair is unknown.
  public let topology: Topology?

  /// Replays a plan.
  public init(_ plan: DispatchPlan, profile: Profile) {
    self.plan = plan
    self.profile = profile
    result = DispatchReplay(plan, on: profile).run()
    topology = profile.cluster.flatMap { ClusterRoutes($0).topology() }
  }

  /// Whether the planner's prediction is what the replay finds, to within a millionth.
  public var isPredictionExact: Bool {
    guard let predicted = plan.prediction else { return true }
    return abs(predicted.timeMicroseconds - result.microseconds)
      <= 1e-6 * max(1, result.microseconds)
      && abs(predicted.deviation - result.deviation) <= 1e-6
  }

  /// What is wrong with the lower bound: it is above what the replay finds. Nil if nothing is.
  public var boundFault: String? {
    guard result.isValid, let bound = plan.lowerBoundMicroseconds,
      bound > result.microseconds + 1e-6 * max(1, result.microseconds)
    else { return nil }
    return
      "lower_bound.time_us: \(bound) is above the \(result.microseconds) that the replay finds, "
      + "so it is none; make a new plan"
  }

  /// How far the time may be from the least, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = plan.lowerBoundMicroseconds else { return nil }
    let value = result.microseconds
    return value > 0 ? max(0, value - bound) / value : 0
  }

  /// The gap from which a bound is called loose.
  static let looseGap = 0.05

  /// Returns a summary for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    let devices = profile.cluster?.deviceCount ?? 0
    page.paragraph(
      "\(profile.name): \(plan.experts) experts on \(devices) devices, "
        + "\(plan.tokensPerDevice) tokens a device to \(plan.topK) experts each, "
        + "\(Quantity.bytes(plan.tokenBytes)) a token", tone: .heading)
    if result.isValid {
      page.paragraph("The replay of every token finds the plan valid.", tone: .good)
    } else {
      for fault in result.faults { page.paragraph("The plan fails: \(fault).", tone: .bad) }
    }
    if !plan.isRepeatable {
      page.paragraph("A limit of time cut the search off: another run may give another plan.")
    }
    if let topology {
      page.section("Topology: \(topology.kind.rawValue)")
      for line in topology.evidence { page.paragraph(line, indent: 2) }
    }
    for assumption in profile.cluster?.assumptions ?? [] {
      page.paragraph("assumed, not measured: \(assumption)", indent: 2)
    }
    addExchange(to: &page)
    addLinks(to: &page)
    addPareto(to: &page)
    addSearch(to: &page)
    return page.text
  }

  private func time(_ microseconds: Double) -> String {
    "\(Quantity.fixed(microseconds, decimals: microseconds < 100 ? 2 : 1)) µs"
  }

  private func addExchange(to page: inout Page) {
    page.section("Exchange")
    var table = Table([.left, .right, .flexible])
    if let even = plan.prediction?.evenMicroseconds {
      table.append("even dispatch", time(even), "")
    }
    table.append("this dispatch", time(result.microseconds), plan.strategy)
    if let bound = plan.lowerBoundMicroseconds, let gap {
      table.append("at least", time(bound), "gap \(Quantity.percent(gap))")
    }
    table.append(
      "deviation", Quantity.percent(result.deviation),
      "of a budget of \(Quantity.percent(plan.deviationBudget))")
    if result.totalTokens > 0 {
      let total = Double(result.totalTokens)
      table.append(
        "stay on their device", Quantity.percent(Double(result.localTokens) / total), "")
      let names = (profile.cluster?.levels.map { "within one \($0.name)" } ?? []) + ["beyond"]
      for (name, tokens) in zip(names, result.tokensBySeparation) {
        table.append(name, Quantity.percent(Double(tokens) / total), "")
      }
    }
    page.table(table)
    if result.roundingDeviation > 0.01 {
      page.paragraph(
        "Rounding the even dispatch to whole tokens deviates by "
          + "\(Quantity.percent(result.roundingDeviation)) by itself; so much is free.", indent: 2)
    }
    if let gap, gap > Self.looseGap {
      page.paragraph(
        "The gap is large: of links with latency the bound counts only a share where a link could "
          + "stay idle, and it knows no whole tokens.", indent: 2)
    }
    page.paragraph(
      plan.prediction == nil
        ? Page.noPrediction
        : isPredictionExact
          ? "Planner and replay agree on the time."
          : "The plan predicts \(time(plan.prediction?.timeMicroseconds ?? 0)).", indent: 2)
  }

  private func addLinks(to page: inout Page) {
    page.section("Links (each mark one link; █ busy to the end, · hardly)")
    var table = Table([.left, .left, .right, .right])
    for row in HeatRow.all(of: result) {
      table.append(
        row.title, row.marks, Quantity.bytes(row.bytes) + " at most", time(row.microseconds))
    }
    if let pair = result.slowestPair {
      table.append("pairs, slowest", "", Quantity.bytes(pair.bytes), time(pair.microseconds))
    }
    page.table(table)
    if let binding = result.binding {
      page.paragraph(
        "The last to end is \(binding.name): \(Quantity.bytes(binding.bytes)) in "
          + "\(time(binding.microseconds))" + (binding.isAssumed ? ", at an assumed rate." : "."),
        indent: 2)
    } else {
      page.paragraph("No link and no pair has a rate: nothing takes time.", indent: 2)
    }
  }

  private func addPareto(to page: inout Page) {
    guard !plan.pareto.isEmpty else { return }
    page.section("Least time for other budgets (linear program)")
    var table = Table([.right, .right, .left], header: ["deviation", "at least", ""])
    let longest = plan.pareto.map(\.timeMicroseconds).max() ?? 0
    for point in plan.pareto {
      table.append(
        Quantity.percent(point.deviation), time(point.timeMicroseconds),
        Page.bar(Int(point.timeMicroseconds * 1000), of: Int(longest * 1000)))
    }
    page.table(table)
  }

  private func addSearch(to page: inout Page) {
    guard !plan.search.isEmpty else { return }
    page.section("Search")
    var table = Table(
      [.flexible, .right, .right, .right, .flexible, .right, .flexible],
      header: ["strategy", "time", "bound", "nodes", "engine", "seconds", "ended"])
    for entry in plan.search {
      table.append(
        entry.strategy, entry.valueMicroseconds.map(time) ?? "–",
        entry.boundMicroseconds.map(time) ?? "–", "\(entry.nodes)", entry.engine,
        Quantity.fixed(entry.seconds, decimals: 2), entry.termination)
    }
    page.table(table)
  }
}
