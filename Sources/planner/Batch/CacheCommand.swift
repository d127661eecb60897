import ArgumentParser
import Batches
import Foundation
import Profiles

struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Look after the plans that planner batch keeps.",
    discussion: """
      An entry is found by the digest of the profile's bytes, the options, and the versions and builds of planner \
      and the solver. Plans that a time limit cut off are not kept, nor are failures.

      Example: planner cache prune --max-size 1GiB --unused 30d
      """,
    subcommands: [Stats.self, Prune.self, Clear.self])

  struct Location: ParsableArguments {
    @Option(help: "The folder of the cache. Default: planner in the user's folder for caches.")
    var cache: String?

    /// Opens the cache.
    func open() throws -> PlanCache {
      guard let folder = cache ?? CacheFolder.standard else {
        throw CommandFailure(.badInput, "there is no home for a cache; give --cache")
      }
      // A folder that was mistyped is told, not made.
      let file = "\(folder)/\(PlanCache.fileName)"
      guard cache == nil || FileManager.default.fileExists(atPath: file) else {
        throw CommandFailure(
          .badInput,
          "\(folder): holds no \(PlanCache.fileName); name the folder that planner batch was given")
      }
      do {
        return try PlanCache(folder: folder)
      } catch {
        throw CommandFailure(.badInput, error.description)
      }
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell how full the cache is.")

    @OptionGroup var location: Location

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
      let cache = try location.open()
      let statistics = try cache.statistics()
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
          path: cache.path, entries: statistics.entries, bytes: statistics.bytes,
          fileBytes: statistics.fileBytes)
        return try Console.write(Array(try encoder.encode(line)) + [0x0A])
      }
      let days = statistics.oldestUse.map {
        "; the oldest unused for \((Int(Date().timeIntervalSince1970) - $0) / 86_400) days"
      }
      try Console.write(
        "\(cache.path): \(statistics.entries) entries, \(Quantity.bytes(statistics.bytes))"
          + "\(days ?? "")\n")
    }

    private struct Line: Encodable {
      let schema = "planner.cache/1"
      let path: String
      let entries: Int
      let bytes: Int
      let fileBytes: Int

      enum CodingKeys: String, CodingKey {
        case schema, path, entries, bytes
        case fileBytes = "file_bytes"
      }
    }
  }

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove entries that are old, or too many.")

    @OptionGroup var location: Location

    @Option(help: "Keep no more than this, the last used first, as 1GiB.")
    var maxSize: BudgetArgument?

    @Option(help: "Remove what was not used for so long, as 30d, 12h. A use is noted once a day.")
    var unused: AgeArgument?

    func validate() throws {
      if maxSize == nil && unused == nil { throw ValidationError("give --max-size or --unused") }
      if case .share = maxSize {
        throw ValidationError("--max-size takes an amount such as 1GiB, not a share")
      }
    }

    func run() throws {
      var bytes: Int?
      if case .bytes(let most) = maxSize { bytes = most }
      let time = unused.map { Int(Date().timeIntervalSince1970) - $0.seconds }
      let removed = try location.open().prune(usedBefore: time, beyond: bytes)
      try Console.write("\(removed) entries removed\n")
    }
  }

  struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove all entries.")

    @OptionGroup var location: Location

    func run() throws {
      try Console.write("\(try location.open().clear()) entries removed\n")
    }
  }
}

/// An age as users type it: `30d`, `12h`, `90m`, `3600s`.
struct AgeArgument: ExpressibleByArgument {
  let seconds: Int

  init?(argument: String) {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()),
      (0...1_000_000).contains(count)
    else { return nil }
    seconds = count * unit
  }
}
