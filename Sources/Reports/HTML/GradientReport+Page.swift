import Plans
import Profiles
import Simulation

extension GradientReport {
  /// Returns the report as an HTML page.
  ///
  /// - Parameter hasSeconds: Whether the plan was made in this run, so that the seconds of its search are known.
  public func page(hasSeconds: Bool = false) -> ReportPage {
    var subtitle = ""
    if let exchange = profile.gradients {
      subtitle =
        "\(Quantity.count(exchange.buckets.count, "bucket")), \(Quantity.bytes(exchange.bytes)), "
        + "\(Quantity.count(exchange.nodes, "node")) of "
        + "\(Quantity.count(exchange.devicesPerNode, "device")), "
        + "\(Quantity.percent(plan.energyBudget)) of the energy have to be sent"
    }
    var page = ReportPage(
      title: profile.name, kind: "Gradients of data-parallel workers", subtitle: subtitle,
      version: plan.version, profile: plan.profile)
    page.addVerdicts(
      result.isValid ? "The replay of every exchange finds the plan valid." : nil, result.faults,
      isRepeatable: plan.isRepeatable)
    if let verdict = plan.verdict { page.add(verdict: verdict, "plain") }
    page.add(
      fact: "Last exchange ends", Quantity.milliseconds(result.endMicroseconds),
      plan.prediction.map { "all sent by \(Quantity.milliseconds($0.denseMicroseconds))" })
    if let bound = plan.lowerBoundMicroseconds, let gap {
      page.add(
        fact: "Lower bound", Quantity.milliseconds(bound), "gap \(Quantity.percent(gap))")
    }
    page.add(
      fact: "Backward pass", Quantity.milliseconds(result.backwardMicroseconds),
      "choosing elements \(Quantity.milliseconds(result.selectionMicroseconds))")
    page.add(fact: "Channel", Quantity.milliseconds(result.channelMicroseconds))
    page.add(
      fact: "Energy sent", Quantity.percent(result.energy),
      "of at least \(Quantity.percent(plan.energyBudget))")
    page.add(fact: "A device in its node", Quantity.bytes(result.withinNodeBytes))
    page.add(fact: "A node to others", Quantity.bytes(result.betweenNodesBytes))
    addTimeline(to: &page)
    page.add(ReportPage.Section(id: "buckets", heading: "Buckets", tables: [bucketTable]))
    page.addSearch(.search(plan.search, value: "end", hasSeconds: hasSeconds))
    return page
  }

  /// The decision for each bucket.
  private var decisions: [String: GradientPlan.Decision] {
    Dictionary(plan.decisions.map { ($0.bucket, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private func addTimeline(to page: inout ReportPage) {
    guard !result.passages.isEmpty else { return }
    let decisions = decisions
    var (pass, channel) = ([TimelineData.Item](), [TimelineData.Item]())
    var made = 0.0
    for passage in result.passages {
      let chosenFrom = max(made, passage.readyMicroseconds - passage.selectionMicroseconds)
      pass.append(
        TimelineData.Item(
          name: passage.bucket, style: .toned(.activation, "backward pass"),
          startMicroseconds: made, endMicroseconds: chosenFrom))
      if passage.selectionMicroseconds > 0 {
        pass.append(
          TimelineData.Item(
            name: passage.bucket, style: .toned(.temporary, "choosing elements"),
            startMicroseconds: chosenFrom, endMicroseconds: passage.readyMicroseconds))
      }
      made = max(made, passage.readyMicroseconds)
      let algorithm = decisions[passage.bucket]?.algorithm ?? .dense
      channel.append(
        TimelineData.Item(
          name: passage.bucket, style: .toned(algorithm.tone, algorithm.rawValue),
          startMicroseconds: passage.startMicroseconds, endMicroseconds: passage.endMicroseconds,
          bytes: passage.betweenNodesBytes))
    }
    let timeline = TimelineData(
      durationMicroseconds: max(result.endMicroseconds, made),
      lanes: [
        TimelineData.Lane(title: "Backward pass", items: pass),
        TimelineData.Lane(title: "Channel (bytes that a node sends)", items: channel),
      ])
    page.add(data: "timeline") { timeline.json(&$0) }
    page.add(
      ReportPage.Section(id: "exchange", heading: "Exchange over time", hasTimeline: true))
  }

  private var bucketTable: PageTable {
    let decisions = decisions
    var table = PageTable(
      "buckets-table", label: "Buckets",
      columns: [
        "bucket", "algorithm", "choice", "#density", "#energy", "#ready", "#start", "#channel",
        "#a node to others",
      ])
    table.isSearchable = true
    for passage in result.passages.prefix(2000) {
      guard let decision = decisions[passage.bucket] else { continue }
      let choice = decision.choice
      table.append(
        .text(passage.bucket, note: decision.reason), .text(decision.algorithm.rawValue),
        .text(choice.map { $0.selection.rawValue + ($0.block.map { " \($0)" } ?? "") } ?? "all"),
        .percent(choice?.density), .percent(passage.energy), .time(passage.readyMicroseconds),
        .time(passage.startMicroseconds),
        .time(passage.endMicroseconds - passage.startMicroseconds),
        .bytes(passage.betweenNodesBytes))
    }
    if result.passages.count > 2000 {
      table.remark = "The first 2000 of \(result.passages.count) buckets."
    }
    return table
  }
}

extension GradientPlan.Algorithm {
  /// The colour of its exchanges.
  fileprivate var tone: Tone {
    switch self {
    case .dense: .workspace
    case .allGather: .parameter
    case .mesh: .gradient
    case .denseWithin: .optimizer
    case .okTopk: .output
    }
  }
}
