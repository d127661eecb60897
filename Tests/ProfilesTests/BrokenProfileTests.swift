import Profiles
import TestSupport
import Testing

@Suite struct BrokenProfileTests {
  @Test("the text that the broken ones start from is good, by reader and schema")
  func good() throws {
    let bytes = Array(BrokenProfile.good.utf8)
    #expect(try Profile.read(bytes, name: "tiny.json").validate() == [])
    #expect(try SchemaCheck(ProfileSchema.text).fault(in: bytes) == nil)
  }

  @Test(
    "the first fault of a broken profile is named exactly",
    arguments: BrokenProfile.structural + BrokenProfile.meaningful + BrokenProfile.syntactic)
  func firstFault(_ broken: BrokenProfile) {
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(Array(broken.text.utf8), name: "tiny.json")
    }
    #expect(error?.faults.first?.description == broken.fault)
    #expect(error?.description.hasPrefix("tiny.json: \(broken.fault)") == true)
  }

  @Test(
    "the schema rejects what the reader rejects, as far as a schema can",
    arguments: BrokenProfile.structural + BrokenProfile.meaningful)
  func schema(_ broken: BrokenProfile) throws {
    let fault = try SchemaCheck(ProfileSchema.text).fault(in: Array(broken.text.utf8))
    #expect((fault != nil) == (broken.reach == .schema))
  }

  @Test("what is written satisfies the schema", arguments: UInt64(0)..<30)
  func written(seed: UInt64) throws {
    let bytes = RandomProfile.make(seed: seed).encoded(pretty: false)
    #expect(try SchemaCheck(ProfileSchema.text).fault(in: bytes) == nil)
  }

  @Test("the first ten faults are listed, the others counted")
  func limit() {
    let tensors = (0..<25).map { #"{"id": "t\#($0)", "bytes": 0.5, "kind": "input"}"# }
    let text = """
      {"schema": "planner.profile/1", "name": "many", "operators": [],
       "tensors": [\(tensors.joined(separator: ","))]}
      """
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(Array(text.utf8), name: "many.json")
    }
    #expect(error?.count == 25)
    #expect(error?.faults.map(\.place) == (0..<10).map { "tensors[\($0)].bytes" })
    #expect(error?.description.hasSuffix("\nmany.json: and 15 more") == true)
  }

  @Test("whole numbers may be written with a point or an exponent")
  func wholeNumbers() throws {
    let text = BrokenProfile.good
      .replacing("\"memory_bytes\": 4096", with: "\"memory_bytes\": 4.096E+3")
      .replacing("\"reserved_bytes\": 96", with: "\"reserved_bytes\": 96.0")
    let profile = try Profile.read(Array(text.utf8), name: "tiny.json")
    #expect(profile.device?.memoryBytes == 4096)
    #expect(profile.device?.reservedBytes == 96)
    #expect(try SchemaCheck(ProfileSchema.text).fault(in: Array(text.utf8)) == nil)
  }

  @Test("a profile built in code is held to the same rules")
  func inCode() {
    var profile = Profile(
      name: "code", device: Device(name: "d", memoryBytes: 1, peakFlops: ["f": .infinity]),
      tensors: [
        Tensor(id: "a", bytes: .max, kind: .input), Tensor(id: "b", bytes: .max, kind: .input),
      ], operators: [])
    profile.device?.hostToDevice = Link(latencyMicroseconds: .nan, points: [])
    #expect(
      profile.validate().map(\.description) == [
        "device.links.h2d.latency_us: NaN is out of range; write a number from 0 to 1000000000000",
        "device.links.h2d.by_size: the list is empty; add at least one measured size",
        "device.peak_flops.f: inf is out of range; write a number from 1 to 1e+30",
        "tensors[0].bytes: 9223372036854775807 bytes are more than 8 PiB; check the unit",
        "tensors[1].bytes: 9223372036854775807 bytes are more than 8 PiB; check the unit",
        "operators: the list is empty; add the operators in execution order",
        "tensors: the sizes add up to more than 8 PiB; check the unit of the sizes",
        "tensors[0]: no operator uses \"a\"; remove it, or write \"persistent\": true",
        "tensors[1]: no operator uses \"b\"; remove it, or write \"persistent\": true",
      ])
  }

  @Test("a number that JSON can't hold is written as null, which is a fault")
  func notANumber() {
    var profile = RandomProfile.make(seed: 1)
    profile.operators[0].durationMicroseconds = .infinity
    let error = #expect(throws: ProfileError.self) {
      try Profile.read(profile.encoded(), name: "p")
    }
    #expect(error?.faults.first?.place == "operators[0].duration_us")
  }
}
