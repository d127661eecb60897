import CZlib

/// Compressed members of other files (RFC 1951).
package enum Deflate {
  /// Returns the content, which has to have exactly the bytes that the other file says.
  ///
  /// Nothing is allocated for more than the content turns out to have.
  package static func decompress(
    _ bytes: ArraySlice<UInt8>, bytes expected: Int
  ) throws(Fault) -> [UInt8] {
    let stream = z_streamp.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    // A negative window: no header and no checksum.
    guard
      inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw Fault(place: "", problem: "zlib can't start", remedy: "free some memory") }
    defer { inflateEnd(stream) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var rest = bytes
    while true {
      let room = chunk.count
      let (status, read, made) = rest.withUnsafeBufferPointer { source in
        chunk.withUnsafeMutableBufferPointer { target in
          let offered = min(source.count, 1 << 30)
          // zlib's input is not const, but it doesn't write there.
          stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
          stream.pointee.avail_in = UInt32(offered)
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = UInt32(room)
          let status = inflate(stream, Z_NO_FLUSH)
          return (
            status, offered - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out)
          )
        }
      }
      content.append(contentsOf: chunk[..<made])
      rest = rest.dropFirst(read)
      if content.count > expected || (status == Z_STREAM_END && content.count < expected) {
        throw Fault(
          place: "", problem: "the compressed member has other than its \(expected) bytes",
          remedy: "fetch or make the file again")
      }
      if status == Z_STREAM_END { return content }
      if status != Z_OK || (read == 0 && made == 0) {
        throw Fault(
          place: "", problem: "the compressed member is damaged or ends too early",
          remedy: "fetch or make the file again")
      }
    }
  }

  /// Returns the checksum that archives keep of their members.
  package static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer {
      UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count))
    }
  }
}
