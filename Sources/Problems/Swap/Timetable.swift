/// What happens when a device runs a planned iteration, by the rules of the execution model.
///
/// This is the planner's own implementation of the rules, written for speed; the simulator is
/// another one, and every solve compares the two.
struct Timetable: Sendable {
  /// When each operator starts.
  private(set) var starts: [Double]
  /// From the start of the first operator to the end of the last.
  private(set) var iteration = 0.0
  /// The time in which the compute stream waits.
  private(set) var stall = 0.0
  /// The time of operators that run again.
  private(set) var recompute = 0.0
  /// The largest amount of device memory in use.
  private(set) var peak = 0
  /// The largest amount of host memory in use.
  private(set) var hostPeak = 0
  /// The operator before which nothing could go on; nil if the iteration ended.
  private(set) var stuckAt: Int?

  /// Whether the iteration ended.
  var isComplete: Bool { stuckAt == nil }

  /// Runs the iteration.
  init(_ instance: SwapInstance, _ decisions: [Decision]) {
    starts = [Double](repeating: 0, count: instance.operatorCount)
    var run = Run(instance, decisions)
    run.start()
    while !run.isFinished {
      guard run.advance() else {
        stuckAt = run.operatorAtWork
        break
      }
    }
    starts = run.starts
    iteration = run.now
    recompute = run.recompute
    stall = max(0, run.now - instance.computeTime - run.recompute)
    peak = run.peak
    hostPeak = run.hostPeak
  }
}

/// A copy queue: first in, first out, one copy at a time.
private struct CopyQueue {
  var waiting: [Int] = []
  var head = 0
  /// Work left of the copy under way, in microseconds at rate 1; nil if idle.
  var remaining: Double?
  var current = 0

  var next: Int? { head < waiting.count ? waiting[head] : nil }
}

/// The state of an iteration under way.
private struct Run {
  let instance: SwapInstance
  let decisions: [Decision]
  var now = 0.0
  var starts: [Double]
  var recompute = 0.0
  var used = 0
  var peak = 0
  var host = 0
  var hostPeak = 0
  /// Whether each storage's content is on the device.
  var isResident: [Bool]
  /// Whether the copy to the host has ended, by gap.
  var isOut: [Bool]
  /// The gaps whose copies back each operator's start queues, in plan order.
  var prefetches: [[Int]]
  var out = CopyQueue()
  var back = CopyQueue()

  /// The operator to run next, or running; its chains come first.
  var operatorAtWork = 0
  /// The chains still to run before the operator: gaps, in plan order.
  var chainGaps: [Int] = []
  var chainPosition = 0
  var taskEnd: Double?
  var isFinished: Bool { operatorAtWork == instance.operatorCount }

  init(_ instance: SwapInstance, _ decisions: [Decision]) {
    self.instance = instance
    self.decisions = decisions
    starts = [Double](repeating: 0, count: instance.operatorCount)
    isResident = instance.isResidentFirst
    isOut = [Bool](repeating: false, count: instance.gaps.count)
    for (storage, isThere) in isResident.enumerated() where isThere {
      used += instance.storageBytes[storage]
    }
    prefetches = Array(repeating: [], count: instance.operatorCount)
    for (gap, decision) in decisions.enumerated() {
      if case .swap(let prefetch) = decision { prefetches[prefetch].append(gap) }
    }
  }

  mutating func start() {
    prepareOperator()
    peak = used
    startWhatCan()
  }

  /// Goes to the next moment at which something ends; false if nothing is under way.
  mutating func advance() -> Bool {
    let outRate = back.remaining == nil ? 1 : instance.duplexOut
    let backRate = out.remaining == nil ? 1 : instance.duplexIn
    var next = taskEnd ?? .infinity
    let outEnd = out.remaining.map { now + $0 / outRate } ?? .infinity
    let backEnd = back.remaining.map { now + $0 / backRate } ?? .infinity
    next = min(next, outEnd, backEnd)
    guard next.isFinite else { return false }
    let passed = next - now
    now = next
    if let left = out.remaining { out.remaining = outEnd <= next ? 0 : left - passed * outRate }
    if let left = back.remaining { back.remaining = backEnd <= next ? 0 : left - passed * backRate }
    endWhatEnded()
    return true
  }

