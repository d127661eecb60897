import Batches
import Foundation
import Testing

/// Plans that were made before.
@Suite struct PlanCacheTests {
  private func entry(_ size: Int) -> PlanCache.Entry {
    let answer = ResultLine(
      item: 1, id: "", profile: "", status: .planned,
      figures: ResultLine.Figures(problem: "swap", value: 2, bound: 1, gap: 0.5))
    return PlanCache.Entry(answer: answer, plan: [UInt8](repeating: 7, count: size))
  }

  @Test("what differs gets another key")
  func keys() {
    let plain = CacheKey.input(profile: [1], options: ["a": "b"])
    #expect(plain == CacheKey.input(profile: [1], options: ["a": "b"]))
    let others = [
      CacheKey.input(profile: [2], options: ["a": "b"]),
      CacheKey.input(profile: [1], options: ["a": "c"]),
      CacheKey.input(profile: [1], options: ["ab": ""]),
      CacheKey.input(profile: [1], options: [:]),
    ]
    #expect(Set(others + [plain]).count == 5)
    let answers = [["1"], ["2"], ["1", ""], []].map {
      CacheKey.answer(input: plain, programs: $0)
    }
    #expect(Set(answers).count == 4)
  }

  @Test("an entry comes back, also to somebody who opened the cache before")
  func entries() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (
      try PlanCache(folder: folder.path + "/new/c"), try PlanCache(folder: folder.path + "/new/c")
    )
    #expect(try first.entry("k", now: 0) == nil)
    try first.keep(entry(100), as: "k", now: 0)
    try second.keep(entry(0), as: "l", now: 0)
    #expect(try second.entry("k", now: 0) == entry(100))
    #expect(try first.entry("l", now: 0) == entry(0))
    #expect(try first.statistics().entries == 2)
    #expect(try second.clear() == 2)
    #expect(try first.entry("k", now: 0) == nil)
  }

  @Test("the longest unused entries are pruned")
  func pruning() throws {
    let folder = try TemporaryFolder()
    let cache = try PlanCache(folder: folder.path)
    for number in 1...4 { try cache.keep(entry(1000), as: "k\(number)", now: number * 100_000) }
    // Used again later.
    _ = try cache.entry("k1", now: 900_000)
    #expect(try cache.prune(usedBefore: 250_000, beyond: nil) == 1)
    #expect(try cache.entry("k2", now: 0) == nil)
    let bytes = try cache.statistics().bytes
    #expect(try cache.prune(usedBefore: nil, beyond: bytes - 1) == 1)
    #expect(try cache.entry("k3", now: 0) == nil)
    #expect(try cache.entry("k1", now: 900_000) != nil)
    #expect(try cache.prune(usedBefore: nil, beyond: 0) == 2)
  }

  @Test("an entry whose bytes were changed is not believed, and goes")
  func damagedEntry() throws {
    let folder = try TemporaryFolder()
    var path = ""
    do {
      let cache = try PlanCache(folder: folder.path)
      path = cache.path
      try cache.keep(entry(300), as: "key", now: 0)
      _ = try cache.prune(usedBefore: 0, beyond: nil)
    }
    var bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let place = try #require(bytes.firstRange(of: [UInt8](repeating: 7, count: 50))).lowerBound
    bytes[place + 3] = 8
    try Data(bytes).write(to: URL(filePath: path))
    let cache = try PlanCache(folder: folder.path)
    #expect(try cache.entry("key", now: 0) == nil)
    #expect(try cache.statistics().entries == 0)
  }

  @Test("a file that is no database is put aside")
  func damagedFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file(
      PlanCache.fileName, String(repeating: "this is no database ", count: 500))
    let cache = try PlanCache(folder: folder.path)
    try cache.keep(entry(1), as: "key", now: 0)
    #expect(try cache.entry("key", now: 0) == entry(1))
    #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
    #expect(throws: (any Error).self) { try PlanCache(folder: "/proc/no") }
  }
}
