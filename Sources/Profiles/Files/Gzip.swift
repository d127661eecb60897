import CZlib

/// Compressed files (RFC 1952).
package enum Gzip {
  /// The most bytes that zlib is offered at once.
  private static let offeredBytes = 1 << 30
  /// Smaller contents may be compressed as strongly as they like. Above, profiles reach 20 to 60 times,
  /// deflate 1032 at best.
  private static let ratioFreeBytes = 16 << 20
  private static let chunkBytes = 1 << 16

  /// Whether a file begins as compressed files do.
  package static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// Returns the content of a compressed file, all its parts in a row.
  package static func decompress(
    _ bytes: [UInt8], atMost limit: Int = InputLimits.current[.bytes]
  ) throws(Fault) -> [UInt8] {
    let stream = newStream()
    defer { stream.deallocate() }
    // 16 more than the window's size: gzip format.
    guard inflateInit2_(stream, 16 + MAX_WBITS, ZLIB_VERSION, streamSize) == Z_OK else {
      throw fault("zlib can't start", "free some memory")
    }
    defer { inflateEnd(stream) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: chunkBytes)
    var used = 0
    let mostTimes = InputLimits.current[.compression]
    while true {
      let (status, read, made) = step(stream, bytes, from: used, into: &chunk) {
        inflate($0, Z_NO_FLUSH)
      }
      used += read
      content.append(contentsOf: chunk[..<made])
      if content.count > limit {
        throw fault(
          "the content is larger than \(limit) bytes", "split it up; \(InputLimits.raise(.bytes))")
      }
      if content.count > ratioFreeBytes && content.count / mostTimes > used {
        throw fault(
          "the content is more than \(mostTimes) times as large as the file",
          "decompress it first; \(InputLimits.raise(.compression))")
      }
      switch status {
      case Z_STREAM_END where used == bytes.count: return content
      case Z_STREAM_END:
        guard inflateReset(stream) == Z_OK else { throw damaged("zlib can't go on") }
      case Z_OK where read > 0 || made > 0: continue
      case Z_OK, Z_BUF_ERROR:
        throw fault("the compressed file ends too early", "check that it is complete")
      case Z_MEM_ERROR: throw fault("memory ran out", "free some memory")
      default:
        throw damaged(stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)")
      }
    }
  }

  /// Returns a compressed file, the same on every day: it carries no time and no name.
  package static func compress(_ bytes: [UInt8]) -> [UInt8] {
    let stream = newStream()
    defer { stream.deallocate() }
    let status = deflateInit2_(
      stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, streamSize)
    // Only a lack of memory can make this fail, and that ends a Swift program anyway.
    precondition(status == Z_OK, "zlib can't start")
    defer { deflateEnd(stream) }
    var compressed: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: chunkBytes)
    var used = 0
    while true {
      let rest = bytes.count - used
      let (status, read, made) = step(stream, bytes, from: used, into: &chunk) {
        deflate($0, rest <= offeredBytes ? Z_FINISH : Z_NO_FLUSH)
      }
      used += read
      compressed.append(contentsOf: chunk[..<made])
      if status == Z_STREAM_END { return compressed }
    }
  }

  private static let streamSize = Int32(MemoryLayout<z_stream>.size)

  /// Returns an empty stream in memory of its own: zlib notes its address and refuses any other.
  private static func newStream() -> z_streamp {
    let stream = z_streamp.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    return stream
  }

  /// Runs one step of zlib; answers its status and how many bytes it took and made.
  private static func step(
    _ stream: z_streamp, _ input: [UInt8], from used: Int, into chunk: inout [UInt8],
    _ run: (z_streamp) -> Int32
  ) -> (status: Int32, read: Int, made: Int) {
    let offered = min(input.count - used, offeredBytes)
    let room = chunk.count
    return input.withUnsafeBufferPointer { source in
      chunk.withUnsafeMutableBufferPointer { target in
        // zlib's input is not const, but it doesn't write there.
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: source.baseAddress?.advanced(by: used))
        stream.pointee.avail_in = UInt32(offered)
        stream.pointee.next_out = target.baseAddress
        stream.pointee.avail_out = UInt32(room)
        let status = run(stream)
        return (
          status, offered - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out)
        )
      }
    }
  }

  private static func damaged(_ detail: String) -> Fault {
    fault("the compressed file is damaged (\(detail))", "fetch or make it again")
  }

  private static func fault(_ problem: String, _ remedy: String) -> Fault {
    Fault(place: "", problem: problem, remedy: remedy)
  }
}
