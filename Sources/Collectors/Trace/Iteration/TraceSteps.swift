/// One training step of a trace.
struct TraceStep {
  var label: String
  var number: Int?
  var start: Int
  var end: Int
  /// The operators that start in the step.
  var operators: Range<Int> = 0..<0
}

/// Where the steps of a trace begin and end.
struct TraceSteps {
  private(set) var steps: [TraceStep] = []
  /// What told the steps apart.
  private(set) var rule = ""

  init(of trace: KinetoTrace, nesting: OperatorNesting) {
    for scope in nesting.scopes {
      guard let number = TracedName.step(trace.names[scope.name]) else { continue }
      steps.append(
        TraceStep(label: "step \(number)", number: number, start: scope.start, end: scope.end))
    }
    rule = "the annotations ProfilerStep#"
    if steps.isEmpty { divideByOptimizer(trace, nesting) }
    if steps.isEmpty, let first = nesting.operators.first {
      let end = nesting.operators.reduce(first.end) { max($0, $1.end) }
      steps = [TraceStep(label: "the whole trace", start: first.start, end: end)]
      rule = "none: the whole trace is taken for one step"
    }
    steps.sort { ($0.start, $0.end) < ($1.start, $1.end) }
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
  }

  /// Without annotations of the profiler a step reaches from the end of one `Optimizer.step` to the
  /// end of the next.
  private mutating func divideByOptimizer(_ trace: KinetoTrace, _ nesting: OperatorNesting) {
    let ends = nesting.scopes
      .filter { trace.names[$0.name].hasPrefix("Optimizer.step") }.map(\.end).sorted()
    var start = nesting.operators.first?.start ?? 0
    for (index, end) in ends.enumerated() where end > start {
      steps.append(TraceStep(label: "step \(index)", number: index, start: start, end: end))
      start = end
    }
    rule = "the ends of the annotations Optimizer.step"
  }
}
