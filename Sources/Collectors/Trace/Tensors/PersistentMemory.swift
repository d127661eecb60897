import Profiles

/// What was in memory before the step and stays: parameters, gradients that are added to, states of
/// the optimizer.
///
/// The gradients that a step accumulates tell the parameters. Where the trace says how much was in
/// use when the step began, the rest of it is the states, or a tensor that can't move.
struct PersistentMemory {
  private(set) var parameterBytes = 0
  private(set) var statesPerParameter = 0
  private(set) var keepsGradients: Bool
  /// What else was there, according to the trace's own total.
  private(set) var otherBytes = 0
  /// Whether the shapes claim more than the trace had in use.
  private(set) var exceedsBase = false

  private let parameters: [BackwardLinks.Parameter]

  /// Decides what there is.
  ///
  /// - Parameters:
  ///   - base: What was in use when the step began, less what the step frees of it.
  ///   - optimizer: The operators of the optimizer's step.
  /// - Returns: nil if the sizes can't be added up.
  init?(links: BackwardLinks, base: Int?, operators: ArraySlice<TracedOperator>, scope: String?) {
    parameters = links.parameters
    keepsGradients = links.keepsGradients
    for parameter in parameters {
      guard let bytes = MemoryBlock.rounded(parameter.bytes) else { return nil }
      let (sum, overflow) = parameterBytes.addingReportingOverflow(bytes)
      guard !overflow, sum < 1 << 50 else { return nil }
      parameterBytes = sum
    }
    statesPerParameter = PersistentMemory.states(of: operators, scope: scope)
    guard let base else { return }
    let known = parameterBytes * (keepsGradients ? 2 : 1)
    if base < known {
      exceedsBase = true
      keepsGradients = false
      statesPerParameter = 0
      otherBytes = base
    } else {
      let rest = base - known
      if parameterBytes > 0 {
        statesPerParameter = min(rest / parameterBytes, statesPerParameter)
      }
      otherBytes = rest - statesPerParameter * parameterBytes
    }
  }

  /// How many states the optimizer has for each parameter: two if it divides by a root (Adam), one
  /// if it scales something of the parameter's shape (momentum), else none.
  private static func states(of operators: ArraySlice<TracedOperator>, scope: String?) -> Int {
    let names = Set(operators.lazy.filter { $0.phase == .optimizer }.map(\.name))
    if scope?.lowercased().contains("adam") == true { return 2 }
    if names.contains(where: { $0.contains("addcdiv") || $0.contains("fused_adam") }) { return 2 }
    return names.contains { $0 == "aten::mul_" || $0 == "aten::_foreach_mul_" } ? 1 : 0
  }

  /// Adds the tensors to a graph and says who touches them.
  func add(
    to graph: inout TensorGraph, operators: ArraySlice<TracedOperator>, names: [String],
    links: BackwardLinks
  ) {
    var kept: [[Int]] = []
    var gradients: [Int?] = []
    var nodes: [Int: [Int]] = [:]
    for (node, source) in links.forward.enumerated() {
      if let source { nodes[source, default: []].append(node) }
    }
    if !exceedsBase {
      for (index, parameter) in parameters.enumerated() {
        let bytes = MemoryBlock.rounded(parameter.bytes) ?? parameter.bytes
        let id = "parameter.\(index)"
        let tensor = graph.add(
          Tensor(id: id, bytes: bytes, shape: parameter.shape, kind: .parameter))
        var own = [tensor]
        if let user = parameter.user {
          graph.reads[user].append(tensor)
          for node in nodes[user] ?? [] { graph.reads[node].append(tensor) }
        }
        var gradient: Int?
        if keepsGradients {
          let added = graph.add(
            Tensor(id: "\(id).gradient", bytes: bytes, kind: .gradient, isPersistent: true))
          graph.reads[parameter.accumulator].append(added)
          graph.writes[parameter.accumulator].append(added)
          own.append(added)
          gradient = added
        }
        for state in 0..<statesPerParameter {
          own.append(
            graph.add(Tensor(id: "\(id).state\(state)", bytes: bytes, kind: .optimizerState)))
        }
        kept.append(own)
        gradients.append(gradient)
      }
      update(&graph, operators: operators, kept: kept, gradients: gradients)
    }
    if otherBytes > 0 {
      _ = graph.add(
        Tensor(
          id: "resident", bytes: otherBytes, kind: .parameter, isPersistent: true, isMovable: false)
      )
    }
  }

  /// The optimizer's operators take the parameters of the shapes of their inputs, each operator's
  /// name in turn; before the backward pass they touch the gradients alone.
  private func update(
    _ graph: inout TensorGraph, operators: ArraySlice<TracedOperator>, kept: [[Int]],
    gradients: [Int?]
  ) {
    var byShape: [[Int]: [Int]] = [:]
    for (index, parameter) in parameters.enumerated() {
      byShape[parameter.shape, default: []].append(index)
    }
    var turn: [String: [[Int]: Int]] = [:]
    let firstBackward = operators.firstIndex { $0.phase == .backward } ?? operators.endIndex
    let hasShapes = operators.contains { $0.phase == .optimizer && !$0.inputs.isEmpty }
    for (step, operation) in operators.enumerated() where operation.phase == .optimizer {
      var chosen: Set<Int> = []
      if hasShapes {
        // Operators on one parameter name its shape several times, those on lists each shape once.
        let isSingle = operation.inputs.count <= 3 && Set(operation.inputs).count == 1
        for input in operation.inputs.prefix(isSingle ? 1 : operation.inputs.count) {
          guard let same = byShape[input.shape] else { continue }
          let next = turn[operation.name]?[input.shape] ?? 0
          chosen.insert(same[next % same.count])
          turn[operation.name, default: [:]][input.shape] = next + 1
        }
      } else if operation.launches > 0 {
        chosen = Set(parameters.indices)
      }
      let isBefore = operators.startIndex + step < firstBackward
      for parameter in chosen.sorted() {
        let touched = isBefore ? gradients[parameter].map { [$0] } ?? [] : kept[parameter]
        graph.reads[step] += touched
        graph.writes[step] += touched
      }
    }
  }
}
