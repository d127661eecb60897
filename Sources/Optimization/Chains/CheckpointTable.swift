/// The best schedules of a chain for all amounts of memory up to a limit, in equal slots.
///
/// `time(i, j, m)` is the least time of the forward runs of stages *i* to *j* in *m* slots, the input of
/// stage *i* aside. Rows lie one after the other with *m* inside, so that the innermost loop runs over
/// memory and the compiler can use vectors; single precision is enough, since the caller adds up the
/// times of the schedule again.
public struct CheckpointTable: Sendable {
  /// How sizes become slots.
  public enum Rounding: Sendable {
    /// Every schedule fits.
    case up
    /// No schedule that fits is left out: times are lower bounds.
    case down
    /// Schedules have to be run to see whether they fit.
    case nearest
  }

  let chain: CheckpointChain
  /// The number of slots.
  public let slots: Int
  /// Memory of a slot.
  public let slotSize: Int
  private let width: Int
  private let inputs: [Int]
  private let saved: [Int]
  private let gradients: [Int]
  /// Slots for running a stage without saving, input aside, and for the input where it is not the first.
  private let running: [Int]
  /// Slots for saving, without the gradient that is there from the start.
  private let saving: [Int]
  /// Slots for the backward pass.
  private let backward: [Int]
  /// The ways to keep a part, in slots: what stays, what must fit besides gradients, and the time of both passes.
  private let parts: [[PartSlots]]
  private let elapsed: [Float]
  private var times: [Float]

  private struct PartSlots: Sendable {
    var kept: Int
    var running: Int
    var whole: Int
    var again: Int
    var time: Float
  }

  /// - Complexity: O(slots × stages³).
  init(_ chain: CheckpointChain, limit: Int, slots: Int, rounding: Rounding) {
    self.chain = chain
    self.slots = slots
    width = slots + 1
    let size = max(1, (limit + slots - 1) / max(1, slots))
    slotSize = size
    let round: (Int) -> Int =
      switch rounding {
      case .up: { ($0 + size - 1) / size }
      case .down: { $0 / size }
      case .nearest: { ($0 + size / 2) / size }
      }
    let stages = chain.forward.indices
    inputs = chain.inputs.map(round)
    saved = chain.saved.map(round)
    gradients = stages.map { round(chain.gradient(of: $0)) }
    let hasDemands = !chain.demands.isEmpty
    running = stages.map { hasDemands ? round(chain.demands[$0].running) : 0 }
    saving = stages.map { hasDemands ? round(chain.demands[$0].saving) : 0 }
    backward = stages.map { hasDemands ? round(chain.demands[$0].backward) : 0 }
    parts = chain.parts.enumerated().map { stage, list in
      list.map {
        PartSlots(
          kept: round($0.kept), running: round($0.running), whole: round($0.whole),
          again: round($0.again), time: Float(chain.forward[stage] + $0.time))
      }
    }
    var elapsed: [Float] = [0]
    var sum = 0.0
    for time in chain.forward {
      sum += time
      elapsed.append(Float(sum))
    }
    self.elapsed = elapsed
    times = []
    times = filled()
  }

  // MARK: - Filling

  private func row(_ first: Int, _ last: Int) -> Int {
    // Rows of one last stage lie together: the loop over checkpoints reads them in order.
    (last * (last + 1) / 2 + first) * width
  }

  /// The slots that the first of some stages takes if it saves.
  private func slots(saving first: Int, until last: Int) -> Int {
    let before = first > 0 ? gradients[first - 1] : 0
    return saved[first]
      + max(gradients[last] + saving[first], gradients[first] + before + backward[first])
  }

  /// The slots that the first of some stages takes if it keeps a part.
  private func slots(keeping part: PartSlots, of first: Int, until last: Int) -> Int {
    let before = first > 0 ? gradients[first - 1] : 0
    return max(
      part.kept + gradients[last] + part.running,
      part.whole + gradients[first] + max(part.again, before + backward[first]))
  }

  /// The slots that a stage takes if it runs without saving.
  private func slots(running stage: Int, from first: Int, until last: Int) -> Int {
    guard !chain.demands.isEmpty else { return 0 }
    let output = stage + 1 < inputs.count ? inputs[stage + 1] : 0
    return gradients[last] + (stage > first ? inputs[stage] : 0) + output + running[stage]
  }

