import Profiles
import TestSupport
import Testing

@Suite struct ClusterTests {
  static let text = """
    {"schema": "planner.profile/1", "name": "four", "cluster": {"devices": 4, "device_name": "toy", \
    "levels": [{"name": "node", "groups": [[0, 1], [2, 3]], "pair": {"latency_us": 2, \
    "bandwidth_gb_per_s": 100, "assumed": true}}, {"name": "leaf", "groups": [[0, 1, 2, 3]]}], \
    "beyond": {"latency_us": 3, "by_size": [{"bytes": 64, "bandwidth_gb_per_s": 2}, \
    {"bytes": 128, "bandwidth_gb_per_s": 3}]}, "links": [{"name": "nic", "owner": "node", \
    "only": [1], "within": "leaf", "outside": "node", "out": {"latency_us": 0, \
    "bandwidth_gb_per_s": 10}, "in": {"latency_us": 1, "bandwidth_gb_per_s": 20}, "assumed": true}, \
    {"name": "port", "out": {"latency_us": 0, "bandwidth_gb_per_s": 50}}], "pairs": {"latency_us": \
    [[0, 1, 2, 3], [1, 0, 2, 3], [2, 2, 0, 1], [3, 3, 1, 0]], "bandwidth_gb_per_s": [[900, 90, 9, \
    9], [90, 900, 9, 9], [9, 9, 900, 90], [9, 9, 90, 900]]}, "h2d_gb_per_s": [1, 2, 3, 4]}}

    """

  private static func read(_ text: String) throws -> Cluster {
    try #require(try Profile.read(Array(text.utf8), name: "four.json").cluster)
  }

