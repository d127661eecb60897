/// The types of floating-point elements that gradients are recorded in.
public enum FloatingType: String, Sendable, Hashable, CaseIterable {
  case float32
  case float16
  case bfloat16
  case float64

  /// The type that NumPy or safetensors call so; nil for any other.
  init?(called name: String) {
    switch name {
    case "<f4", "=f4", "f4", "F32": self = .float32
    case "<f2", "=f2", "f2", "F16": self = .float16
    case "BF16": self = .bfloat16
    case "<f8", "=f8", "f8", "F64": self = .float64
    default: return nil
    }
  }

  /// The bytes of an element.
  var bytes: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }

  /// Returns whole elements as numbers of 32 bits, rounded where they had more.
  func floats(_ content: ArraySlice<UInt8>) -> [Float] {
    content.withUnsafeBytes { raw in
      (0..<raw.count / bytes).map { index in
        switch self {
        case .float32:
          Float(bitPattern: raw.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        case .bfloat16:
          Float(
            bitPattern: UInt32(raw.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)) << 16)
        case .float16:
          FloatingType.half(raw.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
        case .float64:
          Float(
            Double(
              bitPattern: raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
        }
      }
    }
  }

  /// Returns a number of IEEE 754's binary16.
  private static func half(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    if exponent == 0 {
      // Subnormal: multiples of 2⁻²⁴.
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    }
    let wide = exponent == 31 ? 255 : exponent + 112
    return Float(bitPattern: sign | wide << 23 | fraction << 13)
  }
}
