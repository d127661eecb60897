import Profiles
import TestSupport
import Testing

@Suite("The section two_stage") struct StageGraphTests {
  static let text = """
    {"schema": "planner.profile/1", "name": "toy", "two_stage": {"mesh": {"shape": [2, 4], \
    "latency_us": [10, 3.5], "gb_per_s": [25, 300]}, "memory_limit_bytes": 4096, "stages": \
    ["in", "out"], "nodes": [{"id": "a", "stage": "in", "repeat": "r", "strategies": [{"id": \
    "data_parallel", "forward_us": 10, "backward_us": 20.5, "synchronization_us": 3, \
    "parameter_bytes": 64, "gradient_bytes": 32, "optimizer_state_bytes": 128, "saved_bytes": 40, \
    "output_bytes": 16, "forward_workspace_bytes": 8, "backward_workspace_bytes": 9}, {"id": \
    "zero3", "forward_us": 12, "backward_us": 24, "saved_bytes": 40, "output_bytes": 16}]}, \
    {"id": "b", "stage": "in", "repeat": "r", "follows": "a", "strategies": [{"id": \
    "data_parallel", "forward_us": 1, "backward_us": 2, "saved_bytes": 4, "output_bytes": 5}, \
    {"id": "zero3", "forward_us": 1, "backward_us": 2, "saved_bytes": 4, "output_bytes": 5}]}, \
    {"id": "c", "stage": "out", "strategies": [{"id": "megatron", "forward_us": 0, "backward_us": \
    0, "saved_bytes": 0, "output_bytes": 0}]}], "edges": [{"source": "a", "target": "b", \
    "forward_us": [[0, 1], [2, 0]], "backward_us": [[0, 3], [4, 0]]}, {"source": "b", "target": \
    "c", "forward_us": [[5], [6]], "backward_us": [[7], [8]]}]}}

    """

  @Test("the section is read as it is written, and written as it was read")
  func roundTrip() throws {
    let profile = try Profile.read(Array(Self.text.utf8), name: "toy.json")
    let graph = try #require(profile.stageGraph)
    #expect(graph.mesh.shape == [2, 4] && graph.mesh.gbPerSecond == [25, 300])
    #expect(graph.stages == ["in", "out"] && graph.nodes.map(\.stage) == [0, 0, 1])
    #expect(graph.nodes[0].strategies[0].stateBytes == 224)
    #expect(graph.nodes[1].leader == 0 && graph.nodes[1].repeatGroup == "r")
    #expect(graph.edges[1].source == 1 && graph.edges[1].backwardMicroseconds == [[7], [8]])
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
    let profile = try Profile.read(Array(Self.text.utf8), name: "toy.json")
    #expect(try check.fault(in: profile.encoded()) == nil)
    for key in ["mesh", "memory_limit_bytes", "stages", "nodes", "saved_bytes", "target"] {
      let broken = Self.text.replacing("\"\(key)\":", with: "\"x_\(key)\":")
      #expect(try check.fault(in: Array(broken.utf8)) != nil)
    }
  }

