import Dispatch
import Glibc

/// Turns the signals that end a program into something to read.
///
/// A class, because the sources must live as long as the batch.
final class BatchSignals {
  /// Readable once a signal has come.
  let descriptor: Int32
  private let pair: SocketPair
  private var sources: [any DispatchSourceSignal] = []

  init() throws {
    pair = try SocketPair()
    descriptor = pair.near
    let writer = pair.far
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { _ = write(writer, [1], 1) }
      source.resume()
      sources.append(source)
    }
  }

  deinit {
    for source in sources { source.cancel() }
  }

  /// Waits so long for a signal, and tells whether one came.
  func wait(seconds: Double) -> Bool {
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&state, 1, Int32(seconds * 1000)) > 0
  }
}
