import ArgumentParser
import Batches
import Foundation
import Glibc
import Synchronization
import Workers

/// The process that plans the items of `planner batch`, one after the other.
///
/// It reads orders from standard input and ends at once when that closes, so that none outlives its batch.
struct BatchWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch-worker", abstract: "Plan the items that planner batch hands out.",
    shouldDisplay: false)

  @Option(help: "The folder of the cache.")
  var cache: String?

  func run() throws {
    let (input, output) = (dup(STDIN_FILENO), dup(STDOUT_FILENO))
    // Nothing that a planner prints may reach the batch.
    let nowhere = open("/dev/null", O_RDWR)
    for stream in [STDIN_FILENO, STDOUT_FILENO] { dup2(nowhere, stream) }
    let orders = OrderQueue()
    Thread { orders.fill(from: input) }.start()
    let worker = BatchWorker(cacheFolder: cache)
    while true {
      let reply = worker.answer(try BatchLine.decoded(BatchOrder.self, orders.next()))
      let line = try BatchLine.encoded(reply)
      try FileHandle(fileDescriptor: output).write(contentsOf: Data(line))
    }
  }
}

/// The lines that have arrived.
///
/// A class, because the thread that reads and the one that plans share it.
private final class OrderQueue: Sendable {
  private let lines = Mutex<[[UInt8]]>([])
  private let arrived = DispatchSemaphore(value: 0)

  /// Reads lines; ends the process with the input, whatever else is going on.
  func fill(from input: Int32) {
    var buffer = ByteBuffer()
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(input, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { _exit(EXIT_SUCCESS) }
      buffer.append(piece[..<count])
      while let line = buffer.takeLine() {
        lines.withLock { $0.append(line) }
        arrived.signal()
      }
    }
  }

  /// Waits for a line.
  func next() -> [UInt8] {
    arrived.wait()
    return lines.withLock { $0.removeFirst() }
  }
}
