import Profiles

/// Which node of an Execution Trace lies inside which, and the outermost operators.
struct ExecutionTree {
  /// By node.
  private(set) var children: [[Int]]
  /// The nodes of the outermost operators, in the order of their calls.
  private(set) var tops: [Int] = []
  /// The outermost operators.
  private(set) var nesting: OperatorNesting
  private(set) var steps: [TraceStep] = []
  private(set) var rule = "none: the whole trace is taken for one step"

  init(of trace: ExecutionTrace) {
    let nodes = trace.nodes
    var position: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() { position[node.id] = index }
    children = Array(repeating: [], count: nodes.count)
    var top = [Int](repeating: -1, count: nodes.count)
    var isInOptimizer = [Bool](repeating: false, count: nodes.count)
    var operators: [TracedOperator] = []
    /// The annotation of the optimizer's step that surrounds a node.
    var optimizerStep = [Int?](repeating: nil, count: nodes.count)
    var optimizerEnd: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() {
      // A parent has a smaller id; one that hasn't can't be one.
      let parent = position[node.parent].flatMap { $0 < index ? $0 : nil }
      if let parent {
        isInOptimizer[index] = isInOptimizer[parent]
        optimizerStep[index] = optimizerStep[parent]
      }
      if let parent, top[parent] >= 0 {
        top[index] = top[parent]
        children[parent].append(index)
        if node.sequence >= 0 { operators[top[index]].sequences.append(node.sequence) }
      } else if TracedName.isScope(node.name) {
        if TracedName.isOptimizer(node.name) { isInOptimizer[index] = true }
        if node.name.hasPrefix("Optimizer.step") { optimizerStep[index] = index }
        if let number = TracedName.step(node.name) {
          steps.append(
            TraceStep(label: "step \(number)", number: number, start: node.id, end: Int.max))
        }
      } else {
        top[index] = operators.count
        tops.append(index)
        operators.append(
          TracedOperator(
            name: TracedName.short(node.name), thread: node.thread, start: node.id, end: node.id,
            sequences: node.sequence >= 0 ? [node.sequence] : [],
            recordFunction: node.recordFunction,
            isBackwardNode: TracedName.isBackwardNode(node.name),
            isInOptimizer: isInOptimizer[index],
            isCommunication: TracedName.isCommunication(node.name)))
      }
      if let step = optimizerStep[index] { optimizerEnd[step] = node.id }
    }
    nesting = OperatorNesting(operators: operators)
    divide(nodes, optimizerEnd)
  }

  private mutating func divide(_ nodes: [ExecutionTrace.Node], _ optimizerEnd: [Int: Int]) {
    if !steps.isEmpty {
      rule = "the annotations ProfilerStep#"
    } else {
      var start = Int.min
      let ends = optimizerEnd.values.sorted()
      for (index, end) in ends.enumerated() {
        steps.append(TraceStep(label: "step \(index)", number: index, start: start, end: end &+ 1))
        start = end &+ 1
      }
      if !steps.isEmpty { rule = "the ends of the annotations Optimizer.step" }
    }
    if steps.isEmpty {
      steps = [TraceStep(label: "the whole trace", start: Int.min, end: Int.max)]
    }
    let operators = nesting.operators
    for index in steps.indices {
      if index + 1 < steps.count {
        steps[index].end = min(steps[index].end, steps[index + 1].start)
      }
      let low = partition(operators.count) { operators[$0].start >= steps[index].start }
      let high = partition(operators.count) { operators[$0].start >= steps[index].end }
      steps[index].operators = low..<max(low, high)
    }
    steps.removeAll { $0.operators.isEmpty }
    for step in steps { nesting.setPhases(of: step.operators) }
  }
}

extension ExecutionTree {
  /// The position of the step to use: the one with the number; without one, of three steps and more the second,
  /// as the first warms up and the others tell what stays.
  ///
  /// - Throws: `option` where no step has the number, `invalid` where there is none at all.
  func chosenStep(_ number: Int?, file: String) throws(CollectorError) -> Int {
    guard !steps.isEmpty else {
      throw .invalid(
        file: file, place: "nodes", problem: "no node is an operator",
        remedy: "record a training step with ExecutionTraceObserver")
    }
    guard let number else { return steps.count >= 3 ? 1 : steps.count - 1 }
    guard let index = steps.firstIndex(where: { $0.number == number }) else {
      let known = steps.compactMap(\.number).map(String.init).joined(separator: ", ")
      throw .option(
        name: "step", problem: "\(file) has no step \(number)",
        remedy: known.isEmpty ? "leave it out" : "choose one of \(known)")
    }
    return index
  }
}