  private mutating func endWhatEnded() {
    repeat {
      if out.remaining == 0 { endCopyOut() }
      if back.remaining == 0 { endCopyBack() }
      while let end = taskEnd, end <= now {
        endTask()
        if isFinished { return }
        startTask()
      }
      startWhatCan()
      if isFinished { return }
    } while out.remaining == 0 || back.remaining == 0
  }

  private mutating func startWhatCan() {
    startTask()
    while let end = taskEnd, end <= now {
      endTask()
      if isFinished { return }
      startTask()
    }
    if out.remaining == nil, let gap = out.next {
      out.head += 1
      out.current = gap
      out.remaining = instance.gaps[gap].outTime ?? 0
      host += instance.gaps[gap].bytes
      hostPeak = max(hostPeak, host)
    }
    if back.remaining == nil, let gap = back.next, isOut[gap],
      used + instance.gaps[gap].bytes <= instance.budget
    {
      back.head += 1
      back.current = gap
      back.remaining = instance.gaps[gap].inTime
      used += instance.gaps[gap].bytes
      peak = max(peak, used)
    }
  }

  // MARK: Copies

  private mutating func endCopyOut() {
    out.remaining = nil
    isOut[out.current] = true
    used -= instance.gaps[out.current].bytes
  }

  private mutating func endCopyBack() {
    back.remaining = nil
    let gap = instance.gaps[back.current]
    isResident[gap.storage] = true
    host -= gap.bytes
  }

  // MARK: Tasks

  /// Collects the chains that run before the operator at work.
  private mutating func prepareOperator() {
    chainGaps.removeAll(keepingCapacity: true)
    chainPosition = 0
    guard !isFinished else { return }
    for gap in instance.gapsBefore[operatorAtWork].reversed() {
      if case .recompute = decisions[gap] { chainGaps.append(gap) }
    }
  }

  private func chain(of gap: Int) -> RecomputeChain? {
    if case .recompute(let index) = decisions[gap] { instance.gaps[gap].chains[index] } else { nil }
  }

  private mutating func startTask() {
    guard taskEnd == nil, !isFinished else { return }
    let step = operatorAtWork
    if let gap = chainGaps.last, let chain = chain(of: gap) {
      guard take(chain.taken[chainPosition], needing: chain.needs[chainPosition]) else { return }
      let duration = instance.durations[chain.operators[chainPosition]]
      taskEnd = now + duration
      recompute += duration
    } else {
      guard take(instance.taken[step], needing: instance.needs[step]) else { return }
      starts[step] = now
      taskEnd = now + instance.durations[step]
      back.waiting.append(contentsOf: prefetches[step])
    }
  }

  /// Takes memory if it fits and everything needed is on the device.
  private mutating func take(_ bytes: Int, needing storages: [Int]) -> Bool {
    guard used + bytes <= instance.budget else { return false }
    for storage in storages where !isResident[storage] { return false }
    used += bytes
    peak = max(peak, used)
    return true
  }

  private mutating func endTask() {
    taskEnd = nil
    if let gap = chainGaps.last, let chain = chain(of: gap) {
      used -= chain.freed[chainPosition]
      chainPosition += 1
      if chainPosition == chain.operators.count {
        isResident[instance.gaps[gap].storage] = true
        chainGaps.removeLast()
        chainPosition = 0
      }
    } else {
      endOperator()
    }
  }

  private mutating func endOperator() {
    let step = operatorAtWork
    used -= instance.freed[step]
    for storage in instance.makes[step] { isResident[storage] = true }
    for gap in instance.gapsAfter[step] {
      switch decisions[gap] {
      case .keep: break
      case .swap:
        isResident[instance.gaps[gap].storage] = false
        out.waiting.append(gap)
      case .recompute:
        isResident[instance.gaps[gap].storage] = false
        used -= instance.gaps[gap].bytes
      }
    }
    operatorAtWork += 1
    prepareOperator()
  }
}
