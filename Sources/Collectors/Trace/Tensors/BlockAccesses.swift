import Profiles

/// Turns blocks into tensors with their accesses.
///
/// A block is written by the operator that allocates it and read by the one that frees it; what the
/// step leaves is read by the last operator, so that it stays. In between:
/// - an input of an operator is the block of its size that nothing has read yet, the latest one; if
///   all have been read, the latest of them;
/// - a backward node reads all blocks that its forward operator touched and that are still there;
/// - without shapes, an operator reads the latest block.
struct BlockAccesses {
  private(set) var graph: TensorGraph
  /// Inputs of 64 KiB and more that are neither a block nor a parameter.
  private(set) var unmatched = 0
  private(set) var matched = 0
  /// The tensor of each block; nil for temporary ones.
  private(set) var tensorOf: [Int?]
  /// For each operator, the block that its first input is.
  private(set) var firstInput: [Int?]

  private let blocks: [MemoryBlock]
  private let operators: ArraySlice<TracedOperator>
  private let names: [String]
  private let links: BackwardLinks
  private var isRead: [Bool]
  private var touched: [[Int]]
  private var parameterShapes: [Int: [[Int]]] = [:]
  /// The blocks of each size that are there, by the order of their allocation.
  private var present: [Int: [Int]] = [:]
  private var sizes: [Int] = []
  private let hasDevice: Bool

  init(
    memory: StepMemory, operators: ArraySlice<TracedOperator>, names: [String],
    links: BackwardLinks
  ) {
    blocks = memory.blocks
    self.operators = operators
    self.names = names
    self.links = links
    hasDevice = operators.contains { $0.launches > 0 }
    let count = operators.count
    graph = TensorGraph(operatorCount: count)
    graph.workspace = memory.workspace
    tensorOf = Array(repeating: nil, count: blocks.count)
    firstInput = Array(repeating: nil, count: count)
    isRead = Array(repeating: false, count: blocks.count)
    touched = Array(repeating: [], count: count)
    for parameter in links.parameters {
      if let user = parameter.user { parameterShapes[user, default: []].append(parameter.shape) }
    }
    sizes = Set(blocks.lazy.filter { !$0.isTemporary }.map(\.bytes)).sorted()
    makeTensors()
    follow(knowsShapes: operators.contains { !$0.inputs.isEmpty })
    closeLifetimes()
  }

  private func operation(_ index: Int) -> TracedOperator {
    operators[operators.startIndex + index]
  }

  private mutating func makeTensors() {
    var parts: [Int: Int] = [:]
    for (index, block) in blocks.enumerated() where !block.isTemporary && block.bytes > 0 {
      let maker = block.allocatedBy ?? -1
      let part = parts[maker, default: 0]
      parts[maker] = part + 1
      let kind: Tensor.Kind
      let id: String
      if let allocatedBy = block.allocatedBy {
        id = "\(names[allocatedBy]).\(part)"
        kind = operation(allocatedBy).phase == .backward ? .gradient : .activation
      } else {
        id = "before.\(part)"
        kind = .input
      }
      tensorOf[index] = graph.add(Tensor(id: id, bytes: block.bytes, kind: kind))
    }
  }

  // MARK: Accesses

  private mutating func follow(knowsShapes: Bool) {
    var arriving = [[Int]](repeating: [], count: operators.count + 1)
    var leaving = [[Int]](repeating: [], count: operators.count + 1)
    for (index, block) in blocks.enumerated() where tensorOf[index] != nil {
      arriving[(block.allocatedBy ?? -1) + 1].append(index)
      if let freedBy = block.freedBy { leaving[freedBy].append(index) }
    }
    var latest: Int?
    for step in 0..<operators.count {
      for block in arriving[step] { present[blocks[block].bytes, default: []].append(block) }
      let current = operation(step)
      if current.isCommunication { continue }
      var own: [Int] = []
      if knowsShapes {
        own = inputs(of: step)
      } else if let latest, blocks[latest].isAvailable(to: step) {
        own = [latest]
      }
      if let source = links.forward[step] {
        own += touched[source].filter { blocks[$0].isAvailable(to: step) }
      }
      for block in own { read(block, by: step) }
      if current.isInPlace, let first = firstInput[step] { change(first, by: step) }
      touched[step] = own
      for block in arriving[step + 1] {
        if let tensor = tensorOf[block] { graph.writes[step].append(tensor) }
        touched[step].append(block)
        latest = block
      }
      for block in leaving[step] { remove(block) }
    }
  }

