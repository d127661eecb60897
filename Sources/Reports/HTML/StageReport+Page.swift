import Plans
import Profiles
import Simulation

extension StageReport {
  /// Returns the report as an HTML page.
  ///
  /// - Parameter hasSeconds: Whether the plan was made in this run, so that the seconds of its search are known.
  public func page(hasSeconds: Bool = false) -> ReportPage {
    let mesh = graph.mesh.shape.map(String.init).joined(separator: "×")
    var page = ReportPage(
      title: name, kind: "Strategies and checkpoints together",
      subtitle: "mesh of \(mesh), \(Quantity.count(graph.stages.count, "stage")), "
        + "\(Quantity.count(graph.nodes.count, "node")), budget \(Quantity.bytes(plan.budgetBytes)) "
        + "for each device", version: plan.version, profile: plan.profile)
    page.addVerdicts(
      result.isValid ? "The replay finds the plan valid." : nil, result.faults,
      isRepeatable: plan.isRepeatable)
    page.add(
      fact: "Iteration", Quantity.milliseconds(result.iterationMicroseconds),
      "running again \(Quantity.milliseconds(result.recomputeMicroseconds)), "
        + "\(repeatedStages) of \(graph.stages.count) stages")
    if let bound = plan.lowerBound {
      page.add(
        fact: "Lower bound", Quantity.milliseconds(bound.iterationMicroseconds),
        (gap.map { "gap \(Quantity.percent($0)); " } ?? "") + bound.method)
    }
    page.add(
      fact: "Memory of each device", Quantity.bytes(result.peakBytes),
      result.peakStep.map { "at \(StageResult.words(for: $0))" })
    page.add(
      fact: "States", Quantity.bytes(result.stateBytes),
      "parameters \(Quantity.bytes(result.parameterBytes)), gradients "
        + "\(Quantity.bytes(result.gradientBytes)), optimizer "
        + Quantity.bytes(result.optimizerStateBytes))
    addMemory(to: &page)
    page.add(
      ReportPage.Section(
        id: "strategies", heading: "Strategies",
        text: ["How each node is sharded, with its own times."],
        tables: [strategyTable]))
    page.add(ReportPage.Section(id: "stages", heading: "Stages", tables: [stageTable]))
    page.addSearch(.search(plan.search, nodes: "tried", hasSeconds: hasSeconds))
    return page
  }

  private func addMemory(to page: inout ReportPage) {
    let peaks = result.stepPeakBytes
    guard !peaks.isEmpty else { return }
    let columns = min(400, peaks.count)
    // The fullest step of each column.
    let picked = (0..<columns).map { column in
      peaks[column * peaks.count / columns..<(column + 1) * peaks.count / columns].max() ?? 0
    }
    func constant(_ bytes: Int) -> [Double] { picked.map { _ in Double(bytes) } }
    let chart = StackedChart(
      title: "Memory of each device, pass by pass",
      summary: "States \(Quantity.bytes(result.stateBytes)), at most "
        + "\(Quantity.bytes(result.peakBytes)); the budget is \(Quantity.bytes(plan.budgetBytes)).",
      below: "step of the schedule", beside: "memory of a device",
      starts: (0..<columns).map { Double($0) * Double(peaks.count) / Double(columns) },
      end: Double(peaks.count), horizontalUnit: .one,
      verticalUnit: .bytes(upTo: Double(max(result.peakBytes, plan.budgetBytes))),
      layers: [
        .init(name: "parameters", tone: .parameter, values: constant(result.parameterBytes)),
        .init(name: "gradients", tone: .gradient, values: constant(result.gradientBytes)),
        .init(
          name: "optimizer states", tone: .optimizer, values: constant(result.optimizerStateBytes)),
        .init(
          name: "activations and workspace", tone: .activation,
          values: picked.map { Double(max(0, $0 - result.stateBytes)) }),
      ], limit: (Double(plan.budgetBytes), "budget \(Quantity.bytes(plan.budgetBytes))"))
    page.add(
      ReportPage.Section(
        id: "memory", heading: "Memory",
        pictures: [{ @Sendable width in chart.picture(width: width) }]))
  }

  /// The most nodes in the table.
  private static let mostNodes = 2000

  private var strategyTable: PageTable {
    var table = PageTable(
      "strategies-table", label: "Strategies of nodes",
      columns: [
        "node", "stage", "strategy", "#forward", "#backward", "#states", "#saved", "#choices",
      ])
    table.isSearchable = true
    let chosen = Dictionary(
      plan.strategies.map { ($0.node, $0.strategy) }, uniquingKeysWith: { first, _ in first })
    for node in graph.nodes.prefix(Self.mostNodes) {
      let name = chosen[node.id]
      guard let strategy = node.strategies.first(where: { $0.id == name }) else {
        table.append(
          .text(node.id), .text(stage(of: node)), .text(name ?? "–"), "–", "–", "–", "–", "")
        continue
      }
      table.append(
        .text(node.id), .text(stage(of: node)), .text(strategy.id),
        .time(strategy.forwardMicroseconds), .time(strategy.backwardMicroseconds),
        .bytes(strategy.stateBytes), .bytes(strategy.savedBytes),
        .count(node.strategies.count))
    }
    if graph.nodes.count > Self.mostNodes {
      table.remark = "The first \(Self.mostNodes) of \(graph.nodes.count) nodes."
    }
    return table
  }

  private func stage(of node: StageGraph.Node) -> String {
    graph.stages.indices.contains(node.stage) ? graph.stages[node.stage] : "–"
  }

  private var stageTable: PageTable {
    var table = PageTable(
      "stages-table", label: "Stages", columns: ["stage", "#nodes", "#forward passes"])
    var nodes = graph.stages.map { _ in 0 }
    for node in graph.nodes where nodes.indices.contains(node.stage) { nodes[node.stage] += 1 }
    for (index, stage) in graph.stages.enumerated() {
      let runs = result.forwardRuns.indices.contains(index) ? result.forwardRuns[index] : nil
      table.append(.text(stage), .count(nodes[index]), runs.map { .count($0) } ?? "–")
    }
    return table
  }
}
