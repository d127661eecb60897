import Profiles

/// The outermost operators of a trace, and which of them was running at a time.
///
/// Events of one thread nest by time. Annotations are looked through; so are, in traces of 2021,
/// events whose names aren't those of operators.
struct OperatorNesting {
  /// The outermost operators by start.
  private(set) var operators: [TracedOperator] = []
  /// The annotations, outer ones first.
  private(set) var scopes: [KinetoTrace.CPUEvent] = []
  /// Positions in `operators`, by thread, by start.
  private var byThread: [Int: [Int]] = [:]

  /// Takes operators that are outermost already.
  init(operators: [TracedOperator]) {
    self.operators = operators
    sort()
  }

  init(of trace: KinetoTrace) {
    let order = trace.cpu.indices.sorted {
      let (one, other) = (trace.cpu[$0], trace.cpu[$1])
      if one.thread != other.thread { return one.thread < other.thread }
      if one.start != other.start { return one.start < other.start }
      if one.end != other.end { return one.end > other.end }
      return $0 < $1
    }
    var thread = -1
    var optimizerEnd = Int.min
    var operatorEnd = Int.min
    for index in order {
      let event = trace.cpu[index]
      let name = trace.names[event.name]
      if event.thread != thread {
        thread = event.thread
        optimizerEnd = Int.min
        operatorEnd = Int.min
      }
      if event.start < operatorEnd {
        addInner(event)
      } else if event.isAnnotation || TracedName.isScope(name) {
        scopes.append(event)
        if TracedName.isOptimizer(name) { optimizerEnd = max(optimizerEnd, event.end) }
      } else {
        operators.append(
          TracedOperator(
            name: TracedName.short(name), thread: thread, start: event.start, end: event.end,
            sequences: event.sequence >= 0 ? [event.sequence] : [],
            recordFunction: event.recordFunction, inputs: event.inputs,
            isBackwardNode: TracedName.isBackwardNode(name),
            isInOptimizer: event.start < optimizerEnd,
            isCommunication: TracedName.isCommunication(name)))
        operatorEnd = event.end
      }
    }
    sort()
  }

  /// What an operator doesn't say itself, the operators inside it do.
  private mutating func addInner(_ event: KinetoTrace.CPUEvent) {
    let last = operators.count - 1
    if event.sequence >= 0, operators[last].sequences.last != event.sequence {
      operators[last].sequences.append(event.sequence)
    }
    if operators[last].inputs.isEmpty { operators[last].inputs = event.inputs }
  }

  /// Adds an operator that isn't on a CPU thread, such as a collective.
  mutating func add(_ operation: TracedOperator) { operators.append(operation) }

  /// Puts the operators in the order of their starts; `index(of:)` depends on it.
  ///
  /// - Returns: The new position of each operator.
  @discardableResult
  mutating func sort() -> [Int] {
    let order = operators.indices.sorted {
      (operators[$0].start, $0) < (operators[$1].start, $1)
    }
    var position = [Int](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { position[old] = new }
    operators = order.map { operators[$0] }
    byThread = [:]
    for (index, operation) in operators.enumerated() where operation.thread >= 0 {
      byThread[operation.thread, default: []].append(index)
    }
    return position
  }

  /// The operator that runs on a thread at a time.
  func index(thread: Int, time: Int) -> Int? {
    guard let own = byThread[thread] else { return nil }
    let next = partition(own.count) { operators[own[$0]].start > time }
    guard next > 0, operators[own[next - 1]].end > time else { return nil }
    return own[next - 1]
  }

  /// The last operator that started at or before a time, on any thread.
  func lastIndex(before time: Int) -> Int? {
    let next = partition(operators.count) { operators[$0].start > time }
    return next > 0 ? next - 1 : nil
  }
}

extension OperatorNesting {
  /// Notes how many device events each operator queued.
  mutating func setLaunches(_ launches: [Int]) {
    for (index, count) in launches.enumerated() { operators[index].launches = count }
  }

  /// Decides the phase of the operators of a step.
  ///
  /// Backward are the nodes of the backward graph and, between the first and the last of them, what
  /// runs on another thread than the first operator of the step, or has no sequence number on the
  /// same one. What the optimizer's annotations surround, or what comes after the last backward
  /// node, belongs to the optimizer. The rest is forward.
  mutating func setPhases(of step: Range<Int>) {
    let backward = step.filter { operators[$0].isBackwardNode && operators[$0].thread >= 0 }
    let home = step.first { operators[$0].thread >= 0 }.map { operators[$0].thread }
    for index in step {
      let operation = operators[index]
      if operation.isCommunication {
        operators[index].phase = .communication
      } else if operation.isInOptimizer {
        operators[index].phase = .optimizer
      } else if operation.isBackwardNode {
        operators[index].phase = .backward
      } else if let first = backward.first, let last = backward.last, index > first {
        if index > last {
          operators[index].phase = .optimizer
        } else if operation.thread != home || operation.sequences.isEmpty {
          operators[index].phase = .backward
        }
      }
    }
  }
}

/// The first position at which a condition holds that then holds to the end.
func partition(_ count: Int, _ holds: (Int) -> Bool) -> Int {
  var (low, high) = (0, count)
  while low < high {
    let middle = (low + high) / 2
    if holds(middle) { high = middle } else { low = middle + 1 }
  }
  return low
}