  @Test("the section is read as it is written, written as it was read, and fits the schema")
  func roundTrip() throws {
    let profile = try Profile.read(Array(Self.text.utf8), name: "four.json")
    #expect(profile.validate() == [])
    let check = try SchemaCheck(ProfileSchema.text)
    #expect(try check.fault(in: Array(Self.text.utf8)) == nil)
    for pretty in [true, false] {
      let bytes = profile.encoded(pretty: pretty)
      #expect(try Profile.read(bytes, name: "written.json") == profile)
      #expect(try check.fault(in: bytes) == nil)
    }
    #expect(
      profile.cluster?.assumptions == ["pairs within one node", "the link nic"])
  }

  static let broken: [(String, String, String)] = [
    (
      "\"devices\": 4", "\"devices\": 0",
      "cluster.devices: 0 is out of range; write a number from 1 to 4096"
    ),
    (
      "[[0, 1], [2, 3]]", "[[0, 1], [2, 4]]",
      "cluster.levels[0].groups[1][1]: there is no device 4; write a number from 0 to 3"
    ),
    (
      "[[0, 1], [2, 3]]", "[[0, 1], [2]]",
      "cluster.levels[0].groups: device 3 is in no group; add it to one"
    ),
    (
      "[[0, 1], [2, 3]]", "[[0, 1], [1, 2, 3]]",
      "cluster.levels[0].groups[1][0]: device 1 is in another group too; keep it in one of them"
    ),
    (
      "[[0, 1, 2, 3]]}]", "[[0], [1, 2, 3]]}]",
      "cluster.levels[1].groups: a group of the level before is in two groups; write the levels from "
        + "the finest to the coarsest, each group within one of the next"
    ),
    (
      "\"name\": \"leaf\"", "\"name\": \"node\"",
      "cluster.levels[1].name: the name \"node\" is taken; give each level a name of its own, "
        + "other than device"
    ),
    (
      "\"owner\": \"node\"", "\"owner\": \"rack\"",
      "cluster.links[0].owner: there is no level \"rack\"; write the name of one of the levels, "
        + "or leave the key out"
    ),
    (
      "\"within\": \"leaf\"", "\"within\": \"node\"",
      "cluster.links[0].within: no pair of devices would use the link; name a coarser level than "
        + "owner and outside"
    ),
    (
      "\"only\": [1]", "\"only\": [2]",
      "cluster.links[0].only[0]: there is no owner 2; write a number from 0 to 1"
    ),
    (
      "\"out\": {\"latency_us\": 0, \"bandwidth_gb_per_s\": 10}", "\"x_out\": 1",
      "cluster.links[0].out: the key is missing; add an object"
    ),
    (
      "[3, 3, 1, 0]]", "[3, 3, 1]]",
      "cluster.pairs.latency_us[3]: 3 entries are not one for each of 4 devices; write one for each "
        + "device"
    ),
    (
      "[9, 9, 900, 90]", "[9, -9, 900, 90]",
      "cluster.pairs.bandwidth_gb_per_s[2][1]: -9 is out of range; write a number from 1e-06 to "
        + "1000000000"
    ),
    (
      "\"h2d_gb_per_s\": [1, 2, 3, 4]", "\"h2d_gb_per_s\": [1, 2]",
      "cluster.h2d_gb_per_s: 2 entries are not one for each of 4 devices; write one for each device"
    ),
  ]

  @Test("each fault is told with its place and its remedy", arguments: broken)
  func faults(old: String, new: String, message: String) throws {
    let text = Self.text.replacing(old, with: new, maxReplacements: 1)
    try #require(text != Self.text)
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(Array(text.utf8), name: "four.json")
    }
    let faults = error?.faults.map(\.description) ?? []
    #expect(faults.contains(message), "\(faults)")
  }

  @Test("a pair uses its own path, the ports of both devices, and the uplinks between them")
  func routes() throws {
    let routes = ClusterRoutes(try Self.read(Self.text))
    #expect(routes.separation(0, 1) == 0 && routes.separation(1, 2) == 1)
    func names(_ paths: [Int]) -> [String] { paths.map { routes.shared[$0].name } }
    #expect(names(routes.outgoing[0][0]) == ["port of device 0, out"])
    #expect(names(routes.outgoing[1][0]) == ["port of device 0, out"])
    #expect(
      names(routes.outgoing[1][2]) == ["nic of node 1, out", "port of device 2, out"])
    #expect(names(routes.incoming[1][3]) == ["nic of node 1, in", "port of device 3, in"])
    #expect(routes.isolatedRate(from: 0, to: 1) == 50)
    #expect(routes.isolatedRate(from: 2, to: 0) == 9)
    #expect(routes.pairPath(from: 0, to: 2)?.latencyMicroseconds == 2)
    #expect(routes.localRate(of: 3) == 900)
  }

  /// Rates of a kind, with noise as repeated measurements have it.
  private func rates(_ count: Int, noise: Double = 0.02, _ rate: (Int, Int) -> Double) -> [[Double]]
  {
    var random = SeededGenerator(seed: 11)
    return (0..<count).map { i in
      (0..<count).map { j in
        i == j ? 0 : rate(i, j) * Double.random(in: 1 - noise...1, using: &random)
      }
    }
  }

  @Test("each kind of topology is told, with its groups, under the noise of measurements")
  func kinds() {
    #expect(Topology(rates: rates(6) { _, _ in 20 }).kind == .homogeneous)
    let pairs = Topology(rates: rates(4) { $0 / 2 == $1 / 2 ? 275 : 21.6 })
    #expect(pairs.kind == .symmetricTree)
    #expect(pairs.bands.map(\.groups) == [[[0, 1], [2, 3]], [[0, 1, 2, 3]]])
    #expect(pairs.evidence.count == 2 && pairs.evidence[0].contains("2 groups of 2"))
    let threes = Topology(rates: rates(6) { $0 / 3 == $1 / 3 ? 26.3 : 22 })
    #expect(threes.kind == .symmetricTree)
    let deep = Topology(
      rates: rates(8) { $0 / 2 == $1 / 2 ? 300 : $0 / 4 == $1 / 4 ? 100 : 25 })
    #expect(deep.kind == .symmetricTree && deep.bands.count == 3)
    let uneven = Topology(rates: rates(6) { ($0 < 4) == ($1 < 4) ? 200 : 25 })
    #expect(uneven.kind == .asymmetricTree)
    let ring = Topology(rates: rates(6) { [1, 5].contains(abs($0 - $1)) ? 50 : 10 })
    #expect(ring.kind == .ring && ring.ring == [0, 1, 2, 3, 4, 5])
    let mesh = Topology(
      rates: rates(9) { abs($0 / 3 - $1 / 3) + abs($0 % 3 - $1 % 3) == 1 ? 50 : 10 })
    #expect(mesh.kind == .general)
    #expect(Topology(rates: [[0]]).kind == .homogeneous && Topology(rates: []).bands.isEmpty)
  }
}
