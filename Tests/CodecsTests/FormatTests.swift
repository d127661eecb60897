import Codecs
import Testing

/// Small tensors encoded by hand.
@Suite struct FormatTests {
  /// 0 0 5 0 7 7 0 0 0 1 in elements of 2 bytes.
  private let bytes: [UInt8] = [
    0, 0, 0, 0, 5, 0, 0, 0, 7, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0,
  ]

  @Test("zero values: a bit each, lowest first, then the others")
  func zeroValue() throws {
    #expect(
      try Codec.zeroValue.encode(bytes, elementBytes: 2)
        == [0b0011_0100, 0b10, 5, 0, 7, 0, 7, 0, 1, 0])
  }

  @Test("sparse rows: the count, the positions, the values")
  func sparseRows() throws {
    #expect(
      try Codec.sparseRows.encode(bytes, elementBytes: 2)
        == [4, 0, 0, 0, 2, 0, 4, 0, 5, 0, 9, 0, 5, 0, 7, 0, 7, 0, 1, 0])
  }

  @Test("run length: pairs of zeros and others, then the others")
  func runLength() throws {
    #expect(
      try Codec.runLength.encode(bytes, elementBytes: 2)
        == [2, 0, 1, 0, 1, 0, 2, 0, 3, 0, 1, 0, 5, 0, 7, 0, 7, 0, 1, 0])
  }

  @Test("the probe counts what a loop counts, for every size of element", arguments: [1, 2, 4, 8])
  func probe(elementBytes: Int) throws {
    for sample in SampleTensor.all
    where sample.elementBytes == 4 && (sample.elements < 2000 || sample.density == 0.5) {
      var bytes = sample.bytes
      bytes.removeLast(bytes.count % elementBytes)
      let isSet = stride(from: 0, to: bytes.count, by: elementBytes).map { start in
        bytes[start..<start + elementBytes].contains { $0 != 0 }
      }
      var transitions = 0
      var pairs = 0
      for (index, set) in isSet.enumerated() {
        if index > 0 && set != isSet[index - 1] { transitions += 1 }
        if index % 32768 == 0 || (!set && isSet[index - 1]) { pairs += 1 }
      }
      for level in KernelLevel.available {
        let count = try bytes.withUnsafeBytes {
          try SparsityCount(counting: $0, elementBytes: elementBytes, level: level)
        }
        #expect(count.elements == isSet.count)
        #expect(count.nonzeros == isSet.count { $0 })
        #expect(count.transitions == transitions, "\(sample) at \(level)")
        #expect(count.runPairs == pairs, "\(sample) at \(level)")
      }
    }
  }

  @Test("an empty tensor is dense")
  func empty() throws {
    let count = try SparsityCount(
      counting: UnsafeRawBufferPointer(start: nil, count: 0), elementBytes: 4)
    #expect(count.density == 1)
    #expect(count.cycle == 0)
  }
}
