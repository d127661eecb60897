internal import CZstd

/// Zstandard, by Debian's library.
enum Zstandard {
  /// The fastest of the regular levels.
  private static let level: Int32 = 1

  static func worstBytes(_ bytes: Int) throws(CodecError) -> Int {
    let worst = ZSTD_compressBound(bytes)
    guard ZSTD_isError(worst) == 0 else {
      throw .unsupported("\(bytes) bytes are too many for Zstandard")
    }
    return worst
  }

  /// The memory of the compressor after it has seen as many bytes, up to its window.
  static func workspaceBytes(_ bytes: Int) throws(CodecError) -> Int {
    guard let context = ZSTD_createCCtx() else { throw .failed("Zstandard found no memory") }
    defer { ZSTD_freeCCtx(context) }
    // Above 256 KiB the parameters of a level no longer depend on the size.
    let source = [UInt8](repeating: 0, count: min(bytes, 1 << 20))
    var target = [UInt8](repeating: 0, count: try worstBytes(source.count))
    let used = ZSTD_compressCCtx(context, &target, target.count, source, source.count, level)
    guard ZSTD_isError(used) == 0 else { throw failure(used) }
    return ZSTD_sizeof_CCtx(context)
  }

  static func encode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CodecError) -> Int {
    let used = ZSTD_compress(
      target.baseAddress, target.count, source.baseAddress, source.count, level)
    guard ZSTD_isError(used) == 0 else { throw failure(used) }
    return used
  }

  static func decode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CodecError) {
    let made = ZSTD_decompress(
      target.baseAddress, target.count, source.baseAddress, source.count)
    guard ZSTD_isError(made) == 0 else { throw .damaged(.library) }
    guard made == target.count else { throw .damaged(.tooShort) }
  }

  private static func failure(_ code: Int) -> CodecError {
    .failed("Zstandard: \(String(cString: ZSTD_getErrorName(code)))")
  }
}
