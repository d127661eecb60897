import Dispatch
import Foundation
import Optimization

/// Turns the first interrupt (Ctrl-C) into a request to stop with the best plan so far.
///
/// A second interrupt ends the process at once. A class, because the signal source must live as
/// long as the command.
final class Interrupt {
  /// Set when the user has interrupted.
  let cancellation = Cancellation()
  private let source: any DispatchSourceSignal

  init() {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    let cancellation = cancellation
    source.setEventHandler {
      if cancellation.isCancelled { _exit(ExitStatus.interrupted.rawValue) }
      Console.note("interrupted; stopping with the best plan so far (again to stop at once)")
      cancellation.cancel()
    }
    source.resume()
  }
}
