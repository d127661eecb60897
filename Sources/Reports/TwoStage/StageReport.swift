public import Plans
public import Profiles
public import Simulation

/// A plan of strategies and checkpoints with what its replay found.
public struct StageReport: Sendable {
  /// The plan.
  public let plan: StagePlan
  /// What the plan is called for.
  public let name: String
  /// The section of the profile.
  public let graph: StageGraph
  /// What the replay found.
  public let result: StageResult

  /// Replays a plan.
  public init(_ plan: StagePlan, name: String, graph: StageGraph) {
    self.plan = plan
    self.name = name
    self.graph = graph
    result = StageReplay(of: graph).run(plan)
  }

  /// Whether the planner's prediction is what the replay finds: bytes exactly, times to a billionth.
  public var isPredictionExact: Bool {
    guard let predicted = plan.prediction else { return true }
    let tolerance = 1e-9 * result.iterationMicroseconds + 1e-3
    return predicted.peakBytes == result.peakBytes
      && abs(predicted.iterationMicroseconds - result.iterationMicroseconds) <= tolerance
      && abs(predicted.recomputeMicroseconds - result.recomputeMicroseconds) <= tolerance
  }

  /// How far the time may be from the least, relative to it; nil without a bound.
  public var gap: Double? {
    guard let bound = plan.lowerBound, result.isValid else { return nil }
    let time = result.iterationMicroseconds
    return time > 0 ? max(0, time - bound.iterationMicroseconds) / time : 0
  }

  /// How many stages run more than once.
  public var repeatedStages: Int { result.forwardRuns.count { $0 > 1 } }

  /// Returns a summary for people, at most 100 columns wide.
  public func text(isColored: Bool = false) -> String {
    var page = Page(isColored: isColored)
    let mesh = graph.mesh.shape.map(String.init).joined(separator: "×")
    page.paragraph(
      "\(name) on a mesh of \(mesh): \(Quantity.count(graph.stages.count, "stage")), "
        + "\(Quantity.count(graph.nodes.count, "node")), budget "
        + Quantity.bytes(plan.budgetBytes), tone: .heading)
    if result.isValid {
      page.paragraph("The replay finds the plan valid.", tone: .good)
    } else {
      for fault in result.faults { page.paragraph("The plan fails: \(fault).", tone: .bad) }
    }
    if !plan.isRepeatable {
      page.paragraph("The search was cut off: another run may give another plan.")
    }
    addMemory(to: &page)
    addTime(to: &page)
    addStrategies(to: &page)
    addParts(to: &page)
    addPlacement(to: &page)
    addSearch(to: &page)
    return page.text
  }

  private func addMemory(to page: inout Page) {
    page.section("Memory of each device")
    var table = Table([.left, .right, .left, .flexible])
    table.append(
      "states", Quantity.bytes(result.stateBytes),
      Page.bar(result.stateBytes, of: plan.budgetBytes),
      "parameters, gradients, optimizer")
    table.append(
      "peak", Quantity.bytes(result.peakBytes), Page.bar(result.peakBytes, of: plan.budgetBytes),
      result.peakStep.map(StageResult.words) ?? "")
    page.table(table)
  }

  private func addTime(to page: inout Page) {
    page.section("Iteration")
    let time = result.iterationMicroseconds
    var table = Table([.left, .right, .flexible])
    table.append("time", Quantity.milliseconds(time), "")
    table.append(
      "of it running again", Quantity.milliseconds(result.recomputeMicroseconds),
      "\(repeatedStages) of \(graph.stages.count) stages"
        + (result.partStages.isEmpty ? "" : ", parts of \(result.partStages.count)"))
    if let bound = plan.lowerBound {
      table.append(
        "at least", Quantity.milliseconds(bound.iterationMicroseconds),
        "gap \(Quantity.percent(gap ?? 0)); \(bound.method)")
    }
    if let tied = plan.search.first(where: { $0.strategy == SearchEntry.tiedBlocks }),
      let value = tied.valueMicroseconds, result.isValid, plan.lowerBound != nil
    {
      table.append(
        "with blocks alike", Quantity.milliseconds(value),
        "\(Quantity.percent(max(0, value - time) / time)) more than with each block on its own")
    }
    page.table(table)
    page.paragraph(
      plan.prediction == nil
        ? Page.noPrediction
        : isPredictionExact
          ? "Planner and replay agree on time and bytes."
          : "The plan predicts "
            + "\(Quantity.milliseconds(plan.prediction?.iterationMicroseconds ?? 0)) and "
            + "\(plan.prediction?.peakBytes ?? 0) bytes.", indent: 2)
  }

  /// Strategies by group: nodes that are alike on one line.
  private func addStrategies(to page: inout Page) {
    page.section("Strategies")
    let chosen = Dictionary(
      plan.strategies.map { ($0.node, $0.strategy) }, uniquingKeysWith: { first, _ in first })
    var order: [String] = []
    var counts: [String: [(strategy: String, count: Int)]] = [:]
    for node in graph.nodes {
      let group = node.repeatGroup ?? node.id
      if counts[group] == nil { order.append(group) }
      let strategy = chosen[node.id] ?? "–"
      var list = counts[group] ?? []
      if let index = list.firstIndex(where: { $0.strategy == strategy }) {
        list[index].count += 1
      } else {
        list.append((strategy, 1))
      }
      counts[group] = list
    }
    var table = Table([.flexible, .flexible])
    let shown = 40
    for group in order.prefix(shown) {
      let words = (counts[group] ?? []).map {
        $0.count == 1 ? $0.strategy : "\($0.count) × \($0.strategy)"
      }
      table.append(group, words.joined(separator: ", "))
    }
    if order.count > shown { table.append("…", "\(order.count - shown) more") }
    page.table(table)
  }

  private func addSearch(to page: inout Page) {
    guard !plan.search.isEmpty else { return }
    page.section("Search")
    var table = Table(
      [.flexible, .right, .right, .right, .flexible, .right, .flexible],
      header: ["strategy", "value", "bound", "tried", "engine", "seconds", "ended"])
    for entry in plan.search {
      table.append(
        entry.strategy, entry.valueMicroseconds.map(Quantity.milliseconds) ?? "–",
        entry.boundMicroseconds.map(Quantity.milliseconds) ?? "–", "\(entry.nodes)", entry.engine,
        Quantity.fixed(entry.seconds, decimals: 2), entry.termination)
    }
    page.table(table)
  }
}
