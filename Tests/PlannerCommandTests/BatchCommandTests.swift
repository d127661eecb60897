import Foundation
import Glibc
import Profiles
import TestSupport
import Testing

/// The subcommands `batch` and `cache`, as users start them.
@Suite struct BatchCommandTests {
  private static func profile(_ seed: UInt64) -> [UInt8] {
    RandomProfile.layered(layers: 2, seed: seed).encoded()
  }

  /// A budget that every profile has a plan for, and a quick way to plan.
  private static let options = ["--budget", "100%", "--strategy", "greedy"]

  /// Writes small profiles into the folder `p`.
  private func profiles(_ folder: Folder, _ count: Int) throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("p"), withIntermediateDirectories: true)
    for number in 0..<count {
      _ = try folder.file("p/\(number).json", Self.profile(UInt64(number)))
    }
  }

  /// The results without what may differ: the seconds.
  private func results(_ text: String) throws -> [NSDictionary] {
    try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      var members = try #require(object as? [String: Any])
      #expect(members.removeValue(forKey: "seconds") is NSNumber)
      return members as NSDictionary
    }
  }

  private func plans(_ folder: String) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try Data(contentsOf: URL(filePath: folder + "/" + $0)))
      })
  }

  @Test("results and plans don't depend on the number of processes, the cache, or the shards")
  func independence() throws {
    let folder = try Folder()
    try profiles(folder, 6)
    let (cache, input) = (folder.path("cache"), folder.path("p"))
    let common = Self.options + ["--cache", cache]
    let one = try Command.run(
      ["batch", input, "--ordered", "--jobs", "1", "-o", folder.path("a")] + common)
    #expect(one.status == 0, "\(one.errors)")
    #expect(one.errors.contains("6 items: 6 planned"))
    let expected = try plans(folder.path("a"))
    #expect(expected.count == 6)
    let lines = try results(one.text.replacing(folder.path("a"), with: folder.path("b")))
    #expect(lines.map { $0["item"] as? Int } == [1, 2, 3, 4, 5, 6])

    let cached = try Command.run(
      ["batch", input, "--ordered", "--jobs", "3", "-o", folder.path("b")] + common)
    #expect(cached.errors.contains("6 from the cache"))
    #expect(try results(cached.text) == lines)
    #expect(try plans(folder.path("b")) == expected)

    var shards: [String] = []
    for part in 1...2 {
      shards.append(folder.path("r\(part).jsonl"))
      let run = try Command.run(
        [
          "batch", input, "--no-cache", "--shard", "\(part)/2", "-o",
          folder.path("b"), "--results", shards[part - 1], "--quiet",
        ] + Self.options)
      #expect(run.status == 0 && run.output.isEmpty && run.errors.isEmpty, "\(run.errors)")
    }
    let merged = try Command.run(["batch", "--merge"] + shards)
    #expect(merged.status == 0)
    #expect(try results(merged.text) == lines)
    #expect(try plans(folder.path("b")) == expected)

    // The same plan as that of planner solve.
    let single = try Command.run(
      [
        "solve", folder.path("p/3.json"), "-o", folder.path("single.json"), "-q",
      ] + Self.options)
    #expect(single.status == 0)
    let plan = try Data(contentsOf: URL(filePath: folder.path("single.json")))
    #expect(plan == expected["3.plan.json"])
  }

  @Test("options of a manifest replace those of the command line, and each item fails alone")
  func manifest() throws {
    let folder = try Folder()
    try profiles(folder, 1)
    _ = try folder.file("broken.json", Array("{".utf8))
    let manifest = try folder.file(
      "m.jsonl",
      Array(
        """
        {"profile": "p/0.json", "id": "first"}
        {"profile": "p/0.json", "options": {"budget": "1%"}, "id": "small"}
        {"profile": "p/0.json", "options": {"budget": "100%", "engine": "glpk"}, "output": "x/y.json"}
        {"profile": "broken.json"}
        {"profile": "absent.json"}
        {"profile": "/dev/zero"}
        {"profile": "p/0.json", "options": {"problem": "dispatch", "strategy": null}}

        """.utf8))
    let run = try Command.run(
      [
        "batch", manifest, "--no-cache", "--ordered", "-o", folder.path("out"),
      ] + Self.options)
    #expect(run.status == 4, "the first item without a plan: \(run.errors)")
    let lines = try results(run.text)
    let statuses = lines.map { $0["status"] as? String ?? "" }
    #expect(
      statuses == [
        "planned", "infeasible", "planned", "bad_input", "bad_input", "bad_input", "bad_input",
      ])
    #expect(lines[0]["id"] as? String == "first")
    #expect(lines[0]["output"] as? String == folder.path("out/0.plan.json"))
    #expect((lines[1]["message"] as? String)?.contains("no plan fits the budget") == true)
    #expect(lines[2]["output"] as? String == folder.path("out/x/y.json"))
    #expect(lines[2]["id"] as? String == folder.path("p/0.json"))
    #expect(try plans(folder.path("out/x")).count == 1)

    let piped = try Command.run(
      ["batch", "-", "--no-cache"] + Self.options,
      input: Array("{\"profile\": \"\(folder.path("p/0.json"))\"}\n".utf8))
    #expect(piped.status == 0, "\(piped.errors)")
    #expect(try results(piped.text).count == 1)
  }

  @Test("a manifest that reaches out of the folder, or asks for what there isn't, is refused whole")
  func refusals() throws {
    let folder = try Folder()
    try profiles(folder, 1)
    let out = folder.path("out")
    for (line, words) in [
      (#"{"profile": "p/0.json", "output": "../x.json"}"#, "is outside of the folder"),
      (#"{"profile": "p/0.json", "output": "/tmp/x.json"}"#, "is outside of the folder"),
      (
        #"{"profile": "p/0.json", "options": {"budgt": 1}}"#,
        "'budgt' is no option of planner solve"
      ),
      (#"{"profile": "p/0.json", "options": {"gap": "x"}}"#, "gap"),
      (#"{"profile": "p/0.json", "options": {"output": "x"}}"#, "'output' is no option"),
      (#"{"profile": "p/0.json", "extra": 1}"#, "an item has no key \"extra\""),
    ] {
      let manifest = try folder.file("m.jsonl", Array(("\n" + line).utf8))
      let run = try Command.run(["batch", manifest, "-o", out])
      #expect(run.status == 3)
      #expect(run.errors.contains("m.jsonl:2: ") && run.errors.contains(words), "\(run.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: out))
    #expect(try Command.run(["batch", folder.path("nix*")]).status == 3)
    #expect(try Command.run(["batch", folder.path("p"), "--resume"]).status == 64)
    #expect(try Command.run(["batch", folder.path("p"), "--shard", "3/2"]).status == 64)
  }

  @Test("a file that can't be written ends the batch with its name, and nothing half is left")
  func unwritable() throws {
    let folder = try Folder()
    try profiles(folder, 2)
    let results = try Command.run(
      [
        "batch", folder.path("p"), "--no-cache", "--results", "/dev/full",
      ] + Self.options)
    #expect(results.status == 3)
    #expect(results.errors.contains("/dev/full: can't be written (No space left on device)"))
    // A folder stands where a plan belongs.
    try FileManager.default.createDirectory(
      atPath: folder.path("out/0.plan.json/x"), withIntermediateDirectories: true)
    let plans = try Command.run(
      [
        "batch", folder.path("p"), "--no-cache", "-o", folder.path("out"),
      ] + Self.options)
    #expect(plans.status == 3)
    #expect(plans.errors.contains("0.plan.json: can't be written"))
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("out"))
    #expect(left.allSatisfy { !$0.contains("partial") })
  }

  @Test("limits end one item, and the next one is planned by a new process")
  func limits() throws {
    let folder = try Folder()
    try profiles(folder, 2)
    let common = ["batch", folder.path("p"), "--no-cache", "--jobs", "1", "--ordered"]
    let slow = try Command.run(common + ["--item-time-limit", "1ms"])
    #expect(slow.status == 5)
    let lines = try results(slow.text)
    #expect(lines.map { $0["status"] as? String } == ["item_time_limit", "item_time_limit"])
    let large = try Command.run(common + ["--item-memory", "1MiB"])
    #expect(large.status == 5)
    #expect(try results(large.text).map { $0["item"] as? Int } == [1, 2])
    #expect(large.errors.contains("2 items: 2 item memory limit"), "\(large.errors)")
  }

  @Test("a batch that is killed goes on where it was, and does nothing twice", arguments: 1...3)
  func kills(seed: Int) throws {
    let folder = try Folder()
    try profiles(folder, 9)
    let arguments =
      ["batch", folder.path("p"), "--no-cache", "--jobs", "2", "-o", folder.path("out")]
      + Self.options
    let process = Process()
    let pipe = Pipe()
    process.executableURL = Command.program
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    var seen = Data()
    while seen.count(where: { $0 == 0x0A }) < 2 * seed {
      seen += try #require(try pipe.fileHandleForReading.read(upToCount: 1))
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    // What the file would hold: whole lines, and half of one more.
    let half = #"{"schema":"planner.result/1","item":9,"#
    let file = try folder.file("r.jsonl", Array(seen + Data(half.utf8)))
    let done = seen.count { $0 == 0x0A }
    let damaged = folder.path("out/\(try finishedNames(seen)[0])")
    try Data("{".utf8).write(to: URL(filePath: damaged))

    let resumed = try Command.run(arguments + ["--results", file, "--resume"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("; \(done - 1) done before"), "\(resumed.errors)")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    // One line for each item, and one more for that whose plan was damaged.
    #expect(try results(text).count == 9 + 1)
    let fresh = try Command.run(
      ["batch", folder.path("p"), "--no-cache", "-o", folder.path("fresh")] + Self.options)
    #expect(fresh.status == 0)
    #expect(try plans(folder.path("out")) == plans(folder.path("fresh")))
    let again = try Command.run(arguments + ["--results", file, "--resume"])
    #expect(again.errors.contains("; 9 done before"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    // A profile that has changed since is planned again.
    _ = try folder.file("p/4.json", Self.profile(99))
    let changed = try Command.run(arguments + ["--results", file, "--resume"])
    #expect(changed.errors.contains("; 8 done before"))
  }

  private func finishedNames(_ lines: Data) throws -> [String] {
    try results(String(decoding: lines, as: UTF8.self)).map { line in
      URL(filePath: line["output"] as? String ?? "").lastPathComponent
    }
  }

  @Test("a signal ends batch and workers, and leaves whole results", arguments: [SIGINT, SIGTERM])
  func interrupt(signal: Int32) throws {
    let folder = try Folder()
    try profiles(folder, 40)
    let file = folder.path("r.jsonl")
    let errors = folder.path("errors")
    try Data().write(to: URL(filePath: errors))
    let process = Process()
    process.executableURL = Command.program
    process.arguments =
      ["batch", folder.path("p"), "--no-cache", "--jobs", "2"] + Self.options
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    let first = try #require(try pipe.fileHandleForReading.read(upToCount: 1))
    kill(process.processIdentifier, signal)
    let rest = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    try (first + rest).write(to: URL(filePath: file))
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.hasSuffix("\n"))
    #expect(try results(text).count < 40)
    #expect(try String(contentsOfFile: errors, encoding: .utf8).contains("items are left"))
  }

  @Test("the cache is told of, pruned and cleared, and a damaged entry is planned again")
  func cache() throws {
    let folder = try Folder()
    try profiles(folder, 2)
    let cache = folder.path("c")
    let batch = ["batch", folder.path("p"), "--cache", cache] + Self.options
    #expect(try Command.run(batch).status == 0)
    let stats = try Command.run(["cache", "stats", "--cache", cache, "--json"])
    #expect(stats.text.contains("\"entries\":2"), "\(stats.text) \(stats.errors)")
    #expect(
      try Command.run(["cache", "prune", "--cache", cache, "--max-size", "1"]).text
        == "2 entries removed\n")
    // A plan that time cut off is not kept.
    let cut = try Command.run(batch + ["--time-limit", "1ms"])
    #expect(cut.status == 0, "\(cut.errors)")
    let left = try results(cut.text).count { $0["repeatable"] as? Bool == true }
    #expect(
      try Command.run(["cache", "clear", "--cache", cache]).text == "\(left) entries removed\n")
    #expect(try Command.run(["cache", "stats", "--cache", "/proc/no"]).status == 3)
    let mistyped = try Command.run(["cache", "stats", "--cache", cache + "s"])
    #expect(mistyped.status == 3 && mistyped.errors.contains("holds no plans.sqlite"))
    #expect(!FileManager.default.fileExists(atPath: cache + "s"))
  }

  @Test(
    "chunks, sharding and a contest's instance are items like any other, as planner solve plans them"
  )
  func otherProblems() throws {
    let folder = try Folder()
    let profile = try folder.profile()
    let contest = try folder.file("contest.json", Array(ShardCommandTests.text.utf8))
    let shards = folder.path("shards.json.gz")
    #expect(try Command.run(["collect", "iopddl", contest, "-o", shards]).status == 0)
    let manifest = try folder.file(
      "m.jsonl",
      Array(
        """
        {"profile": "p.json", "options": {"problem": "chunks", "budget": "64GiB"}, "output": "c.json"}
        {"profile": "shards.json.gz", "output": "s.json"}
        {"profile": "contest.json", "options": {"problem": "sharding"}}
        {"profile": "shards.json.gz", "options": {"budget": "50%"}}
        {"profile": "p.json", "options": {"problem": "chunks", "budget": "1KiB"}}

        """.utf8))
    let (out, cache) = (folder.path("out"), folder.path("cache"))
    let arguments = ["batch", manifest, "--ordered", "-o", out, "--cache", cache]
    let run = try Command.run(arguments)
    let lines = try results(run.text)
    let statuses = lines.map { $0["status"] as? String ?? "" }
    #expect(
      statuses == ["planned", "planned", "planned", "bad_input", "infeasible"], "\(run.text)")
    #expect(lines.map { $0["problem"] as? String }.prefix(3) == ["chunks", "sharding", "sharding"])
    #expect(lines[1]["value"] as? Double == 445 && lines[1]["unit"] as? String == "cost")
    #expect(try Command.run(["chunks", profile, "--check", out + "/c.json"]).status == 0)
    #expect(try Command.run(["shard", shards, "--check", out + "/s.json"]).status == 0)
    let single = folder.path("single.json")
    #expect(try Command.run(["solve", shards, "-o", single]).status == 0)
    let plan = try Data(contentsOf: URL(filePath: single))
    #expect(plan == (try Data(contentsOf: URL(filePath: out + "/s.json"))))
    let again = try Command.run(arguments)
    #expect(again.errors.contains("4 from the cache"), "\(again.errors)")
    #expect(try results(again.text) == lines)
  }
}
