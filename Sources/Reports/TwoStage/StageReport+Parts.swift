import Plans
import Profiles
import Simulation

extension StageReport {
  /// The stages that keep some nodes, alike ones on one line: which nodes run again.
  func addParts(to page: inout Page) {
    var order: [String] = []
    var stages: [String: [String]] = [:]
    for case .forward(let stage, .nodes(let kept)) in plan.schedule {
      let nodes = graph.nodes.indices.filter { graph.stages[graph.nodes[$0].stage] == stage }
      guard result.nodeRuns.count == graph.nodes.count, let first = nodes.first else { return }
      let runs = result.forwardRuns[graph.nodes[first].stage]
      let again = nodes.filter { result.nodeRuns[$0] > runs }.map { graph.nodes[$0].id }
      let words =
        "\(Self.short(again, in: stage)) again; kept: \(Self.short(kept, in: stage))"
      if stages[words] == nil { order.append(words) }
      stages[words, default: []].append(stage)
    }
    guard !order.isEmpty else { return }
    page.section("Made again in part")
    var table = Table([.flexible, .flexible])
    for words in order {
      let names = stages[words] ?? []
      table.append(names.count == 1 ? names[0] : "\(names.count) stages from \(names[0])", words)
    }
    page.table(table)
  }

  /// Names without the stage's own in front.
  private static func short(_ names: [String], in stage: String) -> String {
    if names.isEmpty { return "nothing" }
    return names.map { $0.hasPrefix("\(stage).") ? String($0.dropFirst(stage.count + 1)) : $0 }
      .joined(separator: ", ")
  }
}
