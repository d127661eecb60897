/// The real type in which a network is trained.
public enum RealType: String, Sendable, Hashable, CaseIterable {
  case float32
  case float16
  case bfloat16

  /// The size of one element.
  public var bytes: Int { self == .float32 ? 4 : 2 }
}

/// The type of a tensor's elements.
enum ElementType: Hashable, Sendable {
  /// A real type of the file, kept in the type that the network is trained in.
  case real
  /// Statistics that frameworks keep in 32 bits whatever the training type.
  case float32
  /// An integer or truth value with its name and size.
  case whole(name: String, bytes: Int)

  static let int64 = ElementType.whole(name: "int64", bytes: 8)
  static let boolean = ElementType.whole(name: "bool", bytes: 1)

  /// Reads the format's `TensorProto.DataType`; nil for text, complex and packed types.
  init?(code: Int32) {
    switch code {
    case 1, 10, 11, 16: self = .real
    case 2: self = .whole(name: "uint8", bytes: 1)
    case 3: self = .whole(name: "int8", bytes: 1)
    case 4: self = .whole(name: "uint16", bytes: 2)
    case 5: self = .whole(name: "int16", bytes: 2)
    case 6: self = .whole(name: "int32", bytes: 4)
    case 7: self = .int64
    case 9: self = .boolean
    case 12: self = .whole(name: "uint32", bytes: 4)
    case 13: self = .whole(name: "uint64", bytes: 8)
    default: return nil
    }
  }

  /// The size of one element.
  func bytes(in real: RealType) -> Int {
    switch self {
    case .real: real.bytes
    case .float32: 4
    case .whole(_, let bytes): bytes
    }
  }

  /// The name that profiles use.
  func name(in real: RealType) -> String {
    switch self {
    case .real: real.rawValue
    case .float32: "float32"
    case .whole(let name, _): name
    }
  }
}
