import Profiles
import TestSupport
import Testing

@Suite struct GradientExchangeTests {
  static let text = """
    {"schema": "planner.profile/1", "name": "g", "gradients": {"nodes": 2, "devices_per_node": 4, \
    "element_bytes": 2, "within_node": {"latency_us": 5, "bandwidth_gb_per_s": 200}, \
    "between_nodes": {"latency_us": 20, "bandwidth_gb_per_s": 12.5}, "selection_gb_per_s": 100, \
    "whole_selection_gb_per_s": 5, "buckets": [{"id": "fc", "bytes": 4000, "ready_us": 10, \
    "energy": 2.5, "energy_curves": [{"selection": "whole", "points": [{"density": 0.01, \
    "energy": 0.3}, {"density": 0.1, "energy": 0.8}]}, {"selection": "equal", "block": 128, \
    "points": [{"density": 0.1, "energy": 0.7}]}], "union_curves": [{"density": 0.01, "points": \
    [{"workers": 2, "growth": 1.8}, {"workers": 8, "growth": 4}]}]}, {"id": "conv", \
    "bytes": 800, "ready_us": 20, "energy": 0}]}}

    """

  @Test("the section is read as it is written, and written as it was read")
  func roundTrip() throws {
    let profile = try Profile.read(Array(Self.text.utf8), name: "g.json")
    let gradients = try #require(profile.gradients)
    #expect(gradients.workers == 8 && gradients.bytes == 4800 && gradients.energy == 2.5)
    #expect(gradients.buckets[0].energyCurves[1].block == 128)
    #expect(gradients.buckets[0].unionCurves[0].points[1] == .init(workers: 8, growth: 4))
    #expect(profile.validate() == [])
    for pretty in [true, false] {
      let bytes = profile.encoded(pretty: pretty)
      #expect(try Profile.read(bytes, name: "written.json") == profile)
    }
  }

  @Test("the schema accepts what reading accepts, and refuses a section without its keys")
  func schema() throws {
    let check = try SchemaCheck(ProfileSchema.text)
    #expect(try check.fault(in: Array(Self.text.utf8)) == nil)
    let profile = try Profile.read(Array(Self.text.utf8), name: "g.json")
    #expect(try check.fault(in: profile.encoded()) == nil)
    for key in ["nodes", "devices_per_node", "selection_gb_per_s", "buckets", "ready_us"] {
      let broken = Self.text.replacing("\"\(key)\":", with: "\"x_\(key)\":")
      #expect(try check.fault(in: Array(broken.utf8)) != nil, "\(key)")
    }
  }

  static let broken: [(String, String, String)] = [
    (
      "\"nodes\": 2", "\"nodes\": 0",
      "gradients.nodes: 0 is out of range; write a number from 1 to 16384"
    ),
    (
      "\"element_bytes\": 2", "\"element_bytes\": 3",
      "gradients.element_bytes: elements of 3 bytes are not known here; write 2 or 4"
    ),
    (
      "\"within_node\"", "\"x_within_node\"",
      "gradients.within_node: the key is missing; add the link of a device to others of its node"
    ),
    (
      "\"between_nodes\"", "\"x_between_nodes\"",
      "gradients.between_nodes: the key is missing; add the link of a node to the others"
    ),
    (
      "\"bytes\": 4000", "\"bytes\": 4001",
      "gradients.buckets[0].bytes: 4001 bytes are not whole elements of 2; correct bytes or "
        + "element_bytes"
    ),
    (
      "\"ready_us\": 20", "\"ready_us\": 9",
      "gradients.buckets[1].ready_us: the bucket is ready before the one before it; "
        + "sort the buckets by ready_us"
    ),
    (
      "\"id\": \"conv\"", "\"id\": \"fc\"",
      "gradients.buckets[1].id: \"fc\" is the id of buckets[0] too; give each bucket an id of its own"
    ),
    (
      "\"energy\": 2.5", "\"energy\": 0",
      "gradients.buckets: no bucket has any energy; measure gradients that are not all zero"
    ),
    (
      "\"block\": 128", "\"block\": 65537",
      "gradients.buckets[0].energy_curves[1].block: 65537 is out of range; "
        + "write a number from 1 to 65536"
    ),
    (
      "\"block\": 128, ", "",
      "gradients.buckets[0].energy_curves[1].block: the key is missing; add the elements of a block"
    ),
    (
      "\"selection\": \"equal\"", "\"selection\": \"whole\"",
      "gradients.buckets[0].energy_curves[1].block: a choice from the whole bucket has no blocks; "
        + "remove the key"
    ),
    (
      "\"energy\": 0.8", "\"energy\": 0.2",
      "gradients.buckets[0].energy_curves[0].points[1]: density or energy don't rise; "
        + "sort the points by density"
    ),
    (
      "\"density\": 0.1, \"energy\": 0.7", "\"density\": 1, \"energy\": 0.7",
      "gradients.buckets[0].energy_curves[1].points[0].density: 1 is out of range; "
        + "write a number from 1e-09 to 0.999999999"
    ),
    (
      "\"growth\": 1.8", "\"growth\": 2.1",
      "gradients.buckets[0].union_curves[0].points[0].growth: 2.1 is out of range; "
        + "write a number from 1 to 2"
    ),
    (
      "\"workers\": 2, \"growth\": 1.8", "\"workers\": 8, \"growth\": 1.8",
      "gradients.buckets[0].union_curves[0].points[1]: workers or growth don't rise; "
        + "sort the points by workers"
    ),
    (
      "\"selection_gb_per_s\": 100", "\"selection_gb_per_s\": 0",
      "gradients.selection_gb_per_s: 0 is out of range; write a number from 1e-06 to 1000000000"
    ),
  ]

  @Test("what is wrong is told with its place and a remedy", arguments: broken.indices)
  func faults(index: Int) throws {
    let (from, to, expected) = Self.broken[index]
    let text = Self.text.replacing(from, with: to, maxReplacements: 1)
    try #require(text != Self.text)
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(Array(text.utf8), name: "g.json")
    }
    #expect(error?.faults.first?.description == expected)
  }
}
