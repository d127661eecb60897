import Batches
import Foundation
import Profiles

/// The folder that a batch shares with its jobs: the manifest, the job script, and a result file for each shard.
///
/// Everything that a second run has to know lies here, so that a batch goes on whatever was killed.
struct SlurmFolder {
  let path: String
  let items: [BatchItem]
  let shards: Int

  private var manifest: String { path + "/manifest.jsonl" }
  private var jobs: String { path + "/jobs" }
  /// The script that each task of the array job runs.
  var script: String { path + "/job.sh" }

  /// Makes the folder, or finds it as an earlier run of the same batch left it.
  ///
  /// - Parameters:
  ///   - arguments: What the tasks add to the command line of `planner batch`.
  ///   - directives: Options of `sbatch`.
  init(
    _ path: String, items: [BatchItem], shards: Int, arguments: [String], directives: [String]
  ) throws {
    self.path = URL(filePath: path).standardizedFileURL.path
    self.items = items
    self.shards = shards
    do {
      try FileManager.default.createDirectory(
        atPath: self.path, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(.badInput, "\(path): can't be made; name a folder that can be written")
    }
    try keep(Self.manifest(of: items) + Array("# \(shards) shards\n".utf8), as: manifest + ".key")
    try Inputs.write(Self.manifest(of: items), to: manifest)
    try Inputs.write(Array(text(arguments, directives).utf8), to: script)
  }

  /// Writes a file that must not have been another one.
  private func keep(_ bytes: [UInt8], as file: String) throws {
    let digest = Inputs.digest(of: bytes)
    if let old = try? String(contentsOfFile: file, encoding: .utf8), old != digest {
      throw CommandFailure(
        .badInput,
        "\(path): belongs to a batch of other items or shards; remove it, or name another --results"
      )
    }
    try Inputs.write(Array(digest.utf8), to: file)
  }

  /// All that the tasks have to know of the items, whatever folder they start in.
  private static func manifest(of items: [BatchItem]) -> [UInt8] {
    func absolute(_ path: String) -> JSON { .string(URL(filePath: path).standardizedFileURL.path) }
    return items.flatMap { item in
      var members = JSONMembers()
      members.add("profile", absolute(item.profile))
      let options = item.options.sorted { $0.key < $1.key }
      members.add(
        "options", .object(options.map { JSON.Member(key: $0.key, value: .string($0.value)) }))
      members.add("output", item.output.map(absolute))
      members.add("id", .string(item.id))
      return JSONWriter.encode(members.object, pretty: false)
    }
  }

  private func text(_ arguments: [String], _ directives: [String]) -> String {
    func quoted(_ word: String) -> String {
      "'" + word.replacing("'", with: "'\\''") + "'"
    }
    let lines = directives.map { "#SBATCH \($0)\n" }.joined()
    let shard = "\"$SLURM_ARRAY_TASK_ID/\(shards)\""
    let results = quoted(path + "/shard-") + "\"$SLURM_ARRAY_TASK_ID\".jsonl"
    return """
      #!/bin/bash
      #SBATCH --job-name=planner-batch
      #SBATCH --output="\(path)/shard-%a.log"
      #SBATCH --open-mode=append
      #SBATCH --requeue
      \(lines)
      # One shard of a batch. It may be ended and started again at any time: it goes on where it was.
      exec \(quoted(Engines.program)) batch \(quoted(manifest)) --shard \(shard) \\
        --results \(results) --resume --wait --quiet --allow-outside \\
        --jobs "${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}" \
      \(arguments.map(quoted).joined(separator: " "))

      """
  }

  // MARK: - What is done

  /// The items of one shard.
  private func items(of shard: Int) -> [BatchItem] {
    items.filter { Shard(index: shard, count: shards).contains($0) }
  }

  private func results(of shard: Int) -> ResultFile {
    let file = FileHandle(forReadingAtPath: "\(path)/shard-\(shard).jsonl")
    return ResultFile(Array((try? file?.readToEnd()) ?? Data()))
  }

  /// The shards that lack results.
  func incomplete() -> [Int] {
    (1...shards).filter { shard in
      let latest = results(of: shard).latest
      return !items(of: shard).allSatisfy { latest[$0.id] != nil }
    }
  }

  /// All results so far, with the paths as the user gave them.
  func merged() -> [ResultLine] {
    let byName = Dictionary(uniqueKeysWithValues: items.map { ($0.id, $0) })
    return ResultFile.merged((1...shards).map(results)).compactMap { line in
      guard let item = byName[line.id] else { return nil }
      var line = line
      (line.item, line.profile) = (item.number, item.profile)
      if line.output != nil { line.output = item.output }
      return line
    }
  }

  // MARK: - Jobs

  /// The numbers of the jobs that were submitted, the last one at the end.
  func submitted() -> [String] {
    let text = (try? String(contentsOfFile: jobs, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  /// Notes a job.
  func note(_ job: String) throws {
    try Inputs.write(
      Array((submitted() + [job]).map { $0 + "\n" }.joined().utf8), to: jobs)
  }
}
