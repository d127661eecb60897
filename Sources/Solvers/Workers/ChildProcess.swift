import CEngine
import Glibc
package import Optimization

/// Starts programs that serve this one.
package enum ChildProcess {
  /// Starts an executable; a process group of its own keeps an interrupt key from ending it. It gets no other
  /// descriptors: whoever reads a pipe of this process would wait for its end as long as the other process lives.
  ///
  /// - Parameters:
  ///   - executable: Its path.
  ///   - arguments: What follows its name.
  ///   - stream: Its standard input and output.
  ///   - errors: Its standard error; nil for none.
  /// - Returns: The process.
  /// - Throws: `SolverError.unavailable` if it can't be started.
  package static func start(
    _ executable: String, arguments: [String] = [], stream: Int32, errors: Int32? = nil
  ) throws(SolverError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, stream, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, stream, STDOUT_FILENO)
    if let errors {
      posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    }
    engine_close_from(&actions, STDERR_FILENO + 1)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))

    var identifier: pid_t = 0
    var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    let code = posix_spawn(&identifier, executable, &actions, &attributes, &words, environ)
    if code != 0 {
      throw .unavailable(
        engine: executable, remedy: "it can't be started: \(String(cString: strerror(code)))")
    }
    return identifier
  }
}
