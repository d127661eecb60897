import Profiles

/// The nodes and edges of a `StageGraph` while it grows: a stage for the embedding, one for each layer, one for
/// the scores and the loss.
struct StrategyGraph<Operator: ShardableOperator> {
  /// A node with what its edges need.
  private struct Placed {
    let operation: Operator
    let assignments: [RoleAssignment]
  }

  /// What two operators' edges have in common.
  private struct EdgeKey: Hashable {
    let source: Operator
    let target: Operator
    let rows: [RoleAssignment]
    let columns: [RoleAssignment]
  }

  private struct Matrices {
    let forward: [[Double]]
    let backward: [[Double]]
  }

  let costs: StrategyCosts
  let conversion: StrategyCollector.Conversion
  private(set) var stages: [String] = []
  private(set) var nodes: [StageGraph.Node] = []
  private(set) var edges: [StageGraph.Edge] = []
  private var placed: [Placed] = []
  private var strategies: [Operator: [StageStrategy]] = [:]
  private var matrices: [EdgeKey: Matrices] = [:]
  /// How the strategies of each kind of operator place tensors.
  private(set) var shardings: [NodeSharding] = []
  /// The ways that edges take, in the order in which they came up.
  private(set) var ways: [LayoutWay] = []
  private var shardingOf: [Operator: Int] = [:]
  private var times: [LayoutWay.Ends: Double] = [:]

  init(costs: StrategyCosts, conversion: @escaping StrategyCollector.Conversion) {
    self.costs = costs
    self.conversion = conversion
  }

  /// Adds operators as the next stage of the chain.
  ///
  /// - Parameter repeats: What the stages have in their name that are alike; nil for one of its kind.
  mutating func addStage(
    _ name: String, _ operators: [StageOperator<Operator>], repeats: String? = nil,
    embedding: Int? = nil, qualifiesNames: Bool = true
  ) throws(CollectorError) {
    let entry = nodes.indices.last
    let stage = stages.count
    stages.append(name)
    var positions: [String: Int] = [:]
    if let entry { positions[placed[entry].operation.name] = entry }
    for item in operators {
      let operation = item.operation
      let leader =
        item.leader.flatMap { positions[$0] } ?? (operation.name == "head" ? embedding : nil)
      let assignments: [RoleAssignment]
      if let leader {
        assignments = placed[leader].assignments
      } else {
        let group = [operation] + operators.filter { $0.leader == operation.name }.map(\.operation)
        assignments = try even(group)
      }
      if strategies[operation] == nil {
        strategies[operation] = try assignments.map { assignment throws(CollectorError) in
          try operation.strategy(assignment, costs)
        }
        shardingOf[operation] = shardings.count
        shardings.append(try sharding(of: operation, assignments))
      }
      let node = nodes.count
      positions[operation.name] = node
      nodes.append(
        StageGraph.Node(
          id: name == operation.name || !qualifiesNames
            ? operation.name : "\(name).\(operation.name)", stage: stage,
          repeatGroup: repeats.map { "\($0).\(operation.name)" }, leader: leader,
          strategies: strategies[operation] ?? [], sharding: shardingOf[operation],
          weights: operation.weights.map { repeats == nil ? $0.name : "\(name).\($0.name)" },
          borrowed: operation.borrowed.map(\.name)))
      placed.append(Placed(operation: operation, assignments: assignments))
      let sources = item.sources.compactMap { positions[$0] }
      if let entry, item.sources.isEmpty, !item.readsNetworkInput { try connect(entry, node) }
      for source in sources { try connect(source, node) }
    }
  }

  /// All assignments that split an operator and its followers evenly.
  private func even(_ group: [Operator]) throws(CollectorError) -> [RoleAssignment] {
    let first = group[0]
    let all = RoleAssignment.all(
      axes: costs.mesh.axes.count, of: first.roles,
      sharesWeights: group.contains(where: \.sharesWeights))
    let even = all.filter { assignment in
      group.allSatisfy { $0.isEven(assignment, costs) }
    }
    guard !even.isEmpty else {
      throw .option(
        name: "mesh",
        problem: "no roles of the axes split \(first.name) evenly on \(costs.mesh.title)",
        remedy: "give a batch or a sequence that the axes divide")
    }
    return even
  }

  /// What a plan tells of an operator's tensors; a kind with the name of another gets a number.
  private func sharding(
    of operation: Operator, _ assignments: [RoleAssignment]
  ) throws(CollectorError) -> NodeSharding {
    let namesakes = shardings.count {
      $0.id == operation.name || $0.id.hasPrefix(operation.name + " ")
    }
    return NodeSharding(
      id: namesakes == 0 ? operation.name : "\(operation.name) \(namesakes + 1)",
      output: try operation.outputTensor(costs),
      readsInputAgain: operation.needsInput, weights: operation.weights.map(\.shape),
      strategies: try assignments.map { assignment throws(CollectorError) in
        try operation.sharding(assignment, costs)
      })
  }

  // MARK: Edges

  private mutating func connect(_ source: Int, _ target: Int) throws(CollectorError) {
    let (from, to) = (placed[source], placed[target])
    let key = EdgeKey(
      source: from.operation, target: to.operation, rows: from.assignments,
      columns: to.assignments)
    let found: Matrices
    if let known = matrices[key] {
      found = known
    } else {
      found = try edge(from, to)
      matrices[key] = found
    }
    edges.append(
      StageGraph.Edge(
        source: source, target: target, forwardMicroseconds: found.forward,
        backwardMicroseconds: found.backward))
  }

  /// What a tensor's way from each layout to each other takes, and that of its gradient back. An input that the
  /// backward pass needs in another layout than it was kept in is converted again; a sum is kept in place of
  /// its summands.
  private mutating func edge(_ source: Placed, _ target: Placed) throws(CollectorError) -> Matrices
  {
    guard let tensor = try source.operation.outputTensor(costs) else {
      return Matrices(forward: [], backward: [])
    }
    var (forward, backward): ([[Double]], [[Double]]) = ([], [])
    for row in source.assignments {
      var (there, back): ([Double], [Double]) = ([], [])
      for column in target.assignments {
        let way = try time(
          tensor, source.operation.output(row), target.operation.input(column))
        let gradient = try time(
          tensor, target.operation.inputGradient(column), source.operation.outputGradient(row))
        there.append(way)
        let isConvertedAgain =
          target.operation.needsInput && source.operation.output(row).partialAxes.isEmpty
        back.append(gradient + (isConvertedAgain ? way : 0))
      }
      forward.append(there)
      backward.append(back)
    }
    return Matrices(forward: forward, backward: backward)
  }

  private mutating func time(
    _ tensor: MeshTensor, _ from: TensorLayout, _ to: TensorLayout
  ) throws(CollectorError) -> Double {
    if from == to { return 0 }
    let ends = LayoutWay.Ends(tensor: tensor, source: from, target: to)
    if let known = times[ends] { return known }
    guard let way = conversion(tensor, from, to) else {
      throw .option(
        name: "mesh", problem: "no steps lead from layout \(from.text) to \(to.text)",
        remedy: "give a mesh whose axes divide batch, sequence and widths")
    }
    times[ends] = way.microseconds
    ways.append(LayoutWay(ends: ends, steps: way.steps))
    return way.microseconds
  }
}
