import Codecs
import TestSupport
import Testing

/// Tensors of many kinds, each named by what it is made of.
struct SampleTensor: Sendable, CustomTestStringConvertible {
  let elements: Int
  let elementBytes: Int
  let density: Double
  /// The mean run of zeros; 1 for zeros that know nothing of each other.
  let run: Int

  var testDescription: String { "\(elements) × \(elementBytes) B, density \(density), run \(run)" }

  /// The elements as bytes; the same each time.
  var bytes: [UInt8] {
    var random = SeededGenerator(seed: UInt64(elements * 31 + run))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(elements * elementBytes)
    var isSet = false
    for index in 0..<elements {
      if index % run == 0 { isSet = Double.random(in: 0..<1, using: &random) < density }
      // A value whose lowest byte alone is set, or its highest, counts too.
      let shift = UInt64.random(in: 0..<UInt64(elementBytes), using: &random) * 8
      let value = isSet ? UInt64.random(in: 1...255, using: &random) << shift : 0
      for byte in 0..<elementBytes { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
    return bytes
  }

  /// Sizes around vectors, words and blocks; densities from none to all.
  static let all: [SampleTensor] = {
    let sizes = [
      0, 1, 7, 8, 9, 63, 64, 65, 255, 256, 257, 1000, 32767, 32768, 32769, 65535, 65536, 65537,
      100_003,
    ]
    var list: [SampleTensor] = []
    for (index, elements) in sizes.enumerated() {
      for (position, density) in [0, 0.01, 0.1, 0.5, 0.9, 0.999, 1].enumerated() {
        // Not each of all combinations: large ones take their time in a debug build.
        if elements > 1000 && (index + position) % 2 == 1 { continue }
        for elementBytes in Codec.elementSizes {
          let run = [1, 3, 40, 500][(index + position) % 4]
          list.append(
            SampleTensor(
              elements: elements, elementBytes: elementBytes, density: density, run: run))
        }
      }
    }
    return list
  }()
}