  private func filled() -> [Float] {
    let count = chain.forward.count
    let cells = count * (count + 1) / 2 * width
    return [Float](unsafeUninitializedCapacity: cells) { buffer, initialized in
      if let base = buffer.baseAddress {
        base.initialize(repeating: .infinity, count: cells)
        for last in 0..<count {
          for first in (0...last).reversed() { fill(first, last, base) }
        }
      }
      initialized = cells
    }
  }

  /// Fills a row from those of fewer stages.
  private func fill(_ first: Int, _ last: Int, _ base: UnsafeMutablePointer<Float>) {
    let own = base + row(first, last)
    let least = slots(saving: first, until: last)
    let time = Float(chain.forward[first])
    if first == last {
      if least < width { (own + least).update(repeating: time, count: width - least) }
      return
    }
    if least < width {
      let shift = saved[first]
      let rest = base + (row(first + 1, last) - shift)
      for memory in least..<width { own[memory] = time + rest[memory] }
    }
    for part in parts.isEmpty ? [] : parts[first] {
      let least = max(part.kept, slots(keeping: part, of: first, until: last))
      guard least < width else { continue }
      let rest = base + (row(first + 1, last) - part.kept)
      for memory in least..<width { own[memory] = min(own[memory], part.time + rest[memory]) }
    }
    // No schedule takes less time than all stages once.
    let floor = elapsed[last + 1] - elapsed[first]
    var most = width
    while most > 0, own[most - 1] <= floor * 1.000001 { most -= 1 }
    var peak = 0
    for middle in (first + 1)...last {
      peak = max(peak, slots(running: middle - 1, from: first, until: last))
      let stored = inputs[middle]
      let start = max(peak, stored)
      guard start < most else { continue }
      Self.improve(
        own + start, by: base + (row(middle, last) + start - stored),
        and: base + (row(first, middle - 1) + start),
        adding: elapsed[middle] - elapsed[first], count: most - start)
    }
  }

  /// `own[m] = min(own[m], run + right[m] + left[m])`
  @inline(__always)
  private static func improve(
    _ own: UnsafeMutablePointer<Float>, by right: UnsafePointer<Float>,
    and left: UnsafePointer<Float>, adding run: Float, count: Int
  ) {
    for memory in 0..<count {
      let time = run + right[memory] + left[memory]
      let known = own[memory]
      own[memory] = time < known ? time : known
    }
  }

  // MARK: - Answers

  /// The time of all stages' forward runs within some slots; nil if there is no schedule.
  public func time(within memory: Int) -> Double? {
    guard !chain.forward.isEmpty, memory >= 0, memory <= slots else { return nil }
    let time = value(0, chain.forward.count - 1, memory)
    return time.isFinite ? Double(time) : nil
  }

  /// The best schedule within some slots; nil if there is none.
  public func schedule(within memory: Int) -> CheckpointChain.Schedule? {
    time(within: memory) == nil ? nil : schedule(0, chain.forward.count - 1, memory)
  }

  private func value(_ first: Int, _ last: Int, _ memory: Int) -> Float {
    times[row(first, last) + memory]
  }

  private func schedule(_ first: Int, _ last: Int, _ memory: Int) -> CheckpointChain.Schedule {
    if first == last { return .last(first) }
    var best = Float.infinity
    var checkpoint: Int?
    if memory >= slots(saving: first, until: last) {
      best = Float(chain.forward[first]) + value(first + 1, last, memory - saved[first])
    }
    var kept: Int?
    for (number, part) in (parts.isEmpty ? [] : parts[first]).enumerated()
    where memory >= max(part.kept, slots(keeping: part, of: first, until: last)) {
      let time = part.time + value(first + 1, last, memory - part.kept)
      if time < best { (best, kept) = (time, number) }
    }
    var peak = 0
    for middle in (first + 1)...last {
      peak = max(peak, slots(running: middle - 1, from: first, until: last))
      guard max(peak, inputs[middle]) <= memory else { continue }
      let time =
        elapsed[middle] - elapsed[first] + value(middle, last, memory - inputs[middle])
        + value(first, middle - 1, memory)
      if time < best { (best, checkpoint) = (time, middle) }
    }
    guard let checkpoint else {
      if let kept {
        return .keeping(
          first, part: kept,
          then: schedule(first + 1, last, memory - parts[first][kept].kept))
      }
      return .saving(first, then: schedule(first + 1, last, memory - saved[first]))
    }
    return .checkpoint(
      checkpoint, then: schedule(checkpoint, last, memory - inputs[checkpoint]),
      before: schedule(first, checkpoint - 1, memory))
  }
}
