import Foundation

/// Plans the shards of a batch by an array job: submits, follows, submits failed shards once more.
struct SlurmRun {
  /// How a run ended.
  enum Ending: Equatable {
    case finished
    /// The user stopped following; the jobs go on.
    case interrupted
    /// Shards that were not finished, twice.
    case failed([Int])
  }

  let folder: SlurmFolder
  let slurm: Slurm
  let signals: BatchSignals
  let isQuiet: Bool

  /// Seconds between two looks at the queue.
  private static let interval = 2.0
  /// How often the controller may fail to answer in a row: ten minutes.
  private static let patience = 300
  /// How often results are looked for after their task has gone: shared file systems lag behind.
  private static let lag = 5

  /// Runs until every shard has all its results, or can't have them.
  func run() throws -> Ending {
    // Jobs of an earlier run may still be at work.
    var jobs = folder.submitted()
    var attempts = 0
    while true {
      var tasks: Set<Int> = []
      for job in jobs {
        guard let left = try follow(job) else { return .interrupted }
        tasks.formUnion(left)
      }
      jobs = []
      let missing = try settled()
      if missing.isEmpty { return .finished }
      if attempts == 2 { return .failed(missing) }
      attempts += 1
      let job = try slurm.submit(folder.script, tasks: missing)
      try folder.note(job)
      jobs = [job]
      if !isQuiet {
        Console.note(
          "job \(job): \(missing.count) of \(folder.shards) shards"
            + (attempts == 2 ? ", again" : ""))
      }
    }
  }

  /// Waits until no task of a job is left; nil if a signal came.
  private func follow(_ job: String) throws -> Set<Int>? {
    var failures = 0
    while true {
      switch try slurm.queue(of: job) {
      case .tasks(let tasks) where tasks.isEmpty: return tasks
      case .tasks(let tasks):
        failures = 0
        let done = folder.merged().count
        Console.progress(
          "job \(job): \(tasks.count) shards waiting or running, \(done)/\(folder.items.count) items"
        )
      case .unknown(let words):
        failures += 1
        if failures == 1 { Console.note("squeue: \(words); trying again") }
        if failures == Self.patience {
          throw CommandFailure(
            .failure, "squeue: \(words); the same command goes on when the controller is back")
        }
      }
      if signals.wait(seconds: Self.interval) {
        Console.note(
          "interrupted; job \(job) goes on: the same command follows it again, scancel \(job) ends it"
        )
        return nil
      }
    }
  }

  /// The shards that still lack results after file systems had time.
  private func settled() throws -> [Int] {
    var missing = folder.incomplete()
    if folder.submitted().isEmpty { return missing }
    for _ in 0..<Self.lag where !missing.isEmpty {
      if signals.wait(seconds: 1) { break }
      missing = folder.incomplete()
    }
    return missing
  }
}
