import Profiles
import TestSupport
import Testing

@Suite struct MixtureOfExpertsTests {
  static let text = """
    {"schema": "planner.profile/1", "name": "routing", "moe": {"experts": 4, "top_k": 2, \
    "layers": 2, "layer_numbers": [3, 7], "groups": 2, "devices": 3, "nodes": [2, 1], \
    "slots_per_device": [2, 2, 1], "device_speeds": [1, 1, 0.5], "tokens_per_device": 128, \
    "token_bytes": 4096, "expert_bytes": 65536, "scenarios": [{"name": "code", "load": \
    [[1, 2, 3, 4], [4, 3, 2, 1.5]]}, {"name": "chat", "batches": [[[1, 0, 0, 1], [0, 1, 1, 0]], \
    [[2, 0, 0, 2], [0, 2, 2, 0]]]}], "coactivation": [{"layer": 0, "scenario": "code", "tokens": \
    [[0, 1], [3, 2]], "pairs": [[0, 3, 12]]}], "placement": [[[0, 1], [2, 3], [0]], [[0, 1], \
    [2, 3], [3]]]}}

    """

  @Test("the section is read as it is written, and written as it was read")
  func roundTrip() throws {
    let profile = try Profile.read(Array(Self.text.utf8), name: "routing.json")
    let moe = try #require(profile.moe)
    #expect(moe.layerNumbers == [3, 7] && moe.devices == 3 && moe.nodeOfDevice == [0, 0, 1])
    #expect(moe.slots == [2, 2, 1] && moe.group(of: 1) == 0 && moe.group(of: 2) == 1)
    #expect(moe.scenarios[1].load == [[3, 0, 0, 3], [0, 3, 3, 0]])
    #expect(moe.coactivation[0].pairs == [Coactivation.Pair(first: 0, second: 3, tokens: 12)])
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
    let profile = try Profile.read(Array(Self.text.utf8), name: "routing.json")
    #expect(try check.fault(in: profile.encoded()) == nil)
    for key in ["experts", "top_k", "layers"] {
      let broken = Self.text.replacing("\"\(key)\":", with: "\"x_\(key)\":")
      #expect(try check.fault(in: Array(broken.utf8)) != nil)
    }
  }

  static let broken: [(String, String, String)] = [
    (
      "\"experts\": 4", "\"experts\": 5",
      "moe.groups: 2 groups don't divide 5 experts; write a number that divides them"
    ),
    (
      "\"top_k\": 2", "\"top_k\": 9",
      "moe.top_k: 9 is out of range; write a number from 1 to 4"
    ),
    (
      "[3, 7]", "[7, 3]",
      "moe.layer_numbers[1]: 3 doesn't come after the one before; sort the layers, each once"
    ),
    (
      "\"layers\": 2", "\"layers\": 3",
      "moe.layer_numbers: 2 numbers are not one for each of 3; write one number for each layer"
    ),
    (
      "\"nodes\": [2, 1]", "\"nodes\": [2, 2]",
      "moe.nodes: the nodes have 4 devices, not 3; write the number of devices of each node"
    ),
    (
      "\"nodes\": [2, 1]", "\"nodes\": 2",
      "moe.nodes: 2 nodes don't divide 3 devices; write a list with the devices of each node"
    ),
    (
      "[2, 2, 1], \"device", "[2, 2], \"device",
      "moe.slots_per_device: 2 entries are not one for each of 3 devices; correct one"
    ),
    (
      "[4, 3, 2, 1.5]", "[4, 3, 2]",
      "moe.scenarios[0].load[1]: 3 entries are not one for each of 4 experts; correct one"
    ),
    (
      "[4, 3, 2, 1.5]", "[4, 3, -2, 1.5]",
      "moe.scenarios[0].load[1][2]: -2 is negative; write 0 or more"
    ),
    (
      "\"chat\"", "\"code\"",
      "moe.scenarios[1].name: \"code\" is the name of scenarios[0] too; "
        + "give each scenario a name of its own"
    ),
    (
      "[3, 2]], \"pairs\"", "[3, 3]], \"pairs\"",
      "moe.coactivation[0].tokens[1]: an expert stands twice; write each expert once"
    ),
    (
      "[0, 3, 12]", "[3, 0, 12]",
      "moe.coactivation[0].pairs[0]: the experts don't ascend; write the smaller number first"
    ),
    (
      "\"scenario\": \"code\"", "\"scenario\": \"night\"",
      "moe.coactivation[0].scenario: there is no scenario \"night\"; "
        + "add it to scenarios, or correct the name"
    ),
    (
      "[2, 3], [3]]", "[2, 3], [4]]",
      "moe.placement[1][2][0]: 4 is out of range; write a number from 0 to 3"
    ),
  ]

  @Test("each fault is told with its place and its remedy", arguments: broken)
  func faults(old: String, new: String, message: String) throws {
    let text = Self.text.replacing(old, with: new)
    try #require(text != Self.text)
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(Array(text.utf8), name: "routing.json")
    }
    #expect(error?.faults.map(\.description).contains(message) == true, "\(error?.faults ?? [])")
  }

  @Test(
    "numbers at the ends of their range are refused, not overflown",
    arguments: [
      "\"devices\": 3", "\"experts\": 4", "\"layers\": 2", "\"top_k\": 2", "\"groups\": 2",
    ])
  func extremes(pair: String) throws {
    let key = pair.prefix { $0 != ":" }
    for number in ["0", "-1", "9223372036854775807", "-9223372036854775808", "1e300"] {
      let broken = Self.text.replacing(pair, with: "\(key): \(number)")
      #expect(throws: ProfileError.self) {
        try Profile.read(Array(broken.utf8), name: "routing.json")
      }
    }
  }
}
