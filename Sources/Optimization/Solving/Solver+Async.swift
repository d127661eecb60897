import Foundation

extension Solver {
  /// Returns the best point found, without holding a thread of the concurrency pool.
  ///
  /// The search runs on a thread of its own. When the task is cancelled, so is
  /// `options.cancellation` or a flag in its place, and the best point so far is returned.
  ///
  /// - Throws: `SolverError`, as `solve(_:options:)`.
  public func solution(
    of model: Model, options: SolveOptions = SolveOptions()
  ) async throws(SolverError) -> Solution {
    var options = options
    let cancellation = options.cancellation ?? Cancellation()
    options.cancellation = cancellation
    let task = options
    return try await withTaskCancellationHandler {
      await onThread { () throws(SolverError) in try solve(model, options: task) }
    } onCancel: {
      cancellation.cancel()
    }.get()
  }
}

/// Runs `body` on a new thread.
private func onThread<Value: Sendable>(
  _ body: @escaping @Sendable () throws(SolverError) -> Value
) async -> Result<Value, SolverError> {
  await withCheckedContinuation { continuation in
    Thread { continuation.resume(returning: Result(catching: body)) }.start()
  }
}
