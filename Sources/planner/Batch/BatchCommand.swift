import ArgumentParser
import Batches
import Foundation
import Profiles

struct BatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch",
    abstract: "Plan many profiles, in several processes at once.",
    discussion: """
      Profiles are named by paths, patterns in quotation marks, folders (searched for profiles), or a manifest: \
      a file in .jsonl, or - for standard input, with one item a line such as \
      {"profile": "a.json", "options": {"budget": "50%"}, "output": "a.plan.json", "id": "a"}. Its paths are \
      relative to the manifest; its options are those below and replace those of the command line.

      Each finished item gives one line of JSON, in --results or on standard output: how it ended, value, bound, \
      gap, seconds, the plan's file and digest. An item that crashes, or takes more than --item-time-limit or \
      --item-memory, fails alone. A killed batch goes on with --resume. Plans made before come from a cache \
      (see planner cache); a plan that a time limit cut off is never kept there.

      The exit code is that of the first item in the order of the input that has no plan.

      Example: planner batch 'profiles/*.json.gz' --budget 50% --output plans --results results.jsonl
      """)

  @Argument(help: "Profiles, patterns, folders, manifests in .jsonl; - for one on standard input.")
  var paths: [String]

  @OptionGroup(title: "Options of each item")
  var options: SolveOptions

  @Option(
    name: .shortAndLong,
    help: "Write the plans to this folder, named after their profiles or by the manifest.")
  var output: String?

  @Flag(help: "Let a manifest name outputs that lie outside of the folder.")
  var allowOutside = false

  @Option(help: "Write the results to this file, a line each. Default: standard output.")
  var results: String?

  @Flag(help: "Go on with --results: do what it lacks, or whose plan is missing, damaged or old.")
  var resume = false

  @Flag(help: "With --resume, also do again what failed, other than for proven reasons.")
  var retryFailed = false

  @Flag(help: "Write the results in the order of the input instead of that of their ends.")
  var ordered = false

  @Option(
    name: .shortAndLong, help: "How many items are planned at once. Default: one for each core.")
  var jobs: Int?

  @Option(
    help: """
      End an item's process after this much time, as 60s or 5m. Default: twice --time-limit and a minute more, \
      if that is given.
      """)
  var itemTimeLimit: TimeArgument?

  @Option(help: "End an item's process when it and its solver hold more memory than this, as 8GiB.")
  var itemMemory: BudgetArgument?

  @Option(help: "The folder of the cache. Default: planner in the user's folder for caches.")
  var cache: String?

  @Flag(help: "Neither read nor fill the cache.")
  var noCache = false

  @Option(help: "Do only the I-th of N parts of the input, as 2/10; the others may run elsewhere.")
  var shard: ShardArgument?

  @Option(
    help: """
      Who runs the processes: local, or slurm, which submits the shards as an array job, follows it and brings       the results together; the same command goes on after a kill. (--engine is the solver.)
      """)
  var scheduler: SchedulerChoice = .local

  @Option(help: "How many array tasks --scheduler makes.")
  var shards = 16

  @Option(
    parsing: .unconditionalSingleValue,
    help:
      "An option of sbatch for the array job, as --sbatch --partition=gpu; may stand several times."
  )
  var sbatch: [String] = []

  @Flag(help: .hidden)
  var wait = false

  @Flag(help: "Bring together result files, which the paths name: each item's last line, in order.")
  var merge = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors to standard error.")
  var quiet = false

  func validate() throws {
    if paths.isEmpty { throw ValidationError("name at least one profile, folder or manifest") }
    if paths.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input (-) can be read only once")
    }
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs takes 1 to 1024") }
    if scheduler == .slurm {
      if results == nil { throw ValidationError("--scheduler needs --results") }
      if shard != nil || merge || resume || jobs != nil {
        throw ValidationError(
          "--scheduler makes shards, resumes and merges by itself: leave out --shard, --merge, --resume and "
            + "--jobs (--sbatch --cpus-per-task=4 plans four items at once in a task)")
      }
    } else if !sbatch.isEmpty {
      throw ValidationError("--sbatch needs --scheduler slurm")
    }
    if !(1...10_000).contains(shards) { throw ValidationError("--shards takes 1 to 10000") }
    if sbatch.contains(where: { !$0.hasPrefix("-") || $0.contains("\n") }) {
      throw ValidationError("--sbatch takes an option such as --partition=gpu")
    }
    if resume && results == nil { throw ValidationError("--resume needs --results") }
    if retryFailed && !resume { throw ValidationError("--retry-failed needs --resume") }
    if cache != nil && noCache {
      throw ValidationError("--cache and --no-cache contradict each other")
    }
    if case .share = itemMemory {
      throw ValidationError("--item-memory takes an amount such as 8GiB, not a share")
    }
    if merge && (resume || output != nil || shard != nil) {
      throw ValidationError("--merge plans nothing: give only result files and --results")
    }
  }

  func run() throws {
    if merge { return try mergeFiles() }
    let input = try BatchInput(
      paths, options: options.texts, folder: output, allowsOutside: allowOutside)
    if !quiet {
      for note in input.notes.prefix(10) { Console.note(note) }
      if input.notes.count > 10 { Console.note("and \(input.notes.count - 10) more such names") }
    }
    if scheduler == .slurm { return try runOnSlurm(input) }
    let items = input.items.filter { shard?.shard.contains($0) ?? true }
    let signals = try BatchSignals()
    try makeFolders(of: items)
    let report = try BatchReport(
      items, results: results, resumes: resume, waits: wait, retriesFailed: retryFailed,
      isOrdered: ordered, isQuiet: quiet)
    let programs = try ProgramIdentities(cacheFolder: cacheFolder, items: report.waiting)
    var limits = BatchRun.Limits(jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount)
    limits.seconds = itemTimeLimit?.seconds ?? options.timeLimit.map { 2 * $0.seconds + 60 }
    if case .bytes(let bytes) = itemMemory { limits.bytes = bytes }
    var run = BatchRun(
      limits: limits, cacheFolder: cacheFolder, signals: signals,
      programs: programs.identities(for:), receive: { try report.add($0, isCached: $1) })
    let ending = run.run(Self.largestFirst(report.waiting))
    try report.finish()
    switch ending {
    case .finished: break
    case .failed(let failure): throw failure
    case .interrupted:
      Console.note("interrupted; \(report.countLeft) items are left" + hint)
      throw ExitStatus.interrupted.code
    }
    if let code = report.firstFailure { throw ExitCode(code) }
  }

  private var hint: String { results == nil ? "" : "; --resume goes on" }

  private var cacheFolder: String? { noCache ? nil : cache ?? CacheFolder.standard }

  /// Files that are large take long: begun last, they would keep one process busy alone.
  private static func largestFirst(_ items: [BatchItem]) -> [BatchItem] {
    let sizes = items.map { item in
      (try? FileManager.default.attributesOfItem(atPath: item.profile)[.size] as? Int) ?? 0
    }
    return zip(items, sizes).sorted { ($1.1, $0.0.number) < ($0.1, $1.0.number) }.map(\.0)
  }

  private func makeFolders(of items: [BatchItem]) throws {
    var made: Set<String> = []
    for path in items.compactMap(\.output) {
      let folder = URL(filePath: path).deletingLastPathComponent().path
      guard made.insert(folder).inserted else { continue }
      do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw CommandFailure(
          .badInput, "\(folder): can't be made; name a folder that can be written")
      }
    }
  }

  private func mergeFiles() throws {
    var files: [ResultFile] = []
    for path in paths {
      let file = ResultFile(try Inputs.bytes(path))
      for line in file.damaged { Console.note("\(path):\(line): is no result; it is left out") }
      if file.hasHalfLine { Console.note("\(path): the last line is not whole; it is left out") }
      files.append(file)
    }
    let lines = ResultFile.merged(files)
    do {
      let bytes = lines.flatMap { $0.encoded() }
      if let results { try AtomicFile.write(bytes, to: results) } else { try Console.write(bytes) }
    } catch let error as FileError {
      throw CommandFailure(.badInput, error.description)
    }
    if !quiet { Console.note(BatchSummary(lines).sentence) }
    if let failed = lines.first(where: { $0.status != .planned }) {
      throw ExitCode(failed.status.code)
    }
  }
}

/// One of n parts as users type it: `2/10`.
struct ShardArgument: ExpressibleByArgument {
  let shard: Shard

  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1],
      (1...1_000_000).contains(count), (1...count).contains(index)
    else { return nil }
    shard = Shard(index: index, count: count)
  }
}
