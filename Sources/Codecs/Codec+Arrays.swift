extension Codec {
  /// Encodes the elements that an array of bytes holds.
  ///
  /// - Throws: `CodecError`.
  public func encode(
    _ bytes: [UInt8], elementBytes: Int, level: KernelLevel = .best
  ) throws -> [UInt8] {
    guard elementBytes > 0 else { throw CodecError.unsupported("elements have no bytes") }
    let room = try worstBytes(elements: bytes.count / elementBytes, elementBytes: elementBytes)
    var encoded = [UInt8](repeating: 0, count: room)
    let used = try bytes.withUnsafeBytes { source in
      try encoded.withUnsafeMutableBytes { target in
        try encode(source, elementBytes: elementBytes, into: target, level: level)
      }
    }
    encoded.removeSubrange(used...)
    return encoded
  }

  /// Decodes into an array of as many bytes as there were.
  ///
  /// - Throws: `CodecError`.
  public func decode(
    _ encoded: [UInt8], elementBytes: Int, bytes: Int, level: KernelLevel = .best
  ) throws -> [UInt8] {
    guard bytes >= 0 else { throw CodecError.unsupported("\(bytes) bytes are negative") }
    var decoded = [UInt8](repeating: 0, count: bytes)
    try encoded.withUnsafeBytes { source in
      try decoded.withUnsafeMutableBytes { target in
        try decode(source, elementBytes: elementBytes, into: target, level: level)
      }
    }
    return decoded
  }
}
