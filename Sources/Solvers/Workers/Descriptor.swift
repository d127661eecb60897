import Glibc

/// An open file descriptor, closed when its owner goes.
struct Descriptor: ~Copyable {
  let number: Int32

  init(_ number: Int32) {
    self.number = number
  }

  deinit {
    close(number)
  }
}

/// Lines and counted bytes from what arrives in pieces.
package struct ByteBuffer: Sendable {
  private var bytes: [UInt8] = []
  /// Where unread bytes begin.
  private var start = 0
  /// Up to where no end of line was found.
  private var searched = 0

  /// Creates an empty buffer.
  package init() {}

  /// Adds what arrived.
  package mutating func append(_ piece: some Collection<UInt8>) {
    if start > 0 && start * 2 >= bytes.count {
      bytes.removeFirst(start)
      searched -= start
      start = 0
    }
    bytes.append(contentsOf: piece)
  }

  /// Takes the next whole line, without its end.
  package mutating func takeLine() -> [UInt8]? {
    guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
      searched = bytes.count
      return nil
    }
    defer { (start, searched) = (end + 1, end + 1) }
    return Array(bytes[start..<end])
  }

  /// Takes as many bytes, once they are there.
  mutating func take(_ count: Int) -> [UInt8]? {
    guard bytes.count - start >= count else { return nil }
    defer {
      start += count
      searched = start
    }
    return Array(bytes[start..<start + count])
  }
}
