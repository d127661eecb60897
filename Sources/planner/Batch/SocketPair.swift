import Glibc

/// Two connected sockets that no other program inherits, closed when their owner goes.
struct SocketPair: ~Copyable {
  /// The end that this program keeps.
  let near: Int32
  /// The end for somebody else.
  let far: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw CommandFailure(.failure, "no socket: \(String(cString: strerror(errno)))")
    }
    (near, far) = (ends[0], ends[1])
  }

  /// A copy of the near end that outlives the pair.
  func keptNear() -> Int32 { fcntl(near, F_DUPFD_CLOEXEC, 0) }

  deinit {
    close(near)
    close(far)
  }
}
