import Glibc

/// Reads files that may be compressed.
package enum InputFile {
  /// Returns the content of a file after decompression.
  package static func read(_ path: String) throws(Fault) -> [UInt8] {
    try content(of: bytes(of: path))
  }

  /// Returns bytes after decompression.
  package static func content(of bytes: [UInt8]) throws(Fault) -> [UInt8] {
    Gzip.isCompressed(bytes) ? try Gzip.decompress(bytes) : bytes
  }

  /// Returns the bytes of a file as they are stored.
  package static func bytes(of path: String) throws(Fault) -> [UInt8] {
    let file = path.utf8.contains(0) ? -1 : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw unreadable(errno) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(errno)
      }
      bytes.append(contentsOf: chunk[..<count])
      if bytes.count > Gzip.maximumBytes {
        throw Fault(
          place: "", problem: "the file is larger than \(Gzip.maximumBytes) bytes",
          remedy: "split it up")
      }
    }
  }

  private static func unreadable(_ code: Int32) -> Fault {
    Fault(
      place: "", problem: "can't be read (\(String(cString: strerror(code))))",
      remedy: "check the path and the permissions")
  }
}
