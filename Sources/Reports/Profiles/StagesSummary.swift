import Profiles

/// What a profile tells about the strategies of nodes in stages.
struct StagesSummary: Encodable, Sendable {
  let mesh: [Int]
  let memoryLimitBytes: Int
  let stages: Int
  let nodes: Int
  let edges: Int
  let strategies: Int
  /// What is known of strategies that every node has under one name.
  let uniform: [Uniform]

  /// One name for the strategies of all nodes; edges between them may cost more.
  struct Uniform: Encodable, Sendable {
    let name: String
    /// Forward, backward and synchronization of all nodes, in microseconds.
    let timeUs: Double
    /// Parameters, gradients and optimizer states of a device.
    let stateBytes: Int
    /// What all backward passes need.
    let savedBytes: Int
  }

  init(_ graph: StageGraph) {
    mesh = graph.mesh.shape
    memoryLimitBytes = graph.memoryLimitBytes
    stages = graph.stages.count
    nodes = graph.nodes.count
    edges = graph.edges.count
    strategies = graph.nodes.reduce(0) { $0 + $1.strategies.count }
    let first = graph.nodes.first?.strategies.map(\.id) ?? []
    let common = graph.nodes.dropFirst().reduce(into: Set(first)) { names, node in
      names.formIntersection(node.strategies.map(\.id))
    }
    uniform = first.filter(common.contains).map { name in
      let chosen = graph.nodes.compactMap { node in node.strategies.first { $0.id == name } }
      return Uniform(
        name: name,
        timeUs: chosen.reduce(0) {
          $0 + $1.forwardMicroseconds + $1.backwardMicroseconds + $1.synchronizationMicroseconds
        }, stateBytes: chosen.reduce(0) { $0 + $1.stateBytes },
        savedBytes: chosen.reduce(0) { $0 + $1.savedBytes })
    }
  }

  /// Adds the summary to a report for people.
  func add(to page: inout Page) {
    let shape = mesh.map(String.init).joined(separator: "×")
    page.section(
      "Strategies: \(Quantity.count(nodes, "node")) in \(Quantity.count(stages, "stage"))")
    page.paragraph(
      "mesh of \(shape), \(Quantity.bytes(memoryLimitBytes)) for each device; \(strategies) strategies,"
        + " \(Quantity.count(edges, "edge"))", indent: 2)
    guard !uniform.isEmpty else { return }
    var table = Table(
      [.flexible, .right, .right, .right],
      header: ["the same everywhere", "time of all nodes", "states", "saved"])
    for row in uniform {
      table.append(
        row.name, Quantity.milliseconds(row.timeUs), Quantity.bytes(row.stateBytes),
        Quantity.bytes(row.savedBytes))
    }
    page.table(table)
    page.paragraph("Without resharding between nodes, and with nothing run again.", indent: 2)
  }
}
