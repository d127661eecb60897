import Glibc

/// Why a file could not be written.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file's path, as it was given.
  public let path: String
  /// What went wrong.
  public let problem: String

  /// Creates an error.
  public init(path: String, problem: String) {
    self.path = path
    self.problem = problem
  }

  /// The error on one line.
  public var description: String { "\(path): can't be written (\(problem))" }
}

/// Writes files that are never seen half written.
public enum AtomicFile {
  /// Writes a file under a temporary name in the same folder, forces it to the disk, and renames it.
  ///
  /// An existing file keeps its permissions, and a link stays a link. What is not a regular file, such as
  /// a pipe, is written directly.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    if path.isEmpty || path.utf8.contains(0) { throw error(path, ENOENT) }
    var existing = stat()
    let exists = stat(path, &existing) == 0
    if exists && existing.st_mode & S_IFMT != S_IFREG {
      let file = open(path, O_WRONLY | O_CLOEXEC)
      if file < 0 { throw error(path, errno) }
      try finish(file, writing: bytes, path: path)
      return
    }
    let target = exists ? resolved(path) : path
    let (file, temporary) = try create(beside: target, path: path)
    do throws(FileError) {
      if exists && fchmod(file, existing.st_mode & 0o7777) != 0 {
        let code = errno
        close(file)
        throw error(path, code)
      }
      try finish(file, writing: bytes, path: path, synchronize: true)
      if rename(temporary, target) != 0 { throw error(path, errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    synchronizeFolder(of: target)
  }

  /// Creates a file with a name that nothing else has, with the permissions of a new file.
  private static func create(
    beside target: String, path: String
  ) throws(FileError) -> (file: Int32, name: String) {
    for attempt in 0..<100 {
      let name = folder(of: target) + ".planner-\(getpid())-\(attempt).partial"
      let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if file >= 0 { return (file, name) }
      if errno != EEXIST { throw error(path, errno) }
    }
    throw error(path, EEXIST)
  }

  /// Writes everything and closes the file.
  private static func finish(
    _ file: Int32, writing bytes: [UInt8], path: String, synchronize: Bool = false
  ) throws(FileError) {
    var code: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
        let count = Glibc.write(file, start, rest.count)
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR {
          code = errno
          return
        }
      }
    }
    if code == 0 && synchronize && fsync(file) != 0 { code = errno }
    if close(file) != 0 && code == 0 { code = errno }
    if code != 0 { throw error(path, code) }
  }

  /// Makes the new name survive a power failure. Some file systems can't, which is no fault of the
  /// file.
  private static func synchronizeFolder(of path: String) {
    let file = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if file < 0 { return }
    _ = fsync(file)
    close(file)
  }

  /// The folder of a file, with a slash at the end.
  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
  }

  /// The path without links.
  private static func resolved(_ path: String) -> String {
    guard let name = realpath(path, nil) else { return path }
    defer { free(name) }
    return String(cString: name)
  }

  private static func error(_ path: String, _ code: Int32) -> FileError {
    FileError(path: path, problem: String(cString: strerror(code)))
  }
}
