/// What a file says of an instance, before it is checked.
package struct ShardingParts {
  /// The name.
  package var name: String?
  /// The memory limit, in bytes.
  package var limit: Int?
  /// Two numbers for each node.
  package var intervals: ShardingTable<Int>?
  /// The cost of computing, `[node][strategy]`.
  package var compute: ShardingTable<Int>?
  /// The cost of communication, `[node][strategy]`; nil for none.
  package var communication: ShardingTable<Int>?
  /// The memory in bytes, `[node][strategy]`.
  package var memory: ShardingTable<Int>?
  /// The nodes of each edge.
  package var edgeNodes: ShardingTable<Int>?
  /// The costs of each edge.
  package var edgeCosts: ShardingTable<Int>?
  /// The names of nodes, if there are any.
  package var nodeNames: [String]?
  /// The names of strategies, `[node][strategy]`, if there are any.
  package var strategyNames: ShardingTable<String>?

  /// The places of the parts in the file.
  package struct Places: Sendable {
    package var root: JSONPath
    package var limit: String
    package var compute: String
    package var memory: String

    /// Creates places.
    package init(root: JSONPath, limit: String, compute: String, memory: String) {
      self.root = root
      self.limit = limit
      self.compute = compute
      self.memory = memory
    }

    var nodes: JSONPath { root["nodes"] }
    var edges: JSONPath { root["edges"] }
  }

  /// Creates parts of which nothing is known.
  package init() {}

  /// Returns the instance.
  ///
  /// - Throws: The first ten faults: what is missing, and lengths and numbers that contradict each other.
  package consuming func instance(at places: Places) throws(ShardingFaults) -> ShardingInstance {
    var faults = FaultList()
    func need(_ path: JSONPath) {
      faults.add(path, "the key is missing", "add it")
    }
    if limit == nil { need(places.root[places.limit]) }
    if intervals == nil { need(places.nodes["intervals"]) }
    if compute == nil { need(places.nodes[places.compute]) }
    if memory == nil { need(places.nodes[places.memory]) }
    if edgeNodes == nil { need(places.edges["nodes"]) }
    if edgeCosts == nil { need(places.edges["costs"]) }
    guard let limit, let intervals, let compute, let memory, let edgeNodes, let edgeCosts else {
      throw ShardingFaults(faults)
    }
    let ranges = Self.ranges(intervals, at: places.nodes["intervals"], into: &faults)
    for (table, key) in [(memory, places.memory), (communication ?? compute, "communication")] {
      Self.checkShape(table, as: compute, at: places.nodes[key], into: &faults)
    }
    if compute.count != intervals.count {
      faults.add(
        places.nodes[places.compute],
        "\(compute.count) lists are not one for each of \(intervals.count) nodes", "correct one")
    }
    if let nodeNames, nodeNames.count != intervals.count {
      faults.add(
        places.nodes["names"],
        "\(nodeNames.count) names are not one for each of \(intervals.count) nodes", "correct one")
    }
    if let strategyNames, strategyNames.starts != compute.starts {
      faults.add(
        places.nodes["strategies"], "the names are not one for each strategy", "correct them")
    }
    for node in 0..<compute.count where compute.starts[node] == compute.starts[node + 1] {
      faults.add(
        places.nodes[places.compute][node], "the node has no strategy", "add at least one")
    }
    guard faults.isEmpty else { throw ShardingFaults(faults) }
    let edges = Self.edges(
      edgeNodes, costs: edgeCosts, strategyStarts: compute.starts, at: places.edges, into: &faults)
    guard faults.isEmpty else { throw ShardingFaults(faults) }
    return ShardingInstance(
      name: name ?? "sharding", memoryLimitBytes: limit, intervals: ranges,
      strategyStarts: compute.starts, computeCosts: compute.values,
      communicationCosts: communication?.values ?? Array(repeating: 0, count: compute.values.count),
      memoryBytes: memory.values, edges: edges, edgeStarts: edgeCosts.starts,
      edgeCosts: edgeCosts.values, nodeNames: nodeNames ?? [],
      strategyNames: strategyNames?.values ?? [])
  }

  private static func ranges(
    _ table: ShardingTable<Int>, at path: JSONPath, into faults: inout FaultList
  ) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(table.count)
    for row in 0..<table.count {
      let begin = table.starts[row]
      guard table.starts[row + 1] - begin == 2, table.values[begin] <= table.values[begin + 1]
      else {
        faults.add(
          path[row], "this is no interval", "write where it begins and, not before that, its end")
        continue
      }
      ranges.append(table.values[begin]..<table.values[begin + 1])
    }
    return ranges
  }

  private static func checkShape(
    _ table: ShardingTable<Int>, as other: ShardingTable<Int>, at path: JSONPath,
    into faults: inout FaultList
  ) {
    if table.starts == other.starts { return }
    let rows = min(table.count, other.count)
    let row = (0..<rows).first { table.starts[$0 + 1] != other.starts[$0 + 1] } ?? rows
    faults.add(
      path[row], "the node has another number of strategies here than in its costs",
      "write one number for each strategy")
  }

  private static func edges(
    _ table: ShardingTable<Int>, costs: ShardingTable<Int>, strategyStarts: [Int],
    at path: JSONPath, into faults: inout FaultList
  ) -> [ShardingInstance.Edge] {
    var edges: [ShardingInstance.Edge] = []
    edges.reserveCapacity(table.count)
    if table.count != costs.count {
      faults.add(
        path["costs"], "\(costs.count) lists are not one for each of \(table.count) edges",
        "correct one")
      return []
    }
    let nodes = strategyStarts.count - 1
    for row in 0..<table.count {
      let begin = table.starts[row]
      guard table.starts[row + 1] - begin == 2 else {
        faults.add(path["nodes"][row], "an edge has two nodes", "write two numbers")
        continue
      }
      let edge = ShardingInstance.Edge(
        source: table.values[begin], target: table.values[begin + 1])
      guard max(edge.source, edge.target) < nodes else {
        faults.add(
          path["nodes"][row], "there is no node \(max(edge.source, edge.target))",
          "count from 0 to \(nodes - 1)")
        continue
      }
      guard edge.source != edge.target else {
        faults.add(
          path["nodes"][row], "the edge joins node \(edge.source) with itself",
          "add its diagonal to the costs of the node")
        continue
      }
      let rows = strategyStarts[edge.source + 1] - strategyStarts[edge.source]
      let columns = strategyStarts[edge.target + 1] - strategyStarts[edge.target]
      let count = costs.starts[row + 1] - costs.starts[row]
      if count != rows * columns {
        faults.add(
          path["costs"][row], "\(count) costs are not one for each of \(rows) × \(columns) pairs",
          "write one for each pair of strategies")
      }
      edges.append(edge)
    }
    return edges
  }
}

/// The first faults of a file, and how many there are.
package struct ShardingFaults: Error {
  /// The first ten.
  package let first: [Fault]
  /// The number of all.
  package let count: Int

  /// Takes the faults of a list.
  package init(_ list: FaultList) {
    first = list.first
    count = list.count
  }

  /// Takes one fault.
  package init(_ fault: Fault) {
    first = [fault]
    count = 1
  }
}
