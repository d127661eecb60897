import CEngine

/// Runs `body` on a thread with a stack of 64 MiB and returns its value, or nil if the system
/// refuses the thread.
///
/// The engines recurse and keep arrays on the stack; a thread of the concurrency pool has 512 KiB.
/// GLPK also ties its memory to the thread, which ends with the call.
package func onLargeStack<Result>(_ body: () -> Result) -> Result? {
  var result: Result?
  withoutActuallyEscaping(body) { body in
    let job = Job { result = body() }
    withExtendedLifetime(job) {
      _ = engine_run_on_large_stack(
        { context in
          guard let context else { return }
          Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().body()
        },
        Unmanaged.passUnretained(job).toOpaque())
    }
  }
  return result
}

/// A closure behind a C pointer.
private final class Job {
  let body: () -> Void

  init(_ body: @escaping () -> Void) {
    self.body = body
  }
}
