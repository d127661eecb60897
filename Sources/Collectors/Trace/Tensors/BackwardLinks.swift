import Profiles

/// Which forward operator each backward node belongs to, and the parameters that the backward pass
/// reveals.
///
/// Operators are positions in the step.
struct BackwardLinks {
  /// A parameter: something that a gradient is accumulated for.
  struct Parameter {
    var shape: [Int]
    var bytes: Int
    /// The forward operator that uses it, if the trace tells.
    var user: Int?
    /// The operator that adds its gradient.
    var accumulator: Int
  }

  /// The forward operator of each backward node.
  private(set) var forward: [Int?]
  /// The parameters in the order of their use.
  private(set) var parameters: [Parameter] = []
  /// How many backward nodes have a forward operator.
  private(set) var linked = 0
  private(set) var nodes = 0
  /// Whether gradients are added to memory that outlives the step: the operators that accumulate
  /// them run a kernel then.
  private(set) var keepsGradients = false

  /// Links by sequence number; where the trace has none, by its own forward-backward flows.
  init(of trace: KinetoTrace, nesting: OperatorNesting, step: Range<Int>) {
    let operators = nesting.operators[step]
    forward = [Int?](repeating: nil, count: step.count)
    var bySequence: [Int: Int] = [:]
    for index in step where !operators[index].isBackwardNode {
      guard operators[index].phase == .forward else { continue }
      for sequence in operators[index].sequences { bySequence[sequence] = index }
    }
    var byFlow: [Int: Int] = [:]
    if bySequence.isEmpty {
      for id in trace.forwardEnds.keys.sorted() {
        guard let from = trace.forwardEnds[id], let to = trace.backwardEnds[id],
          let source = nesting.index(thread: from.thread, time: from.time),
          let target = nesting.index(thread: to.thread, time: to.time)
        else { continue }
        byFlow[target] = source
      }
    }
    var lastNode: Int?
    for index in step where operators[index].isBackwardNode && operators[index].thread >= 0 {
      let operation = operators[index]
      if operation.accumulatesGradient {
        guard let input = operation.inputs.first else { continue }
        if operation.launches > 0 { keepsGradients = true }
        let user = lastNode.flatMap { forward[$0 - step.lowerBound] }
        parameters.append(
          Parameter(
            shape: input.shape, bytes: input.bytes, user: user,
            accumulator: index - step.lowerBound))
        continue
      }
      lastNode = index
      nodes += 1
      let source = operation.sequences.lazy.compactMap { bySequence[$0] }.first ?? byFlow[index]
      guard let source, step.contains(source), source < index else { continue }
      forward[index - step.lowerBound] = source - step.lowerBound
      linked += 1
    }
    parameters.sort {
      ($0.user ?? Int.max, -$0.accumulator) < ($1.user ?? Int.max, -$1.accumulator)
    }
  }
}
