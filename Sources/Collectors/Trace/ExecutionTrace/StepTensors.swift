import Profiles

/// The tensors of one step of an Execution Trace.
struct StepTensors {
  private(set) var graph: TensorGraph
  /// Storages from before the step that the rest of the trace doesn't touch.
  private(set) var carriedOver = 0
  /// Tensors that later steps touch.
  private(set) var left = 0

  private let lives: StorageLives
  private let operators: [TracedOperator]
  private let names: [String]
  /// The outermost operators of the trace that belong to the step, by their place in the profile.
  private let tops: [Int?]

  /// Makes the tensors.
  ///
  /// - Parameters:
  ///   - tops: The operator of the trace behind each operator of the profile, ascending, if any.
  ///   - exchanged: The storages that collectives without an operator of their own exchange.
  ///   - end: The first operator of the trace after the step.
  ///   - isLastStep: Whether the trace ends with the step, so that nothing tells what stays.
  init(
    lives: StorageLives, operators: [TracedOperator], names: [String], tops: [Int?],
    exchanged: [Int: [Int]] = [:], end: Int, isLastStep: Bool
  ) {
    self.lives = lives
    self.operators = operators
    self.names = names
    self.tops = tops
    graph = TensorGraph(operatorCount: operators.count)
    var readers: [Int: [Int]] = [:]
    var writers: [Int: [Int]] = [:]
    for (step, top) in tops.enumerated() {
      guard let top else { continue }
      for life in Set(lives.accesses[top].reads) { readers[life, default: []].append(step) }
      for life in Set(lives.accesses[top].writes) { writers[life, default: []].append(step) }
    }
    for step in exchanged.keys.sorted() {
      for life in Set(exchanged[step] ?? []) {
        readers[life, default: []].append(step)
        writers[life, default: []].append(step)
      }
    }
    var stepOfTop: [Int: Int] = [:]
    for (step, top) in tops.enumerated() { if let top { stepOfTop[top] = step } }
    var parts: [Int: Int] = [:]
    for life in Set(readers.keys).union(writers.keys).sorted() where lives.lives[life].bytes > 0 {
      let reads = readers[life] ?? []
      let writes = writers[life] ?? []
      let isLeft = lives.lives[life].last >= end
      if let maker = lives.lives[life].maker.flatMap({ stepOfTop[$0] }) {
        if reads.isEmpty, writes == [maker], !isLeft {
          graph.workspace[maker] += lives.lives[life].bytes
          continue
        }
        let part = parts[maker, default: 0]
        parts[maker] = part + 1
        addMade(life, by: maker, part: part, reads: reads, writes: writes, isLeft: isLeft)
      } else {
        let stays = isLeft || isLastStep
        addGiven(life, reads: reads, writes: writes, stays: stays)
        if !stays { carriedOver += 1 }
      }
    }
    markRecomputable()
  }

  private mutating func addMade(
    _ life: Int, by maker: Int, part: Int, reads: [Int], writes: [Int], isLeft: Bool
  ) {
    let phase = operators[maker].phase
    let tensor = graph.add(
      Tensor(
        id: "\(names[maker]).\(part)", bytes: lives.lives[life].bytes,
        kind: phase == .backward ? .gradient : .activation))
    for step in reads where step != maker { graph.reads[step].append(tensor) }
    for step in writes { graph.writes[step].append(tensor) }
    if isLeft, maker != operators.count - 1 {
      graph.reads[operators.count - 1].append(tensor)
      left += 1
    }
  }

  private mutating func addGiven(_ life: Int, reads: [Int], writes: [Int], stays: Bool) {
    let kind = stays ? self.kind(reads: reads, writes: writes) : .input
    let tensor = graph.add(
      Tensor(
        id: "\(kind.rawValue).\(life)", bytes: lives.lives[life].bytes, kind: kind,
        isPersistent: stays))
    for step in reads { graph.reads[step].append(tensor) }
    for step in writes {
      graph.writes[step].append(tensor)
      // What was there before is changed in place.
      graph.reads[step].append(tensor)
    }
  }

  /// What stays is a parameter if the forward pass reads it, a gradient if the backward pass does, a
  /// state of the optimizer if only that does.
  private func kind(reads: [Int], writes: [Int]) -> Tensor.Kind {
    let phases = Set((reads + writes).map { operators[$0].phase })
    if phases.contains(.forward) { return .parameter }
    if phases.contains(.backward) || phases.contains(.communication) { return .gradient }
    return .optimizerState
  }

  private mutating func markRecomputable() {
    for step in operators.indices where operators[step].phase == .forward && tops[step] != nil {
      let changes = Set(graph.reads[step]).intersection(graph.writes[step])
      graph.isRecomputable[step] =
        changes.isEmpty && !graph.writes[step].isEmpty
        && !BlockAccesses.isUnrepeatable(operators[step].name)
    }
  }

  /// Changes the graph by rules that aren't about tensors.
  mutating func update(_ change: (inout TensorGraph) -> Void) { change(&graph) }
}
