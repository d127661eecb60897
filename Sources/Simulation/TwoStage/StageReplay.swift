public import Plans
public import Profiles

/// Replays a plan of strategies and checkpoints on one device, pass by pass.
///
/// The rules are those of the profile's section alone. States are held throughout. A stage's input is the
/// output of the stage before; a forward pass frees it, or keeps it, or keeps all that its backward pass needs
/// too, then with the output. One that keeps some nodes leaves what their backward passes need, and the output; the
/// rest is made again from that and from the input by a pass of its own (`StageRemains`). A backward pass needs
/// all that is saved, the input, and the gradient of the output, and frees them; it makes the gradient of the input.
/// Sizes are added in bytes, times in whole picoseconds, so that nothing is rounded twice.
public struct StageReplay: Sendable {
  let graph: StageGraph

  /// Prepares replays on a valid section.
  public init(of graph: StageGraph) {
    self.graph = graph
  }

  /// Replays a plan.
  public func run(_ plan: StagePlan) -> StageResult {
    var result = StageResult()
    guard let strategies = strategies(of: plan, into: &result) else { return result }
    let stages = StageAmounts(of: graph, strategies)
    result.stateBytes = stages.stateBytes
    result.parameterBytes = stages.parameterBytes
    result.gradientBytes = stages.gradientBytes
    result.optimizerStateBytes = stages.optimizerStateBytes
    var memory = StageMemory(stages, names: graph.stages)
    let positions = Dictionary(
      graph.stages.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var forwards = graph.stages.map { _ in 0 }
    var nodeRuns = graph.nodes.map { _ in 0 }
    var members = graph.stages.map { _ in [Int]() }
    for (index, node) in graph.nodes.enumerated() { members[node.stage].append(index) }
    var remains: [Int: StageRemains] = [:]
    result.picoseconds = stages.synchronization
    for (index, step) in plan.schedule.enumerated() {
      let name =
        switch step {
        case .forward(let stage, _): stage
        case .again(let stage): stage
        case .backward(let stage): stage
        }
      guard let stage = positions[name] else {
        result.addFault("schedule[\(index)]: there is no stage '\(name)'")
        return result
      }
      var fault: String?
      switch step {
      case .forward(_, let kept):
        forwards[stage] += 1
        result.picoseconds += stages.forward[stage]
        if forwards[stage] > 1 { result.recomputePicoseconds += stages.forward[stage] }
        for node in members[stage] { nodeRuns[node] += 1 }
        guard case .nodes(let names) = kept else {
          fault = memory.forward(stage, keeping: kept)
          break
        }
        var nodes = Set<Int>()
        for name in names {
          guard let node = members[stage].first(where: { graph.nodes[$0].id == name }) else {
            fault = "stage '\(graph.stages[stage])' has no node '\(name)'"
            continue
          }
          if !nodes.insert(node).inserted { fault = "'\(name)' stands twice" }
        }
        if fault != nil { break }
        let rest = StageRemains(stages, members[stage], kept: nodes)
        remains[stage] = rest
        fault = memory.forward(stage, leaving: rest)
      case .again:
        fault = memory.again(stage)
        for node in remains[stage]?.again ?? [] { nodeRuns[node] += 1 }
        let time = remains[stage]?.picoseconds ?? 0
        result.picoseconds += time
        result.recomputePicoseconds += time
        if fault == nil { result.partStages.append(stage) }
      case .backward:
        result.picoseconds += stages.backward[stage]
        fault = memory.backward(stage)
      }
      if let fault {
        result.addFault("schedule[\(index)]: \(fault)")
        return result
      }
      result.stepPeakBytes.append(memory.peak)
      if memory.peak > result.peakBytes {
        result.peakBytes = memory.peak
        result.peakStep = step
      }
    }
    if let fault = memory.faultAtEnd { result.addFault(fault) }
    result.forwardRuns = forwards
    result.nodeRuns = nodeRuns
    replayPlacement(of: plan, strategies, into: &result)
    let peak = result.peakBytes
    if peak > plan.budgetBytes, let step = result.peakStep {
      result.addFault(
        "\(StageResult.words(for: step)) takes \(peak) bytes, "
          + "\(peak - plan.budgetBytes) more than the budget")
    }
    return result
  }

  /// Checks the placement block of a plan whose schedule runs through.
  private func replayPlacement(
    of plan: StagePlan, _ strategies: [Int], into result: inout StageResult
  ) {
    guard let block = plan.placement else {
      result.placement = .absent(graph.placement == nil ? .unknownToProfile : .notInPlan)
      return
    }
    guard
      var replay = StagePlacementReplay(
        graph, strategies: strategies, forwardRuns: result.nodeRuns)
    else {
      result.placement = .refused
      result.addFault(
        "placement: the profile doesn't say how strategies place tensors, so that nothing confirms it; "
          + "remove the block, or collect the profile anew")
      return
    }
    let collectives = replay.run(block)
    for fault in replay.faults { result.addFault(fault) }
    result.placement = replay.faults.isEmpty ? .confirmed(collectives) : .refused
  }

  /// The position of each node's strategy; nil if the plan doesn't name one for each.
  private func strategies(of plan: StagePlan, into result: inout StageResult) -> [Int]? {
    var named: [String: String] = [:]
    for assignment in plan.strategies {
      if named.updateValue(assignment.strategy, forKey: assignment.node) != nil {
        result.addFault("'\(assignment.node)' has two strategies")
      }
    }
    var positions: [Int] = []
    for node in graph.nodes {
      guard let name = named.removeValue(forKey: node.id) else {
        result.addFault("'\(node.id)' has no strategy")
        continue
      }
      guard let position = node.strategies.firstIndex(where: { $0.id == name }) else {
        result.addFault("'\(node.id)' knows no strategy '\(name)'")
        continue
      }
      positions.append(position)
    }
    for node in named.keys.sorted() { result.addFault("there is no node '\(node)'") }
    guard result.isValid else { return nil }
    for (index, node) in graph.nodes.enumerated() {
      if let leader = node.leader, positions[leader] != positions[index] {
        result.addFault(
          "'\(node.id)' takes another strategy than '\(graph.nodes[leader].id)', which it follows")
      }
    }
    return result.isValid ? positions : nil
  }
}