  private mutating func read(_ block: Int, by step: Int) {
    guard let tensor = tensorOf[block] else { return }
    isRead[block] = true
    graph.reads[step].append(tensor)
  }

  /// What is changed in place holds something new: the latest that nothing has read.
  private mutating func change(_ block: Int, by step: Int) {
    guard let tensor = tensorOf[block] else { return }
    graph.writes[step].append(tensor)
    isRead[block] = false
    remove(block)
    present[blocks[block].bytes, default: []].append(block)
  }

  /// Blocks leave in about the reverse order of their arrival. One that lies deep stays in the list,
  /// where `isAvailable` passes it over.
  private mutating func remove(_ block: Int) {
    let size = blocks[block].bytes
    guard
      let place = present[size]?.indices.reversed().prefix(1024).first(where: {
        present[size]?[$0] == block
      })
    else { return }
    present[size]?.remove(at: place)
  }

  /// The blocks that an operator's inputs are.
  private mutating func inputs(of step: Int) -> [Int] {
    var chosen: [Int] = []
    var isChosen: Set<Int> = []
    var parameters = parameterShapes[step] ?? []
    var isComplete = true
    let current = operation(step)
    // What runs on the host, such as the loading of data, reads nothing of the device.
    if hasDevice && current.launches == 0 && current.phase == .forward { return [] }
    for (position, input) in current.inputs.enumerated() {
      if let own = parameters.firstIndex(of: input.shape) {
        parameters.remove(at: own)
        continue
      }
      let isChanged = position == 0 && current.isInPlace
      if let block = block(of: input.bytes, for: step, without: isChosen, isChanged: isChanged) {
        chosen.append(block)
        isChosen.insert(block)
        if position == 0 { firstInput[step] = block }
        matched += 1
      } else if input.bytes >= 1 << 16 {
        isComplete = false
        if current.phase == .forward { unmatched += 1 }
      }
    }
    graph.isRecomputable[step] =
      isComplete && !chosen.isEmpty && current.phase == .forward && !current.isInPlace
      && !BlockAccesses.isUnrepeatable(current.name)
    return chosen
  }

  /// The block that an input is. What is changed in place is, of several, what lives longest.
  private func block(
    of bytes: Int, for step: Int, without chosen: Set<Int>, isChanged: Bool
  ) -> Int? {
    guard let need = MemoryBlock.rounded(bytes) else { return nil }
    let limit = need > MemoryBlock.slack ? need + MemoryBlock.slack : need
    var read: Int?
    var unread: Int?
    let start = partition(sizes.count) { sizes[$0] >= bytes }
    for size in sizes[start...] {
      if size > limit { break }
      for block in (present[size] ?? []).reversed().prefix(64)
      where blocks[block].isAvailable(to: step) && !chosen.contains(block) {
        if isRead[block] {
          read = read ?? block
        } else if !isChanged {
          return block
        } else if blocks[block].freedBy ?? Int.max > unread.map({ blocks[$0].freedBy ?? Int.max })
          ?? -1
        {
          unread = block
        }
      }
    }
    return unread ?? read
  }

  /// Whether a second run would give something else, or can't be had: random numbers, and copies of
  /// what the host held then.
  static func isUnrepeatable(_ name: String) -> Bool {
    let parts = ["dropout", "rand", "bernoulli", "normal_", "multinomial", "aten::to", "copy"]
    return parts.contains { name.contains($0) }
  }

  private mutating func closeLifetimes() {
    let last = operators.count - 1
    let isKnown = graph.reads.indices.map { Set(graph.reads[$0]).union(graph.writes[$0]) }
    for (index, block) in blocks.enumerated() {
      guard let tensor = tensorOf[index] else { continue }
      let end = block.freedBy ?? last
      // What was there before the step is read before anything writes it.
      if !isKnown[end].contains(tensor) || block.allocatedBy == nil {
        graph.reads[end].append(tensor)
      }
    }
  }

  /// Adds an access that a rule outside finds.
  mutating func update(_ change: (inout TensorGraph) -> Void) { change(&graph) }
}
