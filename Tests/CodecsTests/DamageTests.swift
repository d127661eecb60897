import Codecs
import TestSupport
import Testing

/// Decoders take any bytes: what they write stays in the target, and nothing is read behind the source.
@Suite struct DamageTests {
  /// Decodes from a buffer of exactly these bytes into one between guards; returns the decoded bytes.
  private func decode(
    _ codec: Codec, _ encoded: [UInt8], bytes: Int, elementBytes: Int, level: KernelLevel
  ) throws -> [UInt8] {
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: encoded.count, alignment: 1)
    defer { source.deallocate() }
    source.copyBytes(from: encoded)
    var target = [UInt8](repeating: 0xA5, count: bytes + 128)
    var failure: CodecError?
    target.withUnsafeMutableBytes { target in
      do {
        try codec.decode(
          UnsafeRawBufferPointer(source), elementBytes: elementBytes,
          into: UnsafeMutableRawBufferPointer(rebasing: target[64..<64 + bytes]), level: level)
      } catch {
        failure = error as? CodecError
      }
    }
    #expect(target[..<64].allSatisfy { $0 == 0xA5 }, "\(codec) wrote before the target")
    #expect(target[(64 + bytes)...].allSatisfy { $0 == 0xA5 }, "\(codec) wrote behind the target")
    if let failure { throw failure }
    return Array(target[64..<64 + bytes])
  }

  @Test("bytes that end anywhere before the end are refused", arguments: Codec.allCases)
  func truncated(codec: Codec) throws {
    for elementBytes in Codec.elementSizes {
      let sample = SampleTensor(elements: 300, elementBytes: elementBytes, density: 0.4, run: 3)
      let encoded = try codec.encode(sample.bytes, elementBytes: elementBytes)
      for level in KernelLevel.available {
        for length in 0..<encoded.count {
          #expect(throws: CodecError.self) {
            try decode(
              codec, Array(encoded[..<length]), bytes: 300 * elementBytes,
              elementBytes: elementBytes, level: level)
          }
        }
        #expect(throws: CodecError.self) {
          try decode(
            codec, encoded + [0], bytes: 300 * elementBytes, elementBytes: elementBytes,
            level: level)
        }
      }
    }
  }

  @Test(
    "mutated bytes are refused or give some tensor, nothing else", arguments: Codec.allCases,
    UInt64(0)..<20)
  func mutated(codec: Codec, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let elementBytes = Int.random(in: 1...2, using: &random) * 2
    let sample = SampleTensor(
      elements: Int.random(in: 1...3000, using: &random), elementBytes: elementBytes,
      density: Double.random(in: 0...1, using: &random), run: Int.random(in: 1...50, using: &random)
    )
    let encoded = try codec.encode(sample.bytes, elementBytes: elementBytes)
    for _ in 0..<20 {
      var damaged = encoded
      for _ in 0...Int.random(in: 0...4, using: &random) {
        let place = Int.random(in: 0..<damaged.count, using: &random)
        damaged[place] = UInt8.random(in: 0...255, using: &random)
      }
      let wrong = [0, 0, 0, -1, 1, -100, 70000][Int.random(in: 0...6, using: &random)]
      let elements = max(0, sample.elements + wrong)
      var answers: Set<[UInt8]?> = []
      for level in KernelLevel.available {
        answers.insert(
          try? decode(
            codec, damaged, bytes: elements * elementBytes, elementBytes: elementBytes,
            level: level))
      }
      #expect(answers.count == 1, "the levels of \(codec) differ on damaged bytes")
    }
  }

  @Test("what is wrong is said")
  func reasons() throws {
    func damage(_ codec: Codec, _ encoded: [UInt8], elements: Int) -> CodecError? {
      #expect(throws: CodecError.self) {
        try codec.decode(encoded, elementBytes: 2, bytes: 2 * elements)
      }
    }
    #expect(damage(.zeroValue, [0b1000_0000], elements: 7) == .damaged(.mask))
    #expect(damage(.zeroValue, [0b1, 9], elements: 8) == .damaged(.tooShort))
    #expect(damage(.zeroValue, [0b1, 9, 0, 0], elements: 8) == .damaged(.tooLong))
    #expect(damage(.zeroValue, [], elements: 8) == .damaged(.tooShort))
    #expect(damage(.sparseRows, [9, 0, 0, 0], elements: 8) == .damaged(.count))
    #expect(damage(.sparseRows, [0xFF, 0xFF, 0xFF, 0xFF], elements: 8) == .damaged(.count))
    #expect(damage(.sparseRows, [1, 0, 0, 0, 8, 0, 1, 0], elements: 8) == .damaged(.position))
    #expect(
      damage(.sparseRows, [2, 0, 0, 0, 3, 0, 3, 0, 1, 0, 1, 0], elements: 8)
        == .damaged(.position))
    #expect(damage(.sparseRows, [0, 0, 0, 0, 0], elements: 8) == .damaged(.tooLong))
    #expect(damage(.runLength, [0, 0, 0, 0], elements: 8) == .damaged(.run))
    #expect(damage(.runLength, [9, 0, 0, 0], elements: 8) == .damaged(.run))
    #expect(damage(.runLength, [0xFF, 0xFF, 0xFF, 0xFF], elements: 8) == .damaged(.run))
    #expect(damage(.runLength, [7, 0, 1, 0], elements: 8) == .damaged(.tooShort))
    #expect(damage(.lz4, [0xF0, 0xFF, 0xFF], elements: 8) == .damaged(.library))
    #expect(damage(.zstd, [1, 2, 3], elements: 8) == .damaged(.library))
    #expect(damage(.zeroValue, [1], elements: 0) == .damaged(.tooLong))
  }
}
