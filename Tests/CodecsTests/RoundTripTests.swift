import Codecs
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test(
    "every codec gives back what it was given, at every level, in the bytes of its formula",
    arguments: SampleTensor.all)
  func roundTrip(_ sample: SampleTensor) throws {
    let bytes = sample.bytes
    let count = try bytes.withUnsafeBytes {
      try SparsityCount(counting: $0, elementBytes: sample.elementBytes)
    }
    for codec in Codec.allCases {
      var first: [UInt8]?
      for level in KernelLevel.available {
        let encoded = try codec.encode(bytes, elementBytes: sample.elementBytes, level: level)
        #expect(first == nil || first == encoded, "\(codec): levels differ")
        first = encoded
        if let expected = codec.encodedBytes(of: count) {
          #expect(encoded.count == expected, "\(codec)")
        }
        #expect(
          encoded.count
            <= (try codec.worstBytes(
              elements: sample.elements, elementBytes: sample.elementBytes)),
          "\(codec)")
        let decoded = try codec.decode(
          encoded, elementBytes: sample.elementBytes, bytes: bytes.count, level: level)
        #expect(decoded == bytes, "\(codec) at \(level)")
      }
    }
  }

  @Test("encoding stays within the worst size that it declares, and touches nothing behind it")
  func guardedTarget() throws {
    for sample in SampleTensor.all where sample.elements < 2000 {
      let bytes = sample.bytes
      for codec in Codec.allCases {
        for level in KernelLevel.available {
          let worst = try codec.worstBytes(
            elements: sample.elements, elementBytes: sample.elementBytes)
          var target = [UInt8](repeating: 0xA5, count: worst + 64)
          let used = try bytes.withUnsafeBytes { source in
            try target.withUnsafeMutableBytes { target in
              try codec.encode(
                source, elementBytes: sample.elementBytes,
                into: UnsafeMutableRawBufferPointer(rebasing: target[..<worst]), level: level)
            }
          }
          #expect(used <= worst)
          #expect(target[worst...].allSatisfy { $0 == 0xA5 }, "\(codec) \(level) \(sample)")
        }
      }
    }
  }

  @Test("negative zero and NaN come back bit by bit")
  func specialValues() throws {
    let values: [Float] = [0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, 0, 1]
    let bytes = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
    for codec in Codec.allCases {
      let encoded = try codec.encode(bytes, elementBytes: 4)
      #expect(try codec.decode(encoded, elementBytes: 4, bytes: bytes.count) == bytes)
    }
    let count = try bytes.withUnsafeBytes { try SparsityCount(counting: $0, elementBytes: 4) }
    #expect(count.nonzeros == 6)
  }

  @Test("a target that is too small is refused before anything is written")
  func smallTarget() throws {
    let bytes = [UInt8](repeating: 1, count: 400)
    for codec in Codec.allCases {
      let worst = try codec.worstBytes(elements: 100, elementBytes: 4)
      var target = [UInt8](repeating: 0xA5, count: worst - 1)
      #expect(throws: CodecError.targetTooSmall(bytes: worst - 1, needed: worst)) {
        try bytes.withUnsafeBytes { source in
          try target.withUnsafeMutableBytes { target in
            _ = try codec.encode(source, elementBytes: 4, into: target)
          }
        }
      }
      #expect(target.allSatisfy { $0 == 0xA5 })
    }
  }

  @Test("sizes that no codec takes are refused")
  func badSizes() {
    for codec in Codec.allCases {
      #expect(throws: CodecError.self) { try codec.encode([1, 2, 3], elementBytes: 2) }
      #expect(throws: CodecError.self) { try codec.encode([1, 2, 3], elementBytes: 3) }
      #expect(throws: CodecError.self) { try codec.encode([1], elementBytes: 0) }
      #expect(throws: CodecError.self) { try codec.worstBytes(elements: -1, elementBytes: 4) }
      #expect(throws: CodecError.self) { try codec.worstBytes(elements: .max, elementBytes: 4) }
      #expect(throws: CodecError.self) { try codec.decode([1], elementBytes: 4, bytes: -4) }
    }
  }
}
