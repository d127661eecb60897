import Batches
import Foundation
import Glibc
import Workers

/// A worker process as its batch sees it.
///
/// A class, because it owns the process, which ends with it.
final class BatchChild {
  /// What it is planning; nil while it waits.
  private(set) var item: BatchItem?
  /// Since when.
  private(set) var started = ContinuousClock.now
  /// The socket to its standard input and output.
  let socket: Int32
  /// Its standard error.
  let errors: Int32
  private let identifier: Int32
  private var buffer = ByteBuffer()
  /// The end of what it said on standard error.
  private var words: [UInt8] = []
  private var isReaped = false

  /// Starts a worker.
  init(cacheFolder: String?) throws {
    let stream = try SocketPair()
    let said = try SocketPair()
    do {
      identifier = try ChildProcess.start(
        Engines.program, arguments: ["batch-worker"] + (cacheFolder.map { ["--cache", $0] } ?? []),
        stream: stream.far, errors: said.far)
    } catch {
      throw CommandFailure(.failure, "\(error)")
    }
    (socket, errors) = (stream.keptNear(), said.keptNear())
  }

  deinit {
    end()
    close(socket)
    close(errors)
  }

  /// Hands an item out. A worker that is gone is noticed when its answer is read.
  func take(_ item: BatchItem, programs: [String]) throws {
    self.item = item
    started = .now
    let order = BatchOrder(
      number: item.number, id: item.id, profile: item.profile, options: item.options,
      output: item.output, programs: programs)
    var rest = try BatchLine.encoded(order)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno != EINTR { return }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// What arrived on the socket.
  enum Arrival {
    case reply(BatchReply)
    case nothing
    /// The process ended, or said what no worker says.
    case end
  }

  /// Reads what is there.
  func receive() -> Arrival {
    let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { space, filled in
      filled = max(0, recv(socket, space.baseAddress, space.count, Int32(MSG_DONTWAIT)))
    }
    if piece.isEmpty { return errno == EAGAIN || errno == EINTR ? .nothing : .end }
    buffer.append(piece)
    guard let line = buffer.takeLine() else { return .nothing }
    guard let reply = try? BatchLine.decoded(BatchReply.self, line) else { return .end }
    return .reply(reply)
  }

  /// Notes that the item is finished, and returns how long it took.
  func finish() -> Double {
    item = nil
    return (ContinuousClock.now - started) / .seconds(1)
  }

  /// Reads from standard error; false at its end.
  func readErrors() -> Bool {
    var piece = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(errors, &piece, piece.count)
    if count < 0 && errno == EINTR { return true }
    if count <= 0 { return false }
    words = (words + piece[..<count]).suffix(1 << 14)
    return true
  }

  /// The resident memory of the process and its solvers, in bytes.
  func residentBytes() -> Int { ProcessMemory.residentBytes(ofFamily: identifier) }

  /// Ends the process, and with it its solvers, and says how it had ended.
  ///
  /// - Parameter patience: How many milliseconds one that is ending by itself has for it.
  @discardableResult
  func end(patience: Int = 0) -> String {
    guard !isReaped else { return "was ended" }
    var status: Int32 = 0
    var left = patience
    while waitpid(identifier, &status, WNOHANG) == 0 {
      if left > 0 {
        left -= 1
        usleep(1000)
        continue
      }
      kill(identifier, SIGKILL)
      while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
      break
    }
    isReaped = true
    let signal = status & 0x7F
    let how =
      signal == 0
      ? "ended with status \((status >> 8) & 0xFF)" : "was ended by signal \(signal)"
    var state = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
    while poll(&state, 1, 0) > 0, readErrors() {}
    let lines = String(decoding: words, as: UTF8.self).split(separator: "\n")
    let said = lines.first { $0.contains("Fatal error") } ?? lines.last
    return how + (said.map { ": \($0.prefix(300))" } ?? "")
  }
}

/// Memory of processes, from `/proc`.
enum ProcessMemory {
  /// The resident memory of a process and the processes that it started, in bytes.
  static func residentBytes(ofFamily identifier: Int32) -> Int {
    let folder = "/proc/\(identifier)/task"
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let children = Set(
      tasks.flatMap { task in
        text("\(folder)/\(task)/children").split(separator: " ").compactMap { Int32($0) }
      })
    return children.reduce(resident(identifier)) { $0 + resident($1) }
  }

  private static func resident(_ identifier: Int32) -> Int {
    let parts = text("/proc/\(identifier)/statm").split(separator: " ")
    return (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
  }
}
