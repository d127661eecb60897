import Profiles

/// The blocks that the shapes of a step imply where the trace has no memory events.
///
/// An input is the latest block of its size that nothing has read yet; else the output of the
/// operator just before, if that has made nothing yet; else the latest block of its size; else the
/// output of the latest operator that has made nothing yet, in the backward pass of the latest node.
/// One that no operator can have made was there before the step. A block lives to its last reader;
/// those that autograd keeps, to the backward node of the operator that keeps them: its inputs, or
/// its output where the derivative is a function of that.
struct ShapeBlocks {
  private(set) var blocks: [MemoryBlock] = []

  private let operators: ArraySlice<TracedOperator>
  private let links: BackwardLinks
  private let hasDevice: Bool
  private var present: [Int: [Int]] = [:]
  private var isRead: [Bool] = []
  private var hasOutput: [Bool]
  private var parameterShapes: [Int: [[Int]]] = [:]
  /// The last backward node of each forward operator.
  private var lastNode: [Int: Int] = [:]

  init(operators: ArraySlice<TracedOperator>, links: BackwardLinks, hasDevice: Bool) {
    self.operators = operators
    self.links = links
    self.hasDevice = hasDevice
    hasOutput = Array(repeating: false, count: operators.count)
    for parameter in links.parameters {
      if let user = parameter.user { parameterShapes[user, default: []].append(parameter.shape) }
    }
    for (node, source) in links.forward.enumerated() {
      if let source { lastNode[source] = max(lastNode[source] ?? 0, node) }
    }
    for step in 0..<operators.count
    where self.operators[operators.startIndex + step].phase != .optimizer {
      readInputs(of: step)
    }
  }

  private mutating func readInputs(of step: Int) {
    let current = operators[operators.startIndex + step]
    guard !current.isCommunication, runs(step) || current.isBackwardNode else { return }
    var parameters = parameterShapes[step] ?? []
    var own: Set<Int> = []
    for input in current.inputs {
      if let index = parameters.firstIndex(of: input.shape) {
        parameters.remove(at: index)
        continue
      }
      guard let bytes = MemoryBlock.rounded(input.bytes), bytes > 0, bytes < 1 << 50 else {
        continue
      }
      let block =
        known(bytes, isRead: false, without: own)
        ?? make(bytes, for: step, by: previous(to: step))
        ?? known(bytes, isRead: true, without: own)
        ?? makeAnyhow(bytes, for: step)
      own.insert(block)
      use(block, by: step)
      if let node = lastNode[step], ShapeBlocks.keepsInputs(current.name) {
        use(block, by: node)
      }
    }
  }

  private mutating func use(_ block: Int, by step: Int) {
    isRead[block] = true
    blocks[block].freedBy = max(blocks[block].freedBy ?? 0, step)
  }

  private func runs(_ step: Int) -> Bool {
    !hasDevice || operators[operators.startIndex + step].launches > 0
  }

  private func known(_ bytes: Int, isRead wanted: Bool, without own: Set<Int>) -> Int? {
    (present[bytes] ?? []).reversed().prefix(64).first {
      isRead[$0] == wanted && !own.contains($0)
    }
  }

  /// Whether an operator can have made something that isn't known yet.
  private func canMake(_ index: Int, for step: Int) -> Bool {
    let candidate = operators[operators.startIndex + index]
    guard runs(index), candidate.phase != .optimizer, !candidate.isCommunication else {
      return false
    }
    if operators[operators.startIndex + step].phase == .backward, candidate.isBackwardNode {
      return !candidate.accumulatesGradient
    }
    return !hasOutput[index] && !candidate.isInPlace
  }

  /// The operator that runs just before another one, apart from those that accumulate gradients.
  private func previous(to step: Int) -> Int? {
    (0..<step).reversed().prefix(256).first {
      runs($0) && !operators[operators.startIndex + $0].accumulatesGradient
    }
  }

  private mutating func make(_ bytes: Int, for step: Int, by maker: Int?) -> Int? {
    guard let maker, !hasOutput[maker], canMake(maker, for: step) else { return nil }
    return add(bytes, for: step, by: maker)
  }

  private mutating func makeAnyhow(_ bytes: Int, for step: Int) -> Int {
    let maker = (0..<step).reversed().prefix(256).first { canMake($0, for: step) }
    return add(bytes, for: step, by: maker)
  }

  private mutating func add(_ bytes: Int, for step: Int, by maker: Int?) -> Int {
    if let maker { hasOutput[maker] = true }
    let end =
      maker.flatMap { index -> Int? in
        let name = operators[operators.startIndex + index].name
        return ShapeBlocks.keepsOutput(name) ? lastNode[index] : nil
      } ?? step
    blocks.append(MemoryBlock(bytes: bytes, allocatedBy: maker, freedBy: max(end, step)))
    isRead.append(false)
    present[bytes, default: []].append(blocks.count - 1)
    return blocks.count - 1
  }

  /// Operators whose derivative needs none of their inputs.
  private static func keepsInputs(_ name: String) -> Bool {
    let free = [
      "aten::add", "aten::sub", "aten::sum", "aten::mean", "aten::cat", "aten::view",
      "aten::reshape", "aten::transpose", "aten::permute", "aten::to", "aten::copy",
      "aten::contiguous", "aten::flatten", "aten::adaptive_avg_pool", "aten::avg_pool",
      "aten::clone", "aten::slice", "aten::expand",
    ]
    return !free.contains { name.hasPrefix($0) } && !keepsOutput(name)
  }

  /// Operators whose derivative is a function of their output.
  private static func keepsOutput(_ name: String) -> Bool {
    let own = [
      "aten::relu", "aten::sigmoid", "aten::tanh", "aten::softmax", "aten::log_softmax",
      "aten::exp", "aten::sqrt",
    ]
    return own.contains { name.hasPrefix($0) }
  }
}
