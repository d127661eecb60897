import Profiles
import Testing

@Suite struct RoundTripTests {
  @Test("a written profile reads back equal, in every form", arguments: UInt64(0)..<60)
  func roundTrip(seed: UInt64) throws {
    let profile = RandomProfile.make(seed: seed)
    #expect(profile.validate() == [])
    for pretty in [true, false] {
      for compressed in [true, false] {
        let bytes = profile.encoded(pretty: pretty, compressed: compressed)
        #expect(try Profile.read(bytes, name: "random.json") == profile)
      }
    }
  }

  @Test("writing what was read gives the same bytes", arguments: UInt64(0)..<20)
  func canonical(seed: UInt64) throws {
    let bytes = RandomProfile.make(seed: seed).encoded()
    #expect(try Profile.read(bytes, name: "random.json").encoded() == bytes)
  }

  @Test("the pretty form has one line for each tensor and each operator, without defaults")
  func prettyForm() {
    let profile = Profile(
      name: "tiny", device: Device(name: "toy", memoryBytes: 4096),
      tensors: [
        Tensor(id: "x", bytes: 16, shape: [2, 2], kind: .input),
        Tensor(id: "w", bytes: 16, kind: .parameter),
        Tensor(id: "y", bytes: 16, kind: .activation, isPersistent: true, isMovable: false),
      ],
      operators: [
        Operator(
          id: "matmul", phase: .forward, durationMicroseconds: 2.5, reads: ["x", "w"],
          writes: ["y"],
          workspaceBytes: 0, flops: 16, isRecomputable: true)
      ])
    let text = """
      {
        "schema": "planner.profile/1",
        "name": "tiny",
        "device": {"name": "toy", "memory_bytes": 4096},
        "tensors": [
          {"id": "x", "bytes": 16, "shape": [2, 2], "kind": "input"},
          {"id": "w", "bytes": 16, "kind": "parameter"},
          {"id": "y", "bytes": 16, "kind": "activation", "persistent": true, "movable": false}
        ],
        "operators": [
          {"id": "matmul", "phase": "forward", "duration_us": 2.5, "reads": ["x", "w"], \
      "writes": ["y"], "flops": 16, "recomputable": true}
        ]
      }

      """
    #expect(String(decoding: profile.encoded(), as: UTF8.self) == text)
    #expect(!profile.encoded(pretty: false).dropLast().contains(UInt8(ascii: "\n")))
  }
}
