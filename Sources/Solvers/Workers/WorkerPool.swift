import Foundation
import Optimization

/// The processes of one executable: at most so many at once, the idle ones kept for the next task.
///
/// A class, because all copies of a solver share the processes. Unchecked, because `condition`
/// guards every access.
final class WorkerPool: @unchecked Sendable {
  private let executable: String
  private let mostProcesses: Int
  private let condition = NSCondition()
  private var idle: [WorkerProcess] = []
  private var busyCount = 0

  init(executable: String, mostProcesses: Int) {
    self.executable = executable
    self.mostProcesses = mostProcesses
  }

  /// Returns an idle worker or a new one that has greeted; nil once `isLate` says so.
  func take(unless isLate: () -> Bool) throws(SolverError) -> WorkerProcess? {
    condition.lock()
    while idle.isEmpty && busyCount >= mostProcesses {
      if isLate() {
        condition.unlock()
        return nil
      }
      _ = condition.wait(until: Date(timeIntervalSinceNow: 0.02))
    }
    busyCount += 1
    var waiting = idle.popLast()
    while let worker = waiting, !worker.isWaiting { waiting = idle.popLast() }
    condition.unlock()
    if let waiting { return waiting }
    do throws(SolverError) {
      return try greeted().worker
    } catch {
      drop()
      throw error
    }
  }

  /// Starts a worker and reads its greeting.
  func greeted() throws(SolverError) -> (worker: WorkerProcess, greeting: Greeting) {
    let worker = try WorkerProcess(executable: executable)
    do throws(WorkerProcess.Failure) {
      let reply = try worker.receive(until: .now + .seconds(20))
      if case .greeting(let greeting) = reply, greeting.schema == Greeting.currentSchema {
        return (worker, greeting)
      }
    } catch {}
    throw .unavailable(
      engine: executable,
      remedy: "it did not greet as a worker of this version, and \(worker.end())")
  }

  /// Keeps a worker that finished its task.
  func give(_ worker: WorkerProcess) {
    condition.withLock {
      idle.append(worker)
      busyCount -= 1
      condition.signal()
    }
  }

  /// Makes room for another worker in place of one that was lost.
  func drop() {
    condition.withLock {
      busyCount -= 1
      condition.signal()
    }
  }

  /// Adds a worker that was never taken.
  func add(_ worker: WorkerProcess) {
    condition.withLock { idle.append(worker) }
  }
}
