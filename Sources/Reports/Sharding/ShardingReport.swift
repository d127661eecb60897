public import Plans
public import Profiles
public import Simulation

/// A choice of strategies with what its evaluation found.
public struct ShardingReport: Sendable {
  /// The plan.
  public let plan: ShardingPlan
  /// The instance.
  public let instance: ShardingInstance
  /// What the evaluation found.
  public let result: ShardingResult

  /// Evaluates a plan.
  public init(_ plan: ShardingPlan, instance: ShardingInstance) {
    self.plan = plan
    self.instance = instance
    result = ShardingReplay(of: instance).run(plan.strategies)
  }

  /// Whether the planner's prediction is what the evaluation finds.
  public var isPredictionExact: Bool {
    guard let predicted = plan.prediction else { return true }
    return Int128(predicted.cost) == result.cost && Int128(predicted.peakBytes) == result.peakBytes
  }

  /// How far the cost may be from the least, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = plan.lowerBound, result.isValid else { return nil }
    let cost = Double(result.cost)
    return cost > 0 ? max(0, Double(result.cost - Int128(bound.cost))) / cost : 0
  }

  /// Returns a summary for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    let strategies = instance.strategyStarts.last ?? 0
    page.paragraph(
      "\(instance.name): \(Quantity.count(instance.nodeCount, "node")), "
        + "\(strategies) strategies, \(Quantity.count(instance.edges.count, "edge")), "
        + "\(Quantity.exactBytes(instance.memoryLimitBytes)) at every time", tone: .heading)
    if result.isValid {
      page.paragraph("The evaluation finds the plan valid.", tone: .good)
    } else {
      for fault in result.faults { page.paragraph("The plan fails: \(fault).", tone: .bad) }
      if result.faultCount > result.faults.count {
        page.paragraph("And \(result.faultCount - result.faults.count) more.", tone: .bad)
      }
    }
    if !plan.isRepeatable {
      page.paragraph("A limit of time cut the search off: another run may give another plan.")
    }
    addCosts(to: &page)
    addMemory(to: &page)
    addSearch(to: &page)
    return page.text
  }

  private func addCosts(to page: inout Page) {
    page.section("Cost")
    var table = Table([.left, .right, .flexible])
    table.append("computing", "\(result.computeCost)", "")
    table.append("communication", "\(result.communicationCost)", "inside of strategies")
    table.append(
      "resharding", "\(result.reshardingCost)", "\(result.reshardedEdges) edges cost something")
    table.append("all", "\(result.cost)", "")
    if let bound = plan.lowerBound {
      let words = gap.map { $0 == 0 ? "met: no choice costs less" : "gap \(Self.percent($0))" }
      table.append("at least", "\(bound.cost)", "\(words ?? ""); \(bound.method)")
    }
    page.table(table)
    page.paragraph(
      plan.prediction == nil
        ? Page.noPrediction
        : isPredictionExact
          ? "Planner and evaluation agree on cost and memory."
          : "The plan predicts \(plan.prediction?.cost ?? 0) and "
            + "\(plan.prediction?.peakBytes ?? 0) bytes.", indent: 2)
  }

  /// A gap, in words where it is tiny.
  private static func percent(_ share: Double) -> String {
    share < 1e-4 ? "below 0.01 %" : Quantity.percent(share)
  }

  private func addMemory(to page: inout Page) {
    page.section("Memory")
    let peak = Int(exactly: result.peakBytes) ?? .max
    page.paragraph(
      "\(Page.bar(peak, of: instance.memoryLimitBytes)) \(Quantity.exactBytes(peak))"
        + (result.peakTime.map { " at time \($0)" } ?? ""), indent: 2)
  }

  private func addSearch(to page: inout Page) {
    guard !plan.search.isEmpty else { return }
    page.section("Search")
    var table = Table(
      [.flexible, .right, .right, .right, .flexible, .right, .flexible],
      header: ["strategy", "cost", "bound", "nodes", "engine", "seconds", "ended"])
    for entry in plan.search {
      table.append(
        entry.strategy, Self.cost(entry.valueMicroseconds), Self.cost(entry.boundMicroseconds),
        "\(entry.nodes)", entry.engine, Quantity.fixed(entry.seconds, decimals: 2),
        entry.termination)
    }
    page.table(table)
  }

  private static func cost(_ value: Double?) -> String {
    value.map { Quantity.fixed($0, decimals: 0) } ?? "–"
  }
}
