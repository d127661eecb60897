import Dispatch
import Foundation
import Optimization

/// Turns the first interrupt (Ctrl-C) or SIGTERM into a request to stop with the best plan so far, and ends the
/// process where there is none to wait for.
///
/// A second signal ends the process at once; so does the first one as long as nothing was found, and after
/// everything found was written. A class, because the signal sources must live as long as the command.
final class Interrupt {
  /// Set when the user has interrupted.
  let cancellation = Cancellation()
  /// Set when it was the user, and not a limit, who ended the search.
  private let isInterrupted = Cancellation()
  private var sources: [any DispatchSourceProtocol] = []

  /// How much longer than its limit a command may take that has found nothing, in seconds.
  private static let grace = 0.75

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - timeLimit: The wall time that the user gives the command; nil for none. The search itself looks
  ///     at it. Where it is up before there is anything, such as while a large file is read, the command ends.
  ///   - memoryBytes: How much memory planner and its solver may hold; nil for no limit.
  init(timeLimit: Double? = nil, memoryBytes: Int? = nil) {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [cancellation, isInterrupted] in
        isInterrupted.cancel()
        Self.end(cancellation)
      }
      add(source)
    }
    if let memoryBytes { watchMemory(memoryBytes) }
    guard let timeLimit else { return }
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + timeLimit + Self.grace)
    timer.setEventHandler { [cancellation] in
      if cancellation.hasAnswer || cancellation.isCancelled { return }
      Console.error("no plan was found within --time-limit, and none ruled out; raise it")
      _exit(ExitStatus.limitWithoutPlan.rawValue)
    }
    self.timer = timer
    add(timer)
  }

  deinit {
    for source in sources { source.cancel() }
  }

  private var timer: (any DispatchSourceTimer)?
  private var memoryWatch: (any DispatchSourceTimer)?

  private func add(_ source: any DispatchSourceProtocol) {
    source.resume()
    sources.append(source)
  }

  /// How often memory is looked at, in milliseconds.
  private static let memoryTick = 50

  /// Ends the search where it takes too much memory, and the command where that doesn't help.
  private func watchMemory(_ limit: Int) {
    let watch = DispatchSource.makeTimerSource(queue: .global())
    watch.schedule(deadline: .now(), repeating: .milliseconds(Self.memoryTick))
    watch.setEventHandler { [cancellation] in
      let bytes = ProcessMemory.residentBytes(ofFamily: getpid())
      guard bytes > limit else { return }
      if !cancellation.hasAnswer || bytes > limit + limit / 2 {
        Console.error("the search takes more than --memory-limit, \(limit) bytes; raise it")
        _exit(ExitStatus.limitWithoutPlan.rawValue)
      }
      if cancellation.isCancelled { return }
      Console.note("--memory-limit is reached; stopping with the best plan so far")
      cancellation.cancel()
    }
    memoryWatch = watch
    add(watch)
  }

  private static func end(_ cancellation: Cancellation) {
    if cancellation.isCancelled || !cancellation.hasAnswer {
      Console.note("interrupted")
      _exit(ExitStatus.interrupted.rawValue)
    }
    Console.note("interrupted; stopping with the best plan so far (again to stop at once)")
    cancellation.cancel()
  }

  /// Notes that what was found is written: nothing is lost from here on.
  func settle() {
    timer?.cancel()
    memoryWatch?.cancel()
    cancellation.forgetAnswer()
  }

  /// Ends the command with its exit code if the user has interrupted.
  func check() throws {
    if isInterrupted.isCancelled { throw ExitStatus.interrupted.code }
  }
}
