/// A chain of stages of which each saves something for its backward pass, or runs again before it.
///
/// The optimal persistent schedule of rotor (Beaumont, Eyraud-Dubois, Herrmann, Joly and Shilova 2019, arXiv
/// 1911.13214): what is stored stays until it is used. Stage *i* reads `inputs[i]`, the output of
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
  /// What else each stage takes for a while; empty where only what is stored counts.
  public let demands: [Demand]
  /// The ways in which each stage keeps a part of what it saves and makes the rest again; empty where there are
  /// none.
  public let parts: [[Part]]

  /// What a stage takes for a while, besides what is stored.
  public struct Demand: Sendable, Hashable {
    /// The size of the gradient of the stage's output: there before the stage's backward pass, and with the
    /// last stage of some in a row from the start.
    public var gradient: Int
    /// What running without saving takes, besides input and output.
    public var running: Int
    /// What running and saving takes, besides what is saved.
    public var saving: Int
    /// What the backward pass takes, besides what is saved and both gradients.
    public var backward: Int

    /// Creates a demand.
    public init(gradient: Int, running: Int, saving: Int, backward: Int) {
      self.gradient = gradient
      self.running = running
      self.saving = saving
      self.backward = backward
    }
  }

  /// A way between saving and running again: some of what a stage saves stays, and the rest is made again from it
  /// and from the stage's input right before the backward pass.
  public struct Part: Sendable, Hashable {
    /// What stays after the forward pass, output included.
    public var kept: Int
    /// The time of making the rest again.
    public var time: Double
    /// What the forward pass takes, besides what stays.
    public var running: Int
    /// What is there when the rest is made: all that the stage saves, and what was kept besides.
    public var whole: Int
    /// What making the rest takes, besides that and the gradient of the output.
    public var again: Int

    /// Creates a way.
    public init(kept: Int, time: Double, running: Int, whole: Int, again: Int) {
      self.kept = kept
      self.time = time
      self.running = running
      self.whole = whole
      self.again = again
    }
  }

  /// Creates a chain.
  ///
  /// - Precondition: The lists have as many items, demands and parts may be empty, parts need demands, and no
  ///   size is negative.
  public init(
    forward: [Double], inputs: [Int], saved: [Int], demands: [Demand] = [], parts: [[Part]] = []
  ) {
    precondition(forward.count == inputs.count && forward.count == saved.count)
    precondition(demands.isEmpty || demands.count == forward.count)
    precondition(parts.isEmpty || (parts.count == forward.count && !demands.isEmpty))
    precondition(inputs.allSatisfy { $0 >= 0 } && saved.allSatisfy { $0 >= 0 })
    self.forward = forward
    self.inputs = inputs
    self.saved = saved
    self.demands = demands
    self.parts = parts
  }

  /// What to do with some stages in a row whose input is stored.
  public indirect enum Schedule: Sendable, Hashable {
    /// The last stage runs and saves.
    case last(Int)
    /// The first stage runs and saves; then the others.
    case saving(Int, then: Schedule)
    /// The first stage runs and keeps a part of what it saves, in one of its ways; then come the others.
    case keeping(Int, part: Int, then: Schedule)
    /// The stages up to the checkpoint run and save nothing but the checkpoint's input; the stages from there
    /// on come first, then those before it, which run again.
    case checkpoint(Int, then: Schedule, before: Schedule)

    /// The schedule in which all of some stages save.
    public static func saving(from first: Int, to last: Int) -> Schedule {
      (first..<last).reversed().reduce(.last(last)) { .saving($1, then: $0) }
    }

    /// The schedule in which every one of some stages but the last keeps its input alone and runs again.
    public static func checkpointing(from first: Int, to last: Int) -> Schedule {
      (first..<last).reversed().reduce(.last(last)) {
        .checkpoint($1 + 1, then: $0, before: .last($1))
      }
    }
  }

  /// Returns the best schedules for up to `limit` of memory, in `slots` equal slots. Sizes are rounded up.
  public func table(limit: Int, slots: Int) -> CheckpointTable {
    CheckpointTable(self, limit: limit, slots: slots, rounding: .up)
  }

  /// A schedule that fits, and what it takes.
  public struct Plan: Sendable, Hashable {
    /// What to do with each stage.
    public var schedule: Schedule
    /// How often each stage's forward pass runs.
    public var runs: [Int]
    /// The time of all forward runs.
    public var time: Double
    /// The largest memory.
    public var peak: Int
  }

  /// Returns the best schedule found within a limit of memory; nil if there is none.
  ///
  /// Sizes are rounded to the nearest slot, and schedules for a few slots more or less than the limit are run
  /// with exact sizes: the fastest one that fits is chosen. Rounding up alone would give away up to half a slot
  /// for everything that is stored.
  ///
  /// - Complexity: O(slots × stages³).
  public func plan(within limit: Int, slots: Int) -> Plan? {
    guard !forward.isEmpty, limit >= 0 else { return nil }
    let least = plan(of: .saving(from: 0, to: forward.count - 1))
    if least.peak <= limit { return least }
    let size = max(1, (limit + slots - 1) / max(1, slots))
    let spare = slots / 8
    let table = CheckpointTable(
      self, limit: (slots + spare) * size, slots: slots + spare, rounding: .nearest)
    if let plan = best(of: table, within: limit) { return plan }
    // The nearest slots may hide the last schedules that fit; those of sizes rounded up all fit.
    let exact = CheckpointTable(self, limit: limit, slots: slots, rounding: .up)
    return exact.schedule(within: limit / exact.slotSize).map { plan(of: $0) }
  }

  /// Returns what no schedule within a limit takes less than; nil if there is none.
  ///
  /// Sizes are rounded down, so that no schedule is left out.
  public func leastTime(within limit: Int, slots: Int) -> Double? {
    let table = CheckpointTable(self, limit: limit, slots: slots, rounding: .down)
    // Sums of single precision are off by less than a millionth of what they add up.
    return table.time(within: min(slots, limit / table.slotSize)).map { $0 * (1 - 1e-6) }
  }

  /// The fastest schedule of a table that fits in memory, as it is run.
  func best(of table: CheckpointTable, within limit: Int) -> Plan? {
    for memory in (0...table.slots).reversed() {
      guard let schedule = table.schedule(within: memory) else { return nil }
      let plan = plan(of: schedule)
      if plan.peak <= limit { return plan }
    }
    return nil
  }

  /// Returns a schedule of the whole chain with what it takes.
  public func plan(of schedule: Schedule) -> Plan {
    let run = run(schedule)
    let time = zip(run.runs, forward).reduce(run.again) { $0 + Double($1.0) * $1.1 }
    return Plan(schedule: schedule, runs: run.runs, time: time, peak: run.peak)
  }

  // MARK: - Runs

  /// How often the forward pass of each stage runs, and the largest memory, of a schedule.
  public struct Run: Sendable, Hashable {
    /// The forward runs of each stage.
    public var runs: [Int]
    /// The largest memory.
    public var peak: Int
    /// The time of making parts of stages again.
    public var again = 0.0
  }

  /// Runs a schedule of the whole chain with the exact sizes.
  public func run(_ schedule: Schedule) -> Run {
    var run = Run(runs: forward.map { _ in 0 }, peak: 0)
    walk(schedule, from: 0, to: forward.count - 1, holding: 0, &run)
    return run
  }

  /// - Parameter held: What is stored, without the first stage's input but with what came before it.
  private func walk(
    _ schedule: Schedule, from first: Int, to last: Int, holding held: Int, _ run: inout Run
  ) {
    let gradient = gradient(of: last)
    switch schedule {
    case .last(let stage):
      run.runs[stage] += 1
      run.peak = max(run.peak, held + demand(saving: stage, with: gradient))
    case .saving(let stage, let rest):
      run.runs[stage] += 1
      run.peak = max(run.peak, held + demand(saving: stage, with: gradient))
      walk(rest, from: stage + 1, to: last, holding: held + saved[stage], &run)
    case .keeping(let stage, let number, let rest):
      let part = parts[stage][number]
      run.runs[stage] += 1
      run.again += part.time
      run.peak = max(run.peak, held + demand(keeping: part, of: stage, with: gradient))
      walk(rest, from: stage + 1, to: last, holding: held + part.kept, &run)
    case .checkpoint(let middle, let rest, let before):
      for stage in first..<middle {
        run.runs[stage] += 1
        let own = demand(running: stage, from: first) + gradient
        run.peak = max(run.peak, held + own)
      }
      walk(rest, from: middle, to: last, holding: held + inputs[middle], &run)
      walk(before, from: first, to: middle - 1, holding: held, &run)
    }
  }

  /// The gradient that the last of some stages starts with.
  func gradient(of stage: Int) -> Int {
    demands.isEmpty || stage < 0 ? 0 : demands[stage].gradient
  }

  /// What a stage that runs and saves takes until its backward pass is over.
  ///
  /// - Parameter gradient: What is there from the start.
  func demand(saving stage: Int, with gradient: Int) -> Int {
    guard !demands.isEmpty else { return saved[stage] }
    let own = demands[stage]
    return saved[stage]
      + max(gradient + own.saving, own.gradient + self.gradient(of: stage - 1) + own.backward)
  }

  /// What a stage that keeps a part takes until its backward pass is over.
  func demand(keeping part: Part, of stage: Int, with gradient: Int) -> Int {
    let own = demands[stage]
    let backward = self.gradient(of: stage - 1) + own.backward
    return max(
      part.kept + gradient + part.running, part.whole + own.gradient + max(part.again, backward))
  }

  /// What a stage that runs without saving takes.
  ///
  /// - Parameter first: The stage whose input is stored anyway.
  func demand(running stage: Int, from first: Int) -> Int {
    guard !demands.isEmpty else { return 0 }
    let output = stage + 1 < inputs.count ? inputs[stage + 1] : 0
    return (stage > first ? inputs[stage] : 0) + output + demands[stage].running
  }
}
