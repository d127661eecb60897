import Collectors
import Profiles
import Testing

/// Loads of experts, as serving programs and logs record them.
@Suite struct MoELoadTests {
  static func source(_ name: String, _ text: String) -> SourceFile {
    SourceFile(name: name, bytes: Array(text.utf8))
  }

  static func moe(_ files: [SourceFile], topK: Int? = 2, halves: Bool = false) throws
    -> MixtureOfExperts
  {
    let profile = try MoELoadCollector(topK: topK, splitsTokens: halves).collect(files)
    #expect(profile.validate() == [])
    return try #require(profile.moe)
  }

  @Test("SGLang's counts are read with and without steps, each file a scenario")
  func sglang() throws {
    let moe = try Self.moe([
      Self.source("chat.json", "{\"logical_count\": [[1, 2, 3], [4, 5, 6]]}"),
      Self.source(
        "code.json", "{\"logical_count\": [[[1, 0, 0], [0, 0, 2]], [[0, 1, 0], [2, 0, 0]]]}"),
    ])
    #expect(moe.experts == 3 && moe.layers == 2 && moe.topK == 2)
    #expect(moe.scenarios.map(\.name) == ["chat", "code"])
    #expect(moe.scenarios[0].load == [[1, 2, 3], [4, 5, 6]])
    #expect(moe.scenarios[1].batches.count == 2)
    #expect(moe.scenarios[1].load == [[1, 1, 0], [2, 0, 2]])
  }

  @Test("loads by domain become scenarios")
  func domains() throws {
    let text = "{\"what\": \"x\", \"domains\": {\"law\": [[1, 2]], \"art\": [[3, 4.5]]}}"
    let moe = try Self.moe([Self.source("load.json", text)], topK: 1)
    #expect(moe.scenarios.map(\.name) == ["law", "art"])
    #expect(moe.scenarios[1].load == [[3, 4.5]])
  }

  @Test("a table of counts names layers by their numbers")
  func table() throws {
    let text = "layer,expert,tokens,scenario,batch\n3,0,5,a,0\n3,1,6,a,1\n7,1,2,a,0\n3,2,1,b,0\n"
    let moe = try Self.moe([Self.source("counts.csv", text)])
    #expect(moe.layerNumbers == [3, 7] && moe.experts == 3)
    #expect(moe.scenarios.map(\.name) == ["a", "b"])
    #expect(moe.scenarios[0].batches == [[[5, 0, 0], [0, 2, 0]], [[0, 6, 0], [0, 0, 0]]])
  }

  @Test("a table of each token's experts gives load and co-activation, whole or in halves")
  func tokens() throws {
    let text = "domain,layer,e0,e1\nlaw,3,0,1\nlaw,3,2,1\nlaw,3,0,2\n"
    let whole = try Self.moe([Self.source("tokens.csv", text)], topK: nil)
    #expect(whole.topK == 2 && whole.experts == 3)
    #expect(whole.scenarios[0].load == [[2, 2, 2]])
    #expect(whole.coactivation[0].tokens == [[0, 1], [2, 1], [0, 2]])
    let halves = try Self.moe([Self.source("tokens.csv", text)], topK: nil, halves: true)
    #expect(halves.scenarios.map(\.name) == ["law/even", "law/odd"])
    #expect(halves.scenarios[1].load == [[0, 1, 1]])
  }

  static let broken: [(String, String)] = [
    ("{\"logical_count\": []}", "no counts"),
    ("{\"logical_count\": [[1, -2]]}", "no count; write 0 or more"),
    ("{\"logical_count\": [[1, 2], [3]]}", "entry 0 has not 2 layers of 2 experts"),
    ("{\"logical_count\": [1, 2]}", "is not an array"),
    ("{\"counts\": [[1]]}", "neither logical_count nor domains"),
    ("{\"logical_count\": [[1", "text"),
    ("layer,expert\n", "the column 'tokens' is missing"),
    ("layer,expert,tokens\n", "no rows"),
    ("layer,expert,tokens\n0,0,1\n0,0,2\n", "twice"),
    ("layer,expert,tokens\n0,-1,1\n", "isn't a whole number"),
    ("layer,expert,tokens\n0,0,many\n", "isn't a count"),
    ("layer,e0,e1\n0,4,4\n", "stands twice in one row"),
    ("layer,e0,e1\n0,4,99999999\n", "isn't a whole number"),
    ("", "empty"),
  ]

  @Test("a broken file is refused with place and remedy", arguments: broken)
  func faults(text: String, words: String) {
    let error = #expect(throws: CollectorError.self) {
      try MoELoadCollector(topK: 1).collect([Self.source("x.json", text)])
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("files that don't belong together are refused")
  func mixed() {
    let first = Self.source("a.json", "{\"logical_count\": [[1, 2]]}")
    for other in [
      Self.source("b.json", "{\"logical_count\": [[1, 2, 3]]}"),
      Self.source("b.json", "{\"logical_count\": [[1, 2], [3, 4]]}"),
      Self.source("a.json", "{\"logical_count\": [[1, 2]]}"),
    ] {
      #expect(throws: CollectorError.self) {
        try MoELoadCollector(topK: 1).collect([first, other])
      }
    }
    #expect(throws: CollectorError.self) { try MoELoadCollector().collect([first]) }
  }

  @Test("the current placement is read as SGLang loads it")
  func current() throws {
    var moe = try Self.moe([
      Self.source("a.csv", "layer,expert,tokens\n1,0,4\n1,1,4\n1,2,4\n")
    ])
    moe.nodeSizes = [2]
    let file = Self.source(
      "map.json", "{\"physical_to_logical_map\": [[0, 1, 2, 0], [2, 1, 0, 1]]}")
    try MoELoadCollector.addPlacement(file, to: &moe)
    #expect(moe.placement == [[[2, 1], [0, 1]]] && moe.slots == [2, 2])
    let wrong = Self.source("map.json", "{\"physical_to_logical_map\": [[0, 1, 2]]}")
    #expect(throws: CollectorError.self) { try MoELoadCollector.addPlacement(wrong, to: &moe) }
  }
}
