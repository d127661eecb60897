import Profiles
import Testing

@Suite struct CodecModelTests {
  private let table = ThroughputTable(
    bytes: [1024, 4096], densities: [0, 0.5, 1], gbPerSecond: [[1, 2, 4], [3, 6, 12]])

  @Test(
    "rates between points lie on straight lines in the logarithm of the size and in the density")
  func interpolation() {
    #expect(table.rate(bytes: 1024, density: 0.5) == 2)
    #expect(table.rate(bytes: 1024, density: 0.75) == 3)
    #expect(table.rate(bytes: 2048, density: 0) == 2)
    #expect(table.rate(bytes: 2048, density: 0.25) == 3)
    // Outside of the table its edge counts.
    #expect(table.rate(bytes: 1, density: 1) == 4)
    #expect(table.rate(bytes: 1 << 40, density: 1) == 12)
    #expect(table.covers(bytes: 2048, density: 0.3))
    #expect(!table.covers(bytes: 1000, density: 0.3))
    #expect(table.microseconds(bytes: 4096, density: nil) == 4096 / 12e3)
    #expect(table.microseconds(bytes: 0, density: nil) == 0)
  }

  @Test("the ratios are those of the formats")
  func ratios() {
    #expect(CodecRatio.zeroValue.value(density: 0.5, cycle: nil, elementBytes: 4) == 0.53125)
    #expect(CodecRatio.zeroValue.value(density: 0.5, cycle: nil, elementBytes: 2) == 0.5625)
    #expect(
      CodecRatio.sparseRows.value(density: 0.5, cycle: nil, elementBytes: 4)
        == 0.75 + 4.0 / (65536 * 4))
    #expect(CodecRatio.runLength.value(density: 0.5, cycle: 8, elementBytes: 4) == 0.625)
    // Without a cycle, zeros that know nothing of each other: 1 − (1 − d)².
    #expect(CodecRatio.runLength.value(density: 0.5, cycle: nil, elementBytes: 4) == 0.75)
    let points = CodecRatio.byDensity([
      .init(density: 0.2, ratio: 0.25), .init(density: 0.6, ratio: 0.75),
    ])
    #expect(points.value(density: 0, cycle: nil, elementBytes: 4) == 0.25)
    #expect(points.value(density: 0.4, cycle: nil, elementBytes: 4) == 0.5)
    #expect(points.value(density: 1, cycle: nil, elementBytes: 4) == 0.75)
  }

  @Test("a tensor that nobody measured counts as dense")
  func unmeasured() {
    let model = CodecModel(
      id: "zvc", place: .device, elementBytes: 4, ratio: .zeroValue, worstRatio: 1.03125,
      worstExtraBytes: 1, leastBytes: 100, encode: ThroughputTable(gbPerSecond: 100),
      decode: ThroughputTable(gbPerSecond: 100))
    #expect(model.expectedRatio(density: nil) == 1.03125)
    #expect(model.worstBytes(of: 3200) == 3301)
    #expect(model.isFor(bytes: 100, elementBytes: 4))
    #expect(!model.isFor(bytes: 99, elementBytes: 4))
    #expect(!model.isFor(bytes: 100, elementBytes: nil))
    #expect(model.encode.microseconds(bytes: 100_000, density: 0.3) == 1)
  }

  @Test("an element's size comes from its type, else from the shape")
  func elementBytes() {
    func size(_ bytes: Int, _ dtype: String?, _ shape: [Int]?) -> Int? {
      Tensor(id: "t", bytes: bytes, dtype: dtype, shape: shape, kind: .activation).elementBytes
    }
    #expect(size(8, "bfloat16", nil) == 2)
    #expect(size(8, nil, [2]) == 4)
    #expect(size(9, nil, [2]) == nil)
    #expect(size(8, nil, nil) == nil)
    #expect(size(8, "mystery", [4]) == 2)
    #expect(size(8, nil, [.max, .max]) == nil)
    #expect(size(8, nil, [0]) == nil)
  }

  @Test("faults of a file of codecs are told with their places")
  func file() {
    func faults(_ text: String) -> [String] {
      let error = #expect(throws: ProfileError.self) {
        try CodecFile.read(Array(text.utf8), name: "c.json")
      }
      return error?.faults.map(\.description) ?? []
    }
    #expect(faults("{") != [])
    #expect(
      faults(#"{"schema": "planner.profile/1"}"#) == [
        #"schema: "planner.profile/1" is another format; give a file with "planner.codecs/1""#
      ])
    #expect(
      faults(#"{"schema": "planner.codecs/1"}"#) == ["codecs: the key is missing; add an array"])
  }
}
