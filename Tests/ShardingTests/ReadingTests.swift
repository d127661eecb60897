import Collectors
import Foundation
import Profiles
import Simulation
import TestSupport
import Testing

/// The contest's files and the profile's section.
@Suite struct ReadingTests {
  @Test("the contest's example is read as it stands")
  func example() throws {
    let instance = try Fixtures.example()
    #expect(instance.name == "example" && instance.nodeCount == 5)
    #expect(instance.memoryLimitBytes == 50)
    #expect(instance.intervals[2] == 50..<120)
    #expect(instance.strategyStarts == [0, 1, 3, 6, 8, 9])
    #expect(instance.computeCosts == [15, 55, 65, 25, 45, 35, 85, 75, 95])
    #expect(instance.edges[2] == ShardingInstance.Edge(source: 1, target: 3))
    #expect(
      instance.edgeCosts[instance.edgeStarts[2]..<instance.edgeStarts[3]] == [90, 10, 20, 80])
  }

  @Test("a section reads back as it was written", arguments: UInt64(0)..<50)
  func roundTrip(seed: UInt64) throws {
    var instance = RandomSharding.instance(seed: seed)
    if seed % 3 == 0 {
      instance.nodeNames = (0..<instance.nodeCount).map { "op \($0) \\ ü" }
      instance.strategyNames = instance.computeCosts.indices.map { "S\($0)" }
    }
    let bytes = instance.encoded(compressed: seed % 2 == 0)
    #expect(try ShardingInstance.read(bytes, name: "x.json") == instance)
    let text = instance.encoded(compressed: false)
    #expect(try SchemaCheck(ProfileSchema.text).fault(in: text) == nil)
  }

  @Test(
    "the schema rejects what the reader rejects",
    arguments: [
      ("\"memory_limit_bytes\"", "\"memory_limit\""), ("\"intervals\"", "\"ranges\""),
      ("\"edges\"", "\"arcs\""), ("[[30,70]", "[[30]"), ("[[30,70]", "[[30,70,90]"),
      ("[[15]", "[[]"), ("[[15]", "[[15.5]"), ("[[15]", "[[1000000000000000001]"), ("[[15]", "[15"),
      ("[[0,1]", "[[0,-1]"), ("\"sharding\"", "\"shards\""),
    ])
  func schema(old: String, new: String) throws {
    let text = String(decoding: try Fixtures.example().encoded(compressed: false), as: UTF8.self)
      .replacing(" ", with: "")
    let damaged = Array(text.replacing(old, with: new).utf8)
    #expect(damaged != Array(text.utf8))
    #expect(throws: ProfileError.self) { try ShardingInstance.read(damaged, name: "x.json") }
    #expect(try SchemaCheck(ProfileSchema.text).fault(in: damaged) != nil)
  }

  @Test(
    "what is wrong is told with place and remedy",
    arguments: [
      ("\"usage_limit\": 50", "\"usage_limit\": -1", "problem.usage_limit"),
      ("[[15]", "[[15.5]", "problem.nodes.costs[0][0]: 15.5 is not a whole number; round it"),
      ("[[15]", "[[]", "problem.nodes"),
      ("[[15]", "[[1000000000000000001]", "problem.nodes.costs[0][0]"),
      ("[[15]", "[[\"15\"]", "problem.nodes.costs[0][0]"),
      ("[[15]", "[15", "problem.nodes.costs[0]"),
      ("[25, 25]", "[25]", "problem.nodes.usages[1]"),
      ("[30, 70]", "[70, 30]", "problem.nodes.intervals[0]"),
      ("[[30, 40]", "[[30]", "problem.edges.costs[0]: 1 costs are not one for each of 1 × 2 pairs"),
      ("[3, 4]]", "[3, 5]]", "problem.edges.nodes[4]: there is no node 5; count from 0 to 4"),
      ("[3, 4]]", "[3, 3]]", "problem.edges.nodes[4]"),
      ("\"usages\"", "\"uses\"", "problem.nodes.uses"),
      ("\"usage_limit\": 50", "\"name\": \"again\"", "problem.name: the key stands twice"),
      (", \"usage_limit\": 50", "", "problem.usage_limit"),
      ("50}}", "50}} x", "the text is no JSON"),
      ("50}}", "50", "the text is no JSON: the text ends too early"),
      ("[[15]", "[[01]", "the text is no JSON"),
    ])
  func broken(old: String, new: String, words: String) {
    let text = Fixtures.exampleText.replacing(",\n", with: ", ").replacing("  ", with: "")
    let damaged = text.replacing(old, with: new)
    #expect(damaged != text)
    let error = #expect(throws: CollectorError.self) { try Fixtures.collect(damaged) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test("damaged files never crash", arguments: UInt64(0)..<300)
  func damaged(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var bytes = Array(Fixtures.exampleText.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let position = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0...2, using: &random) {
      case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: position)
      default: bytes.removeLast(bytes.count - position)
      }
      if bytes.isEmpty { break }
    }
    let file = SourceFile(name: "x.json", bytes: bytes)
    if let instance = try? IOPDDLCollector().collect(file) {
      _ = ShardingReplay(of: instance).run(Array(repeating: 0, count: instance.nodeCount))
    }
  }

  @Test("the evaluation adds with 128 bits, and names what is forbidden and what doesn't fit")
  func evaluation() throws {
    var instance = try Fixtures.example()
    let replay = ShardingReplay(of: instance)
    let over = replay.run([0, 0, 1, 1, 0])
    #expect(over.cost == 415 && over.peakBytes == 55 && over.peakTime == 50)
    #expect(over.faults == ["time 50 takes 55 bytes, 5 over the limit of 50"])
    #expect(replay.run([0, 0, 2, 1, 0]).isValid)
    #expect(!replay.run([0, 0, 3, 1, 0]).isValid)
    #expect(!replay.run([0, 0, 2, 1]).isValid)
    instance.computeCosts = Array(repeating: ShardingInstance.infinity, count: 9)
    instance.edgeCosts = Array(repeating: ShardingInstance.infinity, count: 14)
    let sum = ShardingReplay(of: instance).run([0, 0, 2, 1, 0])
    #expect(sum.cost == 10 * Int128(ShardingInstance.infinity))
    #expect(sum.faultCount == 10)
  }
}
