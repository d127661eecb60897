/// A chain of stages of which each saves something for its backward pass, or runs again before it.
///
/// The optimal persistent schedule of rotor (Beaumont, Eyraud-Dubois, Herrmann, Joly and Shilova 2019, arXiv
/// 1911.13214): what is stored stays until it is used. Stage *i* reads `input[i]`, the output of
/// the stage before.
///
/// Shapes: `forward[stage]` in any unit of time, `inputs[stage]` and `saved[stage]` in any unit of memory.
public struct CheckpointChain: Sendable {
  /// How long each stage takes.
  public let forward: [Double]
  /// The size of what each stage reads, as it is stored to run the stage again.
  public let inputs: [Int]
  /// The size of what each stage saves for its backward pass, besides its input.
  public let saved: [Int]

  /// Creates a chain.
  ///
  /// - Precondition: The three lists have as many items, and no size is negative.
  public init(forward: [Double], inputs: [Int], saved: [Int]) {
    precondition(forward.count == inputs.count && forward.count == saved.count)
    precondition(inputs.allSatisfy { $0 >= 0 } && saved.allSatisfy { $0 >= 0 })
    self.forward = forward
    self.inputs = inputs
    self.saved = saved
  }

  /// What to do with some stages in a row whose input is stored.
  public indirect enum Schedule: Sendable, Hashable {
    /// The last stage runs and saves.
    case last(Int)
    /// The first stage runs and saves; then the others.
    case saving(Int, then: Schedule)
    /// The stages up to the checkpoint run and save nothing but the checkpoint's input; the stages from there
    /// on come first, then those before it, which run again.
    case checkpoint(Int, then: Schedule, before: Schedule)
  }

  /// The best schedules for all amounts of memory up to a limit, in equal slots.
  public struct Table: Sendable {
    let chain: CheckpointChain
    /// The number of slots.
    public let slots: Int
    /// Memory of a slot, rounded up.
    public let slotSize: Int
    /// The time of stages `first...last` in so many slots: `times[cell(first, last) + slots]`.
    private let times: [Double]
    private let inputs: [Int]
    private let saved: [Int]
    /// The time of the stages before each one.
    private let elapsed: [Double]

    /// - Complexity: O(slots × stages³).
    init(_ chain: CheckpointChain, limit: Int, slots: Int) {
      self.chain = chain
      self.slots = slots
      let size = max(1, (limit + slots - 1) / max(1, slots))
      slotSize = size
      inputs = chain.inputs.map { ($0 + size - 1) / size }
      saved = chain.saved.map { ($0 + size - 1) / size }
      var elapsed = [0.0]
      for time in chain.forward { elapsed.append(elapsed[elapsed.count - 1] + time) }
      self.elapsed = elapsed
      times = Self.fill(chain, inputs: inputs, saved: saved, elapsed: elapsed, slots: slots)
    }

    private static func fill(
      _ chain: CheckpointChain, inputs: [Int], saved: [Int], elapsed: [Double], slots: Int
    ) -> [Double] {
      let count = chain.forward.count
      let width = slots + 1
      var times = [Double](repeating: .infinity, count: count * count * width)
      times.withUnsafeMutableBufferPointer { times in
        for length in 0..<count {
          for first in 0..<(count - length) {
            let last = first + length
            let cell = (first * count + last) * width
            if length == 0 {
              for memory in 0..<width where memory >= saved[first] {
                times[cell + memory] = chain.forward[first]
              }
              continue
            }
            let rest = ((first + 1) * count + last) * width
            for memory in 0..<width where memory >= saved[first] {
              times[cell + memory] = chain.forward[first] + times[rest + memory - saved[first]]
            }
            for middle in (first + 1)...last {
              let run = elapsed[middle] - elapsed[first]
              let right = (middle * count + last) * width
              let left = (first * count + middle - 1) * width
              let stored = inputs[middle]
              guard stored < width else { continue }
              for memory in stored..<width {
                let time = run + times[right + memory - stored] + times[left + memory]
                if time < times[cell + memory] { times[cell + memory] = time }
              }
            }
          }
        }
      }
      return times
    }

    /// The time of all stages' forward runs within some slots; nil if there is no schedule.
    public func time(within memory: Int) -> Double? {
      guard !chain.forward.isEmpty, memory >= 0, memory <= slots else { return nil }
      let time = value(0, chain.forward.count - 1, memory)
      return time.isFinite ? time : nil
    }

    /// The best schedule within some slots; nil if there is none.
    public func schedule(within memory: Int) -> Schedule? {
      time(within: memory) == nil ? nil : schedule(0, chain.forward.count - 1, memory)
    }

    private func value(_ first: Int, _ last: Int, _ memory: Int) -> Double {
      times[(first * chain.forward.count + last) * (slots + 1) + memory]
    }

    private func schedule(_ first: Int, _ last: Int, _ memory: Int) -> Schedule {
      if first == last { return .last(first) }
      var best = Double.infinity
      var checkpoint: Int?
      if memory >= saved[first] {
        best = chain.forward[first] + value(first + 1, last, memory - saved[first])
      }
      for middle in (first + 1)...last where inputs[middle] <= memory {
        let time =
          elapsed[middle] - elapsed[first] + value(middle, last, memory - inputs[middle])
          + value(first, middle - 1, memory)
        if time < best { (best, checkpoint) = (time, middle) }
      }
      guard let checkpoint else {
        return .saving(first, then: schedule(first + 1, last, memory - saved[first]))
      }
      return .checkpoint(
        checkpoint, then: schedule(checkpoint, last, memory - inputs[checkpoint]),
        before: schedule(first, checkpoint - 1, memory))
    }
  }

  /// Returns the best schedules for up to `limit` of memory, in `slots` equal slots. Sizes are rounded up.
  public func table(limit: Int, slots: Int) -> Table {
    Table(self, limit: limit, slots: slots)
  }
}
