internal import CLZ4

/// The block format of LZ4, by Debian's library.
enum LZ4 {
  /// The memory of the compressor's hash table.
  static var workspaceBytes: Int { Int(LZ4_sizeofState()) }

  static func worstBytes(_ bytes: Int) throws(CodecError) -> Int {
    guard bytes <= Int(LZ4_MAX_INPUT_SIZE) else {
      throw .unsupported("\(bytes) bytes are more than the \(LZ4_MAX_INPUT_SIZE) of an LZ4 block")
    }
    return Int(LZ4_compressBound(Int32(bytes)))
  }

  static func encode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CodecError) -> Int {
    let used = LZ4_compress_default(
      source.baseAddress?.assumingMemoryBound(to: CChar.self),
      target.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count),
      Int32(clamping: target.count))
    guard used > 0 else { throw .failed("LZ4 couldn't encode \(source.count) bytes") }
    return Int(used)
  }

  static func decode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CodecError) {
    guard source.count <= Int(Int32.max) else { throw .damaged(.tooLong) }
    guard target.count <= Int(LZ4_MAX_INPUT_SIZE) else {
      throw .unsupported("\(target.count) bytes are more than an LZ4 block has")
    }
    // Negative where the source is malformed or holds more than the target takes.
    let made = LZ4_decompress_safe(
      source.baseAddress?.assumingMemoryBound(to: CChar.self),
      target.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count),
      Int32(target.count))
    guard made >= 0 else { throw .damaged(.library) }
    guard Int(made) == target.count else { throw .damaged(.tooShort) }
  }
}
