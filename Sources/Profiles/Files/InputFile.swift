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

  /// Returns a file as it is stored.
  package static func bytes(of path: String) throws(Fault) -> [UInt8] {
    // A pipe that nobody writes to would hold up whoever opens it.
    let file = path.utf8.contains(0) ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw unreadable(errno) }
    defer { close(file) }
    let most = InputLimits.current[.bytes]
    var waited = 0
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count == 0 {
        guard bytes.isEmpty, try mayGoOn(file, waited: waited) else { return bytes }
        waited += 1
        continue
      }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
          _ = poll(&waiting, 1, -1)
          continue
        }
        throw unreadable(errno)
      }
      bytes.append(contentsOf: chunk[..<count])
      if bytes.count > most {
        throw Fault(
          place: "", problem: "the file is larger than \(most) bytes",
          remedy: "split it up; \(InputLimits.raise(.bytes))")
      }
    }
  }

  /// How long a named pipe may stay without anybody who writes to it, in steps of 100 ms.
  private static let pipePatience = 100

  /// Waits for what a file that has nothing to read now may still give; answers whether it may.
  private static func mayGoOn(_ file: Int32, waited: Int) throws(Fault) -> Bool {
    var state = stat()
    guard fstat(file, &state) == 0, state.st_mode & S_IFMT == S_IFIFO else { return false }
    var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
    _ = poll(&waiting, 1, 100)
    // The writer was there and has closed the pipe.
    if Int32(waiting.revents) & POLLHUP != 0 { return false }
    guard waited < pipePatience else {
      throw Fault(
        place: "", problem: "a named pipe that nobody writes to",
        remedy: "start the program that writes to it, or name a file")
    }
    return true
  }

  private static func unreadable(_ code: Int32) -> Fault {
    Fault(
      place: "", problem: "can't be read (\(String(cString: strerror(code))))",
      remedy: "check the path and the permissions")
  }
}
