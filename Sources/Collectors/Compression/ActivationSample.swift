import Glibc

/// Elements as activations have them: the magnitudes of normal numbers, and zeros between them.
struct ActivationSample {
  /// How zeros follow each other.
  enum Zeros {
    /// Each element by itself.
    case independent
    /// In runs with a mean of 64.
    case clustered
  }

  /// The elements without a zero: float32, or bfloat16, which is its upper half.
  private let dense: [UInt8]
  private let elementBytes: Int

  /// Creates elements; the same each time.
  init(bytes: Int, elementBytes: Int) {
    self.elementBytes = elementBytes
    let elements = bytes / elementBytes
    var random = Xorshift(state: 88_172_645_463_325_252)
    dense = [UInt8](unsafeUninitializedCapacity: elements * elementBytes) { buffer, count in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      for index in stride(from: 0, to: elements, by: 2) {
        // Two normal numbers of two uniform ones (Box and Muller 1958).
        let radius = (-2 * log(random.share())).squareRoot()
        let angle = 2 * Double.pi * random.share()
        for (place, value) in [(index, radius * cos(angle)), (index + 1, radius * sin(angle))]
        where place < elements {
          let bits = Float(max(abs(value), 1e-6)).bitPattern
          if elementBytes == 4 {
            raw.storeBytes(of: bits, toByteOffset: 4 * place, as: UInt32.self)
          } else {
            raw.storeBytes(of: UInt16(bits >> 16), toByteOffset: 2 * place, as: UInt16.self)
          }
        }
      }
      count = elements * elementBytes
    }
  }

  /// Fills a buffer with the elements, some of them zero; the same each time.
  func fill(_ buffer: UnsafeMutableRawBufferPointer, density: Double, zeros: Zeros) {
    var random = Xorshift(state: 0x9E37_79B9_7F4A_7C15)
    let run = zeros == .clustered ? 64.0 : 0
    // The chance that a run ends with an element.
    let zerosEnd = run > 0 ? 1 / run : density
    let valuesEnd = run > 0 && density > 0 ? min(1, (1 - density) / (run * density)) : 1 - density
    var isSet = random.share() < density
    dense.withUnsafeBytes { source in
      for offset in stride(from: 0, to: min(buffer.count, source.count), by: elementBytes) {
        if density >= 1 || density <= 0 {
          isSet = density >= 1
        } else if run == 0 {
          isSet = random.share() < density
        } else if random.share() < (isSet ? valuesEnd : zerosEnd) {
          isSet.toggle()
        }
        if elementBytes == 4 {
          let value = source.load(fromByteOffset: offset, as: UInt32.self)
          buffer.storeBytes(of: isSet ? value : 0, toByteOffset: offset, as: UInt32.self)
        } else {
          let value = source.load(fromByteOffset: offset, as: UInt16.self)
          buffer.storeBytes(of: isSet ? value : 0, toByteOffset: offset, as: UInt16.self)
        }
      }
    }
  }
}

/// Marsaglia's generator of 2003, with a share of its own.
private struct Xorshift {
  var state: UInt64

  /// A number between 0 and 1, never one of them.
  mutating func share() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return (Double(state >> 12) + 0.5) * 0x1p-52
  }
}