  static let broken: [(String, String, String)] = [
    (
      "\"shape\": [2, 4]", "\"shape\": [2, 0]",
      "two_stage.mesh.shape[1]: 0 is out of range; "
        + "write 1 or more, and at most 1048576 devices in all"
    ),
    (
      "[25, 300]", "[25]",
      "two_stage.mesh.gb_per_s: 1 numbers are not one for each of 2 axes; "
        + "write one for each axis of shape"
    ),
    (
      "[\"in\", \"out\"]", "[\"in\", \"in\"]",
      "two_stage.stages[1]: \"in\" is the name of stage 0 too; give each stage a name of its own"
    ),
    (
      "[\"in\", \"out\"]", "[\"in\", \"out\", \"end\"]",
      "two_stage.nodes: stage \"end\" has no node; add one, or remove the stage"
    ),
    (
      "\"stage\": \"out\"", "\"stage\": \"outer\"",
      "two_stage.nodes[2].stage: there is no stage \"outer\"; add it, or correct the name"
    ),
    (
      "\"id\": \"b\"", "\"id\": \"a\"",
      "two_stage.nodes[1].id: \"a\" is the name of nodes[0] too; give each node a name of its own"
    ),
    (
      "\"follows\": \"a\"", "\"follows\": \"c\"",
      "two_stage.nodes[1].follows: there is no earlier node \"c\"; add it, or correct the name"
    ),
    (
      "\"stage\": \"out\", ", "\"stage\": \"out\", \"follows\": \"a\", ",
      "two_stage.nodes[2].follows: \"a\" has 2 strategies, not 1; "
        + "give both as many strategies, in the same order"
    ),
    (
      "\"stage\": \"out\", ", "\"stage\": \"out\", \"repeat\": \"r\", ",
      "two_stage.nodes[2].repeat: nodes[0] of the same group has other strategies; "
        + "give both the same names of strategies in the same order, or another group"
    ),
    (
      "\"backward_us\": 20.5", "\"backward_us\": -1",
      "two_stage.nodes[0].strategies[0].backward_us: -1 is negative; write 0 or more"
    ),
    (
      "\"saved_bytes\": 40", "\"saved_bytes\": 0.5",
      "two_stage.nodes[0].strategies[0].saved_bytes: 0.5 is not a whole number of bytes; "
        + "round it up"
    ),
    (
      "\"parameter_bytes\": 64", "\"parameter_bytes\": 9007199254740992",
      "two_stage.nodes: the sizes add up to more than 8 PiB; check the unit of the sizes"
    ),
    (
      "[[5], [6]]", "[[5]]",
      "two_stage.edges[1].forward_us: the matrix doesn't have 2 rows of 1 numbers; "
        + "write a row for each strategy of source, a number for each of target"
    ),
    (
      "[[7], [8]]", "[[7], 8]",
      "two_stage.edges[1].backward_us[1]: 8 is not an array; "
        + "write one number for each of target's strategies"
    ),
    (
      "\"source\": \"b\", \"target\": \"c\"", "\"source\": \"c\", \"target\": \"b\"",
      "two_stage.edges[1].target: \"b\" stands before \"c\"; write the nodes in execution order"
    ),
    (
      "\"saved_bytes\"", "\"saved_byte\"",
      "two_stage.nodes[0].strategies[0].saved_byte: a strategy has no key \"saved_byte\"; "
        + "use saved_bytes"
    ),
  ]

  @Test("each fault is told with its place and its remedy", arguments: broken)
  func faults(old: String, new: String, message: String) throws {
    let text = Self.text.replacing(old, with: new, maxReplacements: 1)
    try #require(text != Self.text)
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(Array(text.utf8), name: "toy.json")
    }
    #expect(error?.faults.map(\.description).contains(message) == true, "\(error?.faults ?? [])")
  }

  @Test("a tensor that skips a stage is refused")
  func skipping() throws {
    let text = Self.text
      .replacing("[\"in\", \"out\"]", with: "[\"in\", \"mid\", \"out\"]")
      .replacing("\"id\": \"b\", \"stage\": \"in\"", with: "\"id\": \"b\", \"stage\": \"mid\"")
      .replacing("\"b\", \"target\": \"c\"", with: "\"a\", \"target\": \"c\"")
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(Array(text.utf8), name: "toy.json")
    }
    #expect(
      error?.faults.map(\.description) == [
        "two_stage.edges[1].target: \"c\" stands more than one stage behind \"a\"; "
          + "join the stages between, or let a node of each pass the tensor on"
      ])
  }

  @Test(
    "numbers at the ends of their range are refused, not overflown",
    arguments: [
      "\"memory_limit_bytes\": 4096", "\"parameter_bytes\": 64", "\"output_bytes\": 16",
      "\"backward_workspace_bytes\": 9",
    ])
  func extremes(pair: String) throws {
    let key = pair.prefix { $0 != ":" }
    for number in ["-1", "9223372036854775807", "-9223372036854775808", "1e300"] {
      let broken = Self.text.replacing(pair, with: "\(key): \(number)")
      #expect(throws: ProfileError.self) {
        try Profile.read(Array(broken.utf8), name: "toy.json")
      }
    }
  }
}
