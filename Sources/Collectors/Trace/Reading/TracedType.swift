/// Element types as PyTorch spells them in traces.
enum TracedType {
  /// The bytes of one element; nil for what isn't a tensor or isn't known.
  static func bytes(_ name: String) -> Int? { sizes[name] }

  private static let sizes: [String: Int] = [
    "float": 4, "double": 8, "long int": 8, "long": 8, "int": 4, "short": 2, "short int": 2,
    "unsigned char": 1, "signed char": 1, "char": 1, "bool": 1, "c10::Half": 2, "Half": 2,
    "c10::BFloat16": 2, "BFloat16": 2, "c10::Float8_e4m3fn": 1, "c10::Float8_e5m2": 1,
    "c10::complex<float>": 8, "c10::complex<double>": 16, "unsigned int": 4,
    "unsigned long int": 8, "Float": 4, "Double": 8, "Long": 8, "Int": 4, "Byte": 1, "Bool": 1,
    "Int8": 1, "UInt8": 1,
  ]
}
