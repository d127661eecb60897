import ArgumentParser
import Batches
import Foundation
import Profiles

extension BatchCommand {
  /// Plans the items as array tasks of Slurm and brings their results together.
  func runOnSlurm(_ input: BatchInput) throws {
    guard let results else { throw ValidationError("--scheduler needs --results") }
    let signals = try BatchSignals()
    var arguments: [String] = []
    if noCache { arguments.append("--no-cache") }
    if let cache { arguments += ["--cache", URL(filePath: cache).standardizedFileURL.path] }
    if let limit = itemTimeLimit?.seconds ?? options.timeLimit.map({ 2 * $0.seconds + 60 }) {
      arguments += ["--item-time-limit", "\(limit)s"]
    }
    if case .bytes(let bytes) = itemMemory { arguments += ["--item-memory", "\(bytes)"] }
    if input.items.isEmpty { throw CommandFailure(.badInput, "there is nothing to plan") }
    let folder = try SlurmFolder(
      results + ".slurm", items: input.items, shards: min(shards, input.items.count),
      arguments: arguments, directives: sbatch)
    let run = SlurmRun(folder: folder, slurm: Slurm(), signals: signals, isQuiet: quiet)
    let ending = try run.run()
    Console.clearProgress()
    let lines = folder.merged()
    try Inputs.write(lines.flatMap { $0.encoded() }, to: results)
    if !quiet { Console.note(BatchSummary(lines).sentence) }
    switch ending {
    case .finished: break
    case .interrupted: throw ExitStatus.interrupted.code
    case .failed(let shards):
      let list = shards.map(String.init).joined(separator: ", ")
      throw CommandFailure(
        .failure,
        "shards \(list) have not finished in two attempts; see \(folder.path)/shard-\(shards[0]).log, and run "
          + "the same command to try again")
    }
    if let failed = lines.first(where: { $0.status != .planned }) {
      throw ExitCode(failed.status.code)
    }
  }
}

/// Who runs the processes of a batch.
enum SchedulerChoice: String, ExpressibleByArgument, CaseIterable {
  case local
  case slurm
}
