import Profiles

/// The memory events of one step, paired to blocks.
struct StepMemory {
  private(set) var blocks: [MemoryBlock] = []
  /// The most that was in use while each operator ran, less what was in use when the step began.
  private(set) var peaks: [Int]
  /// What was in use when the step began, if the trace says so.
  private(set) var base: Int?
  /// How many events the step has.
  private(set) var eventCount = 0
  /// How many blocks were paired by their size alone.
  private(set) var pairedBySize = 0

  /// The most that was in use, less what was in use when the step began.
  var peak: Int { peaks.max() ?? 0 }

  /// Pairs the events up to the end of a step; those before it tell what was there when it began.
  ///
  /// With addresses a release belongs to the last open allocation at its address. Without, it
  /// belongs to an open block of its size, as `fit` ranks them.
  ///
  /// - Returns: nil if the sizes can't be added up.
  init?(
    of events: [KinetoTrace.MemoryEvent], step: TraceStep, nesting: OperatorNesting
  ) {
    let range = step.operators
    peaks = [Int](repeating: Int.min, count: range.count)
    guard let first = nesting.operators.indices.first else { return nil }
    var open = OpenBlocks()
    var level = 0
    var starts = [Int](repeating: 0, count: range.count)
    var touched = -1
    var made: [MemoryBlock] = []
    for event in events where event.time < step.end {
      let isBefore = event.time < step.start
      let inside = nesting.index(thread: event.thread, time: event.time)
      let found = inside ?? nesting.lastIndex(before: event.time) ?? first
      let operation = isBefore ? found : min(max(found, range.lowerBound), range.upperBound - 1)
      if !isBefore {
        noteBase(event)
        let before = level
        let (sum, overflow) = level.addingReportingOverflow(event.bytes)
        guard !overflow, sum.magnitude < 1 << 53 else { return nil }
        level = sum
        let place = operation - range.lowerBound
        if place > touched {
          for index in (touched + 1)...place { starts[index] = before }
          touched = place
        }
        peaks[place] = max(peaks[place], max(before, level))
        if event.address == nil, event.bytes < 0 { pairedBySize += 1 }
      }
      if event.bytes > 0 {
        open.add(made.count, size: event.bytes, address: event.address)
        made.append(MemoryBlock(bytes: event.bytes, allocatedBy: operation))
        continue
      }
      let block = open.take(size: -event.bytes, address: event.address) { block in
        StepMemory.fit(
          maker: made[block].allocatedBy ?? first, to: operation, isInside: inside != nil,
          size: -event.bytes, step: range, operators: nesting.operators)
      }
      if let block {
        made[block].freedBy = operation
      } else if !isBefore {
        made.append(MemoryBlock(bytes: -event.bytes, freedBy: operation))
      }
    }
    for index in peaks.indices where index > touched { starts[index] = level }
    for index in peaks.indices { peaks[index] = max(peaks[index], starts[index]) }
    blocks = made.compactMap { StepMemory.within(range, $0) }
  }

  private mutating func noteBase(_ event: KinetoTrace.MemoryEvent) {
    eventCount += 1
    guard eventCount == 1, let total = event.totalAllocated else { return }
    let (before, overflow) = total.subtractingReportingOverflow(event.bytes)
    if !overflow, before >= 0 { base = before }
  }

  /// How well a release in or after an operator fits a block of another one.
  ///
  /// Inside an operator its own blocks come first; after it they come last. In the forward pass,
  /// blocks of the step before come next: variables that hold them are assigned anew. Then follow
  /// blocks of the same phase, such as the gradient that a backward node has consumed, then others.
  /// A block that nothing can have read isn't freed in the forward pass: it replaces what is.
  private static func fit(
    maker: Int, to operation: Int, isInside: Bool, size: Int, step: Range<Int>,
    operators: [TracedOperator]
  ) -> OpenBlocks.Fit? {
    if maker == operation { return isInside ? .best : .last }
    let phase = operators[operation].phase
    if phase == .forward, !isInside, operation - maker <= 64, maker < operation,
      !operators[(maker + 1)...operation].contains(where: { $0.mayRead(size) })
    {
      return nil
    }
    if maker < step.lowerBound, operation >= step.lowerBound {
      return phase == .forward && !isInside ? .better : .other
    }
    return operators[maker].phase == phase ? .good : .other
  }

  /// A block in the positions of a step; nil if the step neither makes nor frees it.
  private static func within(_ range: Range<Int>, _ block: MemoryBlock) -> MemoryBlock? {
    let maker = block.allocatedBy.flatMap { range.contains($0) ? $0 - range.lowerBound : nil }
    let end = block.freedBy.flatMap { range.contains($0) ? $0 - range.lowerBound : nil }
    if maker == nil && end == nil { return nil }
    return MemoryBlock(bytes: block.bytes, allocatedBy: maker, freedBy: end)
  }

  /// Blocks without memory events, such as those that shapes imply.
  init(blocks: [MemoryBlock], operatorCount: Int) {
    self.blocks = blocks
    peaks = [Int](repeating: 0, count: operatorCount)
  }

  /// What each operator needs beyond the blocks that outlive it.
  var workspace: [Int] {
    var live = [Int](repeating: 0, count: peaks.count + 1)
    for block in blocks where !block.isTemporary {
      if let from = block.allocatedBy {
        live[from] += block.bytes
        if let last = block.freedBy { live[last + 1] -= block.bytes }
      } else if let last = block.freedBy {
        live[last + 1] -= block.bytes
      }
    }
    for index in peaks.indices { live[index + 1] += live[index] }
    return peaks.indices.map { max(0, peaks[$0] - live[$0]) }
  }
}

/// The blocks that are allocated and not yet freed.
private struct OpenBlocks {
  /// How well a block fits a release, from the best on.
  enum Fit: Int { case best, better, good, other, last }

  /// How many blocks of a size are compared.
  private static let depth = 256

  private var byAddress: [Int: Int] = [:]
  private var bySize: [Int: [Int]] = [:]

  mutating func add(_ block: Int, size: Int, address: Int?) {
    if let address {
      byAddress[address] = block
    } else {
      bySize[size, default: []].append(block)
    }
  }

  /// Takes out the block that a release is about: the latest of those that fit best.
  mutating func take(size: Int, address: Int?, fit: (Int) -> Fit?) -> Int? {
    if let address { return byAddress.removeValue(forKey: address) }
    guard let stack = bySize[size] else { return nil }
    var chosen: (index: Int, fit: Fit)?
    for index in stack.indices.reversed().prefix(OpenBlocks.depth) {
      guard let own = fit(stack[index]) else { continue }
      if own.rawValue < chosen?.fit.rawValue ?? Int.max { chosen = (index, own) }
      if own == .best { break }
    }
    guard let chosen else { return nil }
    return bySize[size]?.remove(at: chosen.index)
  }
}
