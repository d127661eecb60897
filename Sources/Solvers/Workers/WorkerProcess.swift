import Foundation
import Glibc
import Optimization

/// A running worker and the socket to it.
///
/// A class, because it owns both: when the last reference goes, the process is ended and reaped.
/// Unchecked, because the pool hands each worker to one thread at a time.
final class WorkerProcess: @unchecked Sendable {
  private let identifier: pid_t
  private let socket: Int32
  private var buffer = ByteBuffer()
  private var isReaped = false

  /// Why a worker gave no reply.
  enum Failure: Error {
    case timedOut
    /// The process ended, or closed its side.
    case gone
  }

  /// Starts an executable, with its standard input and output on a new socket.
  init(executable: String) throws(SolverError) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw .unavailable(
        engine: executable, remedy: "no socket: \(String(cString: strerror(errno)))")
    }
    let theirs = Descriptor(ends[1])
    do throws(SolverError) {
      identifier = try ChildProcess.start(executable, stream: theirs.number)
    } catch {
      close(ends[0])
      throw error
    }
    socket = ends[0]
  }

  deinit {
    end()
    close(socket)
  }

  /// Whether the process still waits for a request.
  var isWaiting: Bool {
    var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&state, 1, 0) == 0
  }

  /// Sends bytes; gives up at the deadline, because a worker that hangs reads nothing.
  func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
      let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, flags) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN || errno == EINTR {
        try wait(for: POLLOUT, until: deadline)
      } else {
        throw .gone
      }
    }
  }

  /// Returns the next reply.
  func receive(until deadline: ContinuousClock.Instant) throws(Failure) -> Reply {
    while true {
      if let line = buffer.takeLine() {
        guard let reply = try? decoded(Reply.self, from: line) else { throw .gone }
        return reply
      }
      try wait(for: POLLIN, until: deadline)
      let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { space, filled in
        filled = max(0, recv(socket, space.baseAddress, space.count, 0))
      }
      if piece.isEmpty { throw .gone }
      buffer.append(piece)
    }
  }

  private func wait(for event: Int32, until deadline: ContinuousClock.Instant) throws(Failure) {
    while true {
      let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
      var state = pollfd(fd: socket, events: Int16(event), revents: 0)
      let count = poll(&state, 1, Int32(clamping: Int(max(0, min(left, 1e9)).rounded(.up))))
      if count > 0 { return }
      if count == 0 && left <= 0 { throw .timedOut }
      if count < 0 && errno != EINTR { throw .gone }
    }
  }

  /// Ends the process if it still runs, and says how it ended.
  @discardableResult
  func end() -> String {
    guard !isReaped else { return "was ended" }
    // Give one that is ending by itself the chance to say how.
    var status: Int32 = 0
    if waitpid(identifier, &status, WNOHANG) == 0 {
      kill(identifier, SIGKILL)
      while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
    }
    isReaped = true
    let signal = status & 0x7F
    return signal == 0 ? "ended with status \((status >> 8) & 0xFF)" : "ended by signal \(signal)"
  }
}
